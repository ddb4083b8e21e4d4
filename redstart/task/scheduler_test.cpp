#include "redstart/task/scheduler.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace redstart {
namespace {

using namespace std::chrono_literals;

// A loop that shows its inner parts, and counts.
class open_scheduler : public scheduler {
public:
    using scheduler::forget_clock;
    using scheduler::inbox_empty;
    using scheduler::next_timer;
    using scheduler::run_turn;
    using scheduler::running;

    boot_clock::time_point clock{1h};
    int clock_reads = 0;
    int wakes = 0;

private:
    boot_clock::time_point read_clock() noexcept override
    {
        ++clock_reads;
        return clock;
    }
    void wake() noexcept override { ++wakes; }
};

struct chore : ready_node {
    explicit chore(std::function<void()> what) : ready_node{&call}, work{std::move(what)} {}
    static void call(ready_node& self) { static_cast<chore&>(self).work(); }
    std::function<void()> work;
};

struct hook : idle_hook {
    explicit hook(std::function<void()> what) : work{std::move(what)} {}
    void before_idle() override { work(); }
    std::function<void()> work;
};

TEST(scheduler, runs_what_is_ready_in_order)
{
    open_scheduler loop;
    std::string order;
    chore a{[&] { order += 'a'; }};
    chore b{[&] { order += 'b'; }};
    chore c{[&] { order += 'c'; }};
    EXPECT_FALSE(loop.has_ready());
    loop.ready(b);
    loop.ready(a);
    loop.ready(c);
    EXPECT_TRUE(loop.has_ready());
    EXPECT_FALSE(loop.run_turn());
    EXPECT_EQ(order, "bac");
    EXPECT_FALSE(loop.run_turn());
    EXPECT_EQ(order, "bac");
}

TEST(scheduler, runs_what_becomes_ready_in_the_same_turn_behind_the_rest)
{
    open_scheduler loop;
    std::string order;
    chore late{[&] { order += 'l'; }};
    chore first{[&] {
        order += '1';
        loop.ready(late);
    }};
    chore second{[&] { order += '2'; }};
    loop.ready(first);
    loop.ready(second);
    EXPECT_FALSE(loop.run_turn());
    EXPECT_EQ(order, "12l");
}

TEST(scheduler, lets_a_node_ready_itself_again)
{
    open_scheduler loop;
    int runs = 0;
    chore again{[&] {
        if (++runs < 10)
            loop.ready(again);
    }};
    loop.ready(again);
    loop.run_turn();
    EXPECT_EQ(runs, 10);
}

TEST(scheduler, ends_a_turn_after_256_wake_ups)
{
    static_assert(scheduler::turn_limit == 256);
    open_scheduler loop;
    int runs = 0;
    chore endless{[&] {
        ++runs;
        loop.ready(endless);
    }};
    loop.ready(endless);
    EXPECT_TRUE(loop.run_turn());
    EXPECT_EQ(runs, 256);
    EXPECT_TRUE(loop.run_turn());
    EXPECT_EQ(runs, 512);
    endless.work = [] {};
    EXPECT_FALSE(loop.run_turn());
}

TEST(scheduler, calls_hooks_only_when_nothing_is_ready)
{
    open_scheduler loop;
    int ran = 0;
    int called = 0;
    hook idle{[&] {
        EXPECT_EQ(ran, 200);
        ++called;
    }};
    chore busy{[&] {
        if (++ran < 200)
            loop.ready(busy);
    }};
    loop.call_before_idle(idle);
    loop.call_before_idle(idle);
    loop.ready(busy);
    EXPECT_FALSE(loop.run_turn());
    EXPECT_EQ(called, 1);
    EXPECT_FALSE(loop.run_turn());
    EXPECT_EQ(called, 1) << "one call for one request";
}

// Or two coroutines that keep each other awake would keep everybody's commands from leaving.
TEST(scheduler, calls_hooks_at_the_end_of_a_full_turn)
{
    open_scheduler loop;
    int called = 0;
    hook first{[&] { ++called; }};
    hook second{[&] { ++called; }};
    chore endless{[&] { loop.ready(endless); }};
    loop.ready(endless);
    for (int turn = 1; turn <= 3; ++turn) {
        loop.call_before_idle(first);
        loop.call_before_idle(second);
        EXPECT_TRUE(loop.run_turn());
        EXPECT_EQ(called, 2 * turn);
    }
    endless.work = [] {};
    EXPECT_FALSE(loop.run_turn());
}

TEST(scheduler, calls_hooks_in_the_order_in_which_they_asked)
{
    open_scheduler loop;
    std::string order;
    hook a{[&] { order += 'a'; }};
    hook b{[&] { order += 'b'; }};
    hook c{[&] { order += 'c'; }};
    loop.call_before_idle(b);
    loop.call_before_idle(a);
    loop.call_before_idle(c);
    loop.run_turn();
    EXPECT_EQ(order, "bac");
}

TEST(scheduler, keeps_the_other_hooks_when_one_makes_something_ready)
{
    open_scheduler loop;
    std::string order;
    chore work{[&] { order += 'w'; }};
    hook a{[&] {
        order += 'a';
        loop.ready(work);
    }};
    hook b{[&] { order += 'b'; }};
    loop.call_before_idle(a);
    loop.call_before_idle(b);
    EXPECT_TRUE(loop.run_turn());
    EXPECT_EQ(order, "a");
    EXPECT_FALSE(loop.run_turn());
    EXPECT_EQ(order, "awb");
}

// With hooks called last in, first out, the second would wait for ever.
TEST(scheduler, starves_no_hook_that_waits_behind_a_busy_one)
{
    open_scheduler loop;
    int called = 0;
    hook patient{[&] { ++called; }};
    chore work{[] {}};
    hook busy{[&] { loop.ready(work); }};
    loop.call_before_idle(patient);
    loop.call_before_idle(busy);
    work.work = [&] { loop.call_before_idle(busy); };
    for (int turn = 0; turn < 3; ++turn)
        loop.run_turn();
    EXPECT_EQ(called, 1);
    loop.forget(busy);
    work.work = [] {};
    loop.run_turn();
}

TEST(scheduler, ends_a_turn_although_a_hook_asks_again_each_time)
{
    open_scheduler loop;
    int called = 0;
    hook tireless{[&] {
        ++called;
        loop.call_before_idle(tireless);
    }};
    loop.call_before_idle(tireless);
    EXPECT_TRUE(loop.run_turn()) << "it must be called before the loop sleeps";
    EXPECT_EQ(called, 1);
    EXPECT_TRUE(loop.run_turn());
    EXPECT_EQ(called, 2);
    loop.forget(tireless);
    EXPECT_FALSE(loop.run_turn());
    EXPECT_EQ(called, 2);
}

TEST(scheduler, forgets_a_hook_wherever_it_stands)
{
    for (std::size_t forgotten = 0; forgotten < 3; ++forgotten) {
        open_scheduler loop;
        std::string order;
        hook a{[&] { order += 'a'; }};
        hook b{[&] { order += 'b'; }};
        hook c{[&] { order += 'c'; }};
        hook late{[&] { order += 'l'; }};
        std::vector<hook*> const all{&a, &b, &c};
        for (auto* each : all)
            loop.call_before_idle(*each);
        loop.forget(*all[forgotten]);
        loop.forget(*all[forgotten]);
        loop.call_before_idle(late);
        loop.run_turn();
        EXPECT_EQ(order, std::string{"abc"}.erase(forgotten, 1) + "l");
    }
}

TEST(scheduler, lets_a_hook_forget_the_others)
{
    open_scheduler loop;
    int called = 0;
    hook second{[&] { ++called; }};
    hook third{[&] { ++called; }};
    hook first{[&] {
        loop.forget(second);
        loop.forget(third);
    }};
    loop.call_before_idle(first);
    loop.call_before_idle(second);
    loop.call_before_idle(third);
    EXPECT_FALSE(loop.run_turn());
    EXPECT_EQ(called, 0);
}

TEST(scheduler, reads_the_clock_once_per_turn)
{
    open_scheduler loop;
    std::vector<boot_clock::time_point> seen;
    chore look{[&] {
        seen.push_back(loop.now());
        loop.clock += 1s;
    }};
    chore look_again{[&] { seen.push_back(loop.now()); }};
    loop.ready(look);
    loop.ready(look_again);
    loop.run_turn();
    EXPECT_EQ(loop.clock_reads, 1);
    EXPECT_EQ(seen[0], seen[1]);

    loop.forget_clock();
    EXPECT_EQ(loop.now(), seen[0] + 1s);
    EXPECT_EQ(loop.clock_reads, 2);
    loop.run_turn();
    EXPECT_EQ(loop.clock_reads, 2) << "what was read before the turn counts for it";
}

TEST(scheduler, fires_timers_before_it_runs_what_is_ready)
{
    struct alarm : timer_node {
        explicit alarm(std::string& into) : timer_node{&ring}, order{into} {}
        static void ring(timer_node& self) { static_cast<alarm&>(self).order += 't'; }
        std::string& order;
    };
    open_scheduler loop;
    std::string order;
    alarm timer{order};
    chore work{[&] { order += 'w'; }};
    loop.start(timer, loop.clock + 5ms);
    loop.ready(work);
    EXPECT_LE(loop.next_timer(), loop.clock + 5ms);
    loop.run_turn();
    EXPECT_EQ(order, "w");
    loop.clock += 5ms;
    loop.forget_clock();
    loop.ready(work);
    loop.run_turn();
    EXPECT_EQ(order, "wtw");
    EXPECT_EQ(loop.next_timer(), no_deadline);
}

TEST(scheduler, takes_posted_nodes_at_the_next_turn_and_is_woken_once_for_a_burst)
{
    open_scheduler loop;
    std::string order;
    chore a{[&] { order += 'a'; }};
    chore b{[&] { order += 'b'; }};
    EXPECT_TRUE(loop.inbox_empty());
    loop.post(a);
    loop.post(b);
    EXPECT_FALSE(loop.inbox_empty());
    EXPECT_EQ(loop.wakes, 1);
    EXPECT_EQ(order, "");
    loop.run_turn();
    EXPECT_EQ(order, "ab");
    loop.post(a);
    EXPECT_EQ(loop.wakes, 2);
    loop.run_turn();
}

TEST(scheduler, leaves_what_is_posted_during_a_turn_to_the_next)
{
    open_scheduler loop;
    int runs = 0;
    chore again{[&] {
        if (++runs < 2)
            loop.post(again);
    }};
    loop.post(again);
    EXPECT_FALSE(loop.run_turn());
    EXPECT_EQ(runs, 1);
    EXPECT_FALSE(loop.inbox_empty()) << "which a loop must ask before it sleeps";
    loop.run_turn();
    EXPECT_EQ(runs, 2);
}

TEST(scheduler, knows_which_loop_a_thread_runs)
{
    open_scheduler outer;
    open_scheduler inner;
    EXPECT_EQ(scheduler::current(), nullptr);
    {
        open_scheduler::running const first{outer};
        EXPECT_TRUE(outer.is_current());
        {
            open_scheduler::running const second{inner};
            EXPECT_FALSE(outer.is_current());
            EXPECT_TRUE(inner.is_current());
        }
        EXPECT_EQ(scheduler::current(), &outer);
        std::thread{[&] { EXPECT_EQ(scheduler::current(), nullptr); }}.join();
    }
    EXPECT_EQ(scheduler::current(), nullptr);
}

TEST(scheduler_death, notices_a_node_that_is_ready_twice)
{
    EXPECT_DEATH(
        {
            open_scheduler loop;
            chore work{[] {}};
            loop.ready(work);
            loop.ready(work);
        },
        "in one list at a time");
}

TEST(scheduler_death, notices_another_loops_thread)
{
    open_scheduler loop;
    open_scheduler other;
    open_scheduler::running const elsewhere{other};
    chore work{[] {}};
    hook idle{[] {}};
    EXPECT_DEATH(loop.ready(work), "must post");
    EXPECT_DEATH(loop.call_before_idle(idle), "its loop's thread");
}

TEST(scheduler_death, notices_that_it_ends_before_its_work)
{
    chore work{[] {}};
    hook idle{[] {}};
    EXPECT_DEATH(open_scheduler{}.ready(work), "with work left");
    EXPECT_DEATH(open_scheduler{}.post(work), "with work left");
    EXPECT_DEATH(open_scheduler{}.call_before_idle(idle), "with a hook");
}

TEST(scheduler_death, notices_a_hook_that_ends_before_its_call)
{
    EXPECT_DEATH(
        {
            open_scheduler loop;
            hook idle{[] {}};
            loop.call_before_idle(idle);
        },
        "about to call");
}

}  // namespace
}  // namespace redstart
