#include "redstart/toolkit/counters/counter.hpp"

#include "redstart/command/keys.hpp"
#include "redstart/command/script.hpp"
#include "redstart/command/sorted_sets.hpp"
#include "redstart/command/strings.hpp"
#include "redstart/toolkit/operation.hpp"
#include "redstart/toolkit/script_parts.hpp"

#include <tuple>
#include <utility>

namespace redstart::toolkit {

namespace {

using std::chrono::milliseconds;

// Value, whether applied, whether repeated, time to live as PTTL tells it.
using add_reply = std::tuple<std::int64_t, bool, bool, std::int64_t>;
using results = std::vector<std::expected<counter_state, failure>>;

// The caller says up to which value (or, for a negative step, down to which) the step is allowed: so no sum is ever
// formed that could overflow.
constexpr std::string_view add_text = R"(
local counter, operations = KEYS[1], KEYS[2]
local delta, edge, ttl = ARGV[1], ARGV[2], ARGV[3]
local id, remember, most = ARGV[4], ARGV[5], ARGV[6]
local repeated = operations and was_applied(operations, id, remember)
local value = redis.call('GET', counter) or '0'
local applied = repeated or delta == '0'
if not applied then
    local downwards = delta:sub(1, 1) == '-'
    applied = at_most(downwards and edge or value, downwards and value or edge)
    if applied then
        redis.call('INCRBY', counter, delta)
        value = redis.call('GET', counter)
    end
end
if operations and applied and not repeated then
    note_applied(operations, id, remember, most)
end
local left = redis.call('PTTL', counter)
if ttl ~= '0' and left == -1 then
    redis.call('PEXPIRE', counter, ttl)
    left = tonumber(ttl)
end
return {value, applied and 1 or 0, repeated and 1 or 0, left}
)";

script<add_reply> const& adding()
{
    static script<add_reply> const sent{"counter_add",
                                        std::string{toolkit_detail::decimal_order_lua()}
                                            .append(toolkit_detail::operations_lua())
                                            .append(add_text)};
    return sent;
}

script<ok> const& setting()
{
    static script<ok> const sent{"counter_set", R"(
redis.call('SET', KEYS[1], ARGV[1], 'KEEPTTL')
if ARGV[2] ~= '0' and redis.call('PTTL', KEYS[1]) == -1 then
    redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return redis.status_reply('OK')
)"};
    return sent;
}

counter_options checked(counter_options options, std::source_location const& where)
{
    if (options.floor > 0 || options.ceiling < 0)
        throw toolkit_detail::invalid_argument("0 is within the bounds of every counter", where);
    toolkit_detail::check_ttl(options.ttl, where);
    if (options.remember.count() <= 0 || options.remember > std::chrono::days{31})
        throw toolkit_detail::invalid_argument("operations are remembered for 1 ms to 31 days",
                                               where);
    if (options.max_operations == 0 || options.max_operations > 100'000)
        throw toolkit_detail::invalid_argument("a counter remembers 1 to 100,000 operations",
                                               where);
    return options;
}

// The last value from which a step of `delta` does not pass the bound that lies in its direction. It cannot overflow:
// 0 is within the bounds.
std::int64_t last_value_for(std::int64_t delta, counter_options const& options)
{
    return (delta > 0 ? options.ceiling : options.floor) - delta;
}

void check_delta(std::int64_t delta, std::source_location const& where)
{
    if (delta == std::numeric_limits<std::int64_t>::min())
        throw toolkit_detail::invalid_argument("a counter's step has an opposite", where);
}

counter_state to_state(add_reply const& answered)
{
    auto const [value, applied, repeated, left] = answered;
    counter_state state{.value = value, .applied = applied, .repeated = repeated};
    if (left >= 0)
        state.ttl = milliseconds{left};
    return state;
}

task<counter_state> add_one(client& db, command<add_reply> what, std::source_location where)
{
    co_return to_state(co_await db.exec(std::move(what), where));
}

task<results> add_each(client& db, std::vector<command<add_reply>> what, std::source_location where)
{
    results all;
    for (auto& each : co_await db.exec(std::move(what), where))
        all.push_back(each ? results::value_type{to_state(*each)}
                           : std::unexpected{std::move(each).error()});
    co_return all;
}

task<std::int64_t> read_one(client& db, command<std::optional<std::int64_t>> what,
                            std::source_location where)
{
    co_return (co_await db.exec(std::move(what), where)).value_or(0);
}

task<std::vector<std::int64_t>> read_each(client& db,
                                          std::vector<command<std::optional<std::int64_t>>> what,
                                          std::source_location where)
{
    std::vector<std::int64_t> values;
    for (auto& each : co_await db.exec(std::move(what), where)) {
        if (!each)
            throw std::move(each).error();
        values.push_back(each->value_or(0));
    }
    co_return values;
}

task<std::int64_t> count_erased(client& db, std::vector<command<std::int64_t>> what,
                                std::source_location where)
{
    std::int64_t erased = 0;
    for (auto& each : co_await db.exec(std::move(what), where)) {
        if (!each)
            throw std::move(each).error();
        erased += *each;
    }
    co_return erased;
}

// What is asked about one counter, as places in a batch.
struct questions {
    batch_item<std::optional<std::int64_t>> value;
    batch_item<ttl_reply> left;
    batch_item<std::int64_t> operations;
};

questions ask(batch& sent, key_space const& keys, std::string_view name)
{
    auto const at = keys.key_of<std::int64_t>(name);
    return {sent.add(get(at)), sent.add(ttl(at)),
            sent.add(zcard(keys.key_of<zset<std::string>>(name, ":operations")))};
}

task<std::vector<counter_report>> read_reports(client& db, batch sent, std::vector<questions> asked,
                                               std::source_location where)
{
    auto replies = co_await db.exec(std::move(sent), where);
    replies.throw_first_failure();
    std::vector<counter_report> all;
    all.reserve(asked.size());
    for (auto const& each : asked) {
        auto const value = replies.take(each.value).value();
        auto const left = replies.take(each.left).value().left;
        all.push_back({.exists = value.has_value(),
                       .value = value.value_or(0),
                       .operations = replies.take(each.operations).value()});
        if (left)
            all.back().ttl_ms = left->count();
    }
    co_return all;
}

task<counter_report> only_one(task<std::vector<counter_report>> reports)
{
    co_return (co_await std::move(reports)).front();
}

// Makes the commands of one counter_options' additions.
class additions {
public:
    additions(counter_options const& options, key_space const& keys) noexcept
        : options_{options}, keys_{keys}
    {
    }

    command<add_reply> plain(std::string_view name, std::int64_t delta,
                             std::source_location const& where) const
    {
        check_delta(delta, where);
        auto const at = keys_.key_of<std::int64_t>(name);
        return adding()(keys(at), delta, last_value_for(delta, options_),
                        toolkit_detail::ttl_argument(options_.ttl));
    }

    command<add_reply> once(std::string_view name, std::int64_t delta, std::string_view id,
                            std::source_location const& where) const
    {
        check_delta(delta, where);
        if (id.empty() || id.size() > counter::longest_operation_id)
            throw toolkit_detail::invalid_argument("an operation id has 1 to 256 bytes", where);
        auto const at = keys_.key_of<std::int64_t>(name);
        auto const ids = keys_.key_of<zset<std::string>>(name, ":operations");
        return adding()(keys(at, ids), delta, last_value_for(delta, options_),
                        toolkit_detail::ttl_argument(options_.ttl), id, options_.remember.count(),
                        options_.max_operations);
    }

private:
    counter_options const& options_;
    key_space const& keys_;
};

}  // namespace

counter::counter(client& db, counter_options options, std::source_location where)
    : db_{&db}, options_{checked(std::move(options), where)},
      keys_{options_.prefix, "counter:" + options_.name, where}
{
}

task<counter_state> counter::add(std::string_view name, std::int64_t delta,
                                 std::source_location where) const
{
    return add_one(*db_, additions{options_, keys_}.plain(name, delta, where), where);
}

task<counter_state> counter::add(std::string_view name, std::int64_t delta,
                                 std::string_view operation_id, std::source_location where) const
{
    return add_one(*db_, additions{options_, keys_}.once(name, delta, operation_id, where), where);
}

task<std::vector<std::expected<counter_state, failure>>> counter::add_all(
    std::vector<counter_change> const& changes, std::source_location where) const
{
    additions const made{options_, keys_};
    std::vector<command<add_reply>> all;
    all.reserve(changes.size());
    for (auto const& [name, delta, id] : changes)
        all.push_back(id ? made.once(name, delta, *id, where) : made.plain(name, delta, where));
    return add_each(*db_, std::move(all), where);
}

task<std::int64_t> counter::get(std::string_view name, std::source_location where) const
{
    return read_one(*db_, redstart::get(keys_.key_of<std::int64_t>(name)), where);
}

task<std::vector<std::int64_t>> counter::get_all(std::vector<std::string> const& names,
                                                 std::source_location where) const
{
    std::vector<command<std::optional<std::int64_t>>> all;
    all.reserve(names.size());
    for (auto const& name : names)
        all.push_back(redstart::get(keys_.key_of<std::int64_t>(name)));
    return read_each(*db_, std::move(all), where);
}

task<> counter::set(std::string_view name, std::int64_t value, std::source_location where) const
{
    if (value < options_.floor || value > options_.ceiling)
        throw toolkit_detail::invalid_argument("a counter's value is within its bounds", where);
    auto const at = keys_.key_of<std::int64_t>(name);
    return toolkit_detail::send_only(
        *db_, setting()(keys(at), value, toolkit_detail::ttl_argument(options_.ttl)), where);
}

task<bool> counter::erase(std::string_view name, std::source_location where) const
{
    return toolkit_detail::is_one(*db_, unlink(keys_.key_of<std::int64_t>(name)), where);
}

task<std::int64_t> counter::erase_all(std::vector<std::string> const& names,
                                      std::source_location where) const
{
    std::vector<command<std::int64_t>> all;
    all.reserve(names.size());
    for (auto const& name : names)
        all.push_back(unlink(keys_.key_of<std::int64_t>(name)));
    return count_erased(*db_, std::move(all), where);
}

task<counter_report> counter::report(std::string_view name, std::source_location where) const
{
    return only_one(report_all({std::string{name}}, where));
}

task<std::vector<counter_report>> counter::report_all(std::vector<std::string> const& names,
                                                      std::source_location where) const
{
    batch sent;
    std::vector<questions> asked;
    asked.reserve(names.size());
    for (auto const& name : names)
        asked.push_back(ask(sent, keys_, name));
    return read_reports(*db_, std::move(sent), std::move(asked), where);
}

}  // namespace redstart::toolkit
