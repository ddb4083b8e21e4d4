#include "redstart/task/on.hpp"

#include "redstart/task/manual_scheduler.hpp"
#include "redstart/task/probe_test.hpp"
#include "redstart/task/sleep.hpp"
#include "redstart/task/thread_loop_test.hpp"
#include "redstart/task/when_all.hpp"
#include "redstart/task/within.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace redstart {
namespace {

using namespace std::chrono_literals;
using probe::code_of;

// Two loops on one thread: every step of a journey is taken by hand.
struct two_hands {
    manual_scheduler there;
    manual_scheduler home;

    void run()
    {
        for (int round = 0; round < 5; ++round) {
            home.run();
            there.run();
        }
    }
};

template <class T>
task<T> travel(scheduler& target, task<T> work)
{
    co_return co_await on(target, std::move(work));
}

template <class T>
task<T> travel_under(context given, scheduler& target, task<T> work)
{
    co_return co_await under(given, travel(target, std::move(work)));
}

TEST(on, runs_there_and_comes_back_home)
{
    two_hands loops;
    auto const current = []() -> task<scheduler*> { co_return scheduler::current(); };
    auto const journey = [](scheduler& target, task<scheduler*> work) -> task<std::string> {
        auto* const departed_from = scheduler::current();
        auto* const was_at = co_await on(target, std::move(work));
        co_return std::string{was_at == &target ? "there" : "?"} +
            (scheduler::current() == departed_from ? " and back" : " and lost");
    };
    result<std::string> ended;
    loops.home.start(journey(loops.there, current()), ended);
    EXPECT_FALSE(ended.is_set());
    loops.there.run();
    EXPECT_FALSE(ended.is_set());
    loops.home.run();
    EXPECT_EQ(ended.take(), "there and back");
}

TEST(on, costs_one_message_there_and_one_back)
{
    two_hands loops;
    auto const home_before = loops.home.wakes();
    result<int> ended;
    loops.home.start(travel(loops.there, probe::give(1)), ended);
    EXPECT_EQ(loops.there.wakes(), 1u);
    loops.run();
    EXPECT_EQ(ended.take(), 1);
    EXPECT_EQ(loops.there.wakes(), 1u);
    EXPECT_EQ(loops.home.wakes(), home_before + 2) << "the start of this test and the return";
}

TEST(on, takes_deadline_and_trace_along_and_brings_failures_back)
{
    two_hands loops;
    cancellation source;
    auto const trace = trace_context{}.child();
    context const given{.loop = &loops.home,
                        .deadline = loops.home.clock() + 1s,
                        .cancel = &source,
                        .trace = &trace};
    result<context> ended;
    loops.home.start(travel_under(given, loops.there, probe::look_around()), ended);
    loops.run();
    auto const seen = ended.take();
    EXPECT_EQ(seen.loop, &loops.there);
    EXPECT_EQ(seen.deadline, given.deadline);
    EXPECT_EQ(seen.trace, &trace);
    EXPECT_NE(seen.cancel, &source) << "that belongs to the other loop's thread";

    result<int> failed;
    loops.home.start(travel(loops.there, probe::fail(3)), failed);
    loops.run();
    EXPECT_EQ(probe::mishap_of(failed), 3);
}

TEST(on, may_stay_on_its_own_loop)
{
    manual_scheduler loop;
    EXPECT_EQ(loop.run(travel(loop, probe::give(4))), 4);
}

TEST(on, gives_values_that_can_only_be_moved_and_none)
{
    two_hands loops;
    auto const unique = []() -> task<std::unique_ptr<int>> { co_return std::make_unique<int>(5); };
    result<std::unique_ptr<int>> ended;
    loops.home.start(travel(loops.there, unique()), ended);
    result<void> nothing;
    auto const empty = []() -> task<> { co_return; };
    loops.home.start(travel(loops.there, empty()), nothing);
    loops.run();
    EXPECT_EQ(*ended.take(), 5);
    EXPECT_TRUE(nothing.is_set());
}

TEST(on, times_out_over_there)
{
    two_hands loops;
    event never;
    result<void> ended;
    context const given{.loop = &loops.home, .deadline = loops.there.clock() + 5ms};
    loops.home.start(travel_under(given, loops.there, probe::wait_for(never)), ended);
    loops.there.advance(5ms);
    loops.run();
    EXPECT_EQ(code_of(ended), failure_code::timed_out);
}

TEST(on, departs_cancelled_when_it_is_cancelled_before)
{
    two_hands loops;
    cancellation source;
    source.request();
    event never;
    result<void> ended;
    loops.home.start(
        travel_under({.loop = &loops.home, .cancel = &source}, loops.there, probe::wait_for(never)),
        ended);
    loops.run();
    EXPECT_EQ(code_of(ended), failure_code::cancelled);
}

// Sets an event on the loop that it is posted to.
struct finisher : ready_node {
    explicit finisher(event& which) : ready_node{&run}, target{which} {}
    static void run(ready_node& self) { static_cast<finisher&>(self).target.set(); }
    event& target;
};

// What the target makes of the messages that it finds when it runs: C for a cancellation, F for the
// end of the work.
class expected_end {
public:
    void message(char which) { inbox_ += which; }
    void target_runs()
    {
        if (!begun_ && inbox_.contains('F'))
            decide('F');  // the work finds its event set, and does not wait
        for (char const which : inbox_)
            decide(which);
        begun_ = true;
        inbox_.clear();
    }
    bool is_value() const { return decided_ == 'F'; }

private:
    void decide(char how) { decided_ = decided_ == 0 ? how : decided_; }

