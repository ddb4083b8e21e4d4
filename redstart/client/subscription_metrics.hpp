// What subscriptions count, per loop: how many there are, what waits, what was lost.

#pragma once

#include "redstart/client/options.hpp"
#include "redstart/observe/metrics.hpp"

namespace redstart {

// One loop's thread writes. The registry outlives the client.
struct subscription_metrics {
    subscription_metrics(metrics_registry& registry, client_options const& options);

    gauge& subscriptions;
    gauge& buffered;
    counter& received;
    counter& dropped;
    counter& gaps;
    counter& reconnects;
};

}  // namespace redstart
