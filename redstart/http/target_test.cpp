#include "redstart/http/target.hpp"

#include "redstart/http/problem.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace redstart::http {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(RequestPath, IsSplitAtSlashes)
{
    request_path path;
    EXPECT_EQ(path.parse("/a/b"), request_path::verdict::ok);
    EXPECT_THAT(path.segments(), ElementsAre("a", "b"));
    EXPECT_EQ(path.decoded(), "/a/b");
    EXPECT_EQ(path.rest(1), "b");
    EXPECT_EQ(path.parse("/"), request_path::verdict::ok);
    EXPECT_THAT(path.segments(), ElementsAre(""));
    EXPECT_EQ(path.parse("/a//b/"), request_path::verdict::ok);
    EXPECT_THAT(path.segments(), ElementsAre("a", "", "b", ""));
    EXPECT_EQ(path.rest(3), "");
}

TEST(RequestPath, IsDecodedOnceAfterSplitting)
{
    request_path path;
    EXPECT_EQ(path.parse("/a%2Fb/%25%32%46/c%20d"), request_path::verdict::ok);
    EXPECT_THAT(path.segments(), ElementsAre("a/b", "%2F", "c d"));
    EXPECT_EQ(path.decoded(), "/a/b/%2F/c d");
    EXPECT_EQ(path.rest(1), "%2F/c d");
    EXPECT_TRUE(path.has_slash_within(0));
    EXPECT_FALSE(path.has_slash_within(1));
}

TEST(RequestPath, RefusesWhatCouldBeReadInTwoWays)
{
    request_path path;
    for (auto const* const raw : {"/../a", "/a/..", "/a/./b", "/.", "/%2e%2E/a", "/a/%2e"})
        EXPECT_EQ(path.parse(raw), request_path::verdict::dot_segment) << raw;
    for (auto const* const raw : {"", "a", "/%00", "/a%0", "/%zz"})
        EXPECT_EQ(path.parse(raw), request_path::verdict::malformed) << raw;
    EXPECT_EQ(path.parse("/.../..a/.well-known"), request_path::verdict::ok);
}

TEST(RequestPath, IsBounded)
{
    request_path path;
    std::string deep;
    for (std::size_t depth = 0; depth < request_path::max_segments; ++depth)
        deep += "/x";
    EXPECT_EQ(path.parse(deep), request_path::verdict::ok);
    EXPECT_EQ(path.parse(deep + "/x"), request_path::verdict::too_deep);
}

TEST(QueryParameters, AreDecodedAsFormsSendThem)
{
    query_parameters query;
    query.assign("limit=10&q=a+b%26c&&flag&limit=20&=v");
    EXPECT_EQ(query.get("limit"), "10");
    EXPECT_EQ(query.get("q"), "a b&c");
    EXPECT_EQ(query.get("flag"), "");
    EXPECT_EQ(query.get("Limit"), std::nullopt);
    EXPECT_THAT(query.all(), ElementsAre(Pair("limit", "10"), Pair("q", "a b&c"), Pair("flag", ""),
                                         Pair("limit", "20"), Pair("", "v")));
    query.assign("");
    EXPECT_EQ(query.get("limit"), std::nullopt);
}

TEST(QueryParameters, AreRefusedWhenMalformed)
{
    query_parameters query;
    for (auto const* const raw : {"a=%", "a=%00", "%g0=1"}) {
        query.assign(raw);
        EXPECT_THROW(query.get("a"), problem) << raw;
        EXPECT_THROW(query.get("a"), problem) << "again, not half a result";
    }
}

}  // namespace
}  // namespace redstart::http
