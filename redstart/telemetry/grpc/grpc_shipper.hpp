// OTLP over gRPC: a target of its own, as gRPC is large. A program that wants it links redstart::telemetry_grpc and
// hands make_grpc_shipper to start_exporter.

#pragma once

#include "redstart/telemetry/options.hpp"
#include "redstart/telemetry/span_shipper.hpp"

#include <expected>
#include <memory>
#include <string>

namespace redstart::telemetry {

// Sends to options.endpoint; opens no connection before the first batch. The error is one line for the operator, about
// a certificate that cannot be read.
std::expected<std::unique_ptr<span_shipper>, std::string> make_grpc_shipper(
    otlp_options const& options, attributes const& resource);

}  // namespace redstart::telemetry
