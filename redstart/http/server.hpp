// A server: an app answering on an address, on every loop of a runtime.
//
//     http::server web{runtime, app, {.listen = {.host = "127.0.0.1", .port = 8080}}};
//     runtime.run(web.start());
//     ...
//     runtime.run(web.stop(10s));

#pragma once

#include "redstart/base/clock.hpp"
#include "redstart/http/client_address.hpp"
#include "redstart/http/limits.hpp"
#include "redstart/http/rejection.hpp"
#include "redstart/net/endpoint.hpp"
#include "redstart/task/task.hpp"

#include <exception>
#include <functional>
#include <memory>
#include <string_view>

namespace redstart {
class metrics_registry;
class runtime;
}  // namespace redstart

namespace redstart::http {

class app;

struct server_options {
    net::endpoint listen{.host = "127.0.0.1", .port = 8080, .unix_path = {}};  // port 0: a free one
    http::limits limits{};
    trusted_proxies proxies{};  // nobody
    int backlog = 1024;         // connections that wait to be accepted, per loop

    // Counts requests that were refused before the app saw them, as redstart.http.server.rejected. Outlives the server;
    // null: nobody counts them. What the app answers is request_metrics()' to count.
    metrics_registry* metrics = nullptr;

    // Told of the same requests; `peer` is valid during the call. Called on any
    // loop's thread, as is the next.
    std::function<void(rejection const&, std::string_view peer)> on_rejected{};
    // Told of exceptions that no middleware caught and that became a 500 or 503.
    std::function<void(std::exception_ptr)> on_unhandled{};
};

// A resource. Runtime and app outlive it; the app is sealed. A connection stays on the loop that accepted it: each
// loop has a listener of its own, and the kernel spreads connections among them (SO_REUSEPORT). A unix socket is
// served by the first loop alone.
class server {
public:
    // Binds, so that connections wait from now on. Throws a failure (connect_failed) if the address is taken, by
    // another server that shares its port as well.
    server(runtime& loops, app& routes, server_options options);
    server(server const&) = delete;
    server& operator=(server const&) = delete;
    ~server();  // stop() must have ended, if start() was awaited

    task<> start();

    // Accepts nothing more, closes idle connections, lets requests at hand end within `grace` and closes their
    // connections after the answer; then cancels the handlers that are left, and awaits them all. Deadline and
    // cancellation of the caller do not shorten it. From any loop; once.
    task<> stop(boot_clock::duration grace = std::chrono::seconds{10});

    net::endpoint address() const;  // as bound; any thread

private:
    void bind(runtime& loops, app& routes);

    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace redstart::http
