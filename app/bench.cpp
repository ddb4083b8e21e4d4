#include "app/bench.hpp"

#include "app/bench_keys.hpp"
#include "app/bench_report.hpp"
#include "redstart/base/random.hpp"
#include "redstart/client/client.hpp"
#include "redstart/command/strings.hpp"
#include "redstart/task/on.hpp"
#include "redstart/task/when_all.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace redstart::app {

namespace {

// What a key holds: the bytes of its number, as many as fit, and a filling. So the reply to another key shows. Nearly
// every value has room for all of them: then their number is a constant, and costs no call.
class bench_value {
public:
    explicit bench_value(std::size_t bytes) : text_(bytes, 'v') {}
    std::string const& of(std::uint64_t number) noexcept
    {
        if (text_.size() >= sizeof number)
            std::memcpy(text_.data(), &number, sizeof number);
        else
            std::memcpy(text_.data(), &number, text_.size());
        return text_;
    }
    bool is_of(std::uint64_t number, std::string_view got) const noexcept
    {
        if (got.size() != text_.size())
            return false;
        if (got.size() < sizeof number)
            return std::memcmp(got.data(), &number, got.size()) == 0;
        return std::memcmp(got.data(), &number, sizeof number) == 0 &&
               got.substr(sizeof number) == std::string_view{text_}.substr(sizeof number);
    }

private:
    std::string text_;
};

// What the callers of one loop share.
struct loop_share {
    client& db;
    bench_options const& options;
    bench_tally tally{};
    bench_value value{options.value_bytes};
};

// The kinds of command: how one is made for a key, and whether its reply is right.
struct get_kind {
    static auto make(loop_share&, std::string_view key, std::uint64_t) { return get(key); }
    static bool is_right(loop_share& share, std::uint64_t number,
                         std::optional<std::string> const& got)
    {
        return got && share.value.is_of(number, *got);
    }
};

struct set_kind {
    static auto make(loop_share& share, std::string_view key, std::uint64_t number)
    {
        return set(key, share.value.of(number));
    }
    static bool is_right(loop_share&, std::uint64_t, bool was_set) { return was_set; }
};

struct incr_kind {
    static auto make(loop_share&, std::string_view key, std::uint64_t) { return incr(key); }
    static bool is_right(loop_share&, std::uint64_t, std::int64_t counted) { return counted > 0; }
};

// One coroutine for each kind, so that the path that is measured has no switch on it.
template <class Kind>
task<> one(loop_share& share, std::string_view key, std::uint64_t number)
{
    auto const reply = co_await share.db.exec(Kind::make(share, key, number));
    if (!Kind::is_right(share, number, reply))
        ++share.tally.mismatches;
}

task<> one_of_mixed(loop_share& share, std::string_view key, std::uint64_t number)
{
    return mixed_sets(number) ? one<set_kind>(share, key, number)
                              : one<get_kind>(share, key, number);
}

template <class Kind>
void check_reply(loop_share& share, std::uint64_t number, auto const& reply)
{
    if (!reply)
        share.tally.note_failure(reply.error());
    else if (!Kind::is_right(share, number, *reply))
        ++share.tally.mismatches;
}

// The keys of a batch are apart from each other, so that neighbours in a batch are none among the keys.
std::uint64_t nth_of_batch(loop_share const& share, std::uint64_t drawn, std::size_t n)
{
    constexpr std::uint64_t stride = 7919;
    return (drawn + n * stride) % share.options.keys;
}

template <class Kind>
task<> several(loop_share& share, bench_key& key, std::uint64_t drawn)
{
    std::vector<decltype(Kind::make(share, {}, 0))> commands;
    commands.reserve(share.options.batch);
    for (std::size_t n = 0; n < share.options.batch; ++n) {
        auto const number = nth_of_batch(share, drawn, n);
        commands.push_back(Kind::make(share, key.of(number), number));
    }
    auto const replies = co_await share.db.exec(std::move(commands));
    for (std::size_t n = 0; n < replies.size(); ++n)
        check_reply<Kind>(share, nth_of_batch(share, drawn, n), replies[n]);
}

// Commands of different kinds need the batch that forgets their types.
task<> several_of_mixed(loop_share& share, bench_key& key, std::uint64_t drawn)
{
    batch commands;
    std::vector<batch_item<bool>> sets;
    std::vector<std::pair<std::uint64_t, batch_item<std::optional<std::string>>>> gets;
    for (std::size_t n = 0; n < share.options.batch; ++n) {
        auto const number = nth_of_batch(share, drawn, n);
        if (mixed_sets(number))
            sets.push_back(commands.add(set_kind::make(share, key.of(number), number)));
        else
            gets.emplace_back(number, commands.add(get(key.of(number))));
    }
    auto replies = co_await share.db.exec(std::move(commands));
    for (auto const item : sets)
        check_reply<set_kind>(share, 0, replies.take(item));
    for (auto const& [number, item] : gets)
        check_reply<get_kind>(share, number, replies.take(item));
}

// Awaits what `send` makes of each drawn number, and counts what becomes of it. One coroutine type for each kind of
// request: the compiler may keep an awaited frame inside the caller's, and a caller of one GET must not carry the room
// of a batch.
template <class Send>
task<> caller(loop_share& share, std::uint64_t rounds, Send send)
{
    auto const here = co_await this_context();
    bench_key key{prefix_for(share.options.command), share.options.keys};
    bench_numbers numbers{fast_random()};
    for (std::uint64_t round = 0; round < rounds; ++round) {
        auto const began = here.loop->now();
        try {
            co_await send(share, key, numbers.next() % share.options.keys);
        } catch (failure const& why) {
            share.tally.note_failure(why);
        }
        share.tally.latency.record(here.loop->now() - began);
    }
}

template <task<> (*One)(loop_share&, std::string_view, std::uint64_t)>
task<> caller_of(loop_share& share, std::uint64_t rounds)
{
    return caller(share, rounds, [](loop_share& s, bench_key& key, std::uint64_t drawn) {
        return One(s, key.of(drawn), drawn);
    });
}

template <task<> (*Several)(loop_share&, bench_key&, std::uint64_t)>
task<> caller_of_batches(loop_share& share, std::uint64_t rounds)
{
    return caller(share, rounds, [](loop_share& s, bench_key& key, std::uint64_t drawn) {
        return Several(s, key, drawn);
    });
}

task<> caller_for(loop_share& share, std::uint64_t rounds)
{
    auto const& command = share.options.command;
    bool const batches = share.options.batch > 1;
    if (command == "set")
        return batches ? caller_of_batches<several<set_kind>>(share, rounds)
                       : caller_of<one<set_kind>>(share, rounds);
    if (command == "incr")
        return batches ? caller_of_batches<several<incr_kind>>(share, rounds)
                       : caller_of<one<incr_kind>>(share, rounds);
    if (command == "mixed")
        return batches ? caller_of_batches<several_of_mixed>(share, rounds)
                       : caller_of<one_of_mixed>(share, rounds);
    return batches ? caller_of_batches<several<get_kind>>(share, rounds)
                   : caller_of<one<get_kind>>(share, rounds);
}

// The part of a whole that falls to one of several, so that the parts add up to it.
std::uint64_t part(std::uint64_t whole, std::uint64_t among, std::uint64_t index)
{
    return whole / among + (index < whole % among ? 1 : 0);
}

// Caller n of all lives on loop n % loops, and so do the frames of its coroutines.
task<> callers_of_loop(loop_share& share, std::size_t index, std::size_t loops)
{
    auto const& options = share.options;
    std::vector<task<>> all;
    for (auto n = index; n < options.concurrency; n += loops)
        all.push_back(
            caller_for(share, part(options.requests / options.batch, options.concurrency, n)));
    co_await when_all(std::move(all));
}

task<> send_to_loop(loop_share& share, loop& home, std::size_t loops)
{
    co_await on{home, callers_of_loop(share, home.index(), loops)};
}

task<> callers_of_all(runtime& loops, std::vector<loop_share>& shares)
{
    std::vector<task<>> all;
    for (std::size_t i = 0; i < loops.size(); ++i)
        all.push_back(send_to_loop(shares[i], loops.at(i), loops.size()));
    co_await when_all(std::move(all));
}

// Awaits `each` of every key's number, so many side by side that a value of any size finds room.
template <class Each>
task<> for_all_keys(bench_options const& options, Each each)
{
    constexpr std::size_t most_bytes = 16 << 20;
    auto const together = std::clamp<std::size_t>(most_bytes / options.value_bytes, 1, 1000);
    for (std::size_t first = 0; first < options.keys; first += together) {
        std::vector<task<>> chunk;
        for (auto i = first; i < std::min(first + together, options.keys); ++i)
            chunk.push_back(each(i));
        co_await when_all(std::move(chunk));
    }
}

task<> preload(loop_share& share)
{
    co_await for_all_keys(share.options, [&share](std::uint64_t number) {
        return [](loop_share& s, std::uint64_t of) -> task<> {
            bench_key key{prefix_for(s.options.command), s.options.keys};
            co_await s.db.exec(set(key.of(of), s.value.of(of)));
        }(share, number);
    });
}

// What the counters of all keys hold together, modulo 2^64. A counter that is not there is made, as INCR would.
task<std::uint64_t> sum_of_counters(loop_share& share)
{
    std::uint64_t sum = 0;
    co_await for_all_keys(share.options, [&](std::uint64_t number) {
        return [](loop_share& s, std::uint64_t of, std::uint64_t& into) -> task<> {
            bench_key key{prefix_for(s.options.command), s.options.keys};
            auto const held = co_await s.db.exec(incrby(key.of(of), 0));
            into += static_cast<std::uint64_t>(held);
        }(share, number, sum);
    });
    co_return sum;
}

// Increments that are missing, or that nobody made. One that failed may have been applied or not.
std::uint64_t miscounted(std::uint64_t counted, std::uint64_t sent, bench_tally const& tally)
{
    auto const acknowledged = sent - tally.errors;
    if (counted < acknowledged)
        return acknowledged - counted;
    return counted > sent ? counted - sent : 0;
}

double cpu_seconds()
{
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    auto const seconds = [](timeval t) { return double(t.tv_sec) + double(t.tv_usec) * 1e-6; };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

bench_report measure(runtime& loops, std::vector<loop_share>& shares)
{
    bench_report report;
    auto const cpu_before = cpu_seconds();
    auto const began = boot_clock::now();
    loops.run(callers_of_all(loops, shares));
    report.seconds = std::chrono::duration<double>(boot_clock::now() - began).count();
    report.cpu_seconds = cpu_seconds() - cpu_before;
    for (auto const& share : shares)
        report.total.add(share.tally);
    return report;
}

void meet_server(runtime& loops, client& db)
{
    try {
        loops.run(db.connect());
    } catch (failure const& why) {
        throw std::runtime_error{"cannot use " + describe(db.options()) + ": " + why.what()};
    }
}

bench_report prepare_and_measure(runtime& loops, client& db, bench_options const& options)
{
    meet_server(loops, db);
    std::vector<loop_share> shares;
    for (std::size_t i = 0; i < loops.size(); ++i)
        shares.push_back({db, options});
    if (options.command != "incr") {
        loops.run(preload(shares.front()));
        return measure(loops, shares);
    }
    auto const before = loops.run(sum_of_counters(shares.front()));
    auto report = measure(loops, shares);
    auto const counted = loops.run(sum_of_counters(shares.front())) - before;
    report.total.mismatches += miscounted(counted, options.requests, report.total);
    return report;
}

}  // namespace

std::expected<void, std::string> check(bench_options const& options)
{
    auto const batch = std::to_string(options.batch);
    if (options.requests % options.batch != 0)
        return std::unexpected{"--requests " + std::to_string(options.requests) +
                               " does not divide into batches of " + batch};
    if (options.requests / options.batch < options.concurrency)
        return std::unexpected{"--requests " + std::to_string(options.requests) +
                               " leaves some of the " + std::to_string(options.concurrency) +
                               " callers (--concurrency) without a batch of " + batch};
    return {};
}

int run_bench(bench_options const& options)
{
    runtime loops{{.loops = options.threads}};
    client db{loops, options.server};
    bench_report report;
    try {
        report = prepare_and_measure(loops, db, options);
    } catch (...) {
        loops.run(db.stop());
        throw;
    }
    loops.run(db.stop());
    print(report, options);
    return report.total.errors + report.total.mismatches == 0 ? 0 : 1;
}

}  // namespace redstart::app
