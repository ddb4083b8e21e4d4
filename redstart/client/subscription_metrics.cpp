#include "redstart/client/subscription_metrics.hpp"

#include "redstart/client/metric_families.hpp"

namespace redstart {

namespace {

metric_family const subscriptions_family{.name = "redis.client.subscriptions",
                                         .help = "Subscriptions that are open.",
                                         .unit = "{subscription}"};
metric_family const buffered_family{.name = "redis.client.subscription.buffered",
                                    .help = "Messages that wait for their consumers.",
                                    .unit = "{message}"};
metric_family const received_family{.name = "redis.client.subscription.received",
                                    .help = "Messages that came, once for each subscription.",
                                    .unit = "{message}"};
metric_family const dropped_family{.name = "redis.client.subscription.dropped",
                                   .help = "Messages dropped because a consumer was too slow.",
                                   .unit = "{message}"};
metric_family const gaps_family{.name = "redis.client.subscription.gaps",
                                .help = "Places where messages of a subscription may be missing.",
                                .unit = "{gap}"};
metric_family const reconnects_family{.name = "redis.client.subscription.reconnects",
                                      .help = "Connections made anew for subscriptions.",
                                      .unit = "{connection}"};

}  // namespace

subscription_metrics::subscription_metrics(metrics_registry& registry,
                                           client_options const& options)
    : subscriptions{registry.add_gauge(subscriptions_family, server_labels(options))},
      buffered{registry.add_gauge(buffered_family, server_labels(options))},
      received{registry.add_counter(received_family, server_labels(options))},
      dropped{registry.add_counter(dropped_family, server_labels(options))},
      gaps{registry.add_counter(gaps_family, server_labels(options))},
      reconnects{registry.add_counter(reconnects_family, server_labels(options))}
{
}

}  // namespace redstart
