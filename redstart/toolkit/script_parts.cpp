#include "redstart/toolkit/script_parts.hpp"

namespace redstart::toolkit::toolkit_detail {

std::string_view decimal_order_lua() noexcept
{
    return R"(
local function at_most(a, b)
    if a == b then return true end
    local negative = a:sub(1, 1) == '-'
    if negative ~= (b:sub(1, 1) == '-') then return negative end
    if #a ~= #b then return (#a < #b) ~= negative end
    return (a < b) ~= negative
end
)";
}

std::string_view operations_lua() noexcept
{
    return R"(
local function microseconds()
    local clock = redis.call('TIME')
    return clock[1] * 1000000 + clock[2]
end
local function was_applied(operations, id, remember)
    local too_old = microseconds() - remember * 1000
    local hundredth = redis.call('ZRANGE', operations, 99, 99, 'WITHSCORES')[2]
    if hundredth and tonumber(hundredth) <= too_old then
        redis.call('ZREMRANGEBYRANK', operations, 0, 99)
    else
        redis.call('ZREMRANGEBYSCORE', operations, '-inf', string.format('%.0f', too_old))
    end
    local applied_at = redis.call('ZSCORE', operations, id)
    return applied_at and tonumber(applied_at) > too_old
end
local function note_applied(operations, id, remember, most)
    local newest = redis.call('ZRANGE', operations, -1, -1, 'WITHSCORES')[2] or 0
    local now = math.max(microseconds(), newest + 1)
    redis.call('ZADD', operations, string.format('%.0f', now), id)
    local too_many = redis.call('ZCARD', operations) - most
    if too_many > 0 then
        redis.call('ZREMRANGEBYRANK', operations, 0, math.min(too_many, 100) - 1)
    end
    redis.call('PEXPIRE', operations, tonumber(remember) + 1)
end
)";
}

}  // namespace redstart::toolkit::toolkit_detail
