#include "redstart/task/within.hpp"

#include "redstart/task/manual_scheduler.hpp"
#include "redstart/task/probe_test.hpp"
#include "redstart/task/sleep.hpp"

#include <gtest/gtest.h>

#include <tuple>

namespace redstart {
namespace {

using namespace std::chrono_literals;
using probe::code_of;
using probe::look_around;

// What is changed is only what one says; the rest is inherited.
struct full_context {
    explicit full_context(manual_scheduler& loop)
        : given{.loop = &loop, .deadline = loop.clock() + 1s, .cancel = &source, .trace = &trace}
    {
    }
    cancellation source;
    trace_context trace = trace_context{}.child();
    context given;
};

task<context> seen_under(context const& given, task<context> inner)
{
    co_return co_await under(given, std::move(inner));
}

task<context> seen_within(boot_clock::duration limit)
{
    co_return co_await within(limit, look_around());
}

task<context> seen_shielded(boot_clock::duration limit)
{
    co_return co_await shielded(limit, look_around());
}

TEST(under, gives_exactly_the_context_that_it_was_given)
{
    manual_scheduler loop;
    full_context const outer{loop};
    auto const seen = loop.run(seen_under(outer.given, look_around()));
    EXPECT_EQ(seen.loop, &loop);
    EXPECT_EQ(seen.deadline, outer.given.deadline);
    EXPECT_EQ(seen.cancel, &outer.source);
    EXPECT_EQ(seen.trace, &outer.trace);
}

TEST(within, shortens_the_deadline_and_changes_nothing_else)
{
    manual_scheduler loop;
    full_context const outer{loop};
    auto const seen = loop.run(seen_under(outer.given, seen_within(300ms)));
    EXPECT_EQ(seen.deadline, loop.clock() + 300ms);
    EXPECT_EQ(seen.loop, &loop);
    EXPECT_EQ(seen.cancel, &outer.source);
    EXPECT_EQ(seen.trace, &outer.trace);
}

TEST(within, never_extends_the_deadline)
{
    manual_scheduler loop;
    full_context const outer{loop};
    EXPECT_EQ(loop.run(seen_under(outer.given, seen_within(1h))).deadline, outer.given.deadline);
    EXPECT_EQ(loop.run(seen_under(outer.given, seen_within(boot_clock::duration::max()))).deadline,
              outer.given.deadline);
    EXPECT_EQ(loop.run(seen_within(boot_clock::duration::max())).deadline, no_deadline);
}

TEST(shielded, drops_cancellation_and_deadline_and_has_a_limit_of_its_own)
{
    manual_scheduler loop;
    full_context outer{loop};
    outer.source.request();
    for (auto const limit : {300ms, 3'000ms}) {
        auto const seen = loop.run(seen_under(outer.given, seen_shielded(limit)));
        EXPECT_EQ(seen.deadline, loop.clock() + limit) << "shorter or longer than the ambient one";
        EXPECT_EQ(seen.cancel, nullptr);
        EXPECT_EQ(seen.trace, &outer.trace);
        EXPECT_EQ(seen.loop, &loop);
    }
}

task<bool> is_the_same_before_and_after()
{
    auto const before = co_await this_context();
    co_await within(1ms, look_around());
    co_await shielded(1ms, look_around());
    try {
        co_await within(1ms, probe::fail(1));
        co_return false;
    } catch (probe::mishap const&) {
        // As it must; the context is restored all the same.
    }
    auto const after = co_await this_context();
    co_return std::tie(before.deadline, before.cancel) == std::tie(after.deadline, after.cancel);
}

TEST(within, changes_nothing_for_whoever_awaits_it)
{
    manual_scheduler loop;
    full_context const outer{loop};
    auto const check = [](context given) -> task<bool> {
        co_return co_await under(given, is_the_same_before_and_after());
    };
    EXPECT_TRUE(loop.run(check(outer.given)));
}

task<int> value_through_all()
{
    auto const ambient = co_await this_context();
    auto kept = within(1s, probe::give(1));  // may be named, and awaited later
    co_return co_await std::move(kept) + co_await shielded(1s, probe::give(2)) +
        co_await under(ambient, probe::give(3));
}

TEST(within, gives_the_value_of_the_task)
{
    manual_scheduler loop;
    EXPECT_EQ(loop.run(value_through_all()), 6);
}

task<> wait_within(boot_clock::duration limit, event& awaited)
{
    co_await within(limit, probe::wait_for(awaited));
}

TEST(within, ends_a_wait_at_its_limit)
{
    manual_scheduler loop;
    event never;
    result<void> ended;
    loop.start(wait_within(50ms, never), ended);
    loop.advance(49ms);
    EXPECT_FALSE(ended.is_set());
    loop.advance(1ms);
    EXPECT_EQ(code_of(ended), failure_code::timed_out);
}

TEST(within, is_left_in_time_when_the_wait_ends_before)
{
    manual_scheduler loop;
    event soon;
    result<void> ended;
    loop.start(wait_within(50ms, soon), ended);
    loop.advance(49ms);
    soon.set();
    loop.advance(1s);
    EXPECT_TRUE(ended.is_set());
    EXPECT_FALSE(ended.has_failed());
}

TEST(within, fails_the_first_wait_when_there_is_no_time)
{
    manual_scheduler loop;
    event never;
    for (auto const limit :
         {boot_clock::duration{0ms}, boot_clock::duration{-1h}, boot_clock::duration::min()}) {
        result<void> ended;
        loop.start(wait_within(limit, never), ended);
        EXPECT_EQ(code_of(ended), failure_code::timed_out);
    }
}

TEST(within, interrupts_nothing_that_does_not_wait)
{
    manual_scheduler loop;
    auto const work = []() -> task<int> { co_return co_await within(-1s, probe::give(5)); };
    EXPECT_EQ(loop.run(work()), 5);
}

task<> release_when_cancelled(event& never, bool& released)
{
    try {
        co_await never.wait();
    } catch (failure const&) {
        // Cancelled: now it cleans up.
    }
    auto const release = [](bool& done) -> task<> {
        co_await sleep_for(100ms);
        done = true;
    };
    co_await shielded(250ms, release(released));
}

TEST(shielded, lets_a_cancelled_caller_clean_up)
{
    manual_scheduler loop;
    full_context outer{loop};
    event never;
    bool released = false;
    result<void> ended;
    auto const work = [](context given, event& stuck, bool& done) -> task<> {
        co_await under(given, release_when_cancelled(stuck, done));
    };
    loop.start(work(outer.given, never, released), ended);
    outer.source.request();
    loop.run();
    EXPECT_FALSE(ended.is_set());
    loop.advance(100ms);
    EXPECT_TRUE(released);
    EXPECT_TRUE(ended.is_set());
}

TEST(shielded, ends_at_its_own_limit)
{
    manual_scheduler loop;
    event never;
    result<void> ended;
    auto const work = [](event& stuck) -> task<> {
        co_await shielded(250ms, probe::wait_for(stuck));
    };
    loop.start(work(never), ended);
    loop.advance(249ms);
    EXPECT_FALSE(ended.is_set());
    loop.advance(1ms);
    EXPECT_EQ(code_of(ended), failure_code::timed_out);
}

TEST(under_death, notices_a_context_of_another_loop)
{
    manual_scheduler other;
    manual_scheduler loop;
    EXPECT_DEATH(loop.run(seen_under({.loop = &other}, look_around())), "stays on its loop");
}

}  // namespace
}  // namespace redstart
