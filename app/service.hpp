// The service behind `redstart serve`: a leaderboard, a cache, counters and a rate limiter over HTTP.

#pragma once

#include "app/failure_log.hpp"
#include "app/health.hpp"
#include "app/processing.hpp"
#include "app/serve_options.hpp"
#include "redstart/client/client.hpp"
#include "redstart/codec/raw_json.hpp"
#include "redstart/http/app.hpp"
#include "redstart/observe/metrics.hpp"
#include "redstart/observe/span.hpp"
#include "redstart/toolkit/cache/cache.hpp"
#include "redstart/toolkit/counters/counter.hpp"
#include "redstart/toolkit/leaderboards/leaderboard.hpp"

namespace redstart::app {

// What the service stands on. Everything outlives it.
struct service_parts {
    client& db;
    metrics_registry& metrics;
    span_sink* spans = nullptr;  // null: nothing is traced
};

// Sets up the routes of `web`. Lives as long as the server that runs them.
class service {
public:
    service(http::app& web, service_parts parts, serve_options const& options);
    service(service const&) = delete;
    service& operator=(service const&) = delete;

    // See health. Any thread.
    void drain() noexcept { health_.drain(); }

    // After the server has stopped, and before the client is.
    task<> stop() { return processing_.stop(); }

private:
    void add_scores(http::route_group& api);
    void add_cache(http::route_group& api);
    void add_counters(http::route_group& api);

    task<http::response> submit_score(http::context& c);
    task<http::response> show_leaderboard(http::context& c);
    task<http::response> show_rank(http::context& c);
    task<http::response> put_cached(http::context& c);
    task<http::response> get_cached(http::context& c);
    task<http::response> delete_cached(http::context& c);
    task<http::response> add_to_counter(http::context& c);
    task<http::response> show_counter(http::context& c);

    service_parts parts_;
    toolkit::leaderboard board_;
    toolkit::cache<codec::raw_json> cache_;
    toolkit::counter counters_;
    processing processing_;
    health health_;
    failure_log failures_;
};

}  // namespace redstart::app
