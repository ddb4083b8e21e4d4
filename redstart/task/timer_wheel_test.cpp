#include "redstart/task/timer_wheel.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <vector>

namespace redstart {
namespace {

using namespace std::chrono_literals;

constexpr boot_clock::time_point wheel_start{1h};

struct alarm_clock : timer_node {
    alarm_clock() : timer_node{&ring} {}

    static void ring(timer_node& self)
    {
        auto& mine = static_cast<alarm_clock&>(self);
        ++mine.rung;
        if (mine.then)
            mine.then();
    }

    int rung = 0;
    std::function<void()> then;
};

TEST(timer_wheel, fires_at_the_deadline_and_not_before)
{
    timer_wheel wheel;
    wheel.advance(wheel_start);
    alarm_clock alarm;
    wheel.add(alarm, wheel_start + 5ms);
    wheel.advance(wheel_start + 5ms - 1ns);
    EXPECT_EQ(alarm.rung, 0);
    EXPECT_TRUE(alarm.is_running());
    wheel.advance(wheel_start + 5ms);
    EXPECT_EQ(alarm.rung, 1);
    EXPECT_FALSE(alarm.is_running());
    wheel.advance(wheel_start + 1h);
    EXPECT_EQ(alarm.rung, 1);
}

TEST(timer_wheel, fires_within_a_millisecond_of_a_deadline_between_two_ticks)
{
    timer_wheel wheel;
    wheel.advance(wheel_start);
    alarm_clock alarm;
    auto const deadline = wheel_start + 5ms + 1ns;
    wheel.add(alarm, deadline);
    wheel.advance(deadline);
    EXPECT_EQ(alarm.rung, 0) << "a tick has not passed";
    EXPECT_LE(wheel.next(), deadline + 1ms);
    wheel.advance(wheel.next());
    EXPECT_EQ(alarm.rung, 1);
}

TEST(timer_wheel, fires_a_deadline_in_the_past_at_the_next_tick)
{
    timer_wheel wheel;
    wheel.advance(wheel_start);
    alarm_clock past;
    alarm_clock long_past;
    alarm_clock earliest;
    wheel.add(past, wheel_start);
    wheel.add(long_past, wheel_start - 1h);
    wheel.add(earliest, boot_clock::time_point::min());
    EXPECT_EQ(wheel.next(), wheel_start + 1ms);
    wheel.advance(wheel_start);
    EXPECT_EQ(past.rung + long_past.rung + earliest.rung, 0);
    wheel.advance(wheel_start + 1ms);
    EXPECT_EQ(past.rung, 1);
    EXPECT_EQ(long_past.rung, 1);
    EXPECT_EQ(earliest.rung, 1);
}

TEST(timer_wheel, keeps_no_timer_without_a_deadline)
{
    timer_wheel wheel;
    alarm_clock alarm;
    wheel.add(alarm, no_deadline);
    EXPECT_FALSE(alarm.is_running());
    EXPECT_EQ(wheel.next(), no_deadline);
    wheel.add(alarm, wheel_start);
    wheel.add(alarm, no_deadline);
    EXPECT_FALSE(alarm.is_running()) << "a restart without a deadline stops it";
    EXPECT_EQ(wheel.next(), no_deadline);
}

TEST(timer_wheel, keeps_the_last_tick_before_no_deadline)
{
    timer_wheel wheel;
    wheel.advance(wheel_start);
    alarm_clock alarm;
    wheel.add(alarm, no_deadline - 1ns);
    EXPECT_TRUE(alarm.is_running());
    wheel.advance(wheel_start + 24h * 365);
    EXPECT_EQ(alarm.rung, 0);
    wheel.remove(alarm);
}

TEST(timer_wheel, restarts_a_running_timer)
{
    timer_wheel wheel;
    wheel.advance(wheel_start);
    alarm_clock alarm;
    wheel.add(alarm, wheel_start + 5ms);
    wheel.add(alarm, wheel_start + 10ms);
    wheel.advance(wheel_start + 9ms);
    EXPECT_EQ(alarm.rung, 0);
    wheel.advance(wheel_start + 10ms);
    EXPECT_EQ(alarm.rung, 1);
}

TEST(timer_wheel, forgets_a_stopped_timer)
{
    timer_wheel wheel;
    wheel.advance(wheel_start);
    alarm_clock alarm;
    wheel.add(alarm, wheel_start + 5ms);
    wheel.remove(alarm);
    wheel.remove(alarm);
    EXPECT_EQ(wheel.next(), no_deadline);
    wheel.advance(wheel_start + 1h);
    EXPECT_EQ(alarm.rung, 0);
}

// The wheel turns once in 4,096 ms: these share a bucket, or lie just beside the border.
TEST(timer_wheel, tells_the_turns_of_a_bucket_apart)
{
    for (auto const turns : {1, 2, 10, 1'000})
        for (auto const beside : {-1ms, 0ms, 1ms}) {
            timer_wheel wheel;
            wheel.advance(wheel_start);
            alarm_clock near;
            alarm_clock far;
            wheel.add(near, wheel_start + 7ms);
            auto const deadline = wheel_start + 7ms + turns * 4096ms + beside;
            wheel.add(far, deadline);
            wheel.advance(wheel_start + 7ms);
            ASSERT_EQ(near.rung, 1);
            while (wheel.next() < deadline) {
                wheel.advance(wheel.next());
                ASSERT_EQ(far.rung, 0);
            }
            ASSERT_EQ(wheel.next(), deadline);
            wheel.advance(deadline);
            ASSERT_EQ(far.rung, 1);
        }
}

TEST(timer_wheel, catches_up_after_a_long_pause)
{
    timer_wheel wheel;
    wheel.advance(wheel_start);
    std::vector<std::unique_ptr<alarm_clock>> alarms;
    for (int count = 0; count < 10'000; ++count) {
        alarms.push_back(std::make_unique<alarm_clock>());
        wheel.add(*alarms.back(), wheel_start + count * 1ms);
    }
    wheel.advance(wheel_start + 1h);
    EXPECT_TRUE(std::ranges::all_of(alarms, [](auto const& each) { return each->rung == 1; }));
    EXPECT_EQ(wheel.next(), no_deadline);
}

TEST(timer_wheel, wakes_nobody_for_timers_that_have_fired_or_were_stopped)
{
    timer_wheel wheel;
    wheel.advance(wheel_start);
    alarm_clock fired;
    alarm_clock stopped;
    alarm_clock later;
    wheel.add(fired, wheel_start + 5ms);
    wheel.add(stopped, wheel_start + 50ms);
    wheel.add(later, wheel_start + 3s);
    wheel.remove(stopped);
    EXPECT_EQ(wheel.next(), wheel_start + 5ms);
    wheel.advance(wheel_start + 5ms);
    EXPECT_EQ(wheel.next(), wheel_start + 3s);
    wheel.advance(wheel_start + 3s);
    wheel.add(later, wheel_start + 3s + 4095ms);
    EXPECT_EQ(wheel.next(), wheel_start + 3s + 4095ms) << "and not a turn after the first one";
    wheel.remove(later);
}

TEST(timer_wheel, goes_neither_back_nor_round_when_time_stands_still)
{
    timer_wheel wheel;
    wheel.advance(wheel_start);
    alarm_clock alarm;
    wheel.add(alarm, wheel_start + 2ms);
    wheel.advance(wheel_start + 1ms);
    wheel.advance(wheel_start);
    wheel.advance(wheel_start + 1ms);
    EXPECT_EQ(alarm.rung, 0);
    wheel.advance(wheel_start + 2ms);
    EXPECT_EQ(alarm.rung, 1);
}

TEST(timer_wheel, lets_a_timer_stop_others_that_are_due)
{
    timer_wheel wheel;
    alarm_clock first;
    alarm_clock second;
    first.then = [&] { wheel.remove(second); };
    second.then = [&] { wheel.remove(first); };
    wheel.add(first, wheel_start);
    wheel.add(second, wheel_start);
    wheel.advance(wheel_start);
    EXPECT_EQ(first.rung + second.rung, 1) << "whichever comes first stops the other";
    EXPECT_FALSE(first.is_running());
    EXPECT_FALSE(second.is_running());
    EXPECT_EQ(wheel.next(), no_deadline);
}

TEST(timer_wheel, lets_a_timer_restart_itself_and_others)
{
    timer_wheel wheel;
    alarm_clock first;
    alarm_clock second;
    first.then = [&] {
        wheel.add(first, wheel_start);
        wheel.add(second, wheel_start + 10ms);
    };
    wheel.add(first, wheel_start);
    wheel.add(second, wheel_start + 1ms);
    wheel.advance(wheel_start);
    EXPECT_EQ(first.rung, 1) << "a restarted timer waits for a later tick";
    EXPECT_EQ(wheel.next(), wheel_start + 1ms);
    wheel.advance(wheel_start + 1ms);
    EXPECT_EQ(first.rung, 2);
    EXPECT_EQ(second.rung, 0);
    first.then = {};
    wheel.advance(wheel_start + 11ms);
    EXPECT_EQ(first.rung, 3);
    EXPECT_EQ(second.rung, 1);
}

TEST(timer_wheel, lets_a_timer_destroy_itself_and_others)
{
    timer_wheel wheel;
    auto first = std::make_unique<alarm_clock>();
    auto second = std::make_unique<alarm_clock>();
    first->then = [&] {
        wheel.remove(*second);
        second.reset();
        first.reset();
    };
    wheel.add(*first, wheel_start);
    wheel.add(*second, wheel_start);
    wheel.advance(wheel_start);
    EXPECT_EQ(first, nullptr);
    EXPECT_EQ(wheel.next(), no_deadline);
}

// The wheel against the plainest thing that could work: a list of ticks that is looked through each
// time.
class wheel_and_model {
public:
    explicit wheel_and_model(unsigned seed) : random_{seed}
    {
        wheel_.advance(now_);
        for (std::size_t count = 0; count < 50; ++count)
            alarms_.push_back(std::make_unique<alarm_clock>());
        due_.resize(alarms_.size());
    }
    ~wheel_and_model()
    {
        for (auto& alarm : alarms_)
            wheel_.remove(*alarm);
    }

    void do_something()
    {
        auto const which = pick(alarms_.size());
        switch (pick(4)) {
        case 0: remove(which); break;
        case 1: advance(); break;
        default: add(which); break;
        }
        check_next();
    }

private:
    std::size_t pick(std::size_t below) { return random_() % below; }

    boot_clock::duration some_time()
    {
        static constexpr boot_clock::duration scales[]{1us, 1ms, 100ms, 4096ms, 30s};
        auto const scale = scales[pick(std::size(scales))];
        return boot_clock::duration{static_cast<boot_clock::rep>(
            random_() % static_cast<std::uint64_t>(4 * scale.count()))};
    }

    static std::int64_t tick_of(boot_clock::time_point at) { return at.time_since_epoch() / 1ms; }

    void add(std::size_t which)
    {
        auto const deadline = now_ + some_time() - some_time() / 8;
        wheel_.add(*alarms_[which], deadline);
        due_[which] = std::max(tick_of(deadline + 1ms - 1ns), tick_of(now_) + 1);
    }

    void remove(std::size_t which)
    {
        wheel_.remove(*alarms_[which]);
        due_[which].reset();
    }

    void advance()
    {
        now_ += some_time();
        std::vector<int> expected;
        for (std::size_t at = 0; at < alarms_.size(); ++at) {
            bool const fires = due_[at] && *due_[at] <= tick_of(now_);
            expected.push_back(alarms_[at]->rung + (fires ? 1 : 0));
            if (fires)
                due_[at].reset();
        }
        wheel_.advance(now_);
        for (std::size_t at = 0; at < alarms_.size(); ++at) {
            ASSERT_EQ(alarms_[at]->rung, expected[at]);
            ASSERT_EQ(alarms_[at]->is_running(), due_[at].has_value());
        }
    }

    void check_next()
    {
        auto earliest = std::numeric_limits<std::int64_t>::max();
        for (auto const& tick : due_)
            earliest = std::min(earliest, tick.value_or(earliest));
        auto const next = wheel_.next();
        ASSERT_EQ(next == no_deadline, earliest == std::numeric_limits<std::int64_t>::max());
        if (next == no_deadline)
            return;
        ASSERT_GT(tick_of(next), tick_of(now_)) << "or a loop would spin";
        ASSERT_LE(tick_of(next), earliest) << "or a timer would be late";
    }

    std::mt19937_64 random_;
    timer_wheel wheel_;
    boot_clock::time_point now_ = wheel_start;
    std::vector<std::unique_ptr<alarm_clock>> alarms_;
    std::vector<std::optional<std::int64_t>> due_;  // by tick
};

TEST(timer_wheel, does_what_a_plain_list_would_do)
{
    for (unsigned seed = 1; seed <= 20; ++seed) {
        wheel_and_model both{seed};
        for (int step = 0; step < 2'000; ++step) {
            both.do_something();
            ASSERT_FALSE(::testing::Test::HasFatalFailure()) << "seed " << seed << " step " << step;
        }
    }
}

TEST(timer_wheel_death, notices_a_timer_that_is_destroyed_while_it_runs)
{
    EXPECT_DEATH(
        {
            timer_wheel wheel;
            alarm_clock alarm;
            wheel.add(alarm, wheel_start);
        },
        "while it runs");
}

}  // namespace
}  // namespace redstart
