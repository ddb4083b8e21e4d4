// Large values on a multiplexed connection: they leave from where they lie, come straight to where they belong, and
// neither a caller who leaves nor a connection that breaks gets them out of step.

#include "redstart/engine/multiplexer.hpp"
#include "redstart/engine/probe_test.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <memory>
#include <vector>

namespace redstart::engine {
namespace {

using testing::give_up;
using testing::probe_slot;
using testing::receive;
using testing::reply_of;
using testing::unsent;
using testing::write_all;
using middle = probe_slot::middle;

// Three commands, of which all but the first have a large argument, on an open connection.
struct three_commands {
    three_commands()
    {
        commands.open();
        for (auto& each : slots)
            EXPECT_TRUE(commands.submit(*each));
    }
    ~three_commands() { give_up(commands); }

    void abandon(std::size_t index)
    {
        EXPECT_EQ(commands.abandon(*slots[index]), outcome::maybe_applied);
        slots[index]->spoil_what_was_lent();
        slots[index].reset();
    }

    static inline std::string const all = "<small><lent away><owned by it>";
    multiplexer commands;
    std::array<std::unique_ptr<probe_slot>, 3> slots{
        std::make_unique<probe_slot>("small"),
        std::make_unique<probe_slot>("lent away", middle::lent),
        std::make_unique<probe_slot>("owned by it", middle::owned)};
};

TEST(large_arguments, leave_from_where_they_lie)
{
    three_commands three;
    auto const parts = three.commands.output();
    ASSERT_EQ(parts.size(), 5u);
    EXPECT_EQ(parts[0], "<small><len");
    EXPECT_EQ(parts[2], "way><own");
    EXPECT_EQ(parts[4], "by it>");
    write_all(three.commands);
    EXPECT_EQ(three.commands.output().size(), 0u);
}

TEST(large_arguments, leave_byte_by_byte)
{
    three_commands three;
    std::string sent;
    while (!three.commands.output().empty()) {
        sent += three.commands.output().front().front();
        three.commands.written(1, false);
        ASSERT_EQ(sent + unsent(three.commands), three.all);
    }
    EXPECT_EQ(sent, three.all);
}

TEST(large_arguments, leave_whole_when_their_callers_leave_at_any_byte)
{
    for (std::size_t sent = 0; sent <= three_commands::all.size(); ++sent)
        for (std::size_t const gone : {1u, 2u}) {
            three_commands three;
            three.commands.written(sent, true);
            three.abandon(gone);
            EXPECT_EQ(write_all(three.commands), three.all.substr(sent)) << sent << ", " << gone;
            EXPECT_TRUE(receive(three.commands, reply_of("1") + reply_of("2") + reply_of("3")));
            EXPECT_EQ(three.slots[0]->reply, "1");
            EXPECT_EQ(three.slots[3 - gone]->reply, std::to_string(4 - gone));
        }
}

TEST(large_arguments, wait_again_if_nothing_of_their_command_was_sent_when_the_connection_broke)
{
    for (std::size_t sent = 0; sent <= three_commands::all.size(); ++sent) {
        three_commands three;
        three.commands.written(sent, sent < three.all.size());
        three.commands.lose(failure_code::connection_lost, "");
        std::string left;
        std::size_t begins = 0;
        for (auto const& each : three.slots) {
            bool const touched = begins < sent;
            ASSERT_EQ(each->ends, touched ? 1u : 0u) << sent;
            if (touched)
                ASSERT_EQ(each->result, outcome::maybe_applied);
            else
                left += "<" + each->name() + ">";
            begins += each->size();
        }
        three.commands.open();
        ASSERT_EQ(write_all(three.commands), left) << sent;
    }
}

TEST(large_arguments, are_dropped_with_a_connection_whose_callers_have_left)
{
    for (std::size_t sent = 0; sent < three_commands::all.size(); ++sent) {
        three_commands three;
        three.commands.written(sent, true);
        three.abandon(1);
        three.abandon(2);
        three.commands.lose(failure_code::connection_lost, "");
        EXPECT_LE(three.commands.in_flight(), 1u);
        three.commands.open();
        EXPECT_EQ(write_all(three.commands), sent == 0 ? "<small>" : "");
    }
}

TEST(large_arguments, go_on_after_an_early_answer)
{
    three_commands three;
    three.commands.written(std::strlen("<small><lent"), true);
    EXPECT_TRUE(receive(three.commands, reply_of("1") + "-ERR early\r\n"));
    EXPECT_EQ(three.slots[1]->reply, "ERR early");
    three.slots[1]->spoil_what_was_lent();
    three.slots[1].reset();
    EXPECT_EQ(write_all(three.commands), " away><owned by it>");
}

TEST(large_arguments, can_be_sent_again_after_their_slot_was_abandoned)
{
    probe_slot slot{"abcdef", middle::owned};
    multiplexer commands;
    commands.open();
    commands.submit(slot);
    commands.written(2, true);
    commands.abandon(slot);
    commands.written(0, false);
    commands.submit(slot);
    EXPECT_EQ(write_all(commands), "bcdef><abcdef>");
    give_up(commands);
}

TEST(large_arguments, leave_in_so_many_parts_as_one_system_call_takes)
{
    std::vector<std::unique_ptr<probe_slot>> slots;
    multiplexer commands;
    commands.open();
    std::string all;
    for (int i = 0; i < 100; ++i) {
        slots.push_back(std::make_unique<probe_slot>(std::to_string(1000 + i), middle::owned));
        commands.submit(*slots.back());
        all += "<" + slots.back()->name() + ">";
    }
    EXPECT_GE(commands.output().size(), 60u);
    EXPECT_LE(commands.output().size(), 64u);
    EXPECT_EQ(write_all(commands), all);
    give_up(commands);
}

TEST(large_arguments, count_against_what_is_encoded_ahead_and_against_the_bound)
{
    constexpr std::size_t large = 300 * 1024;
    multiplexer commands{{.commands = 10, .bytes = 2 * large}};
    probe_slot first{std::string(large, 'x'), middle::owned};
    probe_slot second{std::string(large - 10, 'y'), middle::owned};
    probe_slot third{"z"};
    probe_slot fourth{"zzzzz"};
    commands.open();
    EXPECT_TRUE(commands.submit(first));
    EXPECT_TRUE(commands.submit(second));
    EXPECT_EQ(second.where(), slot::state::waiting);
    EXPECT_EQ(commands.bytes_in_flight(), 2 * large - 6);
    EXPECT_TRUE(commands.submit(third));
    EXPECT_FALSE(commands.submit(fourth));
    give_up(commands);
}

TEST(large_arguments, occupy_a_connection_until_they_are_sent)
{
    constexpr std::size_t third = 100 * 1024;
    multiplexer commands;
    probe_slot slot{std::string(3 * third, 'x'), middle::owned};
    commands.open();
    EXPECT_FALSE(commands.is_occupied());
    commands.submit(slot);
    EXPECT_TRUE(commands.is_occupied());
    commands.written(2 * third, false);
    EXPECT_FALSE(commands.is_occupied()) << "what is left of it is small";
    commands.written(1, true);
    EXPECT_TRUE(commands.is_occupied()) << "the socket is full";
    commands.lose(failure_code::connection_lost, "");
    EXPECT_FALSE(commands.is_occupied());
    give_up(commands);
}

// ---- replies ------------------------------------------------------------------------------------

// What the server says, of which so much is there at a time.
class scripted_source final : public byte_source {
public:
    explicit scripted_source(std::string_view said) : said_{said} {}

