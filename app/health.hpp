// What machines ask of the service: /livez, /readyz and /metrics. Outside the limiter, so that those who ask too often
// must cost little: each loop asks the data server at most once a second, and the metrics are written as seldom.

#pragma once

#include "redstart/client/client.hpp"
#include "redstart/http/app.hpp"
#include "redstart/observe/metrics.hpp"

#include <array>
#include <atomic>
#include <mutex>
#include <optional>
#include <string>

namespace redstart::app {

// Lives as long as the server that runs its routes, and not longer than the client and the registry.
class health {
public:
    health(client& db, metrics_registry& metrics) : db_{db}, metrics_{metrics} {}
    health(health const&) = delete;
    health& operator=(health const&) = delete;

    // `guard` is for /metrics, which tells more than whether the service is there.
    void add_routes(http::app& web, http::middleware guard);

    // From now on /readyz says no, so that a balancer sends nothing new. Any thread.
    void drain() noexcept { draining_.store(true, std::memory_order_relaxed); }

private:
    struct loop_state;  // what a loop last found out
    struct page {
        std::optional<boot_clock::time_point> written_at;
        std::string text;
    };

    loop_state& state_here(http::context& c) const;
    task<http::response> readiness(http::context& c);
    task<> ask_server();
    task<bool> reaches_server(loop_state& known);
    http::response metrics_page(http::context& c);

    client& db_;
    metrics_registry& metrics_;
    std::mutex pages_mutex_;
    std::array<page, 2> pages_;  // by format
    std::atomic<bool> draining_{false};
};

}  // namespace redstart::app
