// What the client's metrics are called, and by which labels a server is told from another.
//
// Names and labels follow the OpenTelemetry conventions for database clients where there is one.

#pragma once

#include "redstart/client/options.hpp"
#include "redstart/observe/metrics.hpp"

#include <string_view>

namespace redstart {

extern metric_family const connections_family;
extern metric_family const dial_failures_family;
extern metric_family const lost_family;

// Which server and database.
metric_labels server_labels(client_options const& options);

// Which connections to it: "lanes" or "pool".
metric_labels pool_labels(client_options const& options, std::string_view which);

metric_labels with(metric_labels labels, std::string_view name, std::string_view value);

}  // namespace redstart