    std::size_t read(std::span<char> into) noexcept override
    {
        auto const size = std::min({into.size(), said_.size(), at_once});
        std::memcpy(into.data(), said_.data(), size);
        said_.remove_prefix(size);
        largest = std::max(largest, into.size());
        return size;
    }
    bool empty() const { return said_.empty(); }

    std::size_t at_once = 1'000'000;
    std::size_t largest = 0;  // room that was offered

private:
    std::string_view said_;
};

// Reads as a connection does: past the parser while it may, else through a buffer. Gives how much went past.
std::size_t read_all(multiplexer& commands, scripted_source& from)
{
    std::size_t past = 0;
    std::string held;
    while (!from.empty()) {
        if (auto const got = commands.read_past_parser(from)) {
            past += got;
            continue;
        }
        std::array<char, 4096> buffer{};
        held.append(buffer.data(), from.read(buffer));
        char const* at = held.data();
        EXPECT_TRUE(commands.received(at, at + held.size())) << commands.protocol_error();
        held.erase(0, static_cast<std::size_t>(at - held.data()));
    }
    EXPECT_EQ(held, "");
    return past;
}

class large_replies : public ::testing::Test {
protected:
    large_replies()
    {
        commands.open();
        for (auto* const each : {&a, &b}) {
            each->may_read_past = true;
            commands.submit(*each);
        }
        write_all(commands);
    }
    ~large_replies() override { give_up(commands); }

