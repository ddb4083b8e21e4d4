// What a Bloom filter costs against the number of its keys: bench_bloom_cost <redis URL> <most keys> <rounds>.
//
// For 1000, 10,000 ... keys at a rate of 1 %: one caller adds and asks, one key at a time and in batches of 100. Prints
// a table: what the server took of each command by its own count (INFO commandstats), and one round trip of the caller.
// The server is of nobody else: its statistics are reset, and the filter is removed.

#include "redstart/client/client.hpp"
#include "redstart/command/server.hpp"
#include "redstart/toolkit/bloom/bloom_filter.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

using namespace redstart;
using clock_type = std::chrono::steady_clock;

constexpr std::size_t batch_size = 100;

std::vector<std::string> keys_from(std::size_t first, std::size_t count)
{
    std::vector<std::string> keys;
    for (std::size_t i = first; i < first + count; ++i)
        keys.push_back("key:" + std::to_string(i));
    return keys;
}

task<> fill(toolkit::bloom_filter filter, std::size_t count)
{
    auto const build = co_await filter.rebuild();
    for (std::size_t first = 0; first < count; first += 1000)
        co_await build.add_all(keys_from(first, std::min<std::size_t>(1000, count - first)));
    co_await build.finish();
}

// "cmdstat_evalsha:calls=7,usec=70,usec_per_call=10.00,...": of scripts, their own commands are in it.
double server_us_per_script(server_info const& statistics)
{
    auto const line = std::string{statistics.field("cmdstat_evalsha").value_or("")};
    auto const at = line.find("usec_per_call=");
    return at == std::string::npos ? 0 : std::strtod(line.c_str() + at + 14, nullptr);
}

struct cost {
    double server_us = 0;
    double round_trip_us = 0;
};

// One operation after the other.
template <class Operation>
task<cost> cost_of(client& db, std::size_t rounds, Operation operation)
{
    co_await operation(0);  // the script is known from here on
    co_await db.exec(raw<ok>("CONFIG RESETSTAT"));
    auto const began = clock_type::now();
    for (std::size_t i = 1; i <= rounds; ++i)
        co_await operation(i);
    std::chrono::duration<double, std::micro> const took = clock_type::now() - began;
    auto const statistics = co_await db.exec(info("commandstats"));
    co_return cost{server_us_per_script(statistics), took.count() / double(rounds)};
}

void print(cost const& one) { std::printf(" %.1f / %.0f |", one.server_us, one.round_trip_us); }

task<> measure(client& db, std::size_t keys, std::size_t rounds)
{
    toolkit::bloom_filter const filter{db, {.name = "bench", .capacity = keys}};
    auto const began = clock_type::now();
    co_await fill(filter, keys);
    std::chrono::duration<double> const built = clock_type::now() - began;
    std::printf("| %zu | %.1f |", keys, double(filter.shape().bits()) / 8000);
    auto const there = keys_from(0, std::min(keys, rounds + 1));
    auto const batch = keys_from(0, batch_size);
    print(co_await cost_of(
        db, rounds, [&](std::size_t i) { return filter.might_contain(there[i % there.size()]); }));
    print(co_await cost_of(db, rounds, [&](std::size_t i) {
        return filter.might_contain("absent:" + std::to_string(i));
    }));
    print(co_await cost_of(db, rounds,
                           [&](std::size_t i) { return filter.add(there[i % there.size()]); }));
    auto const batches = rounds / 10 + 1;
    print(co_await cost_of(db, batches,
                           [&](std::size_t) { return filter.might_contain_all(batch); }));
    print(co_await cost_of(db, batches, [&](std::size_t) { return filter.add_all(batch); }));
    auto const report_began = clock_type::now();
    co_await filter.report();
    std::chrono::duration<double, std::micro> const reported = clock_type::now() - report_began;
    std::printf(" %.0f | %.2f |\n", reported.count(), built.count() * 1e6 / double(keys));
    co_await filter.erase();
}

task<> measure_all(client& db, std::size_t most, std::size_t rounds)
{
    std::printf("| keys | KB | present | absent | add | 100 asked | 100 added | report, us | "
                "built, us a key |\n"
                "|---|---|---|---|---|---|---|---|---|\n");
    for (std::size_t keys = 1000; keys <= most; keys *= 10)
        co_await measure(db, keys, rounds);
}

}  // namespace

int main(int count, char** arguments)
{
    if (count != 4)
        return std::fprintf(stderr, "bench_bloom_cost <redis URL> <most keys> <rounds>\n"), 2;
    auto const options = parse_redis_url(arguments[1]);
    if (!options)
        return std::fprintf(stderr, "%s\n", options.error().c_str()), 2;
    runtime loops{{.loops = 1}};
    client db{loops, *options};
    int status = 0;
    try {
        loops.run(measure_all(db, std::strtoull(arguments[2], nullptr, 10),
                              std::strtoull(arguments[3], nullptr, 10)));
    } catch (std::exception const& error) {
        std::fprintf(stderr, "%s\n", error.what());
        status = 1;
    }
    loops.run(db.stop());
    return status;
}
