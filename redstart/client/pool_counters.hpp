// What a pool counts: read by statistics() on any thread, and by whoever collects metrics.

#pragma once

#include "redstart/client/options.hpp"
#include "redstart/observe/metrics.hpp"

#include <cstdint>

namespace redstart {

// Of one pool, or of several added up. Numbers are read one by one while the loops go on, so they need not fit
// together to the last one.
struct pool_statistics {
    std::uint64_t hits = 0;            // a connection was ready
    std::uint64_t misses = 0;          // none was
    std::uint64_t waits = 0;           // of the misses: no further one could be opened
    std::uint64_t timeouts = 0;        // of the misses: those who gave up because of their deadline
    boot_clock::duration wait_time{};  // of all misses together, until they had one or gave up
    std::uint64_t stale = 0;           // found broken, or out of step, while nobody used them
    std::uint64_t dial_failures = 0;

    std::int64_t idle = 0;
    std::int64_t in_use = 0;
    std::int64_t total = 0;    // open: idle and in use
    std::int64_t dials = 0;    // being made
    std::int64_t waiting = 0;  // callers without a connection

    pool_statistics& operator+=(pool_statistics const& other) noexcept;
};

// One loop's thread writes.
class pool_counters {
    metrics_registry own_;  // if nobody else collects them
    metrics_registry& registry_;

public:
    // `shared` may be null, and outlives it.
    pool_counters(metrics_registry* shared, client_options const& options);
    pool_counters(pool_counters const&) = delete;
    pool_counters& operator=(pool_counters const&) = delete;

    pool_statistics read() const noexcept;  // any thread

    counter& hits;
    counter& misses;
    counter& waits;
    counter& timeouts;
    counter& stale;
    counter& dial_failures;
    counter& lost;
    gauge& idle;
    gauge& in_use;
    gauge& dials;
    gauge& waiting;
    histogram& wait_time;

private:
    pool_counters(metrics_registry* shared, metric_labels const& pool, metric_labels const& server);
};

}  // namespace redstart
