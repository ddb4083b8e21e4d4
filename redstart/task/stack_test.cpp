// No chain of tasks, of any length, may grow the stack: measured at its deepest point, in every
// kind of build.

#include "redstart/task/manual_scheduler.hpp"
#include "redstart/task/on.hpp"
#include "redstart/task/probe_test.hpp"
#include "redstart/task/sleep.hpp"
#include "redstart/task/stack_gauge_test.hpp"
#include "redstart/task/task_group.hpp"
#include "redstart/task/when_all.hpp"
#include "redstart/task/within.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <vector>

namespace redstart {
namespace {

using namespace std::chrono_literals;

constexpr int a_million = 1'000'000;
constexpr int many = 100'000;
constexpr int many_failures = 10'000;  // an exception costs more than all the rest

[[gnu::noinline]] int recurse(stack_gauge& gauge, int depth)
{
    auto const below = depth == 0 ? 0 : recurse(gauge, depth - 1);
    gauge.measure();  // last, so that no compiler makes a loop of it
    return below + 1;
}

TEST(stack, is_seen_to_grow_by_the_gauge_that_these_tests_trust)
{
    stack_gauge gauge;
    EXPECT_EQ(recurse(gauge, 1'000), 1'001);
    EXPECT_GT(gauge.bytes(), stack_gauge::few_frames);
}

task<int> measured(stack_gauge& gauge)
{
    gauge.measure();
    co_return 1;
}

task<int> one_after_another(stack_gauge& gauge, int count)
{
    int sum = 0;
    for (int done = 0; done < count; ++done)
        sum += co_await measured(gauge);
    co_return sum;
}

TEST(stack, does_not_grow_with_a_million_tasks_that_complete_at_once)
{
    manual_scheduler loop;
    stack_gauge gauge;
    EXPECT_EQ(loop.run(one_after_another(gauge, a_million)), a_million);
    EXPECT_EQ(gauge.measured(), std::size_t{a_million});
    EXPECT_LT(gauge.bytes(), stack_gauge::few_frames);
}

task<int> failing(stack_gauge& gauge)
{
    gauge.measure();
    throw probe::mishap{1};
    co_return 0;
}

task<int> failing_one_after_another(stack_gauge& gauge, int count)
{
    int caught = 0;
    for (int done = 0; done < count; ++done) {
        try {
            co_await failing(gauge);
        } catch (probe::mishap const& thrown) {
            caught += thrown.number;
        }
    }
    co_return caught;
}

TEST(stack, does_not_grow_with_tasks_that_fail_at_once)
{
    manual_scheduler loop;
    stack_gauge gauge;
    EXPECT_EQ(loop.run(failing_one_after_another(gauge, many_failures)), many_failures);
    EXPECT_LT(gauge.bytes(), stack_gauge::few_frames);
}

// Awaits itself `depth` times; at the bottom it may wait, and it may fail. Measures on the way down
// and up.
task<int> descend(stack_gauge& gauge, int depth, event* at_bottom, bool fails)
{
    gauge.measure();
    if (depth > 0) {
        auto const below = co_await descend(gauge, depth - 1, at_bottom, fails);
        gauge.measure();
        co_return below + 1;
    }
    if (at_bottom)
        co_await at_bottom->wait();
    gauge.measure();
    if (fails)
        throw probe::mishap{7};
    co_return 0;
}

TEST(stack, does_not_grow_with_the_depth_of_a_chain_of_awaits)
{
    manual_scheduler loop;
    stack_gauge gauge;
    EXPECT_EQ(loop.run(descend(gauge, many, nullptr, false)), many);
    EXPECT_EQ(gauge.measured(), std::size_t{2 * many + 2});
    EXPECT_LT(gauge.bytes(), stack_gauge::few_frames);
}

TEST(stack, does_not_grow_when_a_deep_chain_waits_at_its_bottom)
{
    manual_scheduler loop;
    stack_gauge gauge;
    event go_on;
    result<int> ended;
    loop.start(descend(gauge, many, &go_on, false), ended);
    EXPECT_FALSE(ended.is_set());
    go_on.set();
    loop.run();
    EXPECT_EQ(ended.take(), many);
    EXPECT_LT(gauge.bytes(), stack_gauge::few_frames);
}

TEST(stack, does_not_grow_when_a_failure_climbs_a_deep_chain)
{
    manual_scheduler loop;
    stack_gauge gauge;
    EXPECT_THROW(loop.run(descend(gauge, many_failures, nullptr, true)), probe::mishap);
    EXPECT_LT(gauge.bytes(), stack_gauge::few_frames);
}

task<int> descend_within(stack_gauge& gauge, int depth)
{
    gauge.measure();
    if (depth == 0)
        co_return 0;
    auto const below = co_await within(1s, descend_within(gauge, depth - 1));
    gauge.measure();
    co_return below + 1;
}

TEST(stack, does_not_grow_with_changed_contexts)
{
    manual_scheduler loop;
    stack_gauge gauge;
    EXPECT_EQ(loop.run(descend_within(gauge, many)), many);
    EXPECT_LT(gauge.bytes(), stack_gauge::few_frames);
}

task<> link_in_chain(stack_gauge& gauge, event& before, event& after)
{
    co_await before.wait();
    gauge.measure();
    after.set();
}

TEST(stack, does_not_grow_with_a_chain_of_wake_ups)
{
    manual_scheduler loop;
    stack_gauge gauge;
    std::deque<event> events(many + 1);
    std::vector<result<void>> ended(many);
    for (std::size_t at = 0; at < many; ++at)
        loop.start(link_in_chain(gauge, events[at], events[at + 1]), ended[at]);
    events.front().set();
    EXPECT_FALSE(events.back().is_set());
    loop.run();
    EXPECT_TRUE(events.back().is_set());
    EXPECT_EQ(gauge.measured(), std::size_t{many});
    EXPECT_LT(gauge.bytes(), stack_gauge::few_frames);
}

task<> sleep_often(stack_gauge& gauge, int times)
{
    for (int done = 0; done < times; ++done) {
        co_await sleep_for(1ms);
        gauge.measure();
    }
}

TEST(stack, does_not_grow_with_waits_one_after_another)
{
    manual_scheduler loop;
    stack_gauge gauge;
    result<void> ended;
    loop.start(sleep_often(gauge, many), ended);
    loop.advance(many * 1ms);
    EXPECT_TRUE(ended.is_set());
    EXPECT_LT(gauge.bytes(), stack_gauge::few_frames);
}

task<int> sum_of_all(stack_gauge& gauge, std::size_t count)
{
    std::vector<task<int>> children;
    children.reserve(count);
    while (children.size() < count)
        children.push_back(measured(gauge));
    auto const values = co_await when_all(std::move(children));
    int sum = 0;
    for (int const value : values)
        sum += value;
    co_return sum;
}

TEST(stack, does_not_grow_with_a_million_children)
{
    manual_scheduler loop;
    stack_gauge gauge;
    EXPECT_EQ(loop.run(sum_of_all(gauge, a_million)), a_million);
    EXPECT_LT(gauge.bytes(), stack_gauge::few_frames);
}

task<int> descend_in_branches(stack_gauge& gauge, int depth, event& at_bottom)
{
    gauge.measure();
    if (depth == 0) {
        co_await at_bottom.wait();
        co_return 0;
    }
    auto const [below] = co_await when_all(descend_in_branches(gauge, depth - 1, at_bottom));
    gauge.measure();
    co_return below + 1;
}

TEST(stack, does_not_grow_with_branches_below_branches)
{
    manual_scheduler loop;
    stack_gauge gauge;
    event go_on;
    result<int> ended;
    loop.start(descend_in_branches(gauge, many, go_on), ended);
    go_on.set();
    loop.run();
    EXPECT_EQ(ended.take(), many);
    EXPECT_LT(gauge.bytes(), stack_gauge::few_frames);
}

task<int> cancellable(cancellation& source, task<int> work)
{
    auto own = co_await this_context();
    own.cancel = &source;
    co_return co_await under(own, std::move(work));
}

TEST(stack, does_not_grow_when_branches_below_branches_are_cancelled)
{
    manual_scheduler loop;
    stack_gauge gauge;
    event never;
    cancellation source;
    result<int> ended;
    loop.start(cancellable(source, descend_in_branches(gauge, many_failures, never)), ended);
    source.request();
    loop.run();
    EXPECT_EQ(probe::code_of(ended), failure_code::cancelled);
    EXPECT_LT(gauge.bytes(), stack_gauge::few_frames);
}

task<> spawn_next(task_group& group, stack_gauge& gauge, int left)
{
    gauge.measure();
    if (left > 0)
        group.spawn(spawn_next(group, gauge, left - 1));
    co_return;
}

TEST(stack, does_not_grow_when_each_member_of_a_group_spawns_the_next)
{
    manual_scheduler loop;
    stack_gauge gauge;
    task_group group{loop};
    group.spawn(spawn_next(group, gauge, many));
    loop.run();
    EXPECT_EQ(group.size(), 0u);
    EXPECT_EQ(gauge.measured(), std::size_t{many + 1});
    EXPECT_LT(gauge.bytes(), stack_gauge::few_frames);
}

task<int> hop_often(scheduler& there, stack_gauge& gauge, int times)
{
    int sum = 0;
    for (int done = 0; done < times; ++done)
        sum += co_await on(there, measured(gauge));
    co_return sum;
}

TEST(stack, does_not_grow_with_journeys_to_a_loop)
{
    manual_scheduler loop;
    stack_gauge gauge;
    EXPECT_EQ(loop.run(hop_often(loop, gauge, many)), many);
    EXPECT_LT(gauge.bytes(), stack_gauge::few_frames);
}

}  // namespace
}  // namespace redstart
