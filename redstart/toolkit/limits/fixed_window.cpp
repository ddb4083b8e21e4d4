#include "redstart/toolkit/limits/fixed_window.hpp"

#include "redstart/command/script.hpp"
#include "redstart/toolkit/limits/limit_script.hpp"

#include <limits>
#include <utility>

namespace redstart::toolkit {

namespace {

// A window that is over, or was never begun, ends now and has nothing used. All numbers are integers below 2^53, so
// Lua's doubles hold them exactly. One millisecond more of life, since the server counts it from the millisecond that
// has begun.
constexpr std::string_view fixed_window_script = R"(
local limit, window, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local server = redis.call('TIME')
local now = server[1] * 1000000 + server[2]

local used, ends, changed = 0, now, false
local kept = redis.call('GET', KEYS[1])
if kept then
    local count, till = string.match(kept, '^(%d+):(%d+)$')
    used, ends = tonumber(count), tonumber(till)
    if ends > now + window then ends, changed = now + window, true end
    if ends <= now then used, ends = 0, now end
end

local allowed = cost <= math.max(0, limit - used)
if allowed and cost > 0 then
    if ends == now then ends = now + window end
    used, changed = used + cost, true
end
local life = math.ceil((ends - now) / 1000) + 1
if cost == 0 then  -- a look writes nothing
elseif changed then
    redis.call('SET', KEYS[1], string.format('%.0f:%.0f', used, ends), 'PX', life)
elseif kept and redis.call('PTTL', KEYS[1]) < 0 then
    redis.call('PEXPIRE', KEYS[1], life)
end

local left, retry = ends - now, 0
if cost > limit then retry = window elseif not allowed then retry = left end
return {allowed and 1 or 0, math.max(0, limit - used), retry, left, left}
)";

// With the length in the key, no limiter cuts the window of one of the same name with a longer window.
std::string kind_of(fixed_window_options const& options)
{
    return "fixed:" + options.name + ":" + std::to_string(options.window.count()) + "us";
}

fixed_window_options checked(fixed_window_options options, std::source_location const& where)
{
    toolkit_detail::check_name(options.name, where);
    toolkit_detail::check_window(options.limit, std::numeric_limits<std::uint32_t>::max(),
                                 options.window, where);
    return options;
}

}  // namespace

std::string_view fixed_window_text() noexcept { return fixed_window_script; }

fixed_window::fixed_window(client& db, fixed_window_options options, std::source_location where)
    : db_{&db}, options_{checked(std::move(options), where)},
      keys_{options_.prefix, kind_of(options_), where}
{
}

task<limit_decision> fixed_window::acquire(std::string_view subject, std::uint32_t cost,
                                           std::source_location where) const
{
    static script<limit_reply> const sent{"fixed_window", fixed_window_text()};
    auto const counter = keys_.key_of<std::string>(subject);
    limit_decision asked;
    asked.never = cost > options_.limit;
    asked.limit = options_.limit;
    return toolkit_detail::decide(
        *db_, sent(keys(counter), options_.limit, options_.window.count(), cost), asked, where);
}

task<limit_decision> fixed_window::peek(std::string_view subject, std::source_location where) const
{
    return acquire(subject, 0, where);
}

limit_policy fixed_window::policy() const
{
    return {.name = options_.name, .limit = options_.limit, .window = options_.window};
}

}  // namespace redstart::toolkit