    std::string inbox_;
    bool begun_ = false;
    char decided_ = 0;
};

// Takes the steps in one order: the target runs (T), home runs (H), the caller is cancelled (C),
// the work finishes (F).
void journey_in_this_order(std::string const& steps)
{
    two_hands loops;
    cancellation source;
    event finish;
    finisher ends{finish};
    expected_end expected;
    result<int> ended;
    loops.home.start(travel_under({.loop = &loops.home, .cancel = &source}, loops.there,
                                  probe::wait_then_give(finish, 1)),
                     ended);
    for (char const step : steps) {
        if (step == 'H') {
            loops.home.run();
        } else if (step == 'T') {
            loops.there.run();
            expected.target_runs();
        } else if (step == 'C') {
            source.request();
            expected.message('C');
        } else {
            loops.there.post(ends);
            expected.message('F');
        }
    }
    loops.run();
    expected.target_runs();
    ASSERT_TRUE(ended.is_set()) << steps;
    ASSERT_EQ(ended.has_failed(), !expected.is_value()) << steps;
    if (ended.has_failed())
        ASSERT_EQ(code_of(ended), failure_code::cancelled) << steps;
}

TEST(on, gives_one_answer_in_whatever_order_cancellation_and_completion_cross)
{
    int orders = 0;
    for (std::string steps : {"CFHHHTTT", "CFHHHHT"}) {
        std::ranges::sort(steps);
        do {
            journey_in_this_order(steps);
            ASSERT_FALSE(::testing::Test::HasFatalFailure());
            ++orders;
        } while (std::ranges::next_permutation(steps).found);
    }
    EXPECT_EQ(orders, 1'120 + 210);
}

// Goes to the end of the loop's queue, through its inbox.
struct step_aside : resume_node {
    bool await_ready() const noexcept { return false; }
    template <contextual Promise>
    void await_suspend(std::coroutine_handle<Promise> awaiting) noexcept
    {
        set(awaiting);
        awaiting.promise().ambient().loop->post(*this);
    }
    void await_resume() const noexcept {}
};

struct two_threads {
    thread_loop there;
    thread_loop home;
    ~two_threads()  // both, before either is destroyed: each may be inside a post() to the other
    {
        there.stop();
        home.stop();
    }
};

task<int> work_for(int steps, int value)
{
    for (int done = 0; done < steps; ++done) {
        co_await step_aside{};
        if ((co_await this_context()).is_cancelled())
            throw cancelled_failure();
    }
    co_return value;
}

task<> cancel_after(int steps, cancellation& source)
{
    for (int done = 0; done < steps; ++done)
        co_await step_aside{};
    source.request();
}

struct tally {
    int values = 0;
    int cancelled = 0;
};

task<> count_journey(scheduler& there, cancellation& source, int steps, tally& counts)
{
    auto own = co_await this_context();
    own.cancel = &source;
    try {
        if (co_await under(own, travel(there, work_for(steps, 1))) == 1)
            ++counts.values;
    } catch (failure const& known) {
        counts.cancelled += known.code() == failure_code::cancelled ? 1 : 0;
    }
}

task<tally> journeys_and_cancellations(scheduler& there, int rounds)
{
    tally counts;
    for (int round = 0; round < rounds; ++round) {
        cancellation source;
        co_await when_all(count_journey(there, source, round % 7, counts),
                          cancel_after(round / 7 % 5, source));
    }
    co_return counts;
}

TEST(on, gives_one_answer_when_cancellation_and_completion_race_on_two_threads)
{
    constexpr int rounds = 3'000;
    two_threads loops;
    auto const counts = sync_wait(loops.home, journeys_and_cancellations(loops.there, rounds));
    EXPECT_EQ(counts.values + counts.cancelled, rounds);
}

task<std::string> from_there(int number)
{
    if (number % 3 == 0)
        throw probe::mishap{number};
    co_return "a text that is too long for a short string: " + std::to_string(number);
}

task<int> journeys_side_by_side(scheduler& target, int count)
{
    int answered = 0;
    for (int number = 0; number < count; ++number) {
        try {
            auto const [first, second] = co_await when_all(travel(target, from_there(number)),
                                                           travel(target, from_there(number + 3)));
            answered += first.ends_with(std::to_string(number)) && !second.empty() ? 1 : 0;
        } catch (probe::mishap const& thrown) {
            answered += thrown.number % 3 == 0 ? 1 : 0;
        }
    }
    co_return answered;
}

TEST(on, carries_results_and_failures_both_ways_at_once)
{
    constexpr int count = 1'000;
    two_threads loops;
    int there_answered = 0;
    std::jthread other{
        [&] { there_answered = sync_wait(loops.there, journeys_side_by_side(loops.home, count)); }};
    EXPECT_EQ(sync_wait(loops.home, journeys_side_by_side(loops.there, count)), count);
    other.join();
    EXPECT_EQ(there_answered, count);
}

task<int> to_and_fro(scheduler& next, scheduler& after_that, int times)
{
    if (times == 0)
        co_return 0;
    co_return 1 + co_await on(next, to_and_fro(after_that, next, times - 1));
}

TEST(on, may_be_nested_to_and_fro)
{
    two_threads loops;
    EXPECT_EQ(sync_wait(loops.home, to_and_fro(loops.there, loops.home, 1'000)), 1'000);
}

}  // namespace
}  // namespace redstart