    std::string const value = std::string(150'000, 'v') + "\r\n$3\r\nend";
    multiplexer commands;
    probe_slot a{"a"};
    probe_slot b{"b"};
};

TEST_F(large_replies, go_past_the_parser)
{
    auto const said = reply_of(value) + reply_of("next");
    for (std::size_t const at_once : {1'000'000u, 4'096u, 777u, 17u}) {
        a.reply.clear(), b.reply.clear();
        scripted_source from{said};
        from.at_once = at_once;
        EXPECT_GT(read_all(commands, from), value.size() - 5'000);
        EXPECT_EQ(a.reply, value);
        EXPECT_EQ(b.reply, "next");
        for (auto* const each : {&a, &b})
            commands.submit(*each);
        write_all(commands);
    }
}

TEST_F(large_replies, go_past_it_also_inside_of_an_aggregate)
{
    auto const said =
        "*3\r\n" + reply_of(value) + reply_of("small") + reply_of(value) + reply_of("next");
    scripted_source from{said};
    EXPECT_GT(read_all(commands, from), 2 * value.size() - 10'000);
    EXPECT_EQ(a.reply, value + "small" + value);
    EXPECT_EQ(b.reply, "next");
}

TEST_F(large_replies, go_through_the_buffer_for_those_who_want_tokens)
{
    a.may_read_past = false;
    auto const said = reply_of(value) + reply_of(value);
    scripted_source from{said};
    EXPECT_GT(read_all(commands, from), value.size() - 5'000);
    EXPECT_EQ(a.reply, value);
    EXPECT_EQ(b.reply, value);
}

TEST_F(large_replies, are_dropped_when_their_caller_leaves_in_the_middle)
{
    auto gone = std::make_unique<probe_slot>("gone");
    gone->may_read_past = true;
    commands.submit(*gone);
    write_all(commands);
    EXPECT_TRUE(receive(commands, reply_of("1") + reply_of("2") + "$100000\r\nbegin"));
    scripted_source some{"xxx"};
    EXPECT_EQ(commands.read_past_parser(some), 3u);
    EXPECT_EQ(gone->reply, "beginxxx");
    commands.abandon(*gone);
    gone.reset();
    scripted_source more{"yyy"};
    EXPECT_EQ(commands.read_past_parser(more), 0u);
    EXPECT_TRUE(receive(commands, std::string(100'000 - 8, 'y') + "\r\n"));
    EXPECT_EQ(commands.in_flight(), 0u);
}

TEST_F(large_replies, take_the_room_that_comes_and_not_that_which_is_declared)
{
    EXPECT_TRUE(receive(commands, "$500000000\r\n" + std::string(100, 'x')));
    scripted_source some{"xxx"};
    EXPECT_EQ(commands.read_past_parser(some), 3u);
    EXPECT_LE(some.largest, 64u * 1024);
    EXPECT_LE(a.reply.capacity(), 65u * 1024);
}

TEST_F(large_replies, occupy_a_connection_until_they_have_come)
{
    EXPECT_TRUE(receive(commands, "$100000\r\nx"));
    EXPECT_TRUE(commands.is_occupied());
    auto const most = std::string(50'000, 'x');
    scripted_source some{most};
    while (!some.empty())
        commands.read_past_parser(some);
    EXPECT_FALSE(commands.is_occupied()) << "what is left of it is small";
    EXPECT_TRUE(receive(commands, std::string(49'999, 'x') + "\r\n"));
    EXPECT_EQ(a.reply.size(), 100'000u);
}

TEST_F(large_replies, of_a_push_do_not_go_to_whoever_waits)
{
    auto const said = ">1\r\n" + reply_of(value) + reply_of("1") + reply_of("2");
    scripted_source from{said};
    EXPECT_EQ(read_all(commands, from), 0u);
    EXPECT_EQ(a.reply, "1");
    EXPECT_EQ(b.reply, "2");
}

// ---- memory -------------------------------------------------------------------------------------

TEST(held_memory, shrinks_after_a_peak)
{
    multiplexer commands;
    commands.open();
    auto const at_first = commands.held_memory();
    probe_slot large{std::string(5'000'000, 'x')};  // all of it text
    commands.submit(large);
    EXPECT_GE(commands.held_memory(), 5'000'000u);
    write_all(commands);
    EXPECT_LE(commands.held_memory(), at_first + 100);
    EXPECT_TRUE(receive(commands, reply_of("x")));
    give_up(commands);
}

TEST(held_memory, does_not_grow_by_large_arguments)
{
    multiplexer commands;
    commands.open();
    probe_slot large{std::string(15'000'000, 'x'), middle::owned};
    commands.submit(large);
    EXPECT_LT(commands.held_memory(), 11'000'000u) << "its text alone is 10 MB";
    write_all(commands);
    EXPECT_LT(commands.held_memory(), 100u);
    give_up(commands);
}

TEST(held_memory, of_an_abandoned_large_argument_is_given_back_when_it_is_sent)
{
    multiplexer commands;
    commands.open();
    auto slot = std::make_unique<probe_slot>("abcdef", middle::owned);
    auto const watched = slot->watch_large();
    commands.submit(*slot);
    commands.written(2, true);
    commands.abandon(*slot);
    slot.reset();
    EXPECT_FALSE(watched.expired());
    EXPECT_EQ(write_all(commands), "bcdef>");
    EXPECT_TRUE(watched.expired());
    give_up(commands);
}

}  // namespace
}  // namespace redstart::engine
