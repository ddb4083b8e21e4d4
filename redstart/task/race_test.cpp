#include "redstart/task/race.hpp"

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

// Loses slowly: it takes a while to clean up, and counts that it did.
task<int> lose_slowly(event& awaited, int& cleaned_up)
{
    try {
        co_await awaited.wait();
    } catch (failure const&) {
        ++cleaned_up;
    }
    co_await shielded(1h, [](int& count) -> task<> {
        co_await sleep_for(10ms);
        ++count;
    }(cleaned_up));
    co_return 0;
}

TEST(race, gives_the_value_of_the_first_to_end_and_names_it)
{
    manual_scheduler loop;
    for (std::size_t winner = 0; winner < 3; ++winner) {
        std::array<event, 3> events;
        result<std::variant<int, int, std::monostate>> ended;
        loop.start(
            race(wait_then_give(events[0], 10), wait_then_give(events[1], 11), wait_for(events[2])),
            ended);
        EXPECT_FALSE(ended.is_set());
        events[winner].set();
        loop.run();
        auto const won = ended.take();
        EXPECT_EQ(won.index(), winner);
        if (winner == 0)
            EXPECT_EQ(std::get<0>(won), 10);
        if (winner == 1)
            EXPECT_EQ(std::get<1>(won), 11);
    }
}

TEST(race, is_won_by_the_earlier_argument_when_all_end_at_once)
{
    manual_scheduler loop;
    EXPECT_EQ(loop.run(race(give(1), give(2))).index(), 0u);
    EXPECT_EQ(std::get<0>(loop.run(race(give(7)))), 7);
}

TEST(race, gives_values_that_can_only_be_moved)
{
    manual_scheduler loop;
    auto const unique = []() -> task<std::unique_ptr<int>> { co_return std::make_unique<int>(5); };
    EXPECT_EQ(*std::get<0>(loop.run(race(unique(), give(1)))), 5);
}

TEST(race, cancels_the_losers_and_awaits_them)
{
    manual_scheduler loop;
    event first;
    event never;
    int cleaned_up = 0;
    result<std::variant<int, int, int>> ended;
    loop.start(race(lose_slowly(never, cleaned_up), wait_then_give(first, 1),
                    lose_slowly(never, cleaned_up)),
               ended);
    first.set();
    loop.run();
    EXPECT_EQ(cleaned_up, 2) << "both were asked to stop";
    EXPECT_FALSE(ended.is_set()) << "and are waited for";
    loop.advance(10ms);
    EXPECT_EQ(cleaned_up, 4);
    EXPECT_EQ(ended.take().index(), 1u);
}

TEST(race, drops_what_losers_come_to)
{
    manual_scheduler loop;
    event both;
    result<std::variant<int, int>> ended;
    loop.start(race(wait_then_give(both, 1), wait_then_fail(both, 2)), ended);
    both.set();
    loop.run();
    EXPECT_EQ(std::get<0>(ended.take()), 1);
}

TEST(race, throws_the_failure_of_a_winner_that_failed)
{
    manual_scheduler loop;
    event breaks;
    event never;
    int cleaned_up = 0;
    result<std::variant<int, int>> ended;
    loop.start(race(lose_slowly(never, cleaned_up), wait_then_fail(breaks, 4)), ended);
    breaks.set();
    loop.run();
    EXPECT_EQ(cleaned_up, 1);
    EXPECT_FALSE(ended.is_set());
    loop.advance(10ms);
    EXPECT_EQ(mishap_of(ended), 4);
}

TEST(race, is_over_when_it_is_cancelled_and_all_have_ended)
{
    manual_scheduler loop;
    cancellation source;
    event never;
    int cleaned_up = 0;
    result<std::variant<std::monostate, int>> ended;
    auto const run = [](context given, event& stuck,
                        int& count) -> task<std::variant<std::monostate, int>> {
        co_return co_await under(given, race(wait_for(stuck), lose_slowly(stuck, count)));
    };
    loop.start(run({.loop = &loop, .cancel = &source}, never, cleaned_up), ended);
    source.request();
    loop.run();
    EXPECT_EQ(cleaned_up, 1);
    EXPECT_FALSE(ended.is_set());
    loop.advance(10ms);
    EXPECT_EQ(code_of(ended), failure_code::cancelled);
}

TEST(race, serves_as_a_time_limit_with_an_answer)
{
    manual_scheduler loop;
    event never;
    result<std::variant<int, std::monostate>> ended;
    auto const pause = []() -> task<> { co_await sleep_for(5ms); };
    loop.start(race(wait_then_give(never, 1), pause()), ended);
    loop.advance(5ms);
    EXPECT_EQ(ended.take().index(), 1u);
}

}  // namespace
}  // namespace redstart
