#include "redstart/task/sleep.hpp"

#include "redstart/task/manual_scheduler.hpp"
#include "redstart/task/probe_test.hpp"
#include "redstart/task/within.hpp"

#include <gtest/gtest.h>

namespace redstart {
namespace {

using namespace std::chrono_literals;
using probe::code_of;

task<> nap(boot_clock::duration duration) { co_await sleep_for(duration); }

task<> nap_until(boot_clock::time_point at) { co_await sleep_until(at); }

task<> nap_within(boot_clock::duration limit, boot_clock::duration duration)
{
    co_await within(limit, nap(duration));
}

task<> nap_under(context given, boot_clock::duration duration)
{
    co_await under(given, nap(duration));
}

TEST(sleep, ends_when_the_time_has_come_and_not_before)
{
    manual_scheduler loop;
    result<void> relative;
    result<void> absolute;
    loop.start(nap(50ms), relative);
    loop.start(nap_until(loop.clock() + 50ms), absolute);
    loop.advance(50ms - 1ns);
    EXPECT_FALSE(relative.is_set() || absolute.is_set());
    loop.advance(1ns);
    EXPECT_TRUE(relative.is_set() && absolute.is_set());
    EXPECT_FALSE(relative.has_failed() || absolute.has_failed());
}

TEST(sleep, does_not_wait_for_what_has_passed)
{
    manual_scheduler loop;
    loop.run(nap(0ms));
    loop.run(nap(-1h));
    loop.run(nap(boot_clock::duration::min()));
    loop.run(nap_until(loop.clock()));
    loop.run(nap_until(loop.clock() - 1h));
}

TEST(sleep, fails_when_the_deadline_comes_first)
{
    manual_scheduler loop;
    result<void> ended;
    loop.start(nap_within(20ms, 50ms), ended);
    loop.advance(19ms);
    EXPECT_FALSE(ended.is_set());
    loop.advance(1ms);
    EXPECT_EQ(code_of(ended), failure_code::timed_out);
}

TEST(sleep, succeeds_when_it_ends_with_the_deadline)
{
    manual_scheduler loop;
    result<void> ended;
    loop.start(nap_within(50ms, 50ms), ended);
    loop.advance(50ms);
    EXPECT_TRUE(ended.is_set());
    EXPECT_FALSE(ended.has_failed());
}

TEST(sleep, fails_at_once_when_the_deadline_has_passed)
{
    manual_scheduler loop;
    result<void> ended;
    loop.start(nap_within(-1ms, 50ms), ended);
    EXPECT_EQ(code_of(ended), failure_code::timed_out);
}

TEST(sleep, ends_at_once_when_it_is_cancelled)
{
    manual_scheduler loop;
    cancellation source;
    result<void> ended;
    loop.start(nap_under({.loop = &loop, .cancel = &source}, 1h), ended);
    EXPECT_FALSE(ended.is_set());
    source.request();
    EXPECT_FALSE(ended.is_set()) << "nobody is resumed from inside request()";
    loop.run();
    EXPECT_EQ(code_of(ended), failure_code::cancelled);
}

TEST(sleep, does_not_begin_when_it_is_cancelled_already)
{
    manual_scheduler loop;
    cancellation source;
    source.request();
    result<void> ended;
    loop.start(nap_under({.loop = &loop, .cancel = &source}, 1h), ended);
    EXPECT_EQ(code_of(ended), failure_code::cancelled);
}

TEST(sleep, wins_over_a_cancellation_that_comes_after_its_end)
{
    manual_scheduler loop;
    cancellation source;
    result<void> ended;
    struct late_request : timer_node {
        explicit late_request(cancellation& whom) : timer_node{&fire}, target{whom} {}
        static void fire(timer_node& self) { static_cast<late_request&>(self).target.request(); }
        cancellation& target;
    } late{source};
    loop.start(nap_under({.loop = &loop, .cancel = &source}, 50ms), ended);
    loop.scheduler::start(late, loop.clock() + 50ms);  // fires in the same turn, behind the sleep
    loop.advance(50ms);
    EXPECT_TRUE(source.is_requested());
    EXPECT_TRUE(ended.is_set());
    EXPECT_FALSE(ended.has_failed());
}

TEST(sleep, of_centuries_ends_by_cancellation_only)
{
    manual_scheduler loop;
    cancellation source;
    result<void> ended;
    loop.start(nap_under({.loop = &loop, .cancel = &source}, boot_clock::duration::max()), ended);
    loop.advance(24h * 365);
    EXPECT_FALSE(ended.is_set());
    source.request();
    loop.run();
    EXPECT_EQ(code_of(ended), failure_code::cancelled);
}

TEST(sleep, tells_where_it_was_awaited_when_it_fails)
{
    manual_scheduler loop;
    result<void> ended;
    loop.start(nap_within(-1ms, 50ms), ended);
    try {
        ended.take();
        FAIL();
    } catch (failure const& late) {
        EXPECT_NE(std::string_view{late.where().file_name()}.find("sleep_test"),
                  std::string_view::npos);
    }
}

}  // namespace
}  // namespace redstart
