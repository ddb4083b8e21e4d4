// What Prometheus scrapes: the registry's readings as text in the format 0.0.4, or as OpenMetrics 1.0.
//
// Names follow OpenTelemetry's rules for Prometheus (specification/compatibility/prometheus_and_openmetrics.md):
// `db.client.operation.duration` in seconds becomes `db_client_operation_duration_seconds`. Only one instrumentation
// scope exists here, so the labels otel_scope_* are left off. Durations are printed exactly, never through a double.

#pragma once

#include "redstart/observe/metrics.hpp"
#include "redstart/telemetry/options.hpp"

#include <span>
#include <string>
#include <string_view>

namespace redstart::telemetry {

enum class exposition : std::uint8_t { prometheus, openmetrics };

// The value of Content-Type that goes with it.
std::string_view content_type(exposition format) noexcept;

// What a client takes, by its Accept header: OpenMetrics only if it is asked for by name, and not less than plain text.
exposition negotiate(std::string_view accept) noexcept;

// All families, and `resource` as target_info if it is not empty. A family whose name here is taken by one of another
// kind is left out, as two types of one name would make the whole page unreadable.
std::string prometheus_text(std::span<family_reading const> families,
                            exposition format = exposition::prometheus,
                            attributes const& resource = {});

// The name of a family here, without the _total of a counter, and the unit that it ends with.
struct prometheus_name {
    std::string name;
    std::string unit;
};
prometheus_name prometheus_name_of(metric_family const& family, metric_kind kind);

}  // namespace redstart::telemetry
