// The log is a sorted set of what was allowed, scored by time. A member is
//
//     <position, 16 digits>:<cost>:<ahead>
//
// Position is the sum of all costs up to and with this one, since the log was last empty. So what counts now is a
// difference of two positions, no entry is ever added up, and members are unique and in their order also within one
// microsecond.
//
// Ahead is how far the log's time runs before the server's clock, in microseconds. The log's time never goes back: when
// the clock does, the newest entry's time is taken for now, and the difference is written into that entry at once, also
// by a call that is refused, but not by a look, which writes nothing: otherwise the log's time would stand still until
// the clock has caught up. It is forgotten with the last entry.
//
// All numbers are integers below 2^53, so Lua's doubles hold them exactly; %.0f writes them without an exponent.

#include "redstart/toolkit/limits/limit_script.hpp"

namespace redstart::toolkit {

namespace {

constexpr std::string_view text = R"(
local log, limit, window, cost = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])

local function entry(rank)
    local found = redis.call('ZRANGE', log, rank, rank, 'WITHSCORES')
    if not found[1] then return nil end
    local position, weight, ahead = string.match(found[1], '^(%d+):(%d+):(%d+)$')
    return {member = found[1], time = tonumber(found[2]),
            position = tonumber(position), cost = tonumber(weight), ahead = tonumber(ahead)}
end

local function add(new)
    redis.call('ZADD', log, string.format('%.0f', new.time),
               string.format('%016.0f:%.0f:%.0f', new.position, new.cost, new.ahead))
end

local server = redis.call('TIME')
local clock = server[1] * 1000000 + server[2]
local now, taken, used = clock, 0, 0
local newest, oldest, looks = entry(-1), nil, cost == 0
local ended = 0  -- entries that do not count any more, and are still there for those who only look
if newest then
    if clock + newest.ahead < newest.time then
        newest.ahead = newest.time - clock
        if not looks then
            redis.call('ZREM', log, newest.member)
            add(newest)
        end
    end
    now = clock + newest.ahead
    oldest = entry(0)
    if oldest.time <= now - window then
        local till = string.format('%.0f', now - window)
        if looks then ended = redis.call('ZCOUNT', log, '-inf', till)
        else redis.call('ZREMRANGEBYSCORE', log, '-inf', till) end
        oldest = entry(ended)
    end
end
if oldest then
    taken, used = newest.position, newest.position - oldest.position + oldest.cost
else
    now = clock
end

local allowed = cost <= math.max(0, limit - used)
local charged = allowed and cost > 0
if charged then
    taken, used = taken + cost, used + cost
    newest = {time = now, position = taken, cost = cost, ahead = now - clock}
    oldest = oldest or newest
    add(newest)
end
-- One millisecond more, since the server counts a key's life from the millisecond that has begun.
if charged or oldest and not looks and redis.call('PTTL', log) < 0 then
    redis.call('PEXPIRE', log, math.ceil(window / 1000) + 1)
end

-- How long until the entry that holds this position has left the window.
local function leaves_after(position)
    if oldest.position >= position then return oldest.time + window - now end
    local low, high = ended + 1, redis.call('ZCARD', log) - 1
    while low < high do
        local middle = math.floor((low + high) / 2)
        if entry(middle).position >= position then high = middle else low = middle + 1 end
    end
    return entry(low).time + window - now
end

local remaining = math.max(0, limit - used)
local retry, more, reset = 0, 0, 0
if cost > limit then retry = window
elseif not allowed then retry = leaves_after(taken + cost - limit) end
if oldest then
    more = leaves_after(taken + remaining + 1 - limit)
    reset = newest.time + window - now
end
return {allowed and 1 or 0, remaining, retry, more, reset}
)";

}  // namespace

std::string_view sliding_window_text() noexcept { return text; }

}  // namespace redstart::toolkit
