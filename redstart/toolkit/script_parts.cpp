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
local function microseconds(ago)
    local clock = redis.call('TIME')
    return string.format('%.0f', clock[1] * 1000000 + clock[2] - ago * 1000)
end
local function was_applied(operations, id, remember)
    redis.call('ZREMRANGEBYSCORE', operations, '-inf', microseconds(tonumber(remember)))
    return redis.call('ZSCORE', operations, id) and true or false
end
local function note_applied(operations, id, remember, most)
    redis.call('ZADD', operations, microseconds(0), id)
    redis.call('ZREMRANGEBYRANK', operations, 0, -tonumber(most) - 1)
    redis.call('PEXPIRE', operations, tonumber(remember) + 1)
end
)";
}

}  // namespace redstart::toolkit::toolkit_detail
