#include "redstart/command/key.hpp"

#include "redstart/codec/text.hpp"
#include "redstart/command/command.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace redstart::command_test {
namespace {

constexpr key_of<std::string, int> by_number{"user:{}"};
constexpr key_of<std::string, std::string> by_name{"user:{}:name"};
constexpr key_of<std::string, std::string_view, std::uint64_t> by_both{"{}/{}"};
constexpr key_of<std::string, std::string> tagged{"{user}:{}"};
constexpr key_of<std::int64_t> fixed{"hits"};
constexpr key_of<std::string, std::string> in_a_tag{"{{}}:cart"};

TEST(a_key, fills_its_holes)
{
    EXPECT_EQ(by_number(7).text(), "user:7");
    EXPECT_EQ(by_number(std::numeric_limits<int>::min()).text(), "user:-2147483648");
    EXPECT_EQ(by_name("ada").text(), "user:ada:name");
    EXPECT_EQ(by_both("a", std::numeric_limits<std::uint64_t>::max()).text(),
              "a/18446744073709551615");
    EXPECT_EQ(fixed.text(), "hits");
    EXPECT_EQ(tagged("x").text(), "{user}:x");
    EXPECT_EQ(in_a_tag("7").text(), "{7}:cart");
}

TEST(a_key, lets_no_text_choose_the_slot)
{
    EXPECT_EQ(by_name("{a}").text(), "user:%7Ba%7D:name");
    EXPECT_EQ(by_name("100%").text(), "user:100%25:name");
    EXPECT_EQ(by_name("}{").text(), "user:%7D%7B:name");
    EXPECT_EQ(by_name("%7B").text(), "user:%257B:name") << "or two names would be one key";
    EXPECT_EQ(in_a_tag("").text(), "{%}:cart") << "{} is no tag: the whole key would choose";
    EXPECT_EQ(by_name(std::string{"\0\r\n\xff:", 5}).text(),
              (std::string{"user:\0\r\n\xff::name", 15}));
    EXPECT_EQ(in_a_tag("}{x").text(), "{%7D%7Bx}:cart");
}

TEST(a_key, gives_different_texts_for_different_names)
{
    std::vector<std::string> const names{"",    "%",   "%%",  "{",     "}", "{}",
                                         "%7B", "%7D", "%25", "%257B", "7B"};
    for (auto const& one : names)
        for (auto const& other : names)
            EXPECT_EQ(by_name(one).text() == by_name(other).text(), one == other);
}

TEST(a_key, may_be_long)
{
    std::string const name(1'000, 'x');
    std::vector const copies(2, by_name(name));
    for (auto const& each : copies)
        EXPECT_EQ(each.text(), "user:" + name + ":name");
    for (std::size_t size = 40; size < 70; ++size)
        EXPECT_EQ(by_name(std::string(size, 'y')).text().size(), size + 10);
}

TEST(a_key, may_be_any_text)
{
    key<int> const plain{"any {text}"};
    EXPECT_EQ(plain.text(), "any {text}");
    EXPECT_EQ(text_of(plain), "any {text}");
    EXPECT_EQ(text_of(std::string{"s"}), "s");
    EXPECT_EQ(text_of("literal"), "literal");
    EXPECT_EQ(text_of(std::string_view{"view"}), "view");
}

static_assert(value_key<key<int>> && value_key<std::string> && value_key<char const*>);
static_assert(value_key<decltype(fixed)> && !any_key<decltype(by_number)>,
              "a pattern with holes is no key");
static_assert(!value_key<key<zset<int>>> && zset_key<key<zset<int>>> && zset_key<std::string>);
static_assert(!zset_key<key<int>> && !zset_key<key<std::string>>);
static_assert(!any_key<int>);

}  // namespace
}  // namespace redstart::command_test
