#include "redstart/toolkit/limits/token_bucket.hpp"

#include "redstart/command/script.hpp"
#include "redstart/toolkit/limits/bucket_rate.hpp"
#include "redstart/toolkit/limits/limit_script.hpp"
#include "redstart/toolkit/operation.hpp"

#include <algorithm>
#include <utility>

namespace redstart::toolkit {

namespace {

using std::chrono::microseconds;

// Counted in parts, of which so many come back in each microsecond, and so many make a token: integers both, whatever
// the rate is. What a bucket lacks is at most 2^51 of them, so doubles hold every sum here, and quotients round as they
// should. A fraction that another rate left behind may be larger than a microsecond; then it is one.
constexpr std::string_view token_bucket_script = R"(
local burst, token, parts = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local least, most = tonumber(ARGV[4]), tonumber(ARGV[5])
local server = redis.call('TIME')
local now, holds = server[1] * 1000000 + server[2], burst * token

local lacks, changed = 0, false
local kept = redis.call('GET', KEYS[1])
if kept then
    local full, fraction = string.match(kept, '^(%d+)/(%d+)$')
    lacks = math.max(0, (full - now) * parts + math.min(fraction, parts))
    if lacks > holds then lacks, changed = holds, true end
end

local there, taken = math.floor((holds - lacks) / token), 0
local allowed = least <= there
if allowed and most > 0 then
    taken, changed = math.min(most, there), true
    lacks = lacks + taken * token
end
local life = math.ceil(lacks / parts / 1000) + 1
if most == 0 then  -- a look writes nothing
elseif changed then
    local full, fraction = now + math.floor(lacks / parts), lacks % parts
    redis.call('SET', KEYS[1], string.format('%.0f/%.0f', full, fraction), 'PX', life)
elseif kept and redis.call('PTTL', KEYS[1]) < 0 then
    redis.call('PEXPIRE', KEYS[1], life)
end

local function wait(needed) return math.ceil((lacks + needed * token - holds) / parts) end

local remaining = there - taken
local retry, more = 0, 0
if least > burst then retry = math.ceil(holds / parts)
elseif not allowed then retry = wait(least) end
if remaining < burst then more = wait(remaining + 1) end
return {allowed and 1 or 0, remaining, retry, more, math.ceil(lacks / parts), taken}
)";

toolkit_detail::bucket_rate rate_of(token_bucket_options const& options) noexcept
{
    return toolkit_detail::rate_of(options.count, options.period);
}

token_bucket_options checked(token_bucket_options options, std::source_location const& where)
{
    toolkit_detail::check_name(options.name, where);
    toolkit_detail::checked_rate(options.count, options.period, options.burst, where);
    return options;
}

task<token_grant> grant(client& db, command<bucket_reply> what, limit_decision asked,
                        std::source_location where)
{
    auto const [allowed, remaining, retry, more, reset, taken] =
        co_await db.exec(std::move(what), where);
    asked.allowed = allowed;
    asked.remaining = remaining;
    asked.retry_after = microseconds{retry};
    asked.more_after = microseconds{more};
    asked.reset_after = microseconds{reset};
    co_return token_grant{.taken = taken, .decision = asked};
}

task<limit_decision> decision_of(task<token_grant> asked)
{
    co_return (co_await std::move(asked)).decision;
}

}  // namespace

std::string_view token_bucket_text() noexcept { return token_bucket_script; }

token_bucket_options hard_cap(std::uint32_t limit, microseconds window, std::uint32_t burst,
                              std::source_location where)
{
    if (burst == 0 || burst >= limit)
        throw toolkit_detail::invalid_argument("the burst of a hard cap is 1 to its limit less 1",
                                               where);
    token_bucket_options options;
    options.count = limit - burst;
    options.period = window;
    options.burst = burst;
    return checked(std::move(options), where);
}

token_bucket::token_bucket(client& db, token_bucket_options options, std::source_location where)
    : db_{&db}, options_{checked(std::move(options), where)},
      keys_{options_.prefix, "bucket:" + options_.name, where}
{
}

task<token_grant> token_bucket::take(std::string_view subject, amount wanted,
                                     std::source_location const& where) const
{
    static script<bucket_reply> const sent{"token_bucket", token_bucket_text()};
    auto const bucket = keys_.key_of<std::string>(subject);
    auto const [token, parts] = rate_of(options_);
    limit_decision asked;
    asked.never = wanted.least > options_.burst;
    asked.limit = options_.burst;
    return grant(*db_, sent(keys(bucket), options_.burst, token, parts, wanted.least, wanted.most),
                 asked, where);
}

task<limit_decision> token_bucket::acquire(std::string_view subject, std::uint32_t cost,
                                           std::source_location where) const
{
    return decision_of(take(subject, {.least = cost, .most = cost}, where));
}

task<limit_decision> token_bucket::peek(std::string_view subject, std::source_location where) const
{
    return acquire(subject, 0, where);
}

task<token_grant> token_bucket::acquire_up_to(std::string_view subject, std::uint32_t most,
                                              std::source_location where) const
{
    return take(subject, {.least = std::min(most, 1U), .most = most}, where);
}

task<token_grant> token_bucket::acquire_between(std::string_view subject, std::uint32_t least,
                                                std::uint32_t most,
                                                std::source_location where) const
{
    if (least > most)
        throw toolkit_detail::invalid_argument("the least is at most the most", where);
    return take(subject, {.least = least, .most = most}, where);
}

std::uint64_t token_bucket::most_in(microseconds span) const noexcept
{
    if (span < microseconds::zero())
        return 0;
    // The product of two numbers that are far below 2^64 each is not.
    __extension__ using wide = unsigned __int128;
    auto const [token, parts] = rate_of(options_);
    auto const back =
        static_cast<wide>(span.count()) * static_cast<wide>(parts) / static_cast<wide>(token);
    return options_.burst + static_cast<std::uint64_t>(back);
}

limit_policy token_bucket::policy() const
{
    return {.name = options_.name,
            .limit = options_.burst,
            .window = toolkit_detail::time_to_fill(rate_of(options_), options_.burst)};
}

}  // namespace redstart::toolkit
