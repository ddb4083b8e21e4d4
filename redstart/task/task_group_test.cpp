#include "redstart/task/task_group.hpp"

#include "redstart/task/manual_scheduler.hpp"
#include "redstart/task/probe_test.hpp"
#include "redstart/task/sleep.hpp"
#include "redstart/task/within.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace redstart {
namespace {

using namespace std::chrono_literals;
using probe::code_of;
using probe::mishap_of;
using probe::wait_for;

task<> fail_after(event& awaited, int number)
{
    co_await awaited.wait();
    throw probe::mishap{number};
}

struct sighting {
    context seen;
    trace_context trace;
};

task<> look_into(sighting& into)
{
    into.seen = co_await this_context();
    if (into.seen.trace)
        into.trace = *into.seen.trace;
}

// Has a deadline itself, and spawns a member.
task<> spawn_in_a_hurry(task_group& group, sighting& into)
{
    auto const spawn = [](task_group& target, sighting& look) -> task<> {
        target.spawn(look_into(look), (co_await this_context()).trace);
    };
    co_await within(1ms, spawn(group, into));
}

task<> clean_up(std::string& story)
{
    co_await sleep_for(10ms);
    story += "cleaned ";
}

// Waits for the event; when that is given up, cleans up for a while.
task<> clean_up_slowly(event& awaited, std::string& story)
{
    try {
        co_await awaited.wait();
        story += "finished ";
        co_return;
    } catch (failure const& why) {
        story += std::string{to_string(why.code())} + ' ';
    }
    co_await shielded(1h, clean_up(story));
}

TEST(task_group, runs_members_from_the_ready_list_and_counts_them)
{
    manual_scheduler loop;
    task_group group{loop};
    event gate;
    group.spawn(wait_for(gate));
    group.spawn(wait_for(gate));
    EXPECT_EQ(group.size(), 2u);
    gate.set();
    EXPECT_EQ(group.size(), 2u);
    loop.run();
    EXPECT_EQ(group.size(), 0u);
}

TEST(task_group, gives_members_neither_deadline_nor_cancellation_of_who_spawns_them)
{
    manual_scheduler loop;
    task_group group{loop};
    sighting member;
    loop.run(spawn_in_a_hurry(group, member));
    EXPECT_EQ(member.seen.loop, &loop);
    EXPECT_EQ(member.seen.deadline, no_deadline);
    EXPECT_NE(member.seen.cancel, nullptr) << "the group's own";
    EXPECT_EQ(member.seen.trace, nullptr);
}

TEST(task_group, copies_the_trace_for_its_members)
{
    manual_scheduler loop;
    task_group group{loop};
    sighting member;
    auto given = std::make_unique<trace_context>(trace_context{}.child());
    given->trace_state = "vendor=a long text that does not fit into a short string";
    auto const original = *given;
    group.spawn(look_into(member), given.get());
    given.reset();  // before the member has begun
    loop.run();
    EXPECT_NE(member.seen.trace, nullptr);
    EXPECT_EQ(member.trace.trace_id, original.trace_id);
    EXPECT_EQ(member.trace.span_id, original.span_id);
    EXPECT_EQ(member.trace.trace_state, original.trace_state);
}

TEST(task_group, tells_its_handler_of_every_failure)
{
    manual_scheduler loop;
    std::vector<int> heard;
    task_group group{loop, [&](std::exception_ptr why) {
                         result<void> failed;
                         failed.fail(why);
                         heard.push_back(mishap_of(failed).value_or(-1));
                     }};
    event gate;
    group.spawn(fail_after(gate, 1));
    group.spawn(wait_for(gate));
    group.spawn(fail_after(gate, 2));
    gate.set();
    loop.run(group.join());
    EXPECT_EQ(heard, (std::vector{1, 2}));
}

TEST(task_group, throws_the_first_failure_at_join_when_it_has_no_handler)
{
    manual_scheduler loop;
    task_group group{loop};
    event gate;
    group.spawn(fail_after(gate, 1));
    group.spawn(fail_after(gate, 2));
    result<void> joined;
    loop.start(group.join(), joined);
    EXPECT_FALSE(joined.is_set());
    gate.set();
    loop.run();
    EXPECT_EQ(mishap_of(joined), 1);
    loop.run(group.join());
}

TEST(task_group, is_joined_at_once_when_it_is_empty)
{
    manual_scheduler loop;
    task_group group{loop};
    loop.run(group.join());
    event set;
    set.set();
    group.spawn(wait_for(set));
    loop.run();
    loop.run(group.join());
}

task<> spawn_when_set(task_group& group, event& awaited, event& gate)
{
    co_await awaited.wait();
    group.spawn(wait_for(gate));
}

// The last member ends and wakes whoever joins; before that one runs, somebody spawns another.
TEST(task_group, is_not_joined_while_a_member_runs_that_came_last_minute)
{
    manual_scheduler loop;
    task_group group{loop};
    event first;
    event second;
    result<void> joined;
    result<void> late;
    group.spawn(wait_for(first));
    loop.start(group.join(), joined);
    loop.start(spawn_when_set(group, first, second), late);
    first.set();
    loop.run();
    EXPECT_TRUE(late.is_set());
    EXPECT_EQ(group.size(), 1u);
    EXPECT_FALSE(joined.is_set());
    second.set();
    loop.run();
    EXPECT_TRUE(joined.is_set());
}

TEST(task_group, joining_is_bounded_by_the_ambient_context)
{
    manual_scheduler loop;
    task_group group{loop};
    event gate;
    group.spawn(wait_for(gate));
    auto const join = [](task_group& which) -> task<> { co_await within(5ms, which.join()); };
    result<void> joined;
    loop.start(join(group), joined);
    loop.advance(5ms);
    EXPECT_EQ(code_of(joined), failure_code::timed_out);
    EXPECT_EQ(group.size(), 1u);
    gate.set();
    loop.run();
}

TEST(task_group, stop_cancels_members_and_waits_for_their_end)
{
    manual_scheduler loop;
    task_group group{loop};
    event never;
    std::string story;
    group.spawn(clean_up_slowly(never, story));
    loop.run();
    result<void> stopped;
    loop.start(group.stop(), stopped);
    EXPECT_EQ(story, "cancelled ");
    EXPECT_FALSE(stopped.is_set());
    loop.advance(10ms);
    EXPECT_EQ(story, "cancelled cleaned ");
    EXPECT_TRUE(stopped.is_set());
    EXPECT_FALSE(stopped.has_failed());
}

TEST(task_group, stop_gives_members_their_grace)
{
    manual_scheduler loop;
    task_group group{loop};
    event gate;
    event never;
    std::string quick;
    std::string slow;
    group.spawn(clean_up_slowly(gate, quick));
    group.spawn(clean_up_slowly(never, slow));
    result<void> stopped;
    loop.start(group.stop(100ms), stopped);
    loop.advance(50ms);
    gate.set();
    loop.advance(49ms);
    EXPECT_EQ(quick, "finished ");
    EXPECT_EQ(slow, "");
    loop.advance(1ms);
    EXPECT_EQ(slow, "cancelled ");
    loop.advance(10ms);
    EXPECT_TRUE(stopped.is_set());
}

TEST(task_group, stop_ends_with_the_last_member_within_the_grace)
{
    manual_scheduler loop;
    task_group group{loop};
    event gate;
    std::string story;
    group.spawn(clean_up_slowly(gate, story));
    result<void> stopped;
    loop.start(group.stop(1h), stopped);
    gate.set();
    loop.run();
    EXPECT_EQ(story, "finished ");
    EXPECT_TRUE(stopped.is_set());
}

TEST(task_group, stop_waits_for_members_even_when_it_is_cancelled_or_out_of_time)
{
    for (bool const by_time : {false, true}) {
        manual_scheduler loop;
        task_group group{loop};
        event never;
        std::string story;
        group.spawn(clean_up_slowly(never, story));
        cancellation source;
        auto const stop = [](context given, task_group& which) -> task<> {
            co_await under(given, which.stop(1h));
        };
        auto const deadline = by_time ? loop.clock() + 5ms : no_deadline;
        result<void> stopped;
        loop.start(stop({.loop = &loop, .deadline = deadline, .cancel = &source}, group), stopped);
        EXPECT_EQ(story, "");
        if (by_time)
            loop.advance(5ms);
        else
            source.request();
        loop.run();
        EXPECT_EQ(story, "cancelled ") << "the grace is cut short";
        EXPECT_FALSE(stopped.is_set());
        loop.advance(10ms);
        EXPECT_TRUE(stopped.is_set());
        EXPECT_FALSE(stopped.has_failed());
    }
}

TEST(task_group, stop_drops_what_is_spawned_from_its_beginning)
{
    manual_scheduler loop;
    task_group group{loop};
    event gate;
    group.spawn(wait_for(gate));
    EXPECT_FALSE(group.is_stopping());
    result<void> stopped;
    loop.start(group.stop(1h), stopped);
    EXPECT_TRUE(group.is_stopping());
    bool gone = false;
    auto const hold = [](probe::tell_tale) -> task<> { co_return; };
    group.spawn(hold(probe::tell_tale{gone}));
    EXPECT_TRUE(gone);
    EXPECT_EQ(group.size(), 1u);
    gate.set();
    loop.run();
    EXPECT_TRUE(stopped.is_set());
}

// A member that fails during the grace must neither end stop() early nor be forgotten.
TEST(task_group, stop_awaits_everybody_although_a_member_fails_during_the_grace)
{
    manual_scheduler loop;
    task_group group{loop};
    event breaks;
    event never;
    std::string story;
    group.spawn(fail_after(breaks, 5));
    group.spawn(clean_up_slowly(never, story));
    result<void> stopped;
    loop.start(group.stop(100ms), stopped);
    breaks.set();
    loop.run();
    EXPECT_EQ(story, "") << "the others keep their grace";
    loop.advance(110ms);
    EXPECT_EQ(story, "cancelled cleaned ");
    EXPECT_TRUE(stopped.is_set());
    EXPECT_FALSE(stopped.has_failed());
    result<void> joined;
    loop.start(group.join(), joined);
    EXPECT_EQ(mishap_of(joined), 5);
}

TEST(task_group, stop_leaves_a_failure_that_ends_the_grace_to_join)
{
    manual_scheduler loop;
    task_group group{loop};
    event breaks;
    group.spawn(fail_after(breaks, 6));
    result<void> stopped;
    loop.start(group.stop(100ms), stopped);
    breaks.set();
    loop.run();
    EXPECT_TRUE(stopped.is_set()) << "nobody is left to wait for";
    EXPECT_FALSE(stopped.has_failed());
    result<void> joined;
    loop.start(group.join(), joined);
    EXPECT_EQ(mishap_of(joined), 6);
}

TEST(task_group, hears_of_failures_after_cancellation_unless_they_are_just_that)
{
    manual_scheduler loop;
    int heard = 0;
    task_group group{loop, [&](std::exception_ptr) { ++heard; }};
    event never;
    auto const break_when_cancelled = [](event& stuck) -> task<> {
        try {
            co_await stuck.wait();
        } catch (failure const&) {
            // Cancelled: it breaks on its way out.
        }
        throw probe::mishap{1};
    };
    group.spawn(wait_for(never));
    group.spawn(break_when_cancelled(never));
    loop.run();
    group.cancel();
    EXPECT_TRUE(group.is_stopping());
    loop.run();
    EXPECT_EQ(heard, 1);
    EXPECT_EQ(group.size(), 0u);
}

TEST(task_group, hears_of_a_cancellation_that_was_not_its_own)
{
    manual_scheduler loop;
    int heard = 0;
    task_group group{loop, [&](std::exception_ptr) { ++heard; }};
    cancellation source;
    event never;
    auto const wait_under = [](context given, event& stuck) -> task<> {
        co_await under(given, wait_for(stuck));
    };
    group.spawn(wait_under({.loop = &loop, .cancel = &source}, never));
    loop.run();
    source.request();
    loop.run();
    EXPECT_EQ(heard, 1);
}

TEST(task_group, may_be_stopped_twice_and_by_several)
{
    manual_scheduler loop;
    task_group group{loop};
    event never;
    std::string story;
    group.spawn(clean_up_slowly(never, story));
    loop.run();
    result<void> first;
    result<void> second;
    loop.start(group.stop(1h), first);
    loop.start(group.stop(), second);
    EXPECT_EQ(story, "cancelled ");
    loop.advance(10ms);
    EXPECT_TRUE(first.is_set() && second.is_set());
    loop.run(group.stop());
}

TEST(task_group, frees_the_frame_of_a_member_that_has_ended)
{
    manual_scheduler loop;
    task_group group{loop};
    bool gone = false;
    auto const hold = [](probe::tell_tale) -> task<> { co_return; };
    group.spawn(hold(probe::tell_tale{gone}));
    EXPECT_FALSE(gone);
    loop.run();
    EXPECT_TRUE(gone);
}

TEST(task_group_death, notices_that_it_ends_before_its_members)
{
    manual_scheduler loop;
    EXPECT_DEATH(
        {
            event gate;
            task_group group{loop};
            group.spawn(wait_for(gate));
        },
        "before its members");
}

}  // namespace
}  // namespace redstart
