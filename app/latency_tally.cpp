#include "app/latency_tally.hpp"

#include <algorithm>
#include <bit>

namespace redstart::app {

namespace {

constexpr std::uint64_t steps(unsigned sub_bits) { return std::uint64_t{1} << sub_bits; }

}  // namespace

void latency_tally::record(std::chrono::nanoseconds took, std::uint64_t times) noexcept
{
    auto const ns =
        static_cast<std::uint64_t>(std::max<std::chrono::nanoseconds::rep>(took.count(), 1));
    auto const width = static_cast<unsigned>(std::bit_width(ns));
    auto const fraction =
        width > sub_bits ? (ns >> (width - 1 - sub_bits)) & (steps(sub_bits) - 1) : 0;
    buckets_[(std::size_t{width} - 1) << sub_bits | fraction] += times;
    count_ += times;
    largest_ = std::max(largest_, ns);
}

void latency_tally::add(latency_tally const& other) noexcept
{
    for (std::size_t i = 0; i < buckets_.size(); ++i)
        buckets_[i] += other.buckets_[i];
    count_ += other.count_;
    largest_ = std::max(largest_, other.largest_);
}

double latency_tally::quantile_us(double q) const noexcept
{
    auto left = static_cast<std::uint64_t>(q * static_cast<double>(count_));
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
        if (buckets_[i] > left) {
            auto const part = static_cast<double>(i % steps(sub_bits)) / double(steps(sub_bits));
            return static_cast<double>(std::uint64_t{1} << (i >> sub_bits)) * (1 + part) * 1e-3;
        }
        left -= buckets_[i];
    }
    return 0;
}

}  // namespace redstart::app
