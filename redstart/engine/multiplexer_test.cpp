#include "redstart/engine/multiplexer.hpp"

#include "redstart/engine/probe_test.hpp"

#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <limits>
#include <memory>

namespace redstart::engine {
namespace {

using testing::give_up;
using testing::probe_slot;
using testing::receive;
using testing::reply_of;
using testing::unsent;
using testing::write_all;

class a_multiplexer : public ::testing::Test {
protected:
    ~a_multiplexer() override { give_up(commands); }

    multiplexer commands;
    probe_slot a{"a"};
    probe_slot b{"bb"};
    probe_slot c{"ccc"};
};

TEST_F(a_multiplexer, encodes_at_once_when_it_is_open)
{
    commands.open();
    EXPECT_TRUE(commands.submit(a));
    EXPECT_TRUE(commands.submit(b));
    EXPECT_EQ(unsent(commands), "<a><bb>");
    EXPECT_EQ(a.where(), slot::state::written);
    EXPECT_EQ(commands.in_flight(), 2u);
    EXPECT_EQ(commands.bytes_in_flight(), 7u);
    EXPECT_TRUE(commands.awaits_replies());
    EXPECT_EQ(commands.waiting(), 0u);
}

TEST(a_full_multiplexer, lets_commands_wait_for_room_in_their_order)
{
    multiplexer commands{{.commands = 2, .bytes = 1000, .waiting = 2}};
    std::deque<probe_slot> all;
    for (auto const* const name : {"a", "b", "c", "d", "e"})
        all.emplace_back(name);
    commands.open();
    for (auto& each : all)
        EXPECT_EQ(commands.submit(each), &each != &all.back()) << each.name();
    EXPECT_EQ(commands.in_flight(), 4u);
    EXPECT_EQ(commands.waiting(), 2u);
    EXPECT_EQ(write_all(commands), "<a><b>");
    ASSERT_TRUE(receive(commands, reply_of("a")));
    EXPECT_EQ(commands.abandon(all[2]),
              all[2].where() == slot::state::done ? outcome::maybe_applied : outcome::not_sent);
    EXPECT_EQ(write_all(commands), "<c>") << "a reply made room for it";
    ASSERT_TRUE(receive(commands, reply_of("b")));
    EXPECT_EQ(write_all(commands), "<d>");
    ASSERT_TRUE(receive(commands, reply_of("c") + reply_of("d")));
    EXPECT_EQ(all[3].reply, "d");
    EXPECT_EQ(commands.in_flight(), 0u);
}

TEST(a_full_multiplexer, lets_commands_wait_for_room_of_their_size)
{
    multiplexer commands{{.commands = 9, .bytes = 12, .waiting = 9}};
    probe_slot large{"ten_bytes_"};
    probe_slot small{"s"};
    commands.open();
    commands.submit(large);
    commands.submit(small);
    EXPECT_EQ(write_all(commands), "<ten_bytes_>");
    EXPECT_EQ(commands.abandon(small), outcome::not_sent) << "it took no part of the bound";
    commands.submit(small);
    ASSERT_TRUE(receive(commands, reply_of("ten_bytes_")));
    EXPECT_EQ(write_all(commands), "<s>");
    give_up(commands);
    EXPECT_EQ(commands.bytes_in_flight(), 0u);
}

TEST_F(a_multiplexer, keeps_what_comes_for_the_next_connection_while_it_is_held)
{
    commands.open();
    commands.submit(a);
    commands.hold();
    commands.submit(b);
    EXPECT_EQ(write_all(commands), "<a>");
    ASSERT_TRUE(receive(commands, reply_of("a")));
    EXPECT_FALSE(commands.awaits_replies());
    commands.lose(failure_code::connection_lost, "");
    EXPECT_EQ(b.ends, 0u);
    commands.open();
    EXPECT_EQ(write_all(commands), "<bb>");
}

TEST_F(a_multiplexer, gives_a_slot_as_many_replies_as_it_takes)
{
    probe_slot three{"multi**"};
    commands.open();
    for (auto* const each : {&a, &three, &b})
        commands.submit(*each);
    write_all(commands);
    ASSERT_TRUE(receive(commands, reply_of("a") + reply_of("1") + "*2\r\n+2\r\n+3\r\n"));
    EXPECT_EQ(a.ends, 1u);
    EXPECT_EQ(three.ends, 0u) << "one reply is missing";
    ASSERT_TRUE(receive(commands, "-ERR\r\n" + reply_of("bb")));
    EXPECT_EQ(three.reply, "123ERR");
    EXPECT_EQ(three.ends, 1u);
    EXPECT_EQ(b.reply, "bb");
}

TEST_F(a_multiplexer, drops_all_replies_that_are_left_of_an_abandoned_slot)
{
    probe_slot three{"multi**"};
    commands.open();
    commands.submit(three);
    commands.submit(b);
    write_all(commands);
    ASSERT_TRUE(receive(commands, reply_of("1")));
    EXPECT_EQ(commands.abandon(three), outcome::maybe_applied);
    EXPECT_EQ(commands.in_flight(), 2u);
    EXPECT_TRUE(commands.is_awaited());
    ASSERT_TRUE(receive(commands, reply_of("2") + reply_of("3") + reply_of("bb")));
    EXPECT_EQ(b.reply, "bb");
    EXPECT_EQ(commands.in_flight(), 0u);
    commands.submit(a);
    EXPECT_TRUE(commands.is_awaited());
    commands.abandon(a);
    EXPECT_FALSE(commands.is_awaited()) << "its caller has left";
    EXPECT_EQ(commands.in_flight(), 1u);
}

TEST_F(a_multiplexer, asks_for_all_replies_again_when_a_slot_is_sent_again)
{
    probe_slot three{"multi**"};
    commands.open();
    commands.submit(three);
    commands.lose(failure_code::connection_lost, "");
    commands.open();
    write_all(commands);
    ASSERT_TRUE(receive(commands, reply_of("1") + reply_of("2")));
    commands.lose(failure_code::connection_lost, "");
    EXPECT_EQ(three.result, outcome::maybe_applied);
    commands.open();
    commands.submit(three);
    write_all(commands);
    ASSERT_TRUE(receive(commands, reply_of("4") + reply_of("5")));
    EXPECT_EQ(three.ends, 1u);
    ASSERT_TRUE(receive(commands, reply_of("6")));
    EXPECT_EQ(three.ends, 2u);
}

// More bytes than a string can hold: what no machine has memory for.
class boundless_slot final : public slot {
public:
    std::size_t failures = 0;

private:
    wire::encoded_command encoded() const noexcept override
    {
        return {{reinterpret_cast<char const*>(this), std::numeric_limits<std::size_t>::max() / 2}};
    }
    void on_token(wire::token const&, text_assembly&) noexcept override {}
    void on_reply() noexcept override {}
    void on_failure(failure_code code, outcome result, std::string_view) noexcept override
    {
        failures += code == failure_code::overloaded && result == outcome::not_sent;
    }
};

TEST_F(a_multiplexer, takes_no_command_for_which_there_is_no_memory)
{
    boundless_slot huge;
    commands.open();
    EXPECT_FALSE(commands.submit(huge));
    EXPECT_EQ(huge.where(), slot::state::idle);
    EXPECT_EQ(commands.in_flight(), 0u);
    EXPECT_EQ(commands.bytes_in_flight(), 0u);
    EXPECT_TRUE(commands.submit(a));
    EXPECT_EQ(unsent(commands), "<a>");
}

TEST_F(a_multiplexer, fails_a_waiting_command_for_which_there_is_no_memory)
{
    boundless_slot huge;
    EXPECT_TRUE(commands.submit(huge));
    commands.open();
    EXPECT_EQ(huge.failures, 1u);
    EXPECT_EQ(commands.in_flight(), 0u);
    EXPECT_EQ(commands.bytes_in_flight(), 0u);
    EXPECT_TRUE(commands.submit(a));
    EXPECT_EQ(unsent(commands), "<a>");
}

TEST_F(a_multiplexer, keeps_commands_until_it_is_open)
{
    commands.submit(a);
    commands.submit(b);
    EXPECT_EQ(unsent(commands), "");
    EXPECT_EQ(a.where(), slot::state::waiting);
    EXPECT_GT(commands.waiting(), 0u);
    commands.open();
    EXPECT_EQ(unsent(commands), "<a><bb>");
    EXPECT_EQ(b.where(), slot::state::written);
}

TEST_F(a_multiplexer, gives_replies_in_the_order_of_the_commands)
{
    commands.open();
    for (auto* const each : {&a, &b, &c})
        commands.submit(*each);
    write_all(commands);
    EXPECT_TRUE(receive(commands, reply_of("1") + reply_of("2")));
    EXPECT_EQ(a.reply, "1");
    EXPECT_EQ(b.reply, "2");
    EXPECT_EQ(a.ends + b.ends, 2u);
    EXPECT_EQ(c.ends, 0u);
    EXPECT_EQ(commands.in_flight(), 1u);
    EXPECT_EQ(a.where(), slot::state::done);
    EXPECT_TRUE(receive(commands, "*2\r\n:3\r\n*1\r\n+4\r\n"));
    EXPECT_EQ(c.reply, "34");
    EXPECT_EQ(c.tokens, 6u);
    EXPECT_EQ(commands.in_flight(), 0u);
    EXPECT_EQ(commands.bytes_in_flight(), 0u);
}

TEST_F(a_multiplexer, takes_replies_cut_anywhere)
{
    auto const bytes = reply_of("first") + "*2\r\n$1\r\nx\r\n:12\r\n" + "-ERR no\r\n";
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
        multiplexer fresh;
        fresh.open();
        std::array<probe_slot, 3> slots{probe_slot{"1"}, probe_slot{"2"}, probe_slot{"3"}};
        for (auto& each : slots)
            fresh.submit(each);
        write_all(fresh);
        std::string held = bytes.substr(0, cut);
        char const* at = held.data();
        ASSERT_TRUE(fresh.received(at, held.data() + held.size()));
        held.erase(0, static_cast<std::size_t>(at - held.data()));
        held += bytes.substr(cut);
        ASSERT_TRUE(receive(fresh, held)) << cut;
        ASSERT_EQ(slots[0].reply, "first") << cut;
        ASSERT_EQ(slots[1].reply, "x12") << cut;
        ASSERT_EQ(slots[2].reply, "ERR no") << cut;
        ASSERT_EQ(slots[2].ends, 1u);
    }
}

TEST_F(a_multiplexer, drops_a_waiting_command_without_a_trace)
{
    commands.submit(a);
    commands.submit(b);
    EXPECT_EQ(commands.abandon(a), outcome::not_sent);
    EXPECT_EQ(a.where(), slot::state::done);
    EXPECT_EQ(commands.in_flight(), 1u);
    commands.open();
    EXPECT_EQ(write_all(commands), "<bb>");
    EXPECT_EQ(a.ends, 0u) << "whoever gave up knows";
}

TEST_F(a_multiplexer, keeps_the_place_of_a_written_command_whose_slot_is_gone)
{
    auto gone = std::make_unique<probe_slot>("bb");
    commands.open();
    for (auto* const each : {&a, gone.get(), &c})
        commands.submit(*each);
    write_all(commands);
    EXPECT_EQ(commands.abandon(*gone), outcome::maybe_applied);
    gone.reset();
    EXPECT_EQ(commands.in_flight(), 3u) << "it counts until it is answered";
    EXPECT_EQ(commands.bytes_in_flight(), 12u);
    EXPECT_TRUE(receive(commands, reply_of("1") + reply_of("late") + reply_of("3")));
    EXPECT_EQ(a.reply, "1");
    EXPECT_EQ(c.reply, "3");
    EXPECT_EQ(commands.in_flight(), 0u);
}

TEST_F(a_multiplexer, takes_a_slot_again_that_was_abandoned)
{
    commands.open();
    commands.submit(a);
    write_all(commands);
    commands.abandon(a);
    commands.submit(a);
    EXPECT_EQ(write_all(commands), "<a>");
    EXPECT_TRUE(receive(commands, reply_of("to the first") + reply_of("to the second")));
    EXPECT_EQ(a.reply, "to the second");
    EXPECT_EQ(a.ends, 1u);
}

TEST_F(a_multiplexer, takes_a_slot_again_from_inside_its_reply)
{
    commands.open();
    commands.submit(a);
    commands.submit(b);
    write_all(commands);
    a.again = &commands;
    EXPECT_TRUE(receive(commands, reply_of("1") + reply_of("2")));
    EXPECT_EQ(b.reply, "2");
    EXPECT_EQ(a.ends, 0u);
    EXPECT_EQ(write_all(commands), "<a>");
    EXPECT_TRUE(receive(commands, reply_of("3")));
    EXPECT_EQ(a.reply, "13");
    EXPECT_EQ(a.ends, 1u);
}

TEST(bounded_multiplexer, refuses_what_exceeds_the_count)
{
    multiplexer commands{{.commands = 2, .bytes = 1'000}};
    probe_slot a{"a"}, b{"b"}, c{"c"};
    commands.open();
    EXPECT_TRUE(commands.submit(a));
    EXPECT_TRUE(commands.submit(b));
    EXPECT_FALSE(commands.submit(c));
    EXPECT_EQ(c.where(), slot::state::idle);
    EXPECT_EQ(write_all(commands), "<a><b>");
    commands.abandon(a);
    EXPECT_FALSE(commands.submit(c)) << "a tombstone counts";
    receive(commands, reply_of("a"));
    EXPECT_TRUE(commands.submit(c));
    give_up(commands);
}

TEST(bounded_multiplexer, refuses_what_exceeds_the_bytes)
{
    multiplexer commands{{.commands = 100, .bytes = 10}};
    probe_slot a{"aa"}, b{"bbbb"}, c{"c"}, large{std::string(50, 'x')};
    EXPECT_TRUE(commands.submit(a));
    EXPECT_FALSE(commands.submit(large));
    EXPECT_TRUE(commands.submit(b)) << "4 and 6 bytes make exactly 10";
    EXPECT_FALSE(commands.submit(c));
    EXPECT_EQ(commands.bytes_in_flight(), 10u);
    commands.abandon(a);
    EXPECT_TRUE(commands.submit(c));
    give_up(commands);
    EXPECT_TRUE(commands.submit(large)) << "one alone is taken whatever its size";
    EXPECT_FALSE(commands.submit(a));
    give_up(commands);
    EXPECT_EQ(commands.bytes_in_flight(), 0u);
}

TEST_F(a_multiplexer, sends_nothing_twice_and_loses_nothing_wherever_it_breaks)
{
    std::string const all = "<a><bb><ccc>";
    for (std::size_t sent = 0; sent <= all.size(); ++sent) {
        multiplexer fresh;
        std::array<probe_slot, 3> slots{probe_slot{"a"}, probe_slot{"bb"}, probe_slot{"ccc"}};
        fresh.open();
        for (auto& each : slots)
            fresh.submit(each);
        fresh.written(sent, sent < all.size());
        fresh.lose(failure_code::connection_lost, "it broke");
        std::size_t begins = 0;
        std::string left;
        for (auto const& each : slots) {
            bool const touched = begins < sent;
            ASSERT_EQ(each.ends, touched ? 1u : 0u) << sent;
            if (touched) {
                ASSERT_EQ(each.result, outcome::maybe_applied);
                ASSERT_EQ(each.code, failure_code::connection_lost);
                ASSERT_EQ(each.reason, "it broke");
            } else {
                ASSERT_EQ(each.where(), slot::state::waiting);
                left += "<" + each.name() + ">";
            }
            begins += each.size();
        }
        ASSERT_EQ(unsent(fresh), "");
        fresh.open();
        ASSERT_EQ(write_all(fresh), left) << sent;
        give_up(fresh);
    }
}

TEST_F(a_multiplexer, puts_unsent_commands_before_those_that_waited)
{
    commands.open();
    commands.submit(a);
    commands.submit(b);
    commands.written(1, true);
    commands.submit(c);
    EXPECT_EQ(c.where(), slot::state::waiting);
    commands.lose(failure_code::connection_lost, "");
    EXPECT_EQ(a.ends, 1u);
    commands.open();
    EXPECT_EQ(write_all(commands), "<bb><ccc>");
}

TEST_F(a_multiplexer, forgets_unsent_commands_that_nobody_waits_for)
{
    commands.open();
    commands.submit(a);
    commands.submit(b);
    EXPECT_EQ(commands.abandon(a), outcome::maybe_applied) << "it was encoded";
    commands.lose(failure_code::connection_lost, "");
    EXPECT_EQ(commands.in_flight(), 1u);
    commands.open();
    EXPECT_EQ(write_all(commands), "<bb>");
}

TEST_F(a_multiplexer, starts_afresh_after_half_a_reply)
{
    commands.open();
    commands.submit(a);
    write_all(commands);
    char const* at = "$5\r\nhal";
    EXPECT_TRUE(commands.received(at, at + 7));
    commands.lose(failure_code::connection_lost, "");
    commands.submit(b);
    commands.open();
    write_all(commands);
    EXPECT_TRUE(receive(commands, reply_of("whole")));
    EXPECT_EQ(b.reply, "whole");
}

TEST_F(a_multiplexer, fails_what_waits_when_told_to)
{
    commands.submit(a);
    commands.submit(b);
    commands.fail_waiting(failure_code::authentication_failed, "no");
    EXPECT_EQ(a.code, failure_code::authentication_failed);
    EXPECT_EQ(b.result, outcome::not_sent);
    EXPECT_EQ(b.reason, "no");
    EXPECT_EQ(commands.in_flight(), 0u);
    EXPECT_EQ(commands.waiting(), 0u);
}

TEST_F(a_multiplexer, refuses_bytes_that_are_no_protocol)
{
    commands.open();
    commands.submit(a);
    write_all(commands);
    EXPECT_FALSE(receive(commands, "HTTP/1.1 400 Bad Request\r\n"));
    EXPECT_EQ(commands.protocol_error(), "an unknown type byte");
    commands.lose(failure_code::protocol_error, commands.protocol_error());
    EXPECT_EQ(a.code, failure_code::protocol_error);
    EXPECT_EQ(a.reason, "an unknown type byte");
}

TEST_F(a_multiplexer, refuses_a_reply_that_nobody_waits_for)
{
    commands.open();
    EXPECT_FALSE(receive(commands, "+OK\r\n"));
    EXPECT_EQ(commands.protocol_error(), "a reply that nobody waits for");
}

TEST_F(a_multiplexer, refuses_a_reply_to_a_command_that_has_not_left)
{
    commands.open();
    commands.submit(a);
    write_all(commands);
    commands.submit(b);
    EXPECT_FALSE(receive(commands, reply_of("a") + reply_of("stray")));
    EXPECT_EQ(a.reply, "a");
    EXPECT_EQ(b.reply, "") << "it must not be taken for the answer";
    EXPECT_EQ(commands.protocol_error(), "a reply that nobody waits for");
}

TEST_F(a_multiplexer, takes_an_early_answer_to_a_command_that_is_half_sent)
{
    commands.open();
    commands.submit(c);
    commands.written(2, true);
    EXPECT_TRUE(receive(commands, "-ERR Protocol error\r\n"));
    EXPECT_EQ(c.reply, "ERR Protocol error");
}

struct push_recorder final : push_owner {
    void on_push(wire::token const& token) noexcept override
    {
        heard.append(token.text).append(".");
    }
    std::string heard;
};

TEST(pushed, is_nobody_s_reply)
{
    push_recorder pushes;
    multiplexer commands{{}, {}, &pushes};
    probe_slot a{"a"}, b{"b"};
    commands.open();
    commands.submit(a);
    commands.submit(b);
    write_all(commands);
    EXPECT_TRUE(receive(commands, ">1\r\n+before\r\n*2\r\n:1\r\n>1\r\n+inside\r\n:2\r\n" +
                                      reply_of("3") + ">1\r\n+after\r\n"));
    EXPECT_EQ(pushes.heard, ".before...inside...after..");
    EXPECT_EQ(a.reply, "12");
    EXPECT_EQ(b.reply, "3");
}

TEST_F(a_multiplexer, drops_pushes_that_nobody_wants)
{
    commands.open();
    EXPECT_TRUE(receive(commands, ">2\r\n+invalidate\r\n*0\r\n"));
    EXPECT_EQ(commands.in_flight(), 0u);
}

TEST_F(a_multiplexer, encodes_nothing_while_the_socket_is_full)
{
    commands.open();
    commands.submit(a);
    commands.written(1, true);
    commands.submit(b);
    EXPECT_EQ(unsent(commands), "a>");
    EXPECT_EQ(commands.abandon(b), outcome::not_sent);
    commands.submit(c);
    commands.written(0, false);
    EXPECT_EQ(unsent(commands), "a><ccc>");
}

TEST_F(a_multiplexer, encodes_only_so_much_ahead)
{
    constexpr std::size_t ahead = 256 * 1024;
    std::deque<probe_slot> many;
    commands.open();
    for (int i = 0; i < 100; ++i) {
        auto& each = many.emplace_back(std::string(10'000, 'x'));
        ASSERT_TRUE(commands.submit(each));
    }
    EXPECT_GE(unsent(commands).size(), ahead);
    EXPECT_LT(unsent(commands).size(), ahead + 10'002);
    EXPECT_GT(commands.waiting(), 0u);
    EXPECT_EQ(write_all(commands).size(), 100 * 10'002u);
    EXPECT_EQ(commands.waiting(), 0u);
    give_up(commands);
}

// Always a little is left, so the buffer is never empty.
TEST_F(a_multiplexer, holds_no_more_than_it_must_when_the_socket_never_takes_all)
{
    constexpr std::size_t size = 10'000;
    std::deque<probe_slot> slots;
    commands.open();
    std::size_t most_held = 0;
    for (int round = 0; round < 2'000; ++round) {
        auto& next = slots.emplace_back(std::string(size, 'x'));
        ASSERT_TRUE(commands.submit(next));
        if (unsent(commands).size() > 2 * size)
            commands.written(size + 2, false);
        most_held = std::max(most_held, commands.held_memory());
        if (slots.size() > 10) {
            ASSERT_TRUE(receive(commands, reply_of("x")));
            ASSERT_EQ(slots.front().ends, 1u);
            slots.pop_front();
        }
    }
    EXPECT_LT(most_held, 1'000'000u) << "20 MB went through it";
    give_up(commands);
}

}  // namespace
}  // namespace redstart::engine
