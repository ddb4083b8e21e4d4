#include "redstart/http/redis/limit.hpp"

#include "redstart/http/ip_address.hpp"
#include "redstart/http/middleware.hpp"

#include <utility>

namespace redstart::http {

std::string by_client(context& c) { return rate_limit_key(c.client_address()); }

middleware limit(toolkit::sliding_window const& window, limit_key key)
{
    return rate_limit([window, key = std::move(key)](context& c) -> task<rate_decision> {
        auto const asked = co_await window.acquire(key(c));
        co_return rate_decision{.allowed = asked.allowed,
                                .limit = asked.limit,
                                .remaining = asked.remaining,
                                .retry_after = asked.retry_after,
                                .reset_after = asked.more_after,
                                .window = window.options().window,
                                .policy = window.options().name};
    });
}

}  // namespace redstart::http
