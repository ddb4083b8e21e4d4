// Latencies, counted in buckets of 1/64 of a power of two as HdrHistogram does it: a quantile is at most 1.6 % under
// what was measured (from 64 ns on), the largest is exact. Recording is a few instructions and touches one bucket.

#pragma once

#include <array>
#include <chrono>
#include <cstdint>

namespace redstart::app {

class latency_tally {
public:
    void record(std::chrono::nanoseconds took, std::uint64_t times = 1) noexcept;
    void add(latency_tally const& other) noexcept;
    double quantile_us(double q) const noexcept;  // 0 if nothing was recorded
    double largest_us() const noexcept { return static_cast<double>(largest_) * 1e-3; }
    std::uint64_t count() const noexcept { return count_; }

private:
    static constexpr unsigned sub_bits = 6;
    std::array<std::uint64_t, 64 << sub_bits> buckets_{};
    std::uint64_t count_ = 0;
    std::uint64_t largest_ = 0;  // ns
};

}  // namespace redstart::app
