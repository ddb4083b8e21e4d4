#include "redstart/toolkit/limits/sliding_counter.hpp"

#include "redstart/command/script.hpp"
#include "redstart/toolkit/limits/limit_script.hpp"
#include "redstart/toolkit/operation.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace redstart::toolkit {

namespace {

// Weights go by whole milliseconds, the begun one as not yet passed: products of a count and milliseconds stay below
// 2^52, so doubles hold them, and their quotients round up and down as they should.
constexpr std::string_view sliding_counter_script = R"(
local limit, window, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local server = redis.call('TIME')
local now, length = server[1] * 1000000 + server[2], window * 1000
local id = math.floor(now / length)
local passed = now - id * length
local left = window - math.floor(passed / 1000)

local current, previous, changed = 0, 0, false
local kept = redis.call('HMGET', KEYS[1], 'window', 'current', 'previous')
if kept[1] then
    local at = tonumber(kept[1])
    if at == id then
        current, previous = tonumber(kept[2]), tonumber(kept[3])
    elseif at == id - 1 then
        previous = tonumber(kept[2])
    elseif at > id then
        current, changed = math.min(limit, kept[2] + kept[3]), true
    end
end

local function used() return current + math.ceil(previous * left / window) end

local allowed = cost <= math.max(0, limit - used())
if allowed and cost > 0 then current, changed = current + cost, true end
local life = window + left + 1
if cost == 0 then  -- a look writes nothing
elseif changed then
    local function text(number) return string.format('%.0f', number) end
    redis.call('HSET', KEYS[1], 'window', text(id),
               'current', text(current), 'previous', text(previous))
    redis.call('PEXPIRE', KEYS[1], life)
elseif kept[1] and redis.call('PTTL', KEYS[1]) < 0 then
    redis.call('PEXPIRE', KEYS[1], life)
end

-- How many milliseconds of a window must pass until no more than `room` of what the one before
-- counted still counts.
local function fades(counted, room)
    if counted <= room then return 0 end
    return window - math.floor(room * window / counted)
end
-- How long until so much is free: in this window, or if it has too much of its own, in the next.
local function wait(needed)
    local room = limit - needed
    if current <= room then return fades(previous, room - current) * 1000 - passed end
    return length + fades(current, room) * 1000 - passed
end

local remaining = math.max(0, limit - used())
local retry, more, reset = 0, 0, 0
if cost > limit then retry = length elseif not allowed then retry = wait(cost) end
if remaining < limit then more, reset = wait(remaining + 1), wait(limit) end
return {allowed and 1 or 0, remaining, retry, more, reset}
)";

constexpr std::int64_t largest_product = std::int64_t{1} << 51;

// With the length in the key, the ids of two lengths are not mistaken for each other.
std::string kind_of(sliding_counter_options const& options)
{
    return "sliding:" + options.name + ":" + std::to_string(options.window.count()) + "ms";
}

sliding_counter_options checked(sliding_counter_options options, std::source_location const& where)
{
    toolkit_detail::check_name(options.name, where);
    constexpr std::chrono::milliseconds too_long = std::chrono::days{400};  // and no overflow
    toolkit_detail::check_window(options.limit, std::numeric_limits<std::uint32_t>::max(),
                                 std::min(options.window, too_long), where);
    if (options.limit > largest_product / options.window.count())
        throw toolkit_detail::invalid_argument(
            "a sliding counter's limit times the milliseconds of its window is at most 2^51",
            where);
    return options;
}

}  // namespace

std::string_view sliding_counter_text() noexcept { return sliding_counter_script; }

sliding_counter::sliding_counter(client& db, sliding_counter_options options,
                                 std::source_location where)
    : db_{&db}, options_{checked(std::move(options), where)},
      keys_{options_.prefix, kind_of(options_), where}
{
}

task<limit_decision> sliding_counter::acquire(std::string_view subject, std::uint32_t cost,
                                              std::source_location where) const
{
    static script<limit_reply> const sent{"sliding_counter", sliding_counter_text()};
    auto const counter = keys_.key_of<std::string>(subject);
    limit_decision asked;
    asked.never = cost > options_.limit;
    asked.limit = options_.limit;
    return toolkit_detail::decide(
        *db_, sent(keys(counter), options_.limit, options_.window.count(), cost), asked, where);
}

task<limit_decision> sliding_counter::peek(std::string_view subject,
                                           std::source_location where) const
{
    return acquire(subject, 0, where);
}

limit_policy sliding_counter::policy() const
{
    return {.name = options_.name, .limit = options_.limit, .window = options_.window};
}

}  // namespace redstart::toolkit
