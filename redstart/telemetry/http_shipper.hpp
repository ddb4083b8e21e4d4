// OTLP over HTTP, with protobuf bodies.

#pragma once

#include "redstart/telemetry/options.hpp"
#include "redstart/telemetry/span_shipper.hpp"

#include <memory>

namespace redstart::telemetry {

// Sends to options.endpoint; opens no connection before the first batch. Its destructor waits for a look-up of a name
// that is under way, and for nothing else.
//
// It uses the SDK's messages and HTTP client, not its exporter: in 1.19 that reports success whatever the receiver
// answered, cannot be interrupted, decodes headers twice, and has no compression as packaged.
std::unique_ptr<span_shipper> make_http_shipper(otlp_options const& options,
                                                attributes const& resource);

}  // namespace redstart::telemetry
