// The way out of the process for finished spans: one batch at a time, over whatever protocol.
//
// A shipper does no queueing and no retrying, so that all of them share the exporter's.

#pragma once

#include "redstart/observe/span.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace redstart::telemetry {

enum class shipment_outcome : std::uint8_t {
    accepted,   // the receiver has the batch
    failed,     // it is lost: sending it again would not help
    try_again,  // the receiver could not take it now, or was not reached
};

struct shipment {
    shipment_outcome outcome = shipment_outcome::accepted;
    std::size_t rejected = 0;          // accepted, but for so many of its spans
    std::string error_type;            // of few values: "503", "timeout", "connection_failed"
    std::string detail;                // for the log only: in a library's or the receiver's words
    std::chrono::milliseconds wait{};  // the receiver asks for at least this pause before a retry
};

// A resource type, owned and used by one exporter. ship() runs on the exporter's thread and may block for as long as
// `timeout`; cancel() comes from any other thread, after which ship(), running or called later, returns soon.
class span_shipper {
public:
    span_shipper() = default;
    span_shipper(span_shipper const&) = delete;
    span_shipper& operator=(span_shipper const&) = delete;
    virtual ~span_shipper() = default;

    virtual shipment ship(std::span<span_record const> batch,
                          std::chrono::milliseconds timeout) = 0;
    virtual void cancel() noexcept = 0;

    // Its otel.component.type, a literal: "otlp_http_span_exporter".
    virtual std::string_view type() const noexcept = 0;
    // Where to, for the log: no credentials.
    virtual std::string_view target() const noexcept = 0;
};

}  // namespace redstart::telemetry
