#include "redstart/toolkit/cache/cache_store.hpp"

#include "redstart/base/random.hpp"
#include "redstart/command/keys.hpp"
#include "redstart/command/server.hpp"
#include "redstart/task/within.hpp"
#include "redstart/toolkit/operation.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace redstart::toolkit::toolkit_detail {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds longest_ttl = std::chrono::years{100};

bool is_within(milliseconds value, milliseconds least)
{
    return value >= least && value <= longest_ttl;
}

void check_load_options(cache_options const& options, std::source_location const& where)
{
    constexpr milliseconds longest_load = std::chrono::hours{1};
    if (!is_within(options.negative_ttl, {}) || !is_within(options.failure_ttl, {}))
        throw invalid_argument("an absence or a failure is remembered for 0 to 100 years", where);
    if (!is_within(options.load_timeout, milliseconds{10}) || options.load_timeout > longest_load)
        throw invalid_argument("a load may take from 10 ms to one hour", where);
    if (!is_within(options.wait, {}) || options.wait > longest_load)
        throw invalid_argument("a load of another process is waited for up to one hour", where);
    if (!is_within(options.operation_timeout, milliseconds{1}))
        throw invalid_argument("the server is given at least 1 ms to answer", where);
    if (!(options.early_refresh >= 0) || options.max_loads == 0)
        throw invalid_argument("early_refresh is not negative, and max_loads not zero", where);
}

cache_options checked_options(cache_options options, std::source_location const& where)
{
    cache_store::check_ttl(options.ttl, where);
    if (!is_within(options.stale_for, milliseconds::zero()))
        throw invalid_argument("an entry is served stale for 0 to 100 years", where);
    if (!(options.jitter >= 0 && options.jitter <= 0.9))
        throw invalid_argument("the jitter of a time to live is from 0 to 0.9", where);
    if (options.longest_value > envelope::most_value_bytes)
        throw invalid_argument("a cached value has at most 512 MB", where);
    check_load_options(options, where);
    return options;
}

// From 0 to less than 1.
double evenly() noexcept { return static_cast<double>(fast_random() >> 11U) * 0x1p-53; }

milliseconds with_jitter(milliseconds ttl, double jitter)
{
    auto const most = static_cast<double>(ttl.count()) * jitter;
    return std::max(milliseconds{1},
                    ttl - milliseconds{static_cast<std::int64_t>(most * evenly())});
}

std::chrono::microseconds since_1970(server_clock const& told)
{
    return told.now.time_since_epoch();
}

cache_event event_of(cache_state state)
{
    switch (state) {
    case cache_state::hit: return cache_event::hit;
    case cache_state::stale: return cache_event::stale;
    case cache_state::negative: return cache_event::negative;
    default: return cache_event::miss;
    }
}

}  // namespace

cache_store::cache_store(client& db, cache_options options, std::source_location where)
    : db_{db}, options_{checked_options(std::move(options), where)},
      keys_{options_.prefix, "cache:" + options_.name, where}, tags_{db, options_, where}
{
    for (std::size_t i = 0; i < db.loops().size(); ++i)
        parts_.push_back(std::make_unique<part>(options_));
}

cache_store::part& cache_store::here() const noexcept
{
    auto const* const current = static_cast<loop*>(scheduler::current());
    assert(current && &db_.loops().at(current->index()) == current &&
           "a cache is used on the loops of its client");
    return *parts_[current->index()];
}

key<std::string> cache_store::entry_key(std::string_view name) const
{
    return keys_.key_of<std::string>(name);
}

key<std::string> cache_store::lease_key(std::string_view name) const
{
    return keys_.key_of<std::string>(name, ":lease");
}

std::vector<key<std::string>> cache_store::entry_keys(std::vector<std::string> const& names) const
{
    std::vector<key<std::string>> all;
    all.reserve(names.size());
    for (auto const& each : names)
        all.push_back(entry_key(each));
    return all;
}

// ---- Reading ------------------------------------------------------------------------------------

