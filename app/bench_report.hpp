// What a run of `redstart bench` counts, and how it is shown.

#pragma once

#include "app/bench.hpp"
#include "app/latency_tally.hpp"
#include "redstart/base/failure.hpp"

#include <cstdint>
#include <string>

namespace redstart::app {

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
