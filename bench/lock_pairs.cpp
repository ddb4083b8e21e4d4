// What a lock costs beside its scripts: bench_lock_pairs <redis URL> <rounds> <pairs of a round>.
//
// The same two scripts, on the same keys, at the same depth: once sent by the lock, which acquires and releases, and
// once as bare EVALSHA. They take turns. A pair is two round trips, so 0.5 would be a lock that costs nothing.

#include "redstart/base/random.hpp"
#include "redstart/client/client.hpp"
#include "redstart/task/when_all.hpp"
#include "redstart/toolkit/locks/lock.hpp"
#include "redstart/toolkit/locks/lock_place.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

using namespace redstart;
using namespace redstart::toolkit;

constexpr int callers = 64;
constexpr lock_terms terms{};

task<> pairs_of_locks(lock& locks, int caller, long pairs)
{
    auto const name = std::to_string(caller);
    for (long i = 0; i < pairs; ++i) {
        auto held = co_await locks.try_acquire(name);
        if (!held || co_await held->release() != release_result::released)
            throw std::runtime_error{"a lock was not free"};
    }
}

task<> pairs_of_scripts(client& db, int caller, long pairs)
{
    auto const name = "redstart:lock:default:{" + std::to_string(caller) + "}";
    toolkit_detail::lock_place const place{.scripts = &toolkit_detail::exclusive_scripts(),
                                           .lock = key<std::string>{name},
                                           .fence = key<std::string>{name + ":fence"}};
    auto const token = random_token();
    for (long i = 0; i < pairs; ++i) {
        auto const answer = co_await db.exec(place.acquire({token, terms.ttl, false, false}));
        if (!std::get<0>(answer) || co_await db.exec(place.release(token, "news")) != 1)
            throw std::runtime_error{"a lock was not free"};
    }
}

// Pairs in a second.
template <class Work>
double rate(runtime& loops, long pairs, Work one)
{
    auto const crowd = [&]() -> task<> {
        std::vector<task<>> all;
        for (int caller = 0; caller < callers; ++caller)
            all.push_back(one(caller, pairs / callers));
        co_await when_all(std::move(all));
    };
    auto const before = boot_clock::now();
    loops.run(crowd());
    std::chrono::duration<double> const took = boot_clock::now() - before;
    auto const made = pairs - pairs % callers;
    return static_cast<double>(made) / took.count();
}

double median(std::vector<double> values)
{
    std::ranges::sort(values);
    return values[values.size() / 2];
}

void measure(client_options const& options, int rounds, long pairs)
{
    runtime loops{{.loops = 1}};
    client db{loops, options};
    lock locks{db, {}};
    std::vector<double> by_locks;
    std::vector<double> by_scripts;
    std::vector<double> ratios;
    for (int round = 0; round <= rounds; ++round) {
        auto const with_locks = [&] {
            return rate(loops, pairs,
                        [&](int caller, long each) { return pairs_of_locks(locks, caller, each); });
        };
        auto const with_scripts = [&] {
            return rate(loops, pairs,
                        [&](int caller, long each) { return pairs_of_scripts(db, caller, each); });
        };
        bool const locks_first = round % 2 == 0;  // each takes its turn at that
        double const before = locks_first ? with_locks() : with_scripts();
        double const after = locks_first ? with_scripts() : with_locks();
        double const mine = locks_first ? before : after;
        double const bare = locks_first ? after : before;
        if (round == 0)
            continue;  // to warm up
        by_locks.push_back(mine);
        by_scripts.push_back(2 * bare);
        ratios.push_back(mine / (2 * bare));
    }
    loops.run(locks.stop());
    loops.run(db.stop());
    std::printf("lock pairs: %.0f/s\nEVALSHA: %.0f/s\nratio: %.3f\n", median(by_locks),
                median(by_scripts), median(ratios));
}

}  // namespace

int main(int count, char** arguments)
{
    if (count != 4)
        return std::fprintf(stderr, "bench_lock_pairs <redis URL> <rounds> <pairs>\n"), 2;
    auto const options = parse_redis_url(arguments[1]);
    if (!options)
        return std::fprintf(stderr, "%s\n", options.error().c_str()), 2;
    try {
        measure(*options, std::max(1, std::atoi(arguments[2])),
                std::max<long>(callers, std::atol(arguments[3])));
    } catch (std::exception const& error) {
        return std::fprintf(stderr, "%s\n", error.what()), 1;
    }
}