// The server's time, once a second, and tags.
task<std::optional<std::string>> cache_store::ask_more(key<std::string> of, tag_list& tokens,
                                                       std::vector<std::string> const& tags,
                                                       std::source_location where)
{
    auto& mine = here();
    auto* const loop = scheduler::current();
    auto const now = loop->now();
    batch questions;
    auto const entry = questions.add(get(of));
    std::optional<batch_item<server_clock>> clock;
    if (mine.clock.is_due(now)) {
        mine.clock.asked(now);
        clock = questions.add(time());
    }
    auto const asked = tags_.ask(tags, questions);
    auto replies = co_await db_.exec(std::move(questions), where);
    replies.throw_first_failure();
    if (clock)
        mine.clock.heard(since_1970(*replies.take(*clock)), now, loop->now());
    for (std::size_t i = 0; i < tags.size(); ++i)
        if (auto token = *replies.take(asked[i]))
            tokens.emplace_back(tags[i], *std::move(token));
    co_return *replies.take(entry);
}

void cache_store::judge(cache_reading& into, std::source_location const& where)
{
    auto& mine = here();
    auto const opened = open(into.bytes, into.room, options_.longest_value);
    if (!opened) {
        into.failed = damaged(where);
        return;
    }
    into.found = *opened;
    into.state = opened->negative ? cache_state::negative : cache_state::hit;
    if (opened->fresh_until != envelope::always) {
        auto const left = opened->fresh_until - mine.clock.latest(scheduler::current()->now());
        into.fresh_for = std::max(milliseconds::zero(), std::chrono::floor<milliseconds>(left));
        if (left.count() <= 0) {
            bool const is_served = !opened->negative && left + options_.stale_for > milliseconds{0};
            into.state = is_served ? cache_state::stale : cache_state::miss;
        }
    }
}

void cache_store::hear_time(std::chrono::microseconds told, boot_clock::time_point asked) noexcept
{
    here().clock.heard(told, asked, scheduler::current()->now());
}

task<> cache_store::read(key<std::string> of, cache_reading& into,
                         std::vector<std::string> const& tags, std::source_location where)
{
    auto& mine = here();
    std::optional<std::string> bytes;
    try {
        if (!tags.empty() || mine.clock.is_due(scheduler::current()->now())) [[unlikely]]
            bytes = co_await ask_more(of, into.tokens, tags, where);
        else
            bytes = co_await db_.exec(get(of), where);
    } catch (...) {
        mine.counters.add(cache_event::error);
        throw;
    }
    if (!bytes) {
        mine.counters.add(cache_event::miss);
        co_return;
    }
    into.bytes = *std::move(bytes);
    judge(into, where);
    if (!into.failed && !into.found.tags.empty()) {
        cache_reading* const one = &into;
        co_await tags_.judge({&one, 1}, where);
    }
    if (into.failed)
        throw *into.failed;
    mine.counters.add(event_of(into.state));
}

task<bool> cache_store::try_read(key<std::string> of, cache_reading& into,
                                 std::vector<std::string> const& tags, std::source_location where)
{
    try {
        co_await within(options_.operation_timeout, read(of, into, tags, where));
    } catch (failure const& why) {
        into.failed = why;
    }
    if (!into.failed)
        co_return true;
    auto const ambient = co_await this_context{};
    if (ambient.is_cancelled() || ambient.loop->now() >= ambient.deadline)
        throw *into.failed;
    co_return into.failed->code() == failure_code::decode_failed ||
        into.failed->server_code() == "WRONGTYPE";
}

bool cache_store::is_due_early(cache_reading const& found) const noexcept
{
    if (found.found.fresh_until == envelope::always || found.found.load_cost.count() == 0 ||
        options_.early_refresh <= 0)
        return false;
    auto const head_start = -std::log(1 - evenly()) * options_.early_refresh *
                            static_cast<double>(found.found.load_cost.count());
    auto const left = found.found.fresh_until - here().clock.latest(scheduler::current()->now());
    return head_start >= static_cast<double>(left.count());
}

task<> cache_store::read_many(std::vector<key<std::string>> of, std::deque<cache_reading>& into,
                              std::source_location where)
{
    auto& mine = here();
    auto* const loop = scheduler::current();
    auto const asked = loop->now();
    batch questions;
    std::vector<batch_item<std::optional<std::string>>> items;
    for (auto const& each : of)
        items.push_back(questions.add(get(each)));
    auto const clock = questions.add(time());
    auto replies = co_await db_.exec(std::move(questions), where);

    std::vector<cache_reading*> intact;
    auto const now = loop->now();
    auto const told = replies.take(clock);
    if (told)
        mine.clock.heard(since_1970(*told), asked, now);
    for (auto const& each : items) {
        auto& reading = into.emplace_back();
        auto bytes = replies.take(each);
        if (!bytes || (!told && !mine.clock.is_known())) {
            mine.counters.add(cache_event::error);
            reading.failed = bytes ? told.error() : bytes.error();
        } else if (!*bytes) {
            mine.counters.add(cache_event::miss);
        } else {
            reading.bytes = **std::move(bytes);
            judge(reading, where);
            intact.push_back(&reading);
        }
    }
    std::erase_if(intact, [](auto* each) { return each->failed.has_value(); });
    co_await tags_.judge(intact, where);
    for (auto const* each : intact)
        mine.counters.add(each->failed ? cache_event::error : event_of(each->state));
}

