#include "redstart/http/redis/limit.hpp"

#include "redstart/http/ip_address.hpp"
#include "redstart/http/middleware.hpp"

#include <utility>

namespace redstart::http {

std::string by_client(context& c) { return rate_limit_key(c.client_address()); }

middleware limit(toolkit::limiter limiter, limit_key key, limit_watch watch)
{
    auto policy = limiter.policy();
    return rate_limit([limiter = std::move(limiter), key = std::move(key), watch = std::move(watch),
                       policy = std::move(policy)](context& c) -> task<rate_decision> {
        auto const asked = co_await limiter.acquire(key(c));
        if (watch)
            watch(c, asked);
        co_return rate_decision{.allowed = asked.allowed,
                                .limit = policy.limit,
                                .remaining = asked.remaining,
                                .retry_after = asked.retry_after,
                                .reset_after = asked.more_after,
                                .window = policy.window,
                                .policy = policy.name};
    });
}

}  // namespace redstart::http
