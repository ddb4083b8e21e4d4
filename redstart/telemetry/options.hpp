// What OpenTelemetry's environment variables ask for, read by us: the packaged SDK reads only some of them, and not all
// of those as the specification says.
//
// Nothing leaves the process unless an endpoint is set. A value that cannot be understood is an error that names its
// variable: a service that silently records nothing is worse than one that does not start.

#pragma once

#include "redstart/observe/span.hpp"
#include "redstart/telemetry/sampler.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace redstart::telemetry {

using attributes = std::vector<std::pair<std::string, attribute_value>>;

enum class otlp_protocol : std::uint8_t { http_protobuf, grpc };

struct otlp_options {
    otlp_protocol protocol = otlp_protocol::http_protobuf;
    std::string endpoint;  // over HTTP the whole URL; over gRPC http:// or https://, host and port
    std::vector<std::pair<std::string, std::string>> headers;  // may hold credentials: never logged
    std::chrono::milliseconds timeout{10'000};                 // of one request
    bool gzip = false;
    std::string certificate;         // file with the authorities to trust; empty: the system's
    std::string client_certificate;  // file; over HTTP only
    std::string client_key;          // file; over HTTP only
};

struct batch_options {
    std::chrono::milliseconds schedule_delay{5'000};   // the longest that a span waits for others
    std::size_t max_queue_size = 2'048;                // spans; what exceeds it is dropped
    std::size_t max_export_batch_size = 512;           // spans in one request
    std::chrono::milliseconds export_timeout{30'000};  // of one batch, with its retries
    std::chrono::milliseconds retry_first{1'000};      // ceiling of the first pause before a retry
    std::chrono::milliseconds retry_limit{10'000};     // no such ceiling grows beyond it
};

struct options {
    bool export_spans = false;  // false unless an endpoint is set and nothing switches export off
    otlp_options otlp;
    batch_options batch;
    sampler_options sampler;
    attributes resource;  // what runs here: service.name and the like
};

// The value of a variable, absent when it is not set.
using environment = std::function<std::optional<std::string>(std::string_view name)>;

// The variables of this process. Reads them when called; nobody may change the environment meanwhile.
environment process_environment();

// What the program knows of itself. OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES go before it.
struct service_identity {
    std::string name;
    std::string version;
};

// Reads OTEL_SDK_DISABLED, OTEL_TRACES_EXPORTER, OTEL_EXPORTER_OTLP_* and OTEL_EXPORTER_OTLP_TRACES_*, OTEL_BSP_*,
// OTEL_TRACES_SAMPLER and _ARG, OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES. An empty value counts as unset. While
// export is off, the variables that only concern export are not looked at. The error is one line for the operator.
std::expected<options, std::string> from_environment(environment const& lookup,
                                                     service_identity const& service);

}  // namespace redstart::telemetry
