#include "app/bench_report.hpp"

#include <algorithm>
#include <cstdio>

namespace redstart::app {

void bench_tally::note_failure(failure const& why)
{
    if (errors++ == 0)
        first_error = why.what();
}

void bench_tally::add(bench_tally const& other)
{
    latency.add(other.latency);
    errors += other.errors;
    mismatches += other.mismatches;
    if (first_error.empty())
        first_error = other.first_error;
}

void print(bench_report const& report, bench_options const& options)
{
    auto const operations = static_cast<double>(report.total.latency.count() * options.batch);
    // JSON has no infinity: a run too short for the clock is as long as its smallest step.
    auto const rate = operations / std::max(report.seconds, 1e-9);
    auto const cpu = report.cpu_seconds * 1e6 / std::max(operations, 1.0);
    auto const& latency = report.total.latency;
    char const* const form =
        options.json ? "{\"command\":\"%s\",\"concurrency\":%zu,\"batch\":%zu,\"requests\":%.0f,"
                       "\"keys\":%zu,\"value_bytes\":%zu,\"lanes\":%zu,\"threads\":%zu,"
                       "\"ops_per_s\":%.0f,\"cpu_us_per_op\":%.4f,"
                       "\"p50_us\":%.1f,\"p90_us\":%.1f,\"p99_us\":%.1f,\"p999_us\":%.1f,"
                       "\"max_us\":%.1f,\"errors\":%llu,\"mismatches\":%llu}\n"
                     : "%s: %zu callers, batches of %zu, %.0f requests over %zu keys of %zu bytes, "
                       "%zu lane(s), %zu thread(s)\n"
                       "  %.0f operations/s, %.4f us CPU each\n"
                       "  latency p50 %.1f us, p90 %.1f us, p99 %.1f us, p99.9 %.1f us, "
                       "max %.1f us\n"
                       "  %llu errors, %llu mismatches\n";
    std::printf(form, options.command.c_str(), options.concurrency, options.batch, operations,
                options.keys, options.value_bytes, options.server.lanes, options.threads, rate, cpu,
                latency.quantile_us(0.5), latency.quantile_us(0.9), latency.quantile_us(0.99),
                latency.quantile_us(0.999), latency.largest_us(),
                static_cast<unsigned long long>(report.total.errors),
                static_cast<unsigned long long>(report.total.mismatches));
    if (!report.total.first_error.empty())
        std::fprintf(stderr, "first error: %s\n", report.total.first_error.c_str());
}

}  // namespace redstart::app
