#include "redstart/toolkit/cache.hpp"

namespace redstart::toolkit::toolkit_detail {

std::string_view get_with_ttl_text() noexcept
{
    return R"(#!lua flags=no-writes
return {redis.call('GET', KEYS[1]), redis.call('PTTL', KEYS[1])}
)";
}

void check_ttl(std::optional<std::chrono::milliseconds> ttl, std::source_location const& where)
{
    constexpr std::chrono::milliseconds longest = std::chrono::years{100};
    if (ttl && (ttl->count() <= 0 || *ttl > longest))
        throw invalid_argument("a time to live is positive and at most 100 years", where);
}

task<bool> is_one(client& db, command<std::int64_t> what, std::source_location where)
{
    co_return co_await db.exec(std::move(what), where) == 1;
}

}  // namespace redstart::toolkit::toolkit_detail
