#include "redstart/client/metric_families.hpp"

#include <string>

namespace redstart {

// The convention's name, db.client.connection.count, ends as only a histogram's may in Prometheus.
metric_family const connections_family{.name = "redis.client.connections",
                                       .help = "Connections that are open.",
                                       .unit = "{connection}"};
metric_family const dial_failures_family{.name = "redis.client.connection.dial_failures",
                                         .help = "Attempts to connect that failed.",
                                         .unit = "{attempt}"};
metric_family const lost_family{.name = "redis.client.connection.lost",
                                .help = "Connections that broke while they were in use.",
                                .unit = "{connection}"};

metric_labels with(metric_labels labels, std::string_view name, std::string_view value)
{
    labels.emplace_back(name, value);
    return labels;
}

metric_labels server_labels(client_options const& options)
{
    metric_labels labels{{"db.system.name", "redis"},
                         {"db.namespace", std::to_string(options.login.database)}};
    if (options.server.is_unix()) {
        labels.emplace_back("server.address", options.server.unix_path);
        return labels;
    }
    labels.emplace_back("server.address", options.server.host);
    if (options.server.port != default_port)
        labels.emplace_back("server.port", std::to_string(options.server.port));
    return labels;
}

// The conventional name of a pool is address:port/database. Lanes have it, since most clients have nothing else.
metric_labels pool_labels(client_options const& options, std::string_view which)
{
    auto name = net::to_string(options.server) + "/" + std::to_string(options.login.database);
    if (which != "lanes")
        name.append(" ").append(which);
    return {{"db.client.connection.pool.name", std::move(name)}};
}

}  // namespace redstart
