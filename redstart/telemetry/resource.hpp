// What runs here, as OpenTelemetry describes it: the resource that every span and `target_info` carry.

#pragma once

#include "redstart/telemetry/options.hpp"

namespace redstart::telemetry {

// The conventions for names that this library follows, as spans and resources point to them.
inline constexpr std::string_view conventions_url = "https://opentelemetry.io/schemas/1.44.0";

// service.*, telemetry.sdk.*, process.pid and host.name of this process, with a service.instance.id drawn at random,
// and over them what `stated` says. Sorted by name.
attributes describe_process(service_identity const& service,
                            std::vector<std::pair<std::string, std::string>> const& stated);

}  // namespace redstart::telemetry
