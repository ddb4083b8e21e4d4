// What slots are told of their bytes, where somebody measures them.

#include "redstart/engine/probe_test.hpp"

#include <gtest/gtest.h>

namespace redstart::engine {
namespace {

using testing::give_up;
using testing::probe_slot;
using testing::receive;
using testing::reply_of;
using testing::write_all;

class traffic : public ::testing::Test {
protected:
    traffic()
    {
        commands.tell_of_traffic();
        commands.open();
    }
    ~traffic() override { give_up(commands); }

    multiplexer commands;
    probe_slot a{"a"};     // <a>
    probe_slot b{"bb"};    // <bb>
    probe_slot c{"ccc*"};  // <ccc*>, two replies
    probe_slot large{std::string(30, 'x'), probe_slot::middle::owned};
};

TEST_F(traffic, is_told_of_each_slot_when_its_first_byte_leaves)
{
    for (auto* const each : {&a, &b, &c})
        commands.submit(*each);
    commands.written(3, true);
    EXPECT_EQ(a.departures, 1u);
    EXPECT_EQ(b.departures, 0u) << "all of what left was of the one before";
    commands.written(1, true);
    EXPECT_EQ(b.departures, 1u);
    commands.written(3, true);
    EXPECT_EQ(c.departures, 0u);
    write_all(commands);
    EXPECT_EQ(a.departures, 1u);
    EXPECT_EQ(b.departures, 1u);
    EXPECT_EQ(c.departures, 1u);
}

TEST_F(traffic, is_told_of_large_arguments_too)
{
    commands.submit(large);
    commands.submit(a);
    commands.written(large.size(), true);
    EXPECT_EQ(large.departures, 1u);
    EXPECT_EQ(a.departures, 0u);
    write_all(commands);
    EXPECT_EQ(large.departures, 1u);
    EXPECT_EQ(a.departures, 1u);
}

TEST_F(traffic, begins_again_for_what_is_sent_a_second_time)
{
    commands.submit(a);
    commands.submit(b);
    commands.written(3, true);
    commands.lose(failure_code::connection_lost, "");
    EXPECT_EQ(b.departures, 0u);
    commands.open();
    write_all(commands);
    EXPECT_EQ(a.departures, 1u);
    EXPECT_EQ(b.departures, 1u);
}

// Whatever the reads were, and whatever the server says in between.
TEST_F(traffic, counts_the_bytes_of_each_reply)
{
    auto const push = std::string{">1\r\n+news\r\n"};
    auto const first = std::string{"*2\r\n:1\r\n"};
    auto const rest = std::string{"$3\r\nxyz\r\n"};
    auto const bytes =
        push + first + push + rest + push + reply_of("bb") + ":1\r\n" + push + ":2\r\n";
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
        for (auto* const each : {&a, &b, &c})
            commands.submit(*each);
        write_all(commands);
        auto held = bytes.substr(0, cut);
        char const* at = held.data();
        ASSERT_TRUE(commands.received(at, held.data() + held.size()));
        held.erase(0, static_cast<std::size_t>(at - held.data()));
        ASSERT_TRUE(receive(commands, held + bytes.substr(cut)));
        ASSERT_EQ(a.reply_size, first.size() + rest.size()) << cut;
        ASSERT_EQ(b.reply_size, reply_of("bb").size()) << cut;
        ASSERT_EQ(c.reply_size, 8u) << cut;
    }
}

TEST_F(traffic, counts_nothing_of_a_reply_whose_connection_broke)
{
    commands.submit(a);
    write_all(commands);
    ASSERT_TRUE(receive(commands, "*2\r\n:1\r\n"));
    commands.lose(failure_code::connection_lost, "");
    commands.open();
    commands.submit(b);
    write_all(commands);
    ASSERT_TRUE(receive(commands, reply_of("bb")));
    EXPECT_EQ(b.reply_size, reply_of("bb").size());
}

TEST(untold, slots_hear_nothing)
{
    multiplexer commands;
    probe_slot a{"a"};
    commands.open();
    commands.submit(a);
    write_all(commands);
    ASSERT_TRUE(receive(commands, reply_of("a")));
    EXPECT_EQ(a.departures, 0u);
    EXPECT_EQ(a.reply_size, 0u);
}

}  // namespace
}  // namespace redstart::engine
