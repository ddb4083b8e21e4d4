#include "redstart/net/loop.hpp"

#include "redstart/net/probe_test.hpp"
#include "redstart/net/runtime.hpp"
#include "redstart/observe/metrics.hpp"
#include "redstart/task/on.hpp"
#include "redstart/task/root.hpp"
#include "redstart/task/sleep.hpp"
#include "redstart/testing/plain_peer.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <sched.h>

#include <atomic>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace redstart::net_test {
namespace {

using namespace std::chrono_literals;

// Notes that it ran, and where.
struct note : ready_node {
    note() : ready_node{[](ready_node& self) { static_cast<note&>(self).happen(); }} {}
    void happen()
    {
        ran_on = scheduler::current();
        if (order)
            order->push_back(this);
        if (last)
            last->request_stop();
    }
    scheduler* ran_on = nullptr;
    std::vector<note*>* order = nullptr;
    loop* last = nullptr;  // stop this loop then
};

TEST(a_loop, runs_what_was_posted_in_order_and_stops)
{
    loop home;
    std::vector<note*> order;
    std::vector<note> notes(1'000);
    for (auto& each : notes) {
        each.order = &order;
        home.post(each);
    }
    notes.back().last = &home;
    home.run();
    ASSERT_EQ(order.size(), notes.size());
    for (std::size_t i = 0; i < notes.size(); ++i)
        ASSERT_EQ(order[i], &notes[i]);
    EXPECT_EQ(notes.front().ran_on, &home);
}

// As when a peer sends faster than its bytes are taken: there is always a handler that could run.
TEST(a_loop, is_not_held_by_handlers_without_end)
{
    loop home;
    for (int i = 0; i < 2; ++i)
        home.add_source();
    bool slept = false;
    std::function<void()> again = [&] {
        if (!slept)
            boost::asio::post(home.io_context(), again);
    };
    boost::asio::post(home.io_context(), again);
    start_root(
        home, []() -> task<> { co_await sleep_for(1ms); }(),
        [&](result<void>&&) {
            slept = true;
            home.request_stop();
        });
    home.run();
    EXPECT_TRUE(slept);
    for (int i = 0; i < 2; ++i)
        home.remove_source();
}

TEST(a_loop, is_woken_once_per_burst)
{
    loop home;
    std::vector<note> notes(100);
    for (auto& each : notes)
        home.post(each);
    EXPECT_EQ(home.io_context().poll(), 1u);
    home.request_stop();
    home.run();
    EXPECT_EQ(notes.back().ran_on, &home);
}

// Nanoseconds of all turns.
std::uint64_t time_in_turns(metrics_registry const& registry)
{
    for (auto const& family : registry.read())
        if (family.family.name == "redstart.loop.turn.duration")
            return family.series.at(0).histogram.sum;
    return 0;
}

TEST(a_loop, counts_how_long_its_turns_take_and_not_how_long_it_waits)
{
    constexpr auto in_a_turn = 20ms;
    constexpr auto between_turns = 400ms;
    metrics_registry registry;
    runtime loops{{.loops = 1, .metrics = &registry}};
    loops.run([=]() -> task<> {
        for (auto const until = boot_clock::now() + in_a_turn; boot_clock::now() < until;) {}
        co_await sleep_for(between_turns);
    }());
    loops.stop();
    auto const counted = std::chrono::nanoseconds{time_in_turns(registry)};
    EXPECT_GE(counted, in_a_turn);
    EXPECT_LT(counted, between_turns);
}

TEST(a_loop, runs_what_is_ready_and_posted_even_when_it_is_stopped_before_it_runs)
{
    loop home;
    bool handled = false;
    boost::asio::post(home.io_context(), [&] { handled = true; });
    note posted;
    home.post(posted);
    home.request_stop();
    home.run();
    EXPECT_TRUE(handled);
    EXPECT_EQ(posted.ran_on, &home);
}

TEST(a_loop, hears_several_threads)
{
    runtime loops{{.loops = 1}};
    constexpr int threads = 4;
    constexpr int each = 2'000;
    struct count : ready_node {
        count() : ready_node{[](ready_node& self) { static_cast<count&>(self).add(); }} {}
        void add() { total->fetch_add(1); }
        std::atomic<int>* total = nullptr;
    };
    std::atomic<int> total{0};
    std::vector<std::unique_ptr<count[]>> nodes;
    for (int i = 0; i < threads; ++i) {
        nodes.push_back(std::make_unique<count[]>(each));
        for (int j = 0; j < each; ++j)
            nodes.back()[static_cast<std::size_t>(j)].total = &total;
    }
    {
        std::vector<std::jthread> foreign;
        for (auto& mine : nodes)
            foreign.emplace_back([&mine, &home = loops.at(0)] {
                for (std::size_t j = 0; j < each; ++j)
                    home.post(mine[j]);
            });
    }
    loops.run([]() -> task<> { co_return; }());  // comes after all of them
    EXPECT_EQ(total.load(), threads * each);
}

TEST(a_loop, fires_timers_in_their_order_and_never_early)
{
    runtime loops{{.loops = 1}};
    loops.run([]() -> task<> {
        auto const here = co_await this_context();
        for (auto const wait : {1ms, 20ms, 3ms}) {
            auto const before = boot_clock::now();
            co_await sleep_for(wait);
            EXPECT_GE(boot_clock::now(), before + wait);
            EXPECT_GE(here.loop->now(), before + wait);
        }
    }());
}

// Something that is ready again as soon as it ran.
struct busy_node : ready_node {
    explicit busy_node(loop& where)
        : ready_node{[](ready_node& self) { static_cast<busy_node&>(self).again(); }}, home{where}
    {
    }
    void again()
    {
        if (!stop)
            home.ready(*this);
    }
    loop& home;
    bool stop = false;
};

TEST(a_loop, looks_at_sockets_and_timers_while_others_are_always_ready)
{
    net::endpoint at{.host = "127.0.0.1", .port = 0, .unix_path = {}};
    auto const listening = testing::listen_at(at);
    runtime loops{{.loops = 1}};
    loops.run([](loop& home, net::endpoint to, testing::descriptor const& door) -> task<> {
        busy_node busy{home};
        home.ready(busy);
        auto open = co_await net::connect(home, std::move(to));
        auto peer = testing::accept_peer(door);
        recorder heard;
        open.start(heard);
        peer.send("x");
        co_await heard.until_received(1);
        co_await sleep_for(2ms);
        busy.stop = true;
        co_await a_few_turns();
    }(loops.at(0), at, listening));
}

TEST(a_runtime, has_a_loop_per_usable_core_unless_told_otherwise)
{
    cpu_set_t usable;
    CPU_ZERO(&usable);
    ASSERT_EQ(::sched_getaffinity(0, sizeof usable, &usable), 0);
    EXPECT_EQ(runtime{}.size(), static_cast<std::size_t>(CPU_COUNT(&usable)));
    EXPECT_EQ((runtime{{.loops = 5}}.size()), 5u);
}

task<scheduler*> where_am_i() { co_return scheduler::current(); }

TEST(a_runtime, runs_each_loop_on_a_thread_of_its_own)
{
    runtime loops{{.loops = 3}};
    std::vector<std::thread::id> threads;
    for (std::size_t i = 0; i < loops.size(); ++i) {
        EXPECT_EQ(loops.at(i).index(), i);
        EXPECT_EQ(loops.run(where_am_i(), i), &loops.at(i));
        threads.push_back(loops.run(
            []() -> task<std::thread::id> { co_return std::this_thread::get_id(); }(), i));
    }
    EXPECT_NE(threads[0], threads[1]);
    EXPECT_NE(threads[1], threads[2]);
    EXPECT_NE(threads[0], std::this_thread::get_id());
    EXPECT_EQ(scheduler::current(), nullptr);
}

TEST(a_runtime, gives_the_failure_of_what_it_ran)
{
    runtime loops{{.loops = 1}};
    auto const fails = []() -> task<> {
        throw std::runtime_error{"as it should"};
        co_return;
    };
    EXPECT_THROW(loops.run(fails()), std::runtime_error);
}

TEST(a_runtime, lets_tasks_go_to_another_loop_and_back)
{
    runtime loops{{.loops = 2}};
    loops.run([](runtime& both) -> task<> {
        for (int i = 0; i < 200; ++i) {
            EXPECT_EQ(co_await on(both.at(1), where_am_i()), &both.at(1));
            EXPECT_EQ(scheduler::current(), &both.at(0));
        }
    }(loops));
}

TEST(a_runtime, may_be_stopped_twice)
{
    runtime loops{{.loops = 2}};
    loops.stop();
    loops.stop();
}

}  // namespace
}  // namespace redstart::net_test
