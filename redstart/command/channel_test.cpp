#include "redstart/command/channel.hpp"

#include "redstart/command/probe_test.hpp"
#include "redstart/command/pubsub.hpp"

namespace redstart::command_test {
namespace {

struct quote {
    std::string symbol;
    double price = 0;
};
BOOST_DESCRIBE_STRUCT(quote, (), (symbol, price))

constexpr channel_of<quote, std::string> quotes{"quotes:{}"};
constexpr channel_of<std::int64_t> ticks{"ticks"};
constexpr channel_of<std::string, int, std::string> odd{"a*b:{}[{}]?\\"};

TEST(channels, are_named_as_keys_are)
{
    EXPECT_EQ(quotes("ACME").text(), "quotes:ACME");
    EXPECT_EQ(quotes("a{b}").text(), "quotes:a%7Bb%7D");
    EXPECT_EQ(ticks.text(), "ticks");
    static_assert(std::same_as<channel_body_t<channel<quote>>, quote>);
    static_assert(std::same_as<channel_body_t<char const*>, std::string>);
}

TEST(channels, of_one_kind_have_a_pattern_that_takes_only_the_holes_for_holes)
{
    EXPECT_EQ(quotes.all().glob(), "quotes:*");
    EXPECT_EQ(ticks.all().glob(), "ticks");
    EXPECT_EQ(odd.all().glob(), "a\\*b:*\\[*\\]\\?\\\\");
}

TEST(channels, take_what_they_are_declared_for)
{
    expect_sent(publish(quotes("ACME"), quote{"ACME", 1.5}),
                {"PUBLISH", "quotes:ACME", R"({"symbol":"ACME","price":1.5})"});
    expect_sent(publish(ticks, 7), {"PUBLISH", "ticks", "7"});
    expect_sent(publish("plain", "text"), {"PUBLISH", "plain", "text"});
    expect_sent(spublish(ticks, 8), {"SPUBLISH", "ticks", "8"});
}

TEST(channels, can_be_asked_for)
{
    expect_sent(pubsub_channels(), {"PUBSUB", "CHANNELS", "*"});
    expect_sent(pubsub_shardchannels("t*"), {"PUBSUB", "SHARDCHANNELS", "t*"});
    expect_sent(pubsub_numsub(ticks, "plain"), {"PUBSUB", "NUMSUB", "ticks", "plain"});
    expect_sent(pubsub_shardnumsub(quotes("A")), {"PUBSUB", "SHARDNUMSUB", "quotes:A"});
    expect_sent(pubsub_numpat(), {"PUBSUB", "NUMPAT"});
}

}  // namespace
}  // namespace redstart::command_test
