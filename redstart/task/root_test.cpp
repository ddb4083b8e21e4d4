#include "redstart/task/root.hpp"

#include "redstart/task/manual_scheduler.hpp"
#include "redstart/task/probe_test.hpp"
#include "redstart/task/sleep.hpp"
#include "redstart/task/thread_loop_test.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace redstart {
namespace {

using namespace std::chrono_literals;
using probe::give;

TEST(start_root, runs_the_task_on_the_loop_with_a_context_of_its_own)
{
    manual_scheduler loop;
    context seen;
    start_root(loop, probe::look_around(), [&](result<context>&& given) { seen = given.take(); });
    EXPECT_EQ(seen.loop, nullptr) << "nothing runs before the loop does";
    EXPECT_EQ(loop.wakes(), 1u);
    loop.run();
    EXPECT_EQ(seen.loop, &loop);
    EXPECT_EQ(seen.deadline, no_deadline);
    EXPECT_EQ(seen.cancel, nullptr);
    EXPECT_EQ(seen.trace, nullptr);
}

TEST(start_root, hands_over_failures)
{
    manual_scheduler loop;
    std::optional<int> number;
    start_root(loop, probe::fail(9),
               [&](result<int>&& given) { number = probe::mishap_of(given); });
    loop.run();
    EXPECT_EQ(number, 9);
}

TEST(start_root, calls_back_from_the_ready_list_when_the_frame_is_gone)
{
    manual_scheduler loop;
    bool gone = false;
    bool called = false;
    auto const hold = [](probe::tell_tale) -> task<> { co_return; };
    start_root(loop, hold(probe::tell_tale{gone}), [&](result<void>&& given) {
        EXPECT_TRUE(gone) << "what the task was given must be free by now";
        EXPECT_TRUE(given.is_set());
        called = true;
    });
    EXPECT_FALSE(gone);
    loop.run();
    EXPECT_TRUE(called);
}

TEST(start_root, may_start_another_when_it_ends)
{
    manual_scheduler loop;
    int sum = 0;
    start_root(loop, give(1), [&](result<int>&& first) {
        sum += first.take();
        start_root(loop, give(2), [&](result<int>&& second) { sum += second.take(); });
    });
    loop.run();
    EXPECT_EQ(sum, 3);
}

TEST(start_root, enters_from_many_threads)
{
    constexpr int threads = 4;
    constexpr int each = 1'000;
    thread_loop loop;
    std::latch ended{threads * each};
    int sum = 0;  // the loop's
    {
        std::vector<std::jthread> senders;
        senders.reserve(threads);
        for (int count = 0; count < threads; ++count)
            senders.emplace_back([&] {
                for (int number = 0; number < each; ++number)
                    start_root(loop, give(number), [&](result<int>&& given) {
                        sum += given.take();
                        ended.count_down();
                    });
            });
    }
    ended.wait();
    loop.stop();
    EXPECT_EQ(sum, threads * each * (each - 1) / 2);
}

task<std::thread::id> where_am_i() { co_return std::this_thread::get_id(); }

task<> nothing() { co_return; }

struct only_movable {
    explicit only_movable(int number) : value{number} {}
    only_movable(only_movable&&) = default;
    int const value;
};

TEST(sync_wait, blocks_until_the_loop_has_the_result)
{
    thread_loop loop;
    EXPECT_EQ(sync_wait(loop, give(5)), 5);
    EXPECT_NE(sync_wait(loop, where_am_i()), std::this_thread::get_id());
    sync_wait(loop, nothing());
    auto const movable = []() -> task<only_movable> { co_return only_movable{6}; };
    EXPECT_EQ(sync_wait(loop, movable()).value, 6);
    EXPECT_THROW(sync_wait(loop, probe::fail(1)), probe::mishap);
}

TEST(sync_wait, waits_for_what_takes_time)
{
    thread_loop loop;
    auto const pause = []() -> task<int> {
        co_await sleep_for(1ms);
        co_return 7;
    };
    EXPECT_EQ(sync_wait(loop, pause()), 7);
}

// The semaphore of one wait may be gone before the loop has left it; the next wait must not notice.
TEST(sync_wait, serves_many_threads_one_after_another)
{
    thread_loop loop;
    std::vector<std::jthread> callers;
    callers.reserve(4);
    std::atomic<int> sum{0};
    for (int caller = 0; caller < 4; ++caller)
        callers.emplace_back([&] {
            for (int round = 0; round < 1'000; ++round)
                sum.fetch_add(sync_wait(loop, give(1)));
        });
    callers.clear();
    EXPECT_EQ(sum.load(), 4'000);
}

TEST(sync_wait, returns_when_the_frame_is_gone)
{
    thread_loop loop;
    auto const hold = [](probe::tell_tale) -> task<> { co_return; };
    for (int round = 0; round < 1'000; ++round) {
        bool gone = false;
        sync_wait(loop, hold(probe::tell_tale{gone}));
        ASSERT_TRUE(gone);
    }
}

TEST(sync_wait_death, refuses_to_block_a_loop)
{
    manual_scheduler here;
    EXPECT_DEATH(sync_wait(here, give(1)), "would block a loop");
}

TEST(manual_scheduler, drives_several_loops_on_one_thread)
{
    manual_scheduler first;
    manual_scheduler second;
    EXPECT_TRUE(second.is_current());
    auto const pause = []() -> task<int> {
        co_await sleep_for(5ms);
        co_return 1;
    };
    result<int> ended;
    first.start(pause(), ended);
    first.advance(5ms);
    EXPECT_EQ(ended.take(), 1);
    EXPECT_TRUE(second.is_current());
}

TEST(manual_scheduler, lets_time_pass_from_timer_to_timer)
{
    manual_scheduler loop;
    auto const begin = loop.clock();
    std::vector<boot_clock::duration> seen;
    auto const tick = [](manual_scheduler& on, std::vector<boot_clock::duration>& into,
                         boot_clock::time_point from) -> task<> {
        for (int count = 0; count < 3; ++count) {
            co_await sleep_for(10ms);
            into.push_back(on.clock() - from);
        }
    };
    result<void> ended;
    loop.start(tick(loop, seen, begin), ended);
    loop.advance(25ms);
    EXPECT_EQ(seen, (std::vector<boot_clock::duration>{10ms, 20ms}));
    EXPECT_EQ(loop.clock(), begin + 25ms);
    loop.advance(5ms);
    EXPECT_EQ(seen.back(), 30ms);
    EXPECT_TRUE(ended.is_set());
}

TEST(manual_scheduler_death, notices_a_task_that_waits_where_it_must_not)
{
    manual_scheduler loop;
    event never;
    EXPECT_DEATH(loop.run(probe::wait_for(never)), "waits for something");
}

}  // namespace
}  // namespace redstart
