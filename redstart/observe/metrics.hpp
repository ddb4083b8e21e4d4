// Counters, gauges and fixed-bucket histograms with one writer each, merged when they are read.
//
// An instrument belongs to one loop: its writer uses plain relaxed loads and stores, never an
// atomic read-modify-write. Several instruments may share a name and labels (one per loop); a
// snapshot adds them up.

#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace redstart {

using metric_labels = std::vector<std::pair<std::string, std::string>>;

// What a family of series is. Names follow the OpenTelemetry conventions
// ("db.client.operation.duration").
struct metric_family {
    std::string name;
    std::string help;
    std::string unit;  // "s", "By", or in braces for a count of things: "{request}"
};

class counter {
public:
    void add(std::uint64_t amount = 1) noexcept  // its writer's thread only
    {
        value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
    }
    std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_{0};
};

class gauge {
public:
    void set(std::int64_t value) noexcept { value_.store(value, std::memory_order_relaxed); }
    void add(std::int64_t amount) noexcept { set(value() + amount); }  // its writer's thread only
    std::int64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::int64_t> value_{0};
};

// Upper bounds in nanoseconds, ascending, each one part of its bucket; at most 254. The tables live
// as long as the program.
using bucket_bounds = std::span<std::uint64_t const>;

// The bounds recommended for database calls (1 ms to 10 s) with three more below, since most Redis
// calls take less.
bucket_bounds command_buckets() noexcept;
// The bounds recommended for HTTP servers, 5 ms to 10 s, with the same three below.
bucket_bounds http_buckets() noexcept;

// How often a duration fell into each bucket. record() costs a few nanoseconds: a table leads to
// the bucket.
class histogram {
public:
    explicit histogram(bucket_bounds bounds);

    void record(std::uint64_t nanoseconds, std::uint64_t times = 1) noexcept;

    bucket_bounds bounds() const noexcept { return bounds_; }
    std::uint64_t count_in(std::size_t bucket) const noexcept;  // bounds().size() is the last
    std::uint64_t sum() const noexcept { return sum_.load(std::memory_order_relaxed); }

private:
    bucket_bounds bounds_;
    std::array<std::uint8_t, 65> first_candidate_{};  // by bit width of the value
    std::vector<std::atomic<std::uint64_t>> counts_;
    std::atomic<std::uint64_t> sum_{0};
};

struct histogram_reading {
    std::vector<std::uint64_t> bounds;  // nanoseconds
    std::vector<std::uint64_t> counts;  // one more than bounds, not cumulative
    std::uint64_t sum = 0;              // nanoseconds
};

enum class metric_kind : std::uint8_t { counter, gauge, histogram };

struct series_reading {
    metric_labels labels;
    double value = 0;             // counter, gauge
    histogram_reading histogram;  // histogram
};

struct family_reading {
    metric_family family;
    metric_kind kind{};
    std::vector<series_reading> series;
};

// Owns all instruments. Adding and reading lock; using an instrument does not. Instruments live as
// long as the registry.
class metrics_registry {
public:
    metrics_registry();
    metrics_registry(metrics_registry const&) = delete;
    metrics_registry& operator=(metrics_registry const&) = delete;
    ~metrics_registry();

    counter& add_counter(metric_family const& family, metric_labels labels);
    gauge& add_gauge(metric_family const& family, metric_labels labels);
    // The bounds are those of the family: all its histograms have the same ones, or they could not
    // be added up.
    histogram& add_histogram(metric_family const& family, metric_labels labels,
                             bucket_bounds bounds);

    // All families in the order in which they were first added; instruments of equal labels are
    // added up.
    std::vector<family_reading> read() const;

private:
    struct family_entry;
    family_entry& entry(metric_family const& family, metric_kind kind);

    mutable std::mutex mutex_;
    std::vector<std::unique_ptr<family_entry>> families_;
};

}  // namespace redstart
