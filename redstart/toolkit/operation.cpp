#include "redstart/toolkit/operation.hpp"

#include <string>

namespace redstart::toolkit::toolkit_detail {

task<bool> is_one(client& db, command<std::int64_t> what, std::source_location where)
{
    co_return co_await db.exec(std::move(what), where) == 1;
}

task<bool> is_any(task<std::int64_t> counted) { co_return co_await std::move(counted) > 0; }

failure invalid_argument(std::string_view reason, std::source_location where)
{
    return failure{{.code = failure_code::invalid_argument,
                    .outcome = outcome::not_sent,
                    .command = {},
                    .reason = std::string{reason},
                    .server_text = {}},
                   where};
}

void check_ttl(optional_ttl ttl, std::source_location where)
{
    constexpr std::chrono::milliseconds longest = std::chrono::years{100};
    if (ttl && (ttl->count() <= 0 || *ttl > longest))
        throw invalid_argument("a time to live is 1 ms to 100 years", where);
}

std::int64_t ttl_argument(optional_ttl ttl) noexcept
{
    return ttl.value_or(std::chrono::milliseconds{0}).count();
}

}  // namespace redstart::toolkit::toolkit_detail
