#include "redstart/task/when_all.hpp"

#include "redstart/task/manual_scheduler.hpp"
#include "redstart/task/probe_test.hpp"
#include "redstart/task/sleep.hpp"
#include "redstart/task/within.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace redstart {
namespace {

using namespace std::chrono_literals;
using probe::code_of;
using probe::give;
using probe::mishap_of;
using probe::wait_for;
using probe::wait_then_fail;
using probe::wait_then_give;

template <class T>
std::vector<task<T>> list_of(task<T> first, task<T> second)
{
    std::vector<task<T>> list;
    list.push_back(std::move(first));
    list.push_back(std::move(second));
    return list;
}

task<> note(std::string& order, char letter)
{
    order += letter;
    co_return;
}

// Ends only when `release` is set, whatever anybody asks of it.
task<int> insist(event& release, std::string& order)
{
    try {
        co_await release.wait();
        order += 'f';
    } catch (failure const&) {
        order += 'c';
    }
    co_await shielded(1h, wait_for(release));
    order += 'e';
    co_return 0;
}

TEST(when_all, gives_all_results_in_the_order_of_the_arguments)
{
    manual_scheduler loop;
    event first;
    event second;
    result<std::tuple<int, std::string, std::monostate>> ended;
    auto const text = []() -> task<std::string> { co_return "text"; };
    loop.start(when_all(wait_then_give(first, 1), text(), wait_for(second)), ended);
    second.set();
    loop.run();
    EXPECT_FALSE(ended.is_set());
    first.set();
    loop.run();
    EXPECT_EQ(ended.take(), (std::tuple{1, std::string{"text"}, std::monostate{}}));
}

TEST(when_all, begins_its_children_in_order_from_the_ready_list)
{
    manual_scheduler loop;
    std::string order;
    auto const both = [](std::string& into) -> task<> {
        auto children = when_all(note(into, 'a'), note(into, 'b'), note(into, 'c'));
        into += '-';
        co_await std::move(children);
    };
    loop.run(both(order));
    EXPECT_EQ(order, "-abc");
}

TEST(when_all, gives_values_that_can_only_be_moved_and_ones_that_look_like_tuples)
{
    manual_scheduler loop;
    auto const unique = []() -> task<std::unique_ptr<int>> { co_return std::make_unique<int>(5); };
    auto const pair = []() -> task<std::pair<int, int>> { co_return std::pair{1, 2}; };
    auto const tuple = []() -> task<std::tuple<int>> { co_return std::tuple{3}; };
    auto [owned, other] = loop.run(when_all(unique(), unique()));
    EXPECT_EQ(*owned + *other, 10);
    EXPECT_EQ(std::get<0>(loop.run(when_all(pair()))), (std::pair{1, 2}));
    EXPECT_EQ(std::get<0>(loop.run(when_all(tuple()))), std::tuple{3});
    EXPECT_EQ(std::get<1>(loop.run(when_all(pair(), tuple()))), std::tuple{3});
}

TEST(when_all, takes_lists_of_tasks)
{
    manual_scheduler loop;
    event first;
    result<std::vector<int>> ended;
    loop.start(when_all(list_of(wait_then_give(first, 1), give(2))), ended);
    EXPECT_FALSE(ended.is_set());
    first.set();
    loop.run();
    EXPECT_EQ(ended.take(), (std::vector{1, 2}));

    std::string order;
    loop.run(when_all(list_of(note(order, 'a'), note(order, 'b'))));
    EXPECT_EQ(order, "ab");

    auto const truth = [](bool value) -> task<bool> { co_return value; };
    EXPECT_EQ(loop.run(when_all(list_of(truth(true), truth(false)))), (std::vector{true, false}));
}

TEST(when_all, of_nothing_ends_at_once)
{
    manual_scheduler loop;
    EXPECT_TRUE(loop.run(when_all(std::vector<task<int>>{})).empty());
    loop.run(when_all(std::vector<task<>>{}));
}

TEST(when_all, cancels_and_awaits_the_rest_when_one_fails)
{
    manual_scheduler loop;
    event breaks;
    event release;
    std::string order;
    result<std::tuple<int, int>> ended;
    loop.start(when_all(insist(release, order), wait_then_fail(breaks, 3)), ended);
    breaks.set();
    loop.run();
    EXPECT_EQ(order, "c") << "it was asked to stop";
    EXPECT_FALSE(ended.is_set()) << "and is waited for";
    release.set();
    loop.run();
    EXPECT_EQ(order, "ce");
    EXPECT_EQ(mishap_of(ended), 3);
}

TEST(when_all, throws_the_first_failure_in_time)
{
    manual_scheduler loop;
    event first;
    event second;
    result<std::vector<int>> ended;
    loop.start(when_all(list_of(wait_then_fail(second, 1), wait_then_fail(first, 2))), ended);
    first.set();
    second.set();  // both have finished their waits: neither is cancelled
    loop.run();
    EXPECT_EQ(mishap_of(ended), 2);
}

TEST(when_all, starts_no_wait_of_children_behind_a_failed_one)
{
    manual_scheduler loop;
    event never;
    result<std::tuple<int, std::monostate>> ended;
    loop.start(when_all(probe::fail(1), wait_for(never)), ended);
    EXPECT_EQ(mishap_of(ended), 1);
}

TEST(when_all, hands_cancellation_down_to_every_child)
{
    manual_scheduler loop;
    cancellation source;
    event never;
    std::string order;
    event release;
    result<std::tuple<int, std::monostate>> ended;
    auto const all = [](context given, event& stuck, event& until,
                        std::string& into) -> task<std::tuple<int, std::monostate>> {
        co_return co_await under(given, when_all(insist(until, into), wait_for(stuck)));
    };
    loop.start(all({.loop = &loop, .cancel = &source}, never, release, order), ended);
    source.request();
    loop.run();
    EXPECT_EQ(order, "c");
    EXPECT_FALSE(ended.is_set());
    release.set();
    loop.run();
    EXPECT_EQ(code_of(ended), failure_code::cancelled);
}

TEST(when_all, gives_children_the_deadline_and_the_trace_and_a_cancellation_of_their_own)
{
    manual_scheduler loop;
    cancellation source;
    auto const trace = trace_context{}.child();
    context const given{
        .loop = &loop, .deadline = loop.clock() + 1s, .cancel = &source, .trace = &trace};
    auto const all = [](context outer) -> task<std::tuple<context, context>> {
        co_return co_await under(outer, when_all(probe::look_around(), probe::look_around()));
    };
    auto const [first, second] = loop.run(all(given));
    EXPECT_EQ(first.loop, &loop);
    EXPECT_EQ(first.deadline, given.deadline);
    EXPECT_EQ(first.trace, &trace);
    EXPECT_NE(first.cancel, &source);
    EXPECT_EQ(first.cancel, second.cancel) << "they are cancelled together";
}

TEST(when_all, ends_at_the_deadline)
{
    manual_scheduler loop;
    event never;
    result<std::tuple<std::monostate, std::monostate>> ended;
    auto const all = [](event& stuck) -> task<std::tuple<std::monostate, std::monostate>> {
        co_return co_await within(5ms, when_all(wait_for(stuck), wait_for(stuck)));
    };
    loop.start(all(never), ended);
    loop.advance(4ms);
    EXPECT_FALSE(ended.is_set());
    loop.advance(1ms);
    EXPECT_EQ(code_of(ended), failure_code::timed_out);
}

TEST(when_all, frees_everything_that_is_dropped_unstarted)
{
    bool gone = false;
    auto const hold = [](probe::tell_tale) -> task<> { co_return; };
    {
        auto const dropped = when_all(hold(probe::tell_tale{gone}));
        EXPECT_FALSE(gone);
    }
    EXPECT_TRUE(gone);
}

}  // namespace
}  // namespace redstart
