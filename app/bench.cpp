#include "app/bench.hpp"

#include "app/bench_report.hpp"
#include "redstart/base/random.hpp"
#include "redstart/client/client.hpp"
#include "redstart/command/strings.hpp"
#include "redstart/task/when_all.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace redstart::app {

namespace {

// "bench:000000000042": 18 bytes, of which only the last digits change.
class bench_key {
public:
    bench_key(std::string_view prefix, std::uint64_t numbers) noexcept
    {
        text_.fill('0');
        std::ranges::copy(prefix, text_.begin());
        for (changing_ = 1; numbers > 10; numbers /= 10)
            ++changing_;
    }
    std::string_view of(std::uint64_t number) noexcept
    {
        for (std::size_t at = text_.size(); at > text_.size() - changing_; number /= 10)
            text_[--at] = static_cast<char>('0' + number % 10);
        return {text_.data(), text_.size()};
    }

private:
    std::array<char, 18> text_{};
    std::size_t changing_ = 0;
};

// What every caller of the run shares. Tallies have one loop each.
struct bench_run {
    client& db;
    bench_options const& options;
    std::string value;
};

struct caller_tally {
    bench_tally& into;
    bench_run const& run;

    void check_value(std::optional<std::string> const& got) const
    {
        if (!got || got->size() != run.value.size() || *got != run.value)
            ++into.mismatches;
    }
};

// The kinds of command, one coroutine each, so that the path that is measured has no switch on it.
task<> one_get(bench_run const& run, bench_tally& tally, std::string_view key)
{
    caller_tally{tally, run}.check_value(co_await run.db.exec(get(key)));
}

task<> one_set(bench_run const& run, bench_tally& tally, std::string_view key)
{
    if (!co_await run.db.exec(set(key, run.value)))
        ++tally.mismatches;
}

task<> one_incr(bench_run const& run, bench_tally& tally, std::string_view key)
{
    if (co_await run.db.exec(incr(key)) <= 0)
        ++tally.mismatches;
}

template <std::size_t Batch>
task<> gets_together(bench_run const& run, bench_tally& tally, bench_key& key, std::uint64_t drawn)
{
    auto const nth = [&](std::size_t n) { return key.of((drawn + n * 7919) % run.options.keys); };
    auto const replies = co_await [&]<std::size_t... Index>(std::index_sequence<Index...>) {
        return run.db.exec(get(nth(Index))...);
    }(std::make_index_sequence<Batch>{});
    std::apply([&](auto const&... each) { (caller_tally{tally, run}.check_value(each), ...); },
               replies);
}

struct mix {
    std::uint64_t state;
    std::uint64_t next() noexcept
    {
        state = state * 6364136223846793005u + 1442695040888963407u;
        return state >> 33;
    }
};

// Nine reads to one write.
task<> one_of_mixed(bench_run const& run, bench_tally& tally, std::string_view key)
{
    return key.back() == '0' ? one_set(run, tally, key) : one_get(run, tally, key);
}

// Awaits what `send` makes of each drawn number, and counts what becomes of it. One coroutine type for each kind of
// request: the compiler may keep an awaited frame inside the caller's, and a caller of one GET must not carry the room
// of a hundred.
template <class Send>
task<> caller(bench_run const& run, bench_tally& tally, std::uint64_t rounds, Send send)
{
    auto const here = co_await this_context();
    bench_key key{run.options.command == "incr" ? "count:" : "bench:", run.options.keys};
    mix numbers{fast_random()};
    for (std::uint64_t round = 0; round < rounds; ++round) {
        auto const began = here.loop->now();
        try {
            co_await send(run, tally, key, numbers.next() % run.options.keys);
        } catch (failure const& why) {
            tally.note_failure(why);
        }
        tally.latency.record(here.loop->now() - began);
    }
}

template <task<> (*One)(bench_run const&, bench_tally&, std::string_view)>
task<> caller_of(bench_run const& run, bench_tally& tally, std::uint64_t rounds)
{
    return caller(run, tally, rounds,
                  [](auto const& r, auto& t, bench_key& key, std::uint64_t drawn) {
                      return One(r, t, key.of(drawn));
                  });
}

template <std::size_t Batch>
task<> caller_of_batches(bench_run const& run, bench_tally& tally, std::uint64_t rounds)
{
    return caller(run, tally, rounds,
                  [](auto const& r, auto& t, bench_key& key, std::uint64_t drawn) {
                      return gets_together<Batch>(r, t, key, drawn);
                  });
}

task<> caller_for(bench_run const& run, bench_tally& tally, std::uint64_t requests)
{
    auto const rounds = requests / run.options.batch;
    if (run.options.batch == 100)
        return caller_of_batches<100>(run, tally, rounds);
    if (run.options.batch == 10)
        return caller_of_batches<10>(run, tally, rounds);
    if (run.options.command == "set")
        return caller_of<one_set>(run, tally, rounds);
    if (run.options.command == "incr")
        return caller_of<one_incr>(run, tally, rounds);
    return run.options.command == "mixed" ? caller_of<one_of_mixed>(run, tally, rounds)
                                          : caller_of<one_get>(run, tally, rounds);
}

task<> callers_of_loop(bench_run const& run, bench_tally& tally, std::size_t callers,
                       std::uint64_t requests)
{
    std::vector<task<>> all;
    for (std::size_t i = 0; i < callers; ++i)
        all.push_back(caller_for(run, tally, requests / callers));
    co_await when_all(std::move(all));
}

task<> preload(bench_run const& run)
{
    bench_key key{"bench:", run.options.keys};
    constexpr std::size_t together = 1000;
    for (std::size_t first = 0; first < run.options.keys; first += together) {
        std::vector<task<>> chunk;
        auto const last = std::min(first + together, run.options.keys);
        for (std::size_t i = first; i < last; ++i)
            chunk.push_back([](bench_run const& r, std::string name) -> task<> {
                co_await r.db.exec(set(name, r.value));
            }(run, std::string{key.of(i)}));
        co_await when_all(std::move(chunk));
    }
}

double cpu_seconds()
{
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    auto const seconds = [](timeval t) { return double(t.tv_sec) + double(t.tv_usec) * 1e-6; };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

bench_report measure(runtime& loops, bench_run const& run)
{
    auto const& options = run.options;
    std::vector<bench_tally> tallies(loops.size());
    auto const cpu_before = cpu_seconds();
    auto const began = boot_clock::now();
    {
        std::vector<std::jthread> waiting;
        for (std::size_t i = 0; i < loops.size(); ++i)
            waiting.emplace_back([&, i] {
                loops.run(
                    callers_of_loop(run, tallies[i],
                                    std::max<std::size_t>(1, options.concurrency / loops.size()),
                                    options.requests / loops.size()),
                    i);
            });
    }
    bench_report report;
    report.seconds = std::chrono::duration<double>(boot_clock::now() - began).count();
    report.cpu_seconds = cpu_seconds() - cpu_before;
    for (auto const& tally : tallies)
        report.total.add(tally);
    return report;
}

}  // namespace

int run_bench(bench_options const& options)
{
    runtime loops{{.loops = options.threads}};
    client db{loops, options.server};
    bench_run const run{db, options, std::string(options.value_bytes, 'v')};
    loops.run(db.connect());
    loops.run(preload(run));
    auto const report = measure(loops, run);
    loops.run(db.stop());
    print(report, options);
    return report.total.errors + report.total.mismatches == 0 ? 0 : 1;
}

}  // namespace redstart::app
