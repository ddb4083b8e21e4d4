#include "redstart/telemetry/sampler.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <limits>

namespace redstart::telemetry {

namespace {

trace_context trace_with(std::uint64_t low, std::uint64_t high = 1)
{
    trace_context context;
    for (std::size_t i = 0; i < 8; ++i) {
        context.trace_id[i] = static_cast<std::uint8_t>(high >> (8 * (7 - i)));
        context.trace_id[8 + i] = static_cast<std::uint8_t>(low >> (8 * (7 - i)));
    }
    context.span_id[7] = 1;
    return context;
}

trace_context with_flags(std::uint8_t flags)
{
    auto context = trace_with(1);
    context.flags = flags;
    return context;
}

bool by_ratio(double ratio, trace_context const& trace)
{
    sampler const asked{{sampling::trace_id_ratio, ratio, false}};
    return asked.samples(nullptr, trace);
}

constexpr auto top = std::numeric_limits<std::uint64_t>::max();

}  // namespace

TEST(sampler, records_everything_by_default)
{
    EXPECT_TRUE(sampler{}.samples(nullptr, trace_with(top)));
}

TEST(sampler, always_off_records_nothing_that_begins_here)
{
    sampler const off{{.root = sampling::always_off}};
    EXPECT_FALSE(off.samples(nullptr, trace_with(0)));
}

TEST(sampler, follows_the_parent_whatever_the_root_sampler_says)
{
    auto const sampled = with_flags(trace_context::sampled_flag);
    auto const unsampled = with_flags(0);
    for (auto const root : {sampling::always_on, sampling::always_off, sampling::trace_id_ratio}) {
        sampler const asked{{root, 0.5, true}};
        EXPECT_TRUE(asked.samples(&sampled, sampled));
        EXPECT_FALSE(asked.samples(&unsampled, unsampled));
    }
}

TEST(sampler, an_invalid_parent_is_no_parent)
{
    trace_context const invalid;
    EXPECT_TRUE(sampler{}.samples(&invalid, trace_with(1)));
}

TEST(sampler, without_follow_parent_the_parent_does_not_count)
{
    auto const sampled = with_flags(trace_context::sampled_flag);
    auto const unsampled = with_flags(0);
    sampler const off{{sampling::always_off, 1.0, false}};
    sampler const on{{sampling::always_on, 1.0, false}};
    EXPECT_FALSE(off.samples(&sampled, sampled));
    EXPECT_TRUE(on.samples(&unsampled, unsampled));
}

TEST(sampler, a_ratio_of_one_keeps_and_of_zero_drops_all)
{
    for (auto const low : {std::uint64_t{0}, std::uint64_t{1}, top / 2, top - 1, top}) {
        EXPECT_TRUE(by_ratio(1.0, trace_with(low))) << low;
        EXPECT_FALSE(by_ratio(0.0, trace_with(low))) << low;
    }
}

TEST(sampler, the_bound_lies_at_the_ratio_of_the_last_eight_bytes)
{
    struct row {
        double ratio;
        std::uint64_t first_dropped;
    };
    for (auto const& [ratio, first_dropped] :
         {row{0.5, 1ULL << 63}, row{0.25, 1ULL << 62}, row{0.75, 3ULL << 62},
          row{1.0 / 65536, 1ULL << 48}}) {
        EXPECT_TRUE(by_ratio(ratio, trace_with(first_dropped - 1))) << ratio;
        EXPECT_FALSE(by_ratio(ratio, trace_with(first_dropped))) << ratio;
    }
}

TEST(sampler, the_first_eight_bytes_do_not_count)
{
    EXPECT_TRUE(by_ratio(0.5, trace_with(1, top)));
    EXPECT_FALSE(by_ratio(0.5, trace_with(top, 0)));
}

TEST(sampler, a_lower_ratio_keeps_a_subset_of_a_higher_one)
{
    std::uint64_t id = 88172645463325252ULL;  // xorshift64, for the same ids in every run
    int kept_low = 0;
    int kept_high = 0;
    for (int i = 0; i < 20'000; ++i) {
        id ^= id << 13;
        id ^= id >> 7;
        id ^= id << 17;
        bool const low = by_ratio(0.1, trace_with(id));
        bool const high = by_ratio(0.4, trace_with(id));
        EXPECT_TRUE(high || !low);
        kept_low += low;
        kept_high += high;
    }
    EXPECT_NEAR(kept_low, 2000, 200);
    EXPECT_NEAR(kept_high, 8000, 400);
}

TEST(sampler, a_ratio_without_sense_is_clamped)
{
    EXPECT_TRUE(by_ratio(7.0, trace_with(top)));
    EXPECT_FALSE(by_ratio(-1.0, trace_with(0)));
    EXPECT_FALSE(by_ratio(std::numeric_limits<double>::quiet_NaN(), trace_with(0)));
}

}  // namespace redstart::telemetry
