#include "redstart/toolkit/limits/limit_rules.hpp"

#include "redstart/command/script.hpp"
#include "redstart/toolkit/limits/bucket_rate.hpp"
#include "redstart/toolkit/limits/limit_script.hpp"
#include "redstart/toolkit/operation.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace redstart::toolkit {

namespace {

using std::chrono::microseconds;

// The arithmetic of token_bucket.cpp, for each rule.
constexpr std::string_view limit_rules_script = R"(
local cost = tonumber(ARGV[1])
local server = redis.call('TIME')
local now = server[1] * 1000000 + server[2]

local rules, names = {}, {}
for at = 2, #ARGV, 4 do
    local rule = {burst = tonumber(ARGV[at + 1]), token = tonumber(ARGV[at + 2]),
                  parts = tonumber(ARGV[at + 3]), lacks = 0, changed = false}
    rule.holds = rule.burst * rule.token
    rules[#rules + 1], names[#names + 1] = rule, ARGV[at]
end

local kept, allowed = redis.call('HMGET', KEYS[1], unpack(names)), true
for i, rule in ipairs(rules) do
    if kept[i] then
        local full, fraction = string.match(kept[i], '^(%d+)/(%d+)$')
        rule.lacks = math.max(0, (full - now) * rule.parts + math.min(fraction, rule.parts))
        if rule.lacks > rule.holds then rule.lacks, rule.changed = rule.holds, true end
    end
    rule.fits = cost <= math.floor((rule.holds - rule.lacks) / rule.token)
    allowed = allowed and rule.fits
end

local life, changed, answer = 0, {}, {}
for i, rule in ipairs(rules) do
    if allowed and cost > 0 then rule.lacks, rule.changed = rule.lacks + cost * rule.token, true end
    local function wait(needed)
        return math.ceil((rule.lacks + needed * rule.token - rule.holds) / rule.parts)
    end
    if rule.changed then
        local full, fraction = now + math.floor(rule.lacks / rule.parts), rule.lacks % rule.parts
        changed[#changed + 1] = names[i]
        changed[#changed + 1] = string.format('%.0f/%.0f', full, fraction)
    end
    local reset = math.ceil(rule.lacks / rule.parts)
    life = math.max(life, math.ceil(reset / 1000) + 1)
    local remaining = math.floor((rule.holds - rule.lacks) / rule.token)
    local retry, more = 0, 0
    if cost > rule.burst then retry = math.ceil(rule.holds / rule.parts)
    elseif not rule.fits then retry = wait(cost) end
    if remaining < rule.burst then more = wait(remaining + 1) end
    answer[i] = {rule.fits and 1 or 0, remaining, retry, more, reset}
end
if cost == 0 then return answer end  -- a look writes nothing

-- There may be rules that only others have: theirs are not to end sooner. A key without a time to
-- live is new, or has lost it; then all that is kept tells.
if changed[1] then redis.call('HSET', KEYS[1], unpack(changed)) end
local left = redis.call('PTTL', KEYS[1])
if left == -1 then
    for _, each in ipairs(redis.call('HVALS', KEYS[1])) do
        local full = math.ceil((string.match(each, '^%d+') - now) / 1000) + 1
        life = math.max(life, math.min(full, 366 * 86400 * 1000))
    end
end
if left == -1 or changed[1] and life > left then redis.call('PEXPIRE', KEYS[1], life) end
return answer
)";

limit_rules_options checked(limit_rules_options options, std::source_location const& where)
{
    toolkit_detail::check_name(options.name, where);
    if (options.rules.empty() || options.rules.size() > 16)
        throw toolkit_detail::invalid_argument("there are 1 to 16 rules", where);
    std::set<std::string_view> names;
    for (auto const& each : options.rules) {
        toolkit_detail::checked_rate(each.count, each.period, each.burst, where);
        if (each.name.empty() || each.name.size() > 64 || !names.insert(each.name).second)
            throw toolkit_detail::invalid_argument(
                "a rule has a name of 1 to 64 bytes, and no other the same", where);
    }
    return options;
}

task<std::vector<rule_decision>> ask(client& db, command<std::vector<limit_reply>> what,
                                     std::vector<rule_decision> asked, std::source_location where)
{
    auto const answers = co_await db.exec(std::move(what), where);
    for (std::size_t i = 0; i < std::min(answers.size(), asked.size()); ++i) {
        auto const& [allowed, remaining, retry, more, reset] = answers[i];
        auto& of = asked[i].decision;
        of.allowed = allowed;
        of.remaining = remaining;
        of.retry_after = microseconds{retry};
        of.more_after = microseconds{more};
        of.reset_after = microseconds{reset};
    }
    co_return asked;
}

limit_decision all_of(std::vector<rule_decision> const& rules)
{
    auto all = std::ranges::min_element(rules, {}, [](rule_decision const& it) {
                   return it.decision.remaining;
               })->decision;
    auto const least = all.remaining;
    for (auto const& [name, each] : rules) {
        all.allowed = all.allowed && each.allowed;
        all.never = all.never || each.never;
        all.retry_after = std::max(all.retry_after, each.retry_after);
        all.reset_after = std::max(all.reset_after, each.reset_after);
        if (each.remaining == least)
            all.more_after = std::max(all.more_after, each.more_after);
    }
    return all;
}

task<limit_decision> all_of(task<std::vector<rule_decision>> asked)
{
    co_return all_of(co_await std::move(asked));
}

}  // namespace

std::string_view limit_rules_text() noexcept { return limit_rules_script; }

limit_rules::limit_rules(client& db, limit_rules_options options, std::source_location where)
    : db_{&db}, options_{checked(std::move(options), where)},
      keys_{options_.prefix, "rules:" + options_.name, where}
{
}

task<std::vector<rule_decision>> limit_rules::acquire_each(std::string_view subject,
                                                           std::uint32_t cost,
                                                           std::source_location where) const
{
    static script<std::vector<limit_reply>> const sent{"limit_rules", limit_rules_text()};
    auto what = sent(keys(keys_.key_of<std::string>(subject)), cost);
    std::vector<rule_decision> asked;
    for (auto const& rule : options_.rules) {
        auto const [token, parts] = toolkit_detail::rate_of(rule.count, rule.period);
        what.add(rule.name, rule.burst, token, parts);
        auto& of = asked.emplace_back(rule.name, limit_decision{}).decision;
        of.never = cost > rule.burst;
        of.limit = rule.burst;
    }
    return ask(*db_, std::move(what), std::move(asked), where);
}

task<limit_decision> limit_rules::acquire(std::string_view subject, std::uint32_t cost,
                                          std::source_location where) const
{
    return all_of(acquire_each(subject, cost, where));
}

task<limit_decision> limit_rules::peek(std::string_view subject, std::source_location where) const
{
    return acquire(subject, 0, where);
}

limit_policy limit_rules::policy() const
{
    auto const& least = *std::ranges::min_element(options_.rules, {}, &limit_rule::burst);
    auto const rate = toolkit_detail::rate_of(least.count, least.period);
    return {.name = options_.name,
            .limit = least.burst,
            .window = toolkit_detail::time_to_fill(rate, least.burst)};
}

}  // namespace redstart::toolkit