// ---- Writing ------------------------------------------------------------------------------------

void cache_store::check_ttl(milliseconds ttl, std::source_location const& where)
{
    if (ttl != no_expiry)
        toolkit_detail::check_ttl(ttl, where);
}

cache_entry_options cache_store::checked(cache_entry_options asked,
                                         std::source_location const& where) const
{
    asked.ttl = asked.ttl.value_or(options_.ttl);
    check_ttl(*asked.ttl, where);
    cache_tags::check(asked.tags, where);
    return asked;
}

cache_writing cache_store::prepare(std::string_view name, std::string text,
                                   std::source_location const& where) const
{
    if (text.size() > options_.longest_value)
        throw invalid_argument("a value is longer than the cache allows", where);
    return {.name = std::string{name},
            .entry = entry_key(name),
            .lease = lease_key(name),
            .text = std::move(text)};
}

// A process that reads now and then knows it anyway.
task<> cache_store::know_the_time(std::source_location where)
{
    auto& mine = here();
    auto* const loop = scheduler::current();
    auto const asked = loop->now();
    if (!mine.clock.is_due(asked))
        co_return;
    auto const told = co_await db_.exec(time(), where);
    mine.clock.heard(since_1970(told), asked, loop->now());
}

sealed_entry cache_store::seal_entry(envelope filled, milliseconds ttl) const
{
    sealed_entry made;
    if (ttl != no_expiry) {
        auto const fresh = with_jitter(ttl, options_.jitter);
        filled.fresh_until = here().clock.earliest(scheduler::current()->now()) + fresh;
        made.ttl = filled.negative ? fresh : fresh + options_.stale_for;
    }
    made.bytes = seal(filled, {.compress_from = options_.compress_from});
    return made;
}

// The leases go first: a load that is under way can no longer put an older value over these.
task<> cache_store::write(std::vector<cache_writing> all, cache_entry_options as,
                          std::source_location where)
{
    if (all.empty())
        co_return;
    auto const ttl = as.ttl.value_or(options_.ttl);
    if (ttl != no_expiry)
        co_await know_the_time(where);
    auto const tags = co_await tags_.tokens(std::move(as.tags), where);
    batch changes;
    for (auto& each : all) {
        auto made = seal_entry({.tags = tags, .value = each.text}, ttl);
        changes.add(unlink(each.lease));
        changes.add(set(each.entry, std::move(made.bytes), {.ttl = made.ttl}));
    }
    auto const replies = co_await db_.exec(std::move(changes), where);
    replies.throw_first_failure();
}

task<bool> cache_store::erase(std::string name, std::source_location where)
{
    batch changes;
    changes.add(unlink(lease_key(name)));
    auto const entries = changes.add(unlink(entry_key(name)));
    auto replies = co_await db_.exec(std::move(changes), where);
    replies.throw_first_failure();
    co_return *replies.take(entries) == 1;
}

task<bool> cache_store::exists(key<std::string> of, std::source_location where)
{
    return is_one(db_, redstart::exists(of), where);
}

task<bool> cache_store::expire(key<std::string> of, milliseconds ttl, std::source_location where)
{
    if (ttl == no_expiry)
        co_return false;
    co_return co_await db_.exec(
        redstart::expire(of, ttl, {.condition = expire_options::when::if_sooner}), where);
}

// ---- Counting -----------------------------------------------------------------------------------

void cache_store::count(cache_event what) noexcept { here().counters.add(what); }

failure cache_store::damaged(std::source_location const& where)
{
    here().counters.add(cache_event::error);
    return failure{{.code = failure_code::decode_failed,
                    .outcome = outcome::maybe_applied,
                    .command = "GET",
                    .reason = "what is cached is damaged, or was written by somebody else",
                    .server_text = {}},
                   where};
}

cache_report cache_store::report() const noexcept
{
    cache_report sum;
    for (auto const& each : parts_)
        each->counters.add_to(sum);
    return sum;
}

}  // namespace redstart::toolkit::toolkit_detail
