#include "bench/sizes/sized.hpp"
#include "redstart/command/sorted_sets.hpp"
#include "redstart/toolkit/limits/concurrency_limiter.hpp"
#include "redstart/toolkit/limits/fixed_window.hpp"
#include "redstart/toolkit/limits/limit_rules.hpp"
#include "redstart/toolkit/limits/sliding_counter.hpp"
#include "redstart/toolkit/limits/sliding_window.hpp"
#include "redstart/toolkit/limits/token_bucket.hpp"

#include <stdexcept>

namespace redstart::sizes {

namespace {

using std::chrono::hours;

constexpr std::uint32_t plenty = 1'000'000;
constexpr std::uint32_t longest_log = 10'000;
constexpr std::int64_t callers = 64;  // of main.cpp

// One that has seen n subjects, and lets in whoever comes.
template <class Limiter>
task<prepared> with_subjects(Limiter limiter, std::int64_t n, std::string promise = "O(1)")
{
    auto const acquire = [=](std::uint64_t chance) {
        return discard(limiter.acquire(one_of(n, chance)));
    };
    co_await for_each_below(n, acquire);
    co_return prepared{{{"acquire", std::move(promise), acquire}}};
}

task<prepared> prepare_fixed(client& db, std::int64_t n)
{
    return with_subjects(toolkit::fixed_window{db, {.limit = plenty, .window = hours{1}}}, n);
}

task<prepared> prepare_counter(client& db, std::int64_t n)
{
    return with_subjects(toolkit::sliding_counter{db, {.limit = plenty, .window = hours{1}}}, n);
}

task<prepared> prepare_bucket(client& db, std::int64_t n)
{
    return with_subjects(
        toolkit::token_bucket{db, {.count = plenty, .period = hours{1}, .burst = 1000}}, n);
}

task<prepared> prepare_rules(client& db, std::int64_t n)
{
    using std::chrono::seconds;
    return with_subjects(
        toolkit::limit_rules{
            db,
            {.rules = {{.name = "second", .count = 1000, .period = seconds{1}, .burst = 1000},
                       {.name = "hour", .count = plenty, .period = hours{1}, .burst = 10'000},
                       {.name = "day", .count = plenty, .period = hours{24}, .burst = 100'000}}}},
        n, "O(rules)");
}

// So that the log stays as long as it is.
task<> acquire_and_forget(client& db, task<toolkit::limit_decision> acquiring)
{
    if (!(co_await std::move(acquiring)).allowed)
        throw std::runtime_error{"the limiter was full"};
    co_await db.exec(zpopmin(key<zset<std::string>>{"redstart:window:default:3600000000us:{all}"}));
}

task<prepared> prepare_window(client& db, std::int64_t n)
{
    toolkit::sliding_window const limiter{db, {.limit = longest_log, .window = hours{1}}};
    toolkit::sliding_window const full{
        db, {.limit = static_cast<std::uint32_t>(n - callers), .window = hours{1}}};
    auto const fill = [=](std::uint64_t) { return discard(limiter.acquire("all")); };
    co_await for_each_below(n - callers, fill);
    auto const acquire = [=, &db](std::uint64_t) {
        return acquire_and_forget(db, limiter.acquire("all"));
    };
    auto const refuse = [=](std::uint64_t) { return discard(full.acquire("all", 2)); };
    auto const peek = [=](std::uint64_t) { return discard(limiter.peek("all")); };
    co_return prepared{{{"acquire, and ZPOPMIN", "O(log n)", acquire},
                        {"acquire 2, refused", "O(log n)", refuse},
                        {"peek", "O(log n)", peek}}};
}

task<> take_and_give(toolkit::concurrency_limiter limiter)
{
    auto const got = co_await limiter.acquire("all");
    if (!got.allowed || !co_await limiter.release(got.held))
        throw std::runtime_error{"there was no place"};
}

task<prepared> prepare_permits(client& db, std::int64_t n)
{
    toolkit::concurrency_limiter const limiter{db, {.limit = longest_log, .hold = hours{1}}};
    auto const fill = [=](std::uint64_t) { return discard(limiter.acquire("all")); };
    co_await for_each_below(n - callers, fill);
    auto const pair = [=](std::uint64_t) { return take_and_give(limiter); };
    co_return prepared{{{"acquire and release", "O(log n)", pair}}};
}

}  // namespace

std::vector<pattern> limit_patterns()
{
    return {{.name = "fixed_window", .of = "subjects", .prepare = prepare_fixed},
            {.name = "sliding_counter", .of = "subjects", .prepare = prepare_counter},
            {.name = "token_bucket", .of = "subjects", .prepare = prepare_bucket},
            {.name = "limit_rules, 3", .of = "subjects", .prepare = prepare_rules},
            {.name = "sliding_window",
             .of = "calls in the log",
             .most = longest_log,
             .prepare = prepare_window},
            {.name = "concurrency_limiter",
             .of = "permits held",
             .most = longest_log,
             .prepare = prepare_permits}};
}

}  // namespace redstart::sizes
