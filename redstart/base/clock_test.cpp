#include "redstart/base/clock.hpp"

#include <gtest/gtest.h>

#include <ctime>

namespace redstart {
namespace {

using namespace std::chrono_literals;

constexpr boot_clock::time_point at_one_hour{1h};

TEST(boot_clock, reads_the_time_since_boot)
{
    timespec reading{};
    ASSERT_EQ(::clock_gettime(CLOCK_BOOTTIME, &reading), 0);
    auto const before =
        std::chrono::seconds{reading.tv_sec} + std::chrono::nanoseconds{reading.tv_nsec};
    auto const ours = boot_clock::now().time_since_epoch();
    ASSERT_EQ(::clock_gettime(CLOCK_BOOTTIME, &reading), 0);
    auto const after =
        std::chrono::seconds{reading.tv_sec} + std::chrono::nanoseconds{reading.tv_nsec};
    EXPECT_LE(before, ours);
    EXPECT_LE(ours, after);
}

TEST(deadline_after, adds)
{
    EXPECT_EQ(deadline_after(at_one_hour, 5ms), at_one_hour + 5ms);
    EXPECT_EQ(deadline_after(at_one_hour, 0ms), at_one_hour);
    EXPECT_EQ(deadline_after(at_one_hour, -5ms), at_one_hour - 5ms);
}

TEST(deadline_after, saturates_where_the_sum_would_overflow)
{
    auto const longest = boot_clock::duration::max();
    EXPECT_EQ(deadline_after(at_one_hour, longest), no_deadline);
    EXPECT_EQ(deadline_after(boot_clock::time_point{}, longest), no_deadline);
    EXPECT_EQ(deadline_after(no_deadline, 0ns), no_deadline);
    EXPECT_EQ(deadline_after(no_deadline, 1ns), no_deadline);
    EXPECT_EQ(deadline_after(no_deadline - 2ns, 1ns), no_deadline - 1ns);
    EXPECT_EQ(deadline_after(no_deadline - 2ns, 2ns), no_deadline);
    EXPECT_EQ(deadline_after(no_deadline - 2ns, 3ns), no_deadline);
}

TEST(deadline_after, saturates_below_as_well)
{
    auto const earliest = boot_clock::time_point::min();
    auto const furthest_back = boot_clock::duration::min();
    EXPECT_EQ(deadline_after(earliest, -1ns), earliest);
    EXPECT_EQ(deadline_after(earliest + 2ns, -1ns), earliest + 1ns);
    EXPECT_EQ(deadline_after(boot_clock::time_point{}, furthest_back), earliest);
    EXPECT_EQ(deadline_after(boot_clock::time_point{-1ns}, furthest_back), earliest);
    EXPECT_EQ(deadline_after(boot_clock::time_point{-1h}, 5ms), boot_clock::time_point{5ms - 1h});
}

static_assert(deadline_after(at_one_hour, 1ns) == at_one_hour + 1ns, "usable in constants");

}  // namespace
}  // namespace redstart
