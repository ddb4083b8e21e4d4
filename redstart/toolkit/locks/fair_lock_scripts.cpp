// A lock whose waiters have places in a line has two more keys, both sorted sets of the tokens of those who wait: in
// the order in which they asked first, and until when each is believed to wait. Each who asks again is believed for
// longer; who died is passed over by the next one who comes by him. The release tells the first of the line, and nobody
// else; until he comes, or is not believed any more, the lock is free, but not to be had.

#include "redstart/toolkit/locks/lock_place.hpp"

#include <string>

namespace redstart::toolkit::toolkit_detail {

namespace {

// KEYS[3] is the line, KEYS[4] who is believed to wait. Passes over at most a hundred at a time; then there is somebody
// whom nobody knows, and the next who comes goes on.
constexpr std::string_view first_in_line = R"(
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local function first_in_line()
    for _ = 1, 100 do
        local first = redis.call('ZRANGE', KEYS[3], 0, 0)[1]
        if not first then return nil end
        local ends = tonumber(redis.call('ZSCORE', KEYS[4], first) or 0)
        if ends > now then return first, ends end
        redis.call('ZREM', KEYS[3], first)
        redis.call('ZREM', KEYS[4], first)
    end
    return '', now + 1000
end
)";

// What comes before it is acquired as any exclusive lock: whose turn it is. A clock that went back puts nobody before
// those who came earlier.
constexpr std::string_view wait_in_line = R"(
local held = redis.call('GET', KEYS[1])
if not held or string.sub(held, 1, #ARGV[1]) ~= ARGV[1] then
    local first, ends = first_in_line()
    if held or first and first ~= ARGV[1] then
        if ARGV[3] == '1' then
            if not redis.call('ZSCORE', KEYS[3], ARGV[1]) then
                local last = redis.call('ZRANGE', KEYS[3], -1, -1, 'WITHSCORES')[2] or 0
                redis.call('ZADD', KEYS[3], string.format('%.0f', math.max(last + 1, now)), ARGV[1])
            end
            redis.call('ZADD', KEYS[4], string.format('%.0f', now + ARGV[5] * 1000), ARGV[1])
            for i = 3, 4 do
                if redis.call('PTTL', KEYS[i]) < tonumber(ARGV[5]) then
                    redis.call('PEXPIRE', KEYS[i], ARGV[5])
                end
            end
        end
        return {0, held and redis.call('PTTL', KEYS[1]) or math.ceil((ends - now) / 1000)}
    end
    redis.call('ZREM', KEYS[3], ARGV[1])
    redis.call('ZREM', KEYS[4], ARGV[1])
end
)";

// Who leaves the line without having got the lock does the same.
constexpr std::string_view release_to_the_first = R"(
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('ZREM', KEYS[4], ARGV[1])
local held = redis.call('GET', KEYS[1])
local is_mine = held and string.sub(held, 1, #ARGV[1]) == ARGV[1]
if held and not is_mine then return -1 end
if held then redis.call('DEL', KEYS[1]) end
local first = first_in_line()
if first then redis.pcall('PUBLISH', ARGV[2], ARGV[3] .. ':' .. first) end
return is_mine and 1 or 0
)";

}  // namespace

lock_scripts const& fair_scripts()
{
    auto const& exclusive = exclusive_scripts();
    auto const after = [](std::string_view first, std::string_view second) {
        return std::string{first_in_line}.append(first).append(second);
    };
    static lock_scripts const sent{
        .acquire = {"fair_lock_acquire", after(wait_in_line, exclusive.acquire.text())},
        .renew = {"lock_renew", exclusive.renew.text()},
        .release = {"fair_lock_release", after(release_to_the_first, {})},
        .report = {"lock_report", exclusive.report.text()},
        .wakes = waking::first_in_line};
    return sent;
}

}  // namespace redstart::toolkit::toolkit_detail
