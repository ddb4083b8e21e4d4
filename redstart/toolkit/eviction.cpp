#include "redstart/toolkit/eviction.hpp"

#include "redstart/command/server.hpp"

namespace redstart::toolkit {

namespace {

constexpr std::string_view any_key =
    "any key, so that locks, rate limiters, counters and leaderboards can lose their "
    "state, and Bloom filters their use";
constexpr std::string_view expiring_keys =
    "keys that expire, so that locks, rate limiters and counters with a time to live can lose "
    "their state; "
    "leaderboards, Bloom filters and counters without one are safe";

}  // namespace

task<std::optional<std::string>> eviction_warning(client& db, std::source_location where)
{
    auto const memory = co_await db.exec(info("memory"), where);
    auto const policy = memory.field("maxmemory_policy").value_or("noeviction");
    if (policy == "noeviction" || memory.integer("maxmemory") == 0)
        co_return std::nullopt;
    std::string warning = "the server may evict ";
    warning += policy.starts_with("volatile-") ? expiring_keys : any_key;
    warning += " (its maxmemory-policy is ";
    warning += policy;
    warning += "; noeviction is safe, and caches are best kept on a server of their own)";
    co_return warning;
}

}  // namespace redstart::toolkit
