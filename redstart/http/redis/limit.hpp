// Rate limits that several processes share: any limiter of toolkit as a middleware. A target of its own, so that http
// alone needs no client; a program that wants it links redstart::http_redis.
//
//     toolkit::token_bucket calls{db, {.name = "api", .count = 100, .period = 60s, .burst = 20}};
//     app.use(http::limit(calls));

#pragma once

#include "redstart/http/route.hpp"
#include "redstart/toolkit/limits/limiter.hpp"

#include <functional>
#include <string>

namespace redstart::http {

// Whom a request counts for. Any bytes; those for whom it gives the same, or nothing, share one limit.
using limit_key = std::function<std::string(context&)>;

// Is told of each decision before the request goes on: to log or count who is refused, or would be (`shadowed`).
using limit_watch = std::function<void(context&, toolkit::limit_decision const&)>;

// The client's address, or its network: see rate_limit_key().
std::string by_client(context& c);

// Takes 1 of the limit for each request, and refuses with 429 when there is none; see rate_limit(). The policy that
// clients are told of has the limiter's name; they are told where they stand also by a limiter in the shadow, which
// refuses nobody. What acquire() throws is thrown on, a 503. The limiter is copied; its client outlives the app.
middleware limit(toolkit::limiter limiter, limit_key key = by_client, limit_watch watch = {});

}  // namespace redstart::http
