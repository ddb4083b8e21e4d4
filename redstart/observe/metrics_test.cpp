#include "redstart/observe/metrics.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <latch>
#include <limits>
#include <numeric>
#include <thread>

namespace redstart {
namespace {

constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();

metric_family family_of(std::string name) { return {std::move(name), "what it counts", "{thing}"}; }

// The bucket that holds a single recorded value.
std::size_t bucket_of(bucket_bounds bounds, std::uint64_t value)
{
    histogram one{bounds};
    one.record(value);
    std::size_t found = bounds.size() + 1;
    for (std::size_t bucket = 0; bucket <= bounds.size(); ++bucket)
        if (one.count_in(bucket) == 1)
            found = bucket;
    return found;
}

TEST(histogram, puts_a_value_into_the_first_bucket_whose_bound_is_not_below_it)
{
    for (auto const bounds : {command_buckets(), http_buckets()}) {
        for (std::size_t bucket = 0; bucket < bounds.size(); ++bucket) {
            EXPECT_EQ(bucket_of(bounds, bounds[bucket] - 1), bucket);
            EXPECT_EQ(bucket_of(bounds, bounds[bucket]), bucket);
            EXPECT_EQ(bucket_of(bounds, bounds[bucket] + 1), bucket + 1);
        }
        EXPECT_EQ(bucket_of(bounds, 0), 0u);
        EXPECT_EQ(bucket_of(bounds, most), bounds.size());
    }
}

TEST(histogram, finds_the_bucket_of_every_power_of_two)
{
    auto const bounds = command_buckets();
    for (int power = 0; power < 64; ++power)
        for (auto const value : {(std::uint64_t{1} << power) - 1, std::uint64_t{1} << power}) {
            auto const expected = std::ranges::lower_bound(bounds, value) - bounds.begin();
            EXPECT_EQ(bucket_of(bounds, value), static_cast<std::size_t>(expected)) << value;
        }
}

TEST(histogram, takes_bounds_that_share_a_bit_width)
{
    static constexpr std::array<std::uint64_t, 6> narrow{0, 1, 9, 10, 11, most};
    for (std::size_t bucket = 0; bucket < narrow.size(); ++bucket)
        EXPECT_EQ(bucket_of(narrow, narrow[bucket]), bucket);
    EXPECT_EQ(bucket_of(narrow, 2), 2u);
    EXPECT_EQ(bucket_of(narrow, 12), 5u);
}

TEST(histogram, takes_as_many_bounds_as_it_promises)
{
    static constexpr auto many = [] {
        std::array<std::uint64_t, 254> bounds{};
        for (std::size_t at = 0; at < bounds.size(); ++at)
            bounds[at] = (at + 1) * 1'000;
        return bounds;
    }();
    for (std::size_t bucket = 0; bucket < many.size(); ++bucket)
        EXPECT_EQ(bucket_of(many, many[bucket]), bucket);
    EXPECT_EQ(bucket_of(many, most), many.size());
}

TEST(histogram, adds_up_counts_and_the_sum)
{
    histogram calls{command_buckets()};
    calls.record(50'000);
    calls.record(70'000, 3);
    calls.record(2'000'000'000);
    EXPECT_EQ(calls.count_in(0), 4u);
    EXPECT_EQ(calls.count_in(10), 1u);
    EXPECT_EQ(calls.sum(), 50'000u + 3 * 70'000u + 2'000'000'000u);
}

TEST(bucket_tables, are_ascending_and_hold_the_recommended_bounds)
{
    for (auto const bounds : {command_buckets(), http_buckets()}) {
        EXPECT_EQ(std::ranges::adjacent_find(bounds, std::greater_equal<>{}), bounds.end());
        EXPECT_EQ(bounds.front(), 100'000u);
        EXPECT_EQ(bounds.back(), 10'000'000'000u);
    }
    using table = std::vector<std::uint64_t>;  // milliseconds
    for (auto const bound : table{1, 5, 10, 50, 100, 500, 1'000, 5'000, 10'000})
        EXPECT_TRUE(std::ranges::binary_search(command_buckets(), bound * 1'000'000)) << bound;
    for (auto const bound :
         table{5, 10, 25, 50, 75, 100, 250, 500, 750, 1'000, 2'500, 5'000, 7'500, 10'000})
        EXPECT_TRUE(std::ranges::binary_search(http_buckets(), bound * 1'000'000)) << bound;
}

TEST(metrics_registry, adds_up_the_instruments_of_all_loops)
{
    metrics_registry registry;
    auto const family = family_of("calls");
    auto& first = registry.add_counter(family, {{"kind", "read"}});
    auto& second = registry.add_counter(family, {{"kind", "read"}});
    auto& other = registry.add_counter(family, {{"kind", "write"}});
    first.add();
    second.add(4);
    other.add(2);

    auto const read = registry.read();
    ASSERT_EQ(read.size(), 1u);
    EXPECT_EQ(read[0].family.name, "calls");
    EXPECT_EQ(read[0].family.help, "what it counts");
    EXPECT_EQ(read[0].family.unit, "{thing}");
    EXPECT_EQ(read[0].kind, metric_kind::counter);
    ASSERT_EQ(read[0].series.size(), 2u);
    EXPECT_EQ(read[0].series[0].labels, (metric_labels{{"kind", "read"}}));
    EXPECT_EQ(read[0].series[0].value, 5);
    EXPECT_EQ(read[0].series[1].value, 2);
}

TEST(metrics_registry, adds_up_gauges_that_went_below_zero)
{
    metrics_registry registry;
    auto& first = registry.add_gauge(family_of("open"), {});
    auto& second = registry.add_gauge(family_of("open"), {});
    first.set(10);
    first.add(-3);
    second.add(-9);
    auto const read = registry.read();
    EXPECT_EQ(read.at(0).kind, metric_kind::gauge);
    EXPECT_EQ(read.at(0).series.at(0).value, -2);
}

TEST(metrics_registry, adds_up_histograms_bucket_by_bucket)
{
    metrics_registry registry;
    auto const bounds = command_buckets();
    auto& first = registry.add_histogram(family_of("duration"), {}, bounds);
    auto& second = registry.add_histogram(family_of("duration"), {}, bounds);
    first.record(1);
    first.record(most);
    second.record(1, 2);
    second.record(bounds[3]);

    auto const read = registry.read();
    EXPECT_EQ(read.at(0).kind, metric_kind::histogram);
    auto const& merged = read.at(0).series.at(0).histogram;
    EXPECT_TRUE(std::ranges::equal(merged.bounds, bounds));
    std::vector<std::uint64_t> expected(bounds.size() + 1);
    expected[0] = 3;
    expected[3] = 1;
    expected.back() = 1;
    EXPECT_EQ(merged.counts, expected);
    EXPECT_EQ(merged.sum, 3 + bounds[3] + most) << "a sum wraps, as counters do";
}

TEST(metrics_registry, keeps_families_in_the_order_of_their_first_instrument)
{
    metrics_registry registry;
    registry.add_counter(family_of("b"), {});
    registry.add_gauge(family_of("a"), {});
    registry.add_counter(family_of("b"), {{"more", "labels"}});
    registry.add_histogram(family_of("c"), {}, http_buckets());
    auto const read = registry.read();
    ASSERT_EQ(read.size(), 3u);
    EXPECT_EQ(read[0].family.name, "b");
    EXPECT_EQ(read[0].series.size(), 2u);
    EXPECT_EQ(read[1].family.name, "a");
    EXPECT_EQ(read[2].family.name, "c");
    EXPECT_EQ(metrics_registry{}.read().size(), 0u);
}

TEST(metrics_registry, keeps_instruments_where_they_are)
{
    metrics_registry registry;
    auto& early = registry.add_counter(family_of("calls"), {});
    for (int count = 0; count < 1'000; ++count)
        registry.add_counter(family_of("calls"), {{"n", std::to_string(count)}}).add();
    early.add(7);
    auto const read = registry.read();
    EXPECT_EQ(read.at(0).series.size(), 1'001u);
    EXPECT_EQ(read.at(0).series.front().value, 7);
}

// One writer per instrument and a reader beside them. Every reading is between the last one
// and what is written in the end; ThreadSanitizer watches.
TEST(metrics_registry, may_be_read_while_its_instruments_are_written)
{
    constexpr std::uint64_t rounds = 20'000;
    metrics_registry registry;
    std::latch begin{3};
    auto const write = [&] {
        auto& calls = registry.add_counter(family_of("calls"), {});
        auto& times = registry.add_histogram(family_of("duration"), {}, command_buckets());
        begin.arrive_and_wait();
        for (std::uint64_t round = 0; round < rounds; ++round) {
            calls.add();
            times.record(round);
        }
    };
    std::jthread first{write};
    std::jthread second{write};
    begin.arrive_and_wait();

    double calls = 0;
    while (calls < 2 * rounds) {
        auto const read = registry.read();
        ASSERT_EQ(read.size(), 2u);
        for (auto const& family : read)
            if (family.kind == metric_kind::counter) {
                ASSERT_GE(family.series.at(0).value, calls);
                calls = family.series.at(0).value;
            }
    }
    first.join();
    second.join();
    for (auto const& family : registry.read())
        if (family.kind == metric_kind::histogram) {
            auto const& counts = family.series.at(0).histogram.counts;
            EXPECT_EQ(std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}), 2 * rounds);
            EXPECT_EQ(family.series.at(0).histogram.sum, rounds * (rounds - 1));
        }
}

TEST(metrics_registry_death, refuses_one_name_for_two_kinds)
{
    metrics_registry registry;
    registry.add_counter(family_of("calls"), {});
    EXPECT_DEATH(registry.add_gauge(family_of("calls"), {}), "one kind");
}

TEST(metrics_registry_death, refuses_histograms_that_cannot_be_added_up)
{
    metrics_registry registry;
    registry.add_histogram(family_of("duration"), {}, http_buckets());
    EXPECT_DEATH(registry.add_histogram(family_of("duration"), {{"a", "b"}}, command_buckets()),
                 "one table of bounds");
}

}  // namespace
}  // namespace redstart
