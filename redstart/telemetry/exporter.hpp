// The sink that ships finished spans: a bounded queue, one thread of its own, batches.
//
// Loops only append to the queue under a lock that is never held while anything is sent. What does not fit is dropped
// and counted; a receiver that hangs costs its spans and nothing else. (The packaged SDK's batch processor sends a
// request for every few spans under steady load, and logs a line for each span that it drops.)

#pragma once

#include "redstart/base/clock.hpp"
#include "redstart/observe/metrics.hpp"
#include "redstart/observe/span.hpp"
#include "redstart/telemetry/options.hpp"
#include "redstart/telemetry/span_shipper.hpp"

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace redstart::telemetry {

// Called on the exporter's thread, one call at a time; must not throw, and not call the exporter.
using log_function = std::function<void(std::string_view line)>;

struct exporter_options {
    sampler_options sampling;
    batch_options batch;
    std::chrono::milliseconds request_timeout{10'000};  // of one attempt
    std::chrono::milliseconds log_interval{60'000};     // at most one line about trouble in it
    log_function log;                                   // may be empty
};

// Created and ended by main, after it has forked whatever it forks and before, respectively after, the loops run. The
// registry and what the log function uses must outlive it. The destructor is a shutdown whose deadline has passed.
//
// In the registry: otel.sdk.processor.span.processed, .queue.size and .queue.capacity, and
// otel.sdk.exporter.span.exported, with error.type for what was lost.
class exporter final : public span_sink {
public:
    exporter(std::unique_ptr<span_shipper> shipper, exporter_options const& options,
             metrics_registry& metrics);
    ~exporter() override;

    void take(std::vector<span_record>&& finished) override;
    bool samples(trace_context const* parent, trace_context const& started) const override;

    // Sends what was taken before the call, without waiting for a batch to fill. True when all of it was sent or given
    // up before the deadline. Any thread but the exporter's own; blocks.
    bool flush(boot_clock::time_point deadline);

    // Takes nothing more, sends what is there, and ends the thread; at the deadline it cancels what is under way and
    // counts the rest as lost. True when no span was left behind at the deadline. Later calls do nothing and return the
    // same. One thread at a time; blocks.
    bool shutdown(boot_clock::time_point deadline);

private:
    class worker;
    sampler sampler_;
    std::unique_ptr<worker> worker_;
};

}  // namespace redstart::telemetry
