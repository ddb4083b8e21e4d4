// Rate limits that several processes share: toolkit::sliding_window as a middleware. A target of its own, so that http
// alone needs no client; a program that wants it links redstart::http_redis.
//
//     toolkit::sliding_window calls{db, {.name = "api", .limit = 100, .window = 60s}};
//     app.use(http::limit(calls));

#pragma once

#include "redstart/http/route.hpp"
#include "redstart/toolkit/sliding_window.hpp"

#include <functional>
#include <string>

namespace redstart::http {

// Whom a request counts for.
using limit_key = std::function<std::string(context&)>;

// The client's address, or its network: see rate_limit_key().
std::string by_client(context& c);

// Takes 1 of the window for each request, and refuses with 429 when there is none; see rate_limit(). The policy that
// clients are told of has the window's name. Closed when the server fails: what acquire() throws is thrown on, a 503.
// The window is copied; its client outlives the app.
middleware limit(toolkit::sliding_window const& window, limit_key key = by_client);

}  // namespace redstart::http
