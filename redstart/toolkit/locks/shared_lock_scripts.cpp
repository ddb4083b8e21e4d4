// Those who hold something together are a sorted set: their tokens, each with the microsecond at which it ends. Who has
// ended does not count, and is removed by the next who comes. Two members are no tokens and count for nothing:
//
//     waiting   without an end: somebody wants to hear of a release
//     writer    a writer has been told to wait: until this ends nobody begins to read, so that he comes in at last
//
// Who writes holds a lock of his own as any exclusive one: see lock_place.cpp.

#include "redstart/toolkit/locks/lock_place.hpp"

#include <string>

namespace redstart::toolkit::toolkit_detail {

namespace {

// The token is held from now on for its time to live, and the set for as long as it.
constexpr std::string_view holding_together = R"(
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local function hold()
    redis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[2] * 1000), ARGV[1])
    if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then
        redis.call('PEXPIRE', KEYS[1], ARGV[2] + 1)
    end
end
)";

constexpr std::string_view acquire_permit = R"(
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now))
if not redis.call('ZSCORE', KEYS[1], ARGV[1])
        and redis.call('ZCOUNT', KEYS[1], '-inf', '(inf') >= tonumber(ARGV[5]) then
    if ARGV[3] == '1' then redis.call('ZADD', KEYS[1], 'inf', 'waiting') end
    local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
    return {0, math.ceil((tonumber(first[2]) - now) / 1000)}
end
hold()
if ARGV[4] == '1' then redis.call('ZADD', KEYS[1], 'inf', 'waiting') end
return {1, 0}
)";

// One that has ended is not prolonged, even if it is still there: others may have been let in for it.
constexpr std::string_view renew_permit = R"(
local ends = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not ends or tonumber(ends) <= now then return 0 end
hold()
return 1
)";

constexpr std::string_view release_permit = R"(
local time = redis.call('TIME')
local ends = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not ends then return 0 end
redis.call('ZREM', KEYS[1], ARGV[1])
if redis.call('ZREM', KEYS[1], 'waiting') == 1 then redis.pcall('PUBLISH', ARGV[2], ARGV[3]) end
return tonumber(ends) > time[1] * 1000000 + time[2] and 1 or 0
)";

// Writes nothing: what has ended is only not counted.
constexpr std::string_view report_permits = R"(
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local after_now = string.format('(%.0f', now)
local holders = redis.call('ZCOUNT', KEYS[1], after_now, '(inf')
local writer = tonumber(redis.call('ZSCORE', KEYS[1], 'writer') or 0)
if writer > now then holders = holders - 1 end
local last = redis.call('ZREVRANGEBYSCORE', KEYS[1], '(inf', after_now, 'WITHSCORES', 'LIMIT', 0, 2)
local ends = tonumber(last[1] == 'writer' and last[4] or last[2] or now)
local waiting = redis.call('ZSCORE', KEYS[1], 'waiting') and 1 or 0
return {holders, 0, holders > 0 and math.ceil((ends - now) / 1000) or 0, waiting}
)";

constexpr std::string_view acquire_reading = R"(
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now))
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then
    local writer = redis.call('GET', KEYS[2])
    if writer then
        if ARGV[3] == '1' and string.sub(writer, -1) ~= 'w' then
            redis.call('SET', KEYS[2], writer .. 'w', 'KEEPTTL')
        end
        return {0, redis.call('PTTL', KEYS[2])}
    end
    local turn = redis.call('ZSCORE', KEYS[1], 'writer')
    if turn then
        if ARGV[3] == '1' then redis.call('ZADD', KEYS[1], 'inf', 'waiting') end
        return {0, math.ceil((tonumber(turn) - now) / 1000)}
    end
end
hold()
if ARGV[4] == '1' then redis.call('ZADD', KEYS[1], 'inf', 'waiting') end
return {1, 0}
)";

// What comes before a writer acquires as of any exclusive lock: there are readers, and he tells them that he waits.
constexpr std::string_view look_for_readers = R"(
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', string.format('%.0f', now))
local ends = {}
local all = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', '(inf', 'WITHSCORES', 'LIMIT', 0, 2)
for i = 1, #all, 2 do
    if all[i] ~= 'writer' then ends[#ends + 1] = tonumber(all[i + 1]) end
end
if ends[1] then
    if ARGV[3] == '1' then
        redis.call('ZADD', KEYS[3], 'inf', 'waiting')
        redis.call('ZADD', KEYS[3], string.format('%.0f', now + ARGV[5] * 1000), 'writer')
        if redis.call('PTTL', KEYS[3]) < tonumber(ARGV[5]) then
            redis.call('PEXPIRE', KEYS[3], ARGV[5] + 1)
        end
    end
    return {0, math.ceil((ends[1] - now) / 1000)}
end
redis.call('ZREM', KEYS[3], 'writer')
)";

std::string that_may_hold(std::string_view script)
{
    return std::string{holding_together}.append(script);
}

}  // namespace

lock_scripts const& permit_scripts()
{
    static lock_scripts const sent{.acquire = {"permit_acquire", that_may_hold(acquire_permit)},
                                   .renew = {"permit_renew", that_may_hold(renew_permit)},
                                   .release = {"permit_release", release_permit},
                                   .report = {"permit_report", report_permits},
                                   .wakes = waking::several};
    return sent;
}

lock_scripts const& reader_scripts()
{
    static lock_scripts const sent{.acquire = {"reader_acquire", that_may_hold(acquire_reading)},
                                   .renew = {"permit_renew", that_may_hold(renew_permit)},
                                   .release = {"permit_release", release_permit},
                                   .report = {"permit_report", report_permits},
                                   .wakes = waking::several};
    return sent;
}

lock_scripts const& writer_scripts()
{
    auto const& exclusive = exclusive_scripts();
    static lock_scripts const sent{
        .acquire = {"writer_acquire",
                    std::string{look_for_readers}.append(exclusive.acquire.text())},
        .renew = {"lock_renew", exclusive.renew.text()},
        .release = {"lock_release", exclusive.release.text()},
        .report = {"lock_report", exclusive.report.text()},
        .wakes = waking::one};
    return sent;
}

}  // namespace redstart::toolkit::toolkit_detail
