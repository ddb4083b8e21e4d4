// What a rate limit costs: bench_limits <redis URL> <decisions> <callers>.
//
// Decisions of a token bucket through the client, each caller asking for one subject of 10,000 after the other; and
// refusals from memory to one who hammers and to 10,000 who do, by the CPU time that they take. Prints how many there
// are in a second.

#include "redstart/client/client.hpp"
#include "redstart/task/when_all.hpp"
#include "redstart/toolkit/limits/guarded_limiter.hpp"
#include "redstart/toolkit/limits/token_bucket.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace redstart;
using namespace std::chrono_literals;

constexpr std::size_t many = 10'000;

// As valkey-benchmark writes its random numbers.
std::vector<std::string> subjects()
{
    std::vector<std::string> all(many);
    for (std::size_t i = 0; i < many; ++i) {
        auto const number = std::to_string(i);
        all[i] = std::string(12 - number.size(), '0') + number;
    }
    return all;
}

class watch {
public:
    double per_second(long count) const
    {
        std::chrono::duration<double> const took = std::chrono::steady_clock::now() - began_;
        return static_cast<double>(count) / took.count();
    }

private:
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

// By the CPU time of this thread, which does not wait: what else the machine does is not counted.
class cpu_watch {
public:
    double per_second(long count) const { return static_cast<double>(count) / (now() - began_); }

private:
    static double now()
    {
        timespec reading{};
        ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &reading);
        return static_cast<double>(reading.tv_sec) + static_cast<double>(reading.tv_nsec) / 1e9;
    }
    double began_ = now();
};

task<> ask(toolkit::token_bucket const& calls, std::vector<std::string> const& all, long times,
           unsigned seed)
{
    std::minstd_rand random{seed + 1};
    for (long i = 0; i < times; ++i)
        if (!(co_await calls.acquire(all[random() % many])).allowed)
            throw std::runtime_error{"a bucket was empty"};
}

// So much comes back that no bucket is ever empty: each decision is a charge.
task<double> decisions(client& db, long times, unsigned callers)
{
    toolkit::token_bucket const calls{
        db, {.name = "bench", .count = 1'000'000, .period = 1s, .burst = 1'000'000}};
    auto const all = subjects();
    co_await ask(calls, all, 100, 0);
    std::vector<task<>> crowd;
    for (unsigned i = 0; i < callers; ++i)
        crowd.push_back(ask(calls, all, std::max(1L, times / callers), i));
    watch const began;
    co_await when_all(std::move(crowd));
    co_return began.per_second(std::max(1L, times / callers) * callers);
}

task<double> refusals(toolkit::guarded_limiter const& calls, std::vector<std::string> const& all,
                      long times)
{
    for (auto const& each : all)
        while ((co_await calls.acquire(each)).allowed) {}
    auto const asked = calls.counts().asked;
    cpu_watch const began;
    for (std::size_t i = 0; i < static_cast<std::size_t>(times); ++i)
        if ((co_await calls.acquire(all[i % all.size()])).allowed)
            throw std::runtime_error{"somebody was let in"};
    auto const rate = began.per_second(times);
    if (calls.counts().asked != asked)
        throw std::runtime_error{"the server was asked about somebody who was remembered"};
    co_return rate;
}

double refusals_without_coroutine(toolkit::guarded_limiter const& calls, std::string const& who,
                                  long times)
{
    cpu_watch const began;
    for (long i = 0; i < times; ++i)
        if (!calls.refusal(who))
            throw std::runtime_error{"somebody was let in"};
    return began.per_second(times);
}

toolkit::guarded_limiter guarded(client& db)
{
    return toolkit::guarded_limiter{
        toolkit::token_bucket{db, {.name = "closed", .count = 1, .period = 24h, .burst = 1}},
        {.timeout = 1min, .remembered = 8 * many}};
}

void measure(client_options const& options, long times, unsigned callers)
{
    runtime loops{{.loops = 1}};
    client db{loops, options};
    std::printf("decisions: %.0f\n", loops.run(decisions(db, times, callers)));
    auto const calls = guarded(db);
    std::printf("refused from memory, one: %.0f\n",
                loops.run(refusals(calls, {"000000000042"}, times * 10)));
    std::printf("refused from memory, many: %.0f\n",
                loops.run(refusals(calls, subjects(), times * 10)));
    std::printf("refused without a coroutine: %.0f\n",
                refusals_without_coroutine(calls, "000000000042", times * 10));
    loops.run(db.stop());
}

}  // namespace

int main(int count, char** arguments)
{
    if (count != 4)
        return std::fprintf(stderr, "bench_limits <redis URL> <decisions> <callers>\n"), 2;
    auto const options = parse_redis_url(arguments[1]);
    if (!options)
        return std::fprintf(stderr, "%s\n", options.error().c_str()), 2;
    try {
        measure(*options, std::max(1L, std::atol(arguments[2])),
                static_cast<unsigned>(std::clamp(std::atoi(arguments[3]), 1, 10'000)));
    } catch (std::exception const& error) {
        return std::fprintf(stderr, "%s\n", error.what()), 1;
    }
}
