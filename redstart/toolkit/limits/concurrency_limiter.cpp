#include "redstart/toolkit/limits/concurrency_limiter.hpp"

#include "redstart/base/random.hpp"
#include "redstart/command/script.hpp"
#include "redstart/task/sleep.hpp"
#include "redstart/task/within.hpp"
#include "redstart/toolkit/limits/limit_script.hpp"
#include "redstart/toolkit/operation.hpp"

#include <utility>

namespace redstart::toolkit {

namespace {

using std::chrono::microseconds;

constexpr auto time_for_release = std::chrono::milliseconds{250};

// An end that is further off than any permit may be is of a clock that was set back. A report writes nothing.
constexpr std::string_view permits_script = R"(
local what, token = ARGV[1], ARGV[2]
local limit, hold = tonumber(ARGV[3]), tonumber(ARGV[4])
local server = redis.call('TIME')
local now, longest = server[1] * 1000000 + server[2], 3600000000
local function text(number) return string.format('%.0f', number) end

local looks, ended = what == 'report', 0
if looks then
    ended = redis.call('ZCOUNT', KEYS[1], '-inf', text(now))
else
    redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', text(now))
    local strays = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. text(now + longest), '+inf')
    for _, stray in ipairs(strays) do redis.call('ZADD', KEYS[1], text(now + longest), stray) end
end

local is_held = redis.call('ZSCORE', KEYS[1], token)
local done = is_held
if what == 'acquire' then done = is_held or redis.call('ZCARD', KEYS[1]) < limit end
if what == 'release' then
    redis.call('ZREM', KEYS[1], token)
elseif done and not looks then
    redis.call('ZADD', KEYS[1], text(now + hold), token)
end

local function ends_in(rank)
    local found = redis.call('ZRANGE', KEYS[1], rank, rank, 'WITHSCORES')
    return found[2] and math.min(found[2] - now, longest) or 0
end
local last = math.max(ends_in(-1), 0)
if last > 0 and not looks then redis.call('PEXPIRE', KEYS[1], math.ceil(last / 1000) + 1) end
return {done and 1 or 0, redis.call('ZCARD', KEYS[1]) - ended, ends_in(ended), last}
)";

command<permits_reply> permits(key<std::string> const& of, std::string_view what,
                               std::string_view token, concurrency_options const& options)
{
    static script<permits_reply> const sent{"permits", permits_text()};
    return sent(keys(of), what, token, options.limit, microseconds{options.hold}.count());
}

concurrency_options checked(concurrency_options options, std::source_location const& where)
{
    toolkit_detail::check_name(options.name, where);
    if (options.limit == 0 || options.limit > 10'000)
        throw toolkit_detail::invalid_argument("1 to 10,000 may be at it at once", where);
    if (options.hold < std::chrono::milliseconds{10} || options.hold > std::chrono::hours{1})
        throw toolkit_detail::invalid_argument("a permit is held for 10 ms to an hour", where);
    return options;
}

struct acquisition {
    concurrency_limiter by;
    command<permits_reply> what;
    permit wanted;
};

task<permit_decision> acquire_permit(client& db, acquisition asked, std::source_location where)
{
    auto& [by, what, wanted] = asked;
    wanted.until = boot_clock::now() + by.options().hold;
    std::exception_ptr unheard;
    try {
        auto const [done, in_use, first, last] = co_await db.exec(std::move(what), where);
        permit_decision decided;
        decided.allowed = done;
        decided.limit = by.options().limit;
        decided.in_use = in_use;
        if (done)
            decided.held = std::move(wanted);
        else
            decided.retry_after = microseconds{first};
        co_return decided;
    } catch (failure const& why) {
        if (why.outcome() != outcome::maybe_applied)
            throw;
        unheard = std::current_exception();
    }
    co_await toolkit_detail::give_permit_back(std::move(by), std::move(wanted), where);
    std::rethrow_exception(unheard);
}

task<std::optional<permit>> renew_permit(client& db, command<permits_reply> what, permit held,
                                         std::source_location where)
{
    if (!std::get<0>(co_await db.exec(std::move(what), where)))
        co_return std::nullopt;
    co_return std::move(held);
}

task<bool> release_permit(client& db, command<permits_reply> what, std::source_location where)
{
    co_return std::get<0>(co_await db.exec(std::move(what), where));
}

task<concurrency_report> read_report(client& db, command<permits_reply> what, std::uint32_t limit,
                                     std::source_location where)
{
    auto const [done, in_use, first, last] = co_await db.exec(std::move(what), where);
    co_return concurrency_report{
        .limit = limit, .in_use = in_use, .first_ends_in_us = first, .last_ends_in_us = last};
}

}  // namespace

std::string_view permits_text() noexcept { return permits_script; }

concurrency_limiter::concurrency_limiter(client& db, concurrency_options options,
                                         std::source_location where)
    : db_{&db}, options_{checked(std::move(options), where)},
      keys_{options_.prefix, "permits:" + options_.name, where}
{
}

task<permit_decision> concurrency_limiter::acquire(std::string_view subject,
                                                   std::source_location where) const
{
    auto token = random_token();
    auto what = permits(keys_.key_of<std::string>(subject), "acquire", token, options_);
    permit wanted{.subject = std::string{subject}, .token = std::move(token), .until = {}};
    return acquire_permit(*db_, {*this, std::move(what), std::move(wanted)}, where);
}

task<std::optional<permit>> concurrency_limiter::renew(permit held,
                                                       std::source_location where) const
{
    auto what = permits(keys_.key_of<std::string>(held.subject), "renew", held.token, options_);
    held.until = boot_clock::now() + options_.hold;
    return renew_permit(*db_, std::move(what), std::move(held), where);
}

task<bool> concurrency_limiter::release(permit held, std::source_location where) const
{
    return release_permit(
        *db_, permits(keys_.key_of<std::string>(held.subject), "release", held.token, options_),
        where);
}

task<concurrency_report> concurrency_limiter::report(std::string_view subject,
                                                     std::source_location where) const
{
    return read_report(*db_, permits(keys_.key_of<std::string>(subject), "report", "", options_),
                       options_.limit, where);
}

namespace toolkit_detail {

task<> keep_permit(concurrency_limiter of, permit held, std::source_location where)
{
    auto const third = of.options().hold / 3;
    while (true) {
        co_await sleep_for(third, where);
        try {
            co_await within(third, of.renew(held, where));
        } catch (failure const&) {
            // In a third of its time it is tried again. Whoever is cancelled does not sleep.
        }
    }
}

task<> give_permit_back(concurrency_limiter of, permit held, std::source_location where)
{
    try {
        co_await shielded(time_for_release, of.release(std::move(held), where));
    } catch (failure const&) {
        // Then it ends by itself.
    }
}

}  // namespace toolkit_detail

}  // namespace redstart::toolkit
