#include "bench/sizes/sized.hpp"
#include "redstart/command/sorted_sets.hpp"
#include "redstart/command/strings.hpp"
#include "redstart/toolkit/locks/lock.hpp"
#include "redstart/toolkit/locks/lock_place.hpp"
#include "redstart/toolkit/locks/read_write_lock.hpp"
#include "redstart/toolkit/locks/semaphore.hpp"

#include <memory>
#include <optional>
#include <stdexcept>
#include <tuple>

namespace redstart::sizes {

namespace {

using toolkit::held_lock;

constexpr std::int64_t at_once = 5'000;
constexpr std::uint32_t most_permits = 10'000;
constexpr std::int64_t callers = 64;  // of main.cpp, each of whom holds one
// Nobody renews meanwhile.
constexpr toolkit::lock_terms terms{.ttl = std::chrono::hours{12}};

task<> give_back(task<std::optional<held_lock>> acquiring)
{
    auto held = co_await std::move(acquiring);
    if (!held || co_await held->release() != toolkit::release_result::released)
        throw std::runtime_error{"a lock was not free"};
}

// As if others held them.
task<> hold(client& db, std::int64_t n)
{
    auto const some = [&](std::uint64_t first, std::uint64_t end) {
        std::vector<std::pair<std::string, std::string>> all;
        for (auto i = first; i < end; ++i)
            all.emplace_back("redstart:lock:default:{" + name_of(i) + "}",
                             std::string(32, 'f') + ":1763726400000000");
        return ask(db, mset(all));
    };
    co_await in_batches(n, at_once, some);
}

task<prepared> prepare_lock(client& db, std::int64_t n)
{
    co_await hold(db, n);
    auto const locks = std::make_shared<toolkit::lock>(db, toolkit::lock_options{.terms = terms});
    auto const pair = [=](std::uint64_t chance) {
        return give_back(locks->try_acquire("free:" + std::to_string(chance)));
    };
    co_return prepared{{{"acquire and release", "O(1)", pair}}, [=] { return locks->stop(); }};
}

task<> keep(toolkit::semaphore& of, std::vector<held_lock>& all)
{
    all.push_back((co_await of.try_acquire("all")).value());
}

task<> let_go(std::shared_ptr<toolkit::semaphore> of, std::shared_ptr<std::vector<held_lock>> all)
{
    all->clear();
    co_await of->stop();
}

task<prepared> prepare_semaphore(client& db, std::int64_t n)
{
    auto const permits = std::make_shared<toolkit::semaphore>(
        db, toolkit::semaphore_options{.permits = most_permits, .terms = terms});
    auto const held = std::make_shared<std::vector<held_lock>>();
    auto const fill = [&](std::uint64_t) { return keep(*permits, *held); };
    co_await for_each_below(n - callers, fill);
    auto const pair = [=](std::uint64_t) { return give_back(permits->try_acquire("all")); };
    auto const end = [=] { return let_go(permits, held); };
    co_return prepared{{{"acquire and release", "O(log n)", pair}}, end};
}

// Tokens of others, which end far from now.
task<> add_tokens(client& db, std::string key, std::int64_t n)
{
    constexpr double late = 4e15;  // in microseconds
    auto const some = [&](std::uint64_t first, std::uint64_t end) {
        std::vector<std::pair<std::string, double>> all;
        for (auto i = first; i < end; ++i)
            all.emplace_back(name_of(i), late + static_cast<double>(i));
        return ask(db, zadd(key, all));
    };
    co_await in_batches(n, at_once, some);
}

task<> join_and_leave(client& db, toolkit::toolkit_detail::lock_place place, std::string token)
{
    toolkit::toolkit_detail::lock_acquisition const asked{
        .token = token, .ttl = terms.ttl, .waits = true, .others_wait = false};
    if (std::get<0>(co_await db.exec(place.acquire(asked))))
        throw std::runtime_error{"the lock was not another's"};
    co_await db.exec(place.release(token, "news"));
}

// By the scripts alone: that many who wait at one lock would be as many tasks of this process.
task<prepared> prepare_line(client& db, std::int64_t n)
{
    toolkit::toolkit_detail::lock_place const place{
        .scripts = &toolkit::toolkit_detail::fair_scripts(),
        .lock = key<std::string>{"{all}"},
        .fence = key<std::string>{"{all}:fence"},
        .others = {key<std::string>{"{all}:line"}, key<std::string>{"{all}:alive"}},
        .limit = std::chrono::milliseconds{terms.ttl}.count()};
    co_await add_tokens(db, "{all}:line", n);
    co_await add_tokens(db, "{all}:alive", n);
    auto const pair = [=, &db](std::uint64_t chance) {
        return join_and_leave(db, place, "token:" + std::to_string(chance));
    };
    co_return prepared{{{"join the line, and leave it", "O(log n)", pair}}};
}

task<prepared> prepare_readers(client& db, std::int64_t n)
{
    co_await add_tokens(db, "redstart:rwlock:default:{all}:readers", n);
    auto const locks = std::make_shared<toolkit::read_write_lock>(
        db, toolkit::read_write_lock_options{.terms = terms});
    auto const pair = [=](std::uint64_t) { return give_back(locks->acquire_shared("all")); };
    co_return prepared{{{"acquire_shared and release", "O(log n)", pair}},
                       [=] { return locks->stop(); }};
}

}  // namespace

std::vector<pattern> lock_patterns()
{
    return {
        {.name = "lock", .of = "others that are held", .prepare = prepare_lock},
        {.name = "lock, fair", .of = "tokens in its line", .prepare = prepare_line},
        {.name = "semaphore", .of = "holders", .most = most_permits, .prepare = prepare_semaphore},
        {.name = "read_write_lock", .of = "readers", .prepare = prepare_readers}};
}

}  // namespace redstart::sizes
