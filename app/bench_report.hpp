// What a run of `redstart bench` counts, and how it is shown.

#pragma once

#include "app/bench.hpp"
#include "redstart/base/clock.hpp"
#include "redstart/base/failure.hpp"

#include <array>
#include <cstdint>
#include <string>

namespace redstart::app {

// Latencies in buckets of 1/16 of a power of two: a quantile is at most 6 % off.
class latency_tally {
public:
    void record(boot_clock::duration took) noexcept;
    void add(latency_tally const& other) noexcept;
    double quantile_us(double q) const noexcept;
    std::uint64_t count() const noexcept { return count_; }

private:
    static constexpr int sub_bits = 4;
    std::array<std::uint64_t, 64 << sub_bits> buckets_{};
    std::uint64_t count_ = 0;
};

struct bench_tally {
    latency_tally latency;
    std::uint64_t errors = 0;
    std::uint64_t mismatches = 0;
    std::string first_error;

    void note_failure(failure const& why);
    void add(bench_tally const& other);
};

struct bench_report {
    bench_tally total;
    double seconds = 0;
    double cpu_seconds = 0;  // user and system, of this process, over the measured part
};

void print(bench_report const& report, bench_options const& options);

}  // namespace redstart::app
