#include "redstart/http/router.hpp"

#include "redstart/http/route.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <stdexcept>
#include <string>

namespace redstart::http {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Router : public testing::Test {
protected:
    void add(std::string pattern, method which = method::get)
    {
        auto& made = routes_.emplace_back();
        made.method = which;
        made.pattern = std::move(pattern);
        router_.add(made);
    }

    // The template that answers, or "" if none does.
    std::string find(std::string_view raw, method which = method::get)
    {
        raw_ = raw;
        EXPECT_EQ(path_.parse(raw_), request_path::verdict::ok) << raw;
        auto const* const found = router_.find(which, path_, captured_);
        return found ? found->pattern : "";
    }

    std::string refusal(std::string pattern, method which = method::get)
    {
        try {
            add(std::move(pattern), which);
        } catch (std::logic_error const& why) {
            return why.what();
        }
        return "";
    }

    std::deque<route> routes_;
    router router_;
    std::string raw_;
    request_path path_;
    captures captured_;
};

TEST_F(Router, FindsLiteralsNamesAndRests)
{
    add("/");
    add("/players");
    add("/players/{player}");
    add("/players/{player}/scores/{score}");
    add("/files/{*path}");
    EXPECT_EQ(find("/"), "/");
    EXPECT_EQ(find("/players"), "/players");
    EXPECT_EQ(find("/players/ada"), "/players/{player}");
    EXPECT_THAT(captured_, ElementsAre("ada"));
    EXPECT_EQ(find("/players/ada/scores/7"), "/players/{player}/scores/{score}");
    EXPECT_THAT(captured_, ElementsAre("ada", "7"));
    EXPECT_EQ(find("/files/a/b.txt"), "/files/{*path}");
    EXPECT_THAT(captured_, ElementsAre("a/b.txt"));
    EXPECT_EQ(find("/files/"), "/files/{*path}");
    EXPECT_THAT(captured_, ElementsAre(""));
}

TEST_F(Router, MatchesWholePathsOnly)
{
    add("/players/{player}");
    for (auto const* const raw : {"/", "/players", "/players/", "/players/a/", "/players/a/b",
                                  "//players/a", "/Players/a"}) {
        EXPECT_EQ(find(raw), "") << raw;
        EXPECT_THAT(captured_, IsEmpty()) << raw;
    }
}

TEST_F(Router, PrefersTheMoreSpecific)
{
    add("/{a}/{*rest}");
    add("/{a}/two");
    add("/one/{b}");
    add("/one/two");
    EXPECT_EQ(find("/one/two"), "/one/two");
    EXPECT_EQ(find("/one/x"), "/one/{b}");
    EXPECT_EQ(find("/x/two"), "/{a}/two");
    EXPECT_EQ(find("/x/y/z"), "/{a}/{*rest}");
    EXPECT_THAT(captured_, ElementsAre("x", "y/z"));
    EXPECT_EQ(find("/one/two/three"), "/{a}/{*rest}");  // gives up /one/two
    EXPECT_THAT(captured_, ElementsAre("one", "two/three"));
}

TEST_F(Router, SearchesPerMethod)
{
    add("/users/me", method::post);
    add("/users/{id}");
    EXPECT_EQ(find("/users/me"), "/users/{id}");
    EXPECT_EQ(find("/users/me", method::post), "/users/me");
    EXPECT_EQ(find("/users/x", method::post), "");
    EXPECT_EQ(to_string(router_.methods(path_)), "GET");
    find("/users/me");
    EXPECT_EQ(to_string(router_.methods(path_)), "GET, POST");
    find("/nobody");
    EXPECT_TRUE(router_.methods(path_).empty());
}

TEST_F(Router, ComparesDecodedSegments)
{
    add("/caf\xC3\xA9/{name}");
    add("/files/{*path}");
    EXPECT_EQ(find("/caf%C3%A9/a%2Fb"), "/caf\xC3\xA9/{name}");
    EXPECT_THAT(captured_, ElementsAre("a/b"));
    // An encoded slash is data for a name, and could not be told from a separator in a rest.
    EXPECT_EQ(find("/files/a%2Fb"), "");
    EXPECT_EQ(find("/files/a%20b/c"), "/files/{*path}");
    EXPECT_THAT(captured_, ElementsAre("a b/c"));
}

TEST_F(Router, NamesBothTemplatesOfAConflict)
{
    add("/players/{player}");
    EXPECT_THAT(refusal("/players/{id}"), AllOf(HasSubstr("GET"), HasSubstr("/players/{player}"),
                                                HasSubstr("/players/{id}")));
    EXPECT_EQ(refusal("/players/{id}", method::put), "");
    add("/files/{*a}");
    EXPECT_THAT(refusal("/files/{*b}"), HasSubstr("/files/{*a}"));
    EXPECT_EQ(refusal("/files/{b}"), "");
    EXPECT_THAT(refusal("/files/{b}"), HasSubstr("match the same requests"));
}

TEST_F(Router, RefusesMalformedTemplates)
{
    for (auto const* const pattern :
         {"", "players", "/{}", "/{*}", "/{a", "/a}", "/x{a}", "/{a}x", "/{*a}/b", "/{a*}",
          "/{a}/{a}", "/{a}/{*a}", "/a/../b", "/{{a}}"})
        EXPECT_NE(refusal(pattern), "") << pattern;
}

}  // namespace
}  // namespace redstart::http
