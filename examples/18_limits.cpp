// How often somebody may: four ways of counting, and what they answer.
//
//     18_limits [redis://[user:password@]host[:port] | unix:///path/to.sock]

#include "redstart/client/client.hpp"
#include "redstart/toolkit/limits/concurrency_limiter.hpp"
#include "redstart/toolkit/limits/fixed_window.hpp"
#include "redstart/toolkit/limits/guarded_limiter.hpp"
#include "redstart/toolkit/limits/leased_bucket.hpp"
#include "redstart/toolkit/limits/limit_rules.hpp"
#include "redstart/toolkit/limits/limiter.hpp"
#include "redstart/toolkit/limits/sliding_counter.hpp"
#include "redstart/toolkit/limits/sliding_window.hpp"
#include "redstart/toolkit/limits/token_bucket.hpp"

#include <cstdlib>
#include <iostream>
#include <vector>

namespace {

char const* address(int count, char const* const* arguments)
{
    if (count > 1)
        return arguments[1];
    auto const* const from_environment = std::getenv("REDIS_URL");
    return from_environment ? from_environment : "redis://127.0.0.1:6379";
}

}  // namespace

using namespace redstart;
using namespace std::chrono_literals;

// [acquire]
task<> knock(toolkit::limiter const& calls)
{
    auto const before = co_await calls.peek("ada");  // takes nothing
    int allowed = 0;
    for (int i = 0; i < 10; ++i)
        allowed += (co_await calls.acquire("ada")).allowed ? 1 : 0;
    std::cout << calls.policy().name << ": " << before.remaining << " remained, " << allowed
              << " of 10 were allowed\n";
    auto const greedy = co_await calls.acquire("ada", 5);
    if (!greedy.allowed)
        std::cout << (greedy.never ? "    5 at once never are\n" : "    5 at once must wait\n");
}
// [acquire]

// [four]
std::vector<toolkit::limiter> all(client& db)
{
    return {toolkit::sliding_window{db, {.name = "exact", .limit = 3, .window = 60s}},
            toolkit::fixed_window{db, {.name = "cheap", .limit = 3, .window = 60s}},
            toolkit::sliding_counter{db, {.name = "estimate", .limit = 3, .window = 60s}},
            toolkit::token_bucket{db, {.name = "even", .count = 3, .period = 60s, .burst = 3}}};
}
// [four]

// [bucket]
task<> fill_a_basket(client& db)
{
    // At most 100 in any minute: 20 at once, and the rest of it evenly.
    toolkit::token_bucket const pages{db, toolkit::hard_cap(100, 60s, 20)};
    auto const [taken, decision] = co_await pages.acquire_up_to("ada", 50);
    std::cout << taken << " of 50 pages, at most " << pages.most_in(60s) << " in a minute\n";
}
// [bucket]

// [guard]
task<> hammer(client& db)
{
    toolkit::guarded_limiter const calls{
        toolkit::token_bucket{db, {.name = "guarded", .count = 3, .period = 1h, .burst = 3}},
        {.fallback = toolkit::limit_fallback::local, .timeout = 5s, .instances = 4}};
    for (int i = 0; i < 1000; ++i)
        co_await calls.acquire("mallory");
    std::cout << "1000 calls, " << calls.counts().asked << " of them to the server\n";
}
// [guard]

// [shadow]
task<> try_a_limit(client& db)
{
    toolkit::guarded_limiter const calls{
        toolkit::token_bucket{db, {.name = "tried", .count = 3, .period = 1h, .burst = 3}},
        {.timeout = 5s, .shadow = true}};
    int allowed = 0, would_not_be = 0;
    for (int i = 0; i < 10; ++i) {
        auto const decided = co_await calls.acquire("ada");
        allowed += decided.allowed ? 1 : 0;
        would_not_be += decided.shadowed ? 1 : 0;
    }
    std::cout << allowed << " calls were let through, " << would_not_be << " would not be\n";
}
// [shadow]

// [lease]
task<> serve_a_tenant(client& db)
{
    toolkit::leased_bucket const calls{
        toolkit::token_bucket{db, {.name = "tenants", .count = 1000, .period = 1h, .burst = 1000}},
        {.tokens = 100, .keep = 10min}};
    int allowed = 0;
    for (int i = 0; i < 500; ++i)  // five of them go to the server
        allowed += (co_await calls.acquire("acme")).allowed ? 1 : 0;
    std::cout << allowed << " calls of a tenant\n";
}
// [lease]

// [rules]
task<> obey_two(client& db)
{
    toolkit::limit_rules const calls{
        db,
        {.name = "both",
         .rules = {{.name = "minute", .count = 10, .period = 1min, .burst = 10},
                   {.name = "day", .count = 15, .period = 24h, .burst = 15}}}};
    co_await calls.acquire("ada", 10);
    for (auto const& [rule, decision] : co_await calls.acquire_each("ada", 5))
        std::cout << rule << ": " << (decision.allowed ? "yes" : "no") << ", " << decision.remaining
                  << " remain\n";  // neither was charged
}
// [rules]

// [permits]
task<> upload(client& db)
{
    toolkit::concurrency_limiter const uploads{db, {.name = "uploads", .limit = 1, .hold = 30s}};
    auto const store = [&]() -> task<int> {
        auto const another = co_await uploads.acquire("ada");  // to be renewed and released by hand
        co_return another.allowed ? 2 : 1;
    };
    auto const stored = co_await uploads.run("ada", store);
    if (stored)  // nothing: there was no place
        std::cout << *stored << " at a time\n";
}
// [permits]

task<> work(client& db)
{
    for (auto const& each : all(db))
        co_await knock(each);
    co_await fill_a_basket(db);
    co_await hammer(db);
    co_await try_a_limit(db);
    co_await serve_a_tenant(db);
    co_await obey_two(db);
    co_await upload(db);
}

int main(int count, char** arguments)
{
    auto const options = parse_redis_url(address(count, arguments));
    if (!options) {
        std::cerr << options.error() << '\n';
        return 2;
    }
    runtime loops;
    client db{loops, *options};
    int status = 0;
    try {
        loops.run(work(db));
    } catch (failure const& why) {
        std::cerr << why.what() << '\n';
        status = 1;
    }
    loops.run(db.stop());
    return status;
}
