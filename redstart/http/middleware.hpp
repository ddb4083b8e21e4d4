// The middleware that comes with the layer. Each is wired by hand: `app.use(access_log(write)).use(recover(log))`.
//
// A sensible order, outermost first: request_metrics, access_log, recover, then who may come in (bearer_token),
// tracing, same_origin and rate_limit. What stands outside recover() sees the status that the client sees, and so does
// tracing inside it; outside the token, it would believe the traceparent of strangers.
//
// The functions that they are given are called on the loop of the request, so on several threads at once.

#pragma once

#include "redstart/http/context.hpp"
#include "redstart/http/route.hpp"
#include "redstart/observe/metrics.hpp"
#include "redstart/observe/span.hpp"

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace redstart::http {

// Turns what is thrown into a problem: see describe(). Whatever leads to a 500 or 503 goes to `log`, with all that
// the client is not told; but not what fails because the client has gone.
using failure_log = std::function<void(context&, std::exception_ptr)>;
middleware recover(failure_log log = {});

// One finished request. Views are valid during the call.
struct access_record {
    std::string_view method;
    std::string_view target;
    std::string_view route;   // the template; empty if none matched
    std::string_view client;  // see context::client_address()
    std::string_view version;
    int status = 0;  // 500 or 503 for what is thrown past it; 499 when the client left before
    std::size_t request_bytes = 0;  // of the bodies
    std::size_t response_bytes = 0;
    std::chrono::nanoseconds duration{};
};
middleware access_log(std::function<void(access_record const&)> write);

// http.server.request.duration and http.server.active_requests, as the OpenTelemetry conventions name them. The
// registry outlives the server.
middleware request_metrics(metrics_registry& registry);

struct tracing_options {
    // Off where anybody may connect: then a caller's traceparent neither joins his trace to ours nor has it recorded.
    bool continue_remote = true;
    // Whether spans show what clients put into paths and queries, which may be names, keys or tokens. Otherwise each
    // parameter of a path, each value of a query, and the whole path that no route matches, is shown as REDACTED.
    // Values that sign a request are never shown.
    bool show_values = false;
};
// A server span for each request, named "{method} {route}", and its trace for everything that the handler awaits. A
// null sink gives a middleware that does nothing; an unsampled request costs its ids. No text in a span is longer than
// 256 bytes. The sink outlives the server.
middleware tracing(span_sink* sink, tracing_options options = {});

// 401 for whoever does not show `token` (RFC 6750). Compared in time that depends on the lengths only.
middleware bearer_token(std::string token);

// 403 for requests that change something and that a browser sends on behalf of another site: no cookie, token or
// network position of its user may be used that way. Goes by Sec-Fetch-Site, and where that is absent compares Origin
// with the host; what sends neither is no browser, and passes.
middleware same_origin();

// 421 for requests whose host is neither an address, nor localhost or a name below it, nor one of `names`. For servers
// that trust whoever reaches them: a browser takes a name that its owner points to 127.0.0.1 for that owner's own site,
// so same_origin() passes (DNS rebinding). An address cannot be pointed elsewhere. Ports are not compared.
middleware allowed_hosts(std::vector<std::string> names = {});

// What a limiter says about one request.
struct rate_decision {
    bool allowed = true;
    std::uint64_t limit = 0;  // requests per window
    std::uint64_t remaining = 0;
    std::chrono::nanoseconds retry_after{};  // when refused: how long to wait
    std::chrono::nanoseconds reset_after{};  // until more is allowed than `remaining`
    std::chrono::nanoseconds window{};
    std::string policy = "default";  // its name, in ASCII
};
// Asks `decide` first; tells the client where it stands in RateLimit and RateLimit-Policy
// (draft-ietf-httpapi-ratelimit- headers-10), and refuses with 429 and Retry-After. What `decide` throws is thrown
// on: it decides whether to fail open.
middleware rate_limit(std::function<task<rate_decision>(context&)> decide);

}  // namespace redstart::http
