// From options to a running exporter: what main calls.

#pragma once

#include "redstart/telemetry/exporter.hpp"
#include "redstart/telemetry/options.hpp"

#include <expected>
#include <functional>
#include <memory>
#include <string>

namespace redstart::telemetry {

// Makes a shipper, or says in one line why it cannot.
using shipper_factory = std::function<std::expected<std::unique_ptr<span_shipper>, std::string>(
    otlp_options const& options, attributes const& resource)>;

// What the program adds to the environment's wishes. The registry must outlive the exporter.
struct exporter_wiring {
    metrics_registry& metrics;
    log_function log;
    shipper_factory grpc;  // make_grpc_shipper, if the program links redstart::telemetry_grpc
};

// A running exporter; null while nothing is to be exported; one line for the operator when it cannot be.
std::expected<std::unique_ptr<exporter>, std::string> start_exporter(options const& wanted,
                                                                     exporter_wiring wiring);

}  // namespace redstart::telemetry
