#include "redstart/base/backoff.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <limits>

namespace redstart {
namespace {

using namespace std::chrono_literals;

TEST(backoff, doubles_its_ceiling_up_to_the_limit)
{
    backoff pause{{.first = 10ms, .limit = 100ms}};
    for (auto const expected : {10ms, 20ms, 40ms, 80ms, 100ms, 100ms}) {
        EXPECT_EQ(pause.ceiling(), expected);
        pause.next();
    }
}

TEST(backoff, begins_again_after_a_reset)
{
    backoff pause{{.first = 10ms, .limit = 100ms}};
    pause.next();
    pause.next();
    pause.reset();
    EXPECT_EQ(pause.ceiling(), 10ms);
}

TEST(backoff, never_exceeds_its_ceiling)
{
    backoff pause{{.first = 3ns, .limit = 1000ns}};
    for (int round = 0; round < 10'000; ++round) {
        auto const ceiling = pause.ceiling();
        auto const drawn = pause.next();
        ASSERT_GE(drawn, 0ns);
        ASSERT_LE(drawn, ceiling);
        if (round % 10 == 9)
            pause.reset();
    }
}

// Each of the four values is expected 10,000 times with a standard deviation of 87: a thousand off
// does not happen.
TEST(backoff, draws_every_value_up_to_the_ceiling_equally_often)
{
    std::array<int, 4> seen{};
    backoff pause{{.first = 3ns, .limit = 3ns}};
    for (int round = 0; round < 40'000; ++round)
        ++seen.at(static_cast<std::size_t>(pause.next().count()));
    for (int const count : seen)
        EXPECT_NEAR(count, 10'000, 1'000);
}

TEST(backoff, spreads_over_the_whole_interval)
{
    std::array<int, 10> seen{};
    backoff pause{{.first = 1s, .limit = 1s}};
    for (int round = 0; round < 10'000; ++round)
        ++seen.at(static_cast<std::size_t>(std::min(pause.next(), 999'999'999ns) / 100ms));
    for (int const count : seen)
        EXPECT_NEAR(count, 1'000, 300);
}

TEST(backoff, begins_no_higher_than_the_limit)
{
    backoff pause{{.first = 1s, .limit = 10ms}};
    EXPECT_EQ(pause.ceiling(), 10ms);
    pause.reset();
    EXPECT_EQ(pause.ceiling(), 10ms);
}

TEST(backoff, doubles_even_from_nothing)
{
    for (auto const first : {0ns, boot_clock::duration{-10ms}, boot_clock::duration::min()}) {
        backoff pause{{.first = first, .limit = 1s}};
        for (int round = 0; round < 100; ++round)
            ASSERT_GE(pause.next(), 0ns);
        EXPECT_EQ(pause.ceiling(), 1s);
    }
}

TEST(backoff, has_no_overflow_at_the_largest_limit)
{
    backoff pause{{.first = 1h, .limit = boot_clock::duration::max()}};
    for (int round = 0; round < 100; ++round)
        ASSERT_GE(pause.next(), 0ns);
    EXPECT_EQ(pause.ceiling(), boot_clock::duration::max());
}

TEST(backoff, takes_a_limit_without_sense_for_the_smallest_one)
{
    backoff pause{{.first = 10ms, .limit = -1s}};
    for (int round = 0; round < 10; ++round)
        ASSERT_LE(pause.next(), 1ns);
}

}  // namespace
}  // namespace redstart
