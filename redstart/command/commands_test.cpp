// What commands of all families have in common, and builders without a family.

#include "redstart/command/keys.hpp"
#include "redstart/command/probe_test.hpp"
#include "redstart/command/sample_keys_test.hpp"
#include "redstart/command/sorted_sets.hpp"
#include "redstart/command/strings.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace redstart::command_test {
namespace {

using namespace std::chrono_literals;

TEST(a_command, may_be_repeated_unless_its_options_make_it_unlike_its_kind)
{
    EXPECT_TRUE(set("k", "v").is_idempotent());
    EXPECT_TRUE(set("k", "v", {.ttl = std::chrono::seconds{1}}).is_idempotent());
    EXPECT_FALSE(set("k", "v", {.condition = set_options::when::if_absent}).is_idempotent());
    EXPECT_FALSE(set("k", "v", {.condition = set_options::when::if_present}).is_idempotent());
    EXPECT_TRUE(get("k").is_idempotent());
    EXPECT_FALSE(incr("k").is_idempotent());
    EXPECT_FALSE(raw<ignored>("SET", "k", "v", "NX").is_idempotent()) << "its options are unknown";
    EXPECT_TRUE(raw<ignored>("GET", "k").is_idempotent());
    EXPECT_FALSE(raw<ignored>("XREAD", "STREAMS", "k", "$").is_idempotent());
}

TEST(a_command, waits_at_the_server_as_its_kind_does_unless_its_options_say_otherwise)
{
    EXPECT_FALSE(get("k").is_blocking());
    auto pop = raw<ignored>("BLPOP", "k", 5);
    EXPECT_TRUE(pop.is_blocking());
    EXPECT_EQ(pop.block_time(), std::nullopt) << "its arguments are not looked at";
    pop.set_block_time(5s);
    EXPECT_EQ(pop.block_time(), 5s);
    pop.set_block_time(wait_forever);
    EXPECT_EQ(pop.block_time(), wait_forever);
    pop.set_block_time(24h * 365);
    EXPECT_EQ(pop.block_time(), wait_forever);
    auto read = raw<ignored>("XREAD", "STREAMS", "k", "0");
    EXPECT_TRUE(read.is_blocking());
    read.mark_not_blocking();
    EXPECT_FALSE(read.is_blocking());
    EXPECT_EQ(read.block_time(), std::nullopt);
}

TEST(raw_commands, are_looked_up_like_all_others)
{
    expect_sent(raw<std::string>("OBJECT ENCODING", "k"), {"OBJECT", "ENCODING", "k"});
    expect_sent(
        raw<ignored>("whatever", 1, -2, 3.5, true, "text", std::string{"s"}, hits, point{1, 2}),
        {"whatever", "1", "-2", "3.5", "1", "text", "s", "hits", R"({"x":1,"y":2})"});
    EXPECT_EQ(raw<ignored>("object encoding", "k").id(), command_id::object_encoding);
    EXPECT_EQ(raw<ignored>("object", "encoding", "k").id(), command_id::object_encoding);
    EXPECT_EQ(raw<ignored>("get", "encoding").id(), command_id::get);
    EXPECT_EQ(raw<ignored>("GET k").id(), command_id::get);
    EXPECT_EQ(raw<ignored>("FT.SEARCH", "k").id(), command_id::unknown);
    EXPECT_EQ(raw<ignored>("OBJECT NEW", "k").id(), command_id::unknown);
}

// Whichever way it is written, it must not slip through.
TEST(raw_commands, cannot_hide_what_changes_the_connection)
{
    auto const is_state = [](any_command const& built) {
        return built.info().has(command_flag::connection_state);
    };
    for (auto const* const name : {"SELECT",
                                   "select",
                                   "Multi",
                                   "EXEC",
                                   "DISCARD",
                                   "WATCH",
                                   "UNWATCH",
                                   "SUBSCRIBE",
                                   "PSUBSCRIBE",
                                   "SSUBSCRIBE",
                                   "UNSUBSCRIBE",
                                   "PUNSUBSCRIBE",
                                   "SUNSUBSCRIBE",
                                   "MONITOR",
                                   "RESET",
                                   "QUIT",
                                   "AUTH",
                                   "HELLO",
                                   "WAIT",
                                   "WAITAOF",
                                   "SYNC",
                                   "PSYNC",
                                   "REPLCONF",
                                   "READONLY",
                                   "READWRITE",
                                   "ASKING",
                                   "SHUTDOWN",
                                   "CLIENT",
                                   "client reply",
                                   "CLIENT CACHING",
                                   "CLIENT TRACKING",
                                   "CLIENT NO-TOUCH",
                                   "script debug"})
        EXPECT_TRUE(is_state(raw<ignored>(name))) << name;
    EXPECT_TRUE(is_state(raw<ignored>("client", "reply", "off")));
    EXPECT_TRUE(is_state(raw<ignored>("Client", "No-Touch", "on")));
    EXPECT_TRUE(is_state(raw<ignored>("script", "debug", "yes")));
    EXPECT_TRUE(is_state(raw<ignored>("SELECT 1")));
    EXPECT_FALSE(is_state(raw<ignored>("CLIENT INFO")));
    EXPECT_FALSE(is_state(raw<ignored>("client", "list", "type", "normal")));
    EXPECT_FALSE(is_state(raw<ignored>("SCRIPT", "FLUSH")));
}

}  // namespace
}  // namespace redstart::command_test
