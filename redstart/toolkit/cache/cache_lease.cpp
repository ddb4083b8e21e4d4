#include "redstart/toolkit/cache/cache_lease.hpp"

#include "redstart/toolkit/cache/envelope.hpp"

namespace redstart::toolkit::toolkit_detail {

command<lease_reply> ask_lease(lease_keys const& on, lease_question const& asked)
{
    static script<lease_reply> const sent{"cache_lease", R"(
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local found = redis.pcall('GET', KEYS[1])
if type(found) == 'table' then found = false end -- no string: the fill replaces it
if found and (ARGV[1] == '0' or string.sub(found, 1, tonumber(ARGV[5])) ~= ARGV[2]) then
    return {0, 1, now, found}
end
local granted = redis.call('SET', KEYS[2], ARGV[3], 'NX', 'PX', ARGV[4])
                or redis.call('GET', KEYS[2]) == ARGV[3]
return {granted and 1 or 0, found and 1 or 0, now, false}
)"};
    return sent(keys(on.entry, on.lease), asked.seen.has_value(), asked.seen.value_or(""),
                asked.token, asked.lasts.count(), envelope::header_bytes);
}

command<bool> fill_entry(lease_keys const& on, std::string_view token, std::string_view bytes,
                         std::optional<std::chrono::milliseconds> ttl)
{
    static script<bool> const sent{"cache_fill", R"(
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
if ARGV[3] == '0' then
    redis.call('SET', KEYS[1], ARGV[2])
else
    redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
redis.call('DEL', KEYS[2])
return 1
)"};
    return sent(keys(on.entry, on.lease), token, bytes, ttl ? ttl->count() : 0);
}

command<bool> release_lease(lease_keys const& on, std::string_view token)
{
    static script<bool> const sent{"cache_release", R"(
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
)"};
    return sent(keys(on.lease), token);
}

}  // namespace redstart::toolkit::toolkit_detail
