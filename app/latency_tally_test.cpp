#include "app/latency_tally.hpp"

#include <gtest/gtest.h>

namespace redstart::app {

namespace {

using namespace std::chrono_literals;

TEST(LatencyTally, QuantilesAreAtMostOneBucketUnderWhatWasMeasured)
{
    latency_tally tally;
    for (int i = 1; i <= 1000; ++i)
        tally.record(i * 1us);
    for (auto const q : {0.5, 0.9, 0.99, 0.999}) {
        EXPECT_LE(tally.quantile_us(q), 1000 * q + 1);
        EXPECT_GE(tally.quantile_us(q), 1000 * q * (1 - 1.0 / 64));
    }
}

TEST(LatencyTally, TheLargestIsExact)
{
    latency_tally tally;
    tally.record(1'234'567ns);
    tally.record(3ns);
    EXPECT_DOUBLE_EQ(tally.largest_us(), 1234.567);
}

TEST(LatencyTally, WhatIsAddedCountsLikeWhatWasRecorded)
{
    latency_tally some;
    latency_tally others;
    some.record(1us, 99);
    others.record(1ms);
    some.add(others);
    EXPECT_EQ(some.count(), 100u);
    EXPECT_LE(some.quantile_us(0.98), 1);
    EXPECT_GT(some.quantile_us(0.99), 980);
    EXPECT_DOUBLE_EQ(some.largest_us(), 1000);
}

TEST(LatencyTally, NothingAndLessThanNothingAreCountedToo)
{
    latency_tally tally;
    EXPECT_EQ(tally.quantile_us(0.5), 0);
    tally.record(0ns);
    tally.record(-5ns);
    EXPECT_EQ(tally.count(), 2u);
    EXPECT_GT(tally.quantile_us(0.5), 0);
}

}  // namespace

}  // namespace redstart::app
