// An exclusive lock is a string, <token>:<fence>, with w behind it when somebody waits: so a release is announced only
// if somebody wants to hear of it. Whoever is told that the lock is held leaves that mark, and whoever gets it leaves
// it for those of his loop who still wait, and do not ask before they are woken. The mark needs no key of its own, and
// goes with the holder.

#include "redstart/toolkit/locks/lock_place.hpp"

namespace redstart::toolkit::toolkit_detail {

namespace {

// The fence is also above the server's time, so it goes on growing when its key is lost or has ended; the key is
// needed for clocks that go back, and lives for a day. Below 2^53, so Lua's numbers hold it exactly.
constexpr std::string_view acquire_exclusive = R"(
local held = redis.call('GET', KEYS[1])
if held and string.sub(held, 1, #ARGV[1]) ~= ARGV[1] then
    if ARGV[3] == '1' and string.sub(held, -1) ~= 'w' then
        redis.call('SET', KEYS[1], held .. 'w', 'KEEPTTL')
    end
    return {0, redis.call('PTTL', KEYS[1])}
end
if held then
    redis.call('PEXPIRE', KEYS[1], ARGV[2])
    return {1, tonumber(string.match(held, ':(%d+)'))}
end
local time = redis.call('TIME')
local last = tonumber(redis.call('GET', KEYS[2]) or 0)
local fence = math.max(last + 1, time[1] * 1000000 + time[2])
local text = string.format('%.0f', fence)
redis.call('SET', KEYS[2], text, 'PX', 86400000)
local mark = ARGV[4] == '1' and 'w' or ''
redis.call('SET', KEYS[1], ARGV[1] .. ':' .. text .. mark, 'PX', ARGV[2])
return {1, fence}
)";

constexpr std::string_view renew_exclusive = R"(
local held = redis.call('GET', KEYS[1])
if not held or string.sub(held, 1, #ARGV[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
)";

// Whether somebody may announce it is a matter of rights: if not, those who wait find out by asking.
constexpr std::string_view release_exclusive = R"(
local held = redis.call('GET', KEYS[1])
if not held then return 0 end
if string.sub(held, 1, #ARGV[1]) ~= ARGV[1] then return -1 end
redis.call('DEL', KEYS[1])
if string.sub(held, -1) == 'w' then redis.pcall('PUBLISH', ARGV[2], ARGV[3]) end
return 1
)";

// Of those who wait without a line it is known only that there are some.
constexpr std::string_view report_exclusive = R"(
local held = redis.call('GET', KEYS[1])
local fence = held and string.match(held, ':(%d+)') or redis.call('GET', KEYS[2]) or 0
local waiting = held and string.sub(held, -1) == 'w' and 1 or 0
if KEYS[4] then
    local time = redis.call('TIME')
    local now = string.format('%.0f', time[1] * 1000000 + time[2])
    waiting = redis.call('ZCOUNT', KEYS[4], '(' .. now, 'inf')
end
return {held and 1 or 0, tonumber(fence), held and redis.call('PTTL', KEYS[1]) or 0, waiting}
)";

}  // namespace

lock_scripts const& exclusive_scripts()
{
    static lock_scripts const sent{.acquire = {"lock_acquire", acquire_exclusive},
                                   .renew = {"lock_renew", renew_exclusive},
                                   .release = {"lock_release", release_exclusive},
                                   .report = {"lock_report", report_exclusive},
                                   .wakes = waking::one};
    return sent;
}

lock_report to_report(state_reply const& state) noexcept
{
    auto const [holders, fence, ends_in, waiting] = state;
    return {.holders = holders, .fence = fence, .ends_in_ms = ends_in, .waiting = waiting};
}

command<acquire_reply> lock_place::acquire(lock_acquisition const& asked) const
{
    return scripts->acquire(keys(lock, fence, others), asked.token, asked.ttl.count(),
                            asked.waits ? 1 : 0, asked.others_wait ? 1 : 0, limit);
}

command<std::int64_t> lock_place::renew(std::string_view token, std::chrono::milliseconds ttl) const
{
    return scripts->renew(keys(lock), token, ttl.count());
}

command<std::int64_t> lock_place::release(std::string_view token, std::string_view channel) const
{
    return scripts->release(keys(lock, fence, others), token, channel, news());
}

command<state_reply> lock_place::report() const
{
    return scripts->report(keys(lock, fence, others));
}

std::string lock_place::called_by(std::string_view token) const
{
    std::string name{news()};
    if (scripts->wakes == waking::first_in_line)
        name.append(":").append(token);
    return name;
}

std::string_view lock_place::news() const noexcept
{
    return scripts == &reader_scripts() ? fence.text() : lock.text();
}

}  // namespace redstart::toolkit::toolkit_detail
