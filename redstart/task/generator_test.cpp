#include "redstart/task/generator.hpp"

#include "redstart/task/event.hpp"
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

generator<int> count_to(int limit)
{
    for (int i = 1; i <= limit; ++i)
        co_yield i;
}

template <class T>
task<std::vector<T>> all_of(generator<T> values)
{
    std::vector<T> all;
    while (auto value = co_await values.next())
        all.push_back(*std::move(value));
    co_return all;
}

TEST(a_generator, gives_its_values_in_order_and_then_none)
{
    manual_scheduler loop;
    EXPECT_EQ(loop.run(all_of(count_to(3))), (std::vector{1, 2, 3}));
    EXPECT_EQ(loop.run(all_of(count_to(0))), std::vector<int>{});
    auto few = count_to(1);
    EXPECT_EQ(loop.run(few.next()), 1);
    EXPECT_EQ(loop.run(few.next()), std::nullopt);
    EXPECT_EQ(loop.run(few.next()), std::nullopt);
}

TEST(a_generator, uses_no_stack_for_many_values)
{
    manual_scheduler loop;
    constexpr int many = 200'000;
    EXPECT_EQ(loop.run(all_of(count_to(many))).size(), static_cast<std::size_t>(many));
}

generator<std::unique_ptr<int>> give_owned()
{
    co_yield std::make_unique<int>(1);
    co_yield std::make_unique<int>(2);
}

TEST(a_generator, gives_what_can_only_be_moved)
{
    manual_scheduler loop;
    auto values = give_owned();
    EXPECT_EQ(*loop.run(values.next()).value(), 1);
    auto moved = std::move(values);
    EXPECT_EQ(*loop.run(moved.next()).value(), 2);
    EXPECT_EQ(loop.run(moved.next()), std::nullopt);
}

generator<std::string> set_flag_when_run(bool& has_run)
{
    has_run = true;
    co_yield "text";
}

TEST(a_generator, runs_only_when_it_is_asked)
{
    manual_scheduler loop;
    bool has_run = false;
    {
        auto never_asked = set_flag_when_run(has_run);
    }
    EXPECT_FALSE(has_run);
    auto asked = set_flag_when_run(has_run);
    EXPECT_EQ(loop.run(asked.next()), "text");
    EXPECT_TRUE(has_run);
}

generator<int> fail_after(int values)
{
    for (int i = 0; i < values; ++i)
        co_yield i;
    throw probe::mishap{7};
}

TEST(a_generator, throws_from_next_and_has_ended_then)
{
    manual_scheduler loop;
    auto values = fail_after(1);
    EXPECT_EQ(loop.run(values.next()), 0);
    EXPECT_THROW(loop.run(values.next()), probe::mishap);
    EXPECT_EQ(loop.run(values.next()), std::nullopt);
}

generator<int> hold(probe::tell_tale held, event& awaited)
{
    co_yield 1;
    co_await awaited.wait();
    co_yield 2;
}

TEST(a_generator, may_be_destroyed_between_two_values)
{
    manual_scheduler loop;
    event never;
    bool gone = false;
    {
        auto values = hold(probe::tell_tale{gone}, never);
        EXPECT_EQ(loop.run(values.next()), 1);
        EXPECT_FALSE(gone);
    }
    EXPECT_TRUE(gone);
    gone = false;
    {
        auto never_asked = hold(probe::tell_tale{gone}, never);
    }
    EXPECT_TRUE(gone);
}

TEST(a_generator, waits_between_two_values)
{
    manual_scheduler loop;
    event awaited;
    bool gone = false;
    auto values = hold(probe::tell_tale{gone}, awaited);
    EXPECT_EQ(loop.run(values.next()), 1);
    result<std::optional<int>> second;
    loop.start(values.next(), second);
    EXPECT_FALSE(second.is_set());
    awaited.set();
    loop.run();
    EXPECT_EQ(second.take(), 2);
}

generator<boot_clock::time_point> tell_deadlines()
{
    while (true)
        co_yield (co_await this_context()).deadline;
}

task<std::vector<boot_clock::time_point>> ask_under_several_deadlines()
{
    auto deadlines = tell_deadlines();
    std::vector<boot_clock::time_point> told;
    told.push_back((co_await deadlines.next()).value());
    told.push_back((co_await within(1s, deadlines.next())).value());
    told.push_back((co_await within(5s, deadlines.next())).value());
    told.push_back((co_await deadlines.next()).value());
    co_return told;
}

TEST(a_generator, runs_under_the_context_of_each_next)
{
    manual_scheduler loop;
    auto const start = loop.clock();
    EXPECT_EQ(loop.run(ask_under_several_deadlines()),
              (std::vector{no_deadline, start + 1s, start + 5s, no_deadline}));
}

generator<int> sleep_between(boot_clock::duration pause)
{
    for (int i = 0;; ++i) {
        co_yield i;
        co_await sleep_for(pause);
    }
}

task<std::optional<int>> next_within(generator<int>& values, boot_clock::duration limit)
{
    co_return co_await within(limit, values.next());
}

TEST(a_generator, ends_when_its_wait_is_cancelled)
{
    manual_scheduler loop;
    auto values = sleep_between(10s);
    EXPECT_EQ(loop.run(next_within(values, 1s)), 0);
    result<std::optional<int>> late;
    loop.start(next_within(values, 1s), late);
    EXPECT_FALSE(late.is_set());
    loop.advance(1s);
    ASSERT_TRUE(late.is_set());
    EXPECT_EQ(probe::code_of(late), failure_code::timed_out);
    EXPECT_EQ(loop.run(values.next()), std::nullopt);
}

}  // namespace
}  // namespace redstart
