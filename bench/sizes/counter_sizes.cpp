#include "bench/sizes/sized.hpp"
#include "redstart/command/hashes.hpp"
#include "redstart/toolkit/counters/counter.hpp"
#include "redstart/toolkit/counters/sharded_counter.hpp"
#include "redstart/toolkit/counters/time_buckets.hpp"
#include "redstart/toolkit/counters/unique_counter.hpp"

#include <chrono>

namespace redstart::sizes {

namespace {

constexpr std::int64_t at_once = 5'000;

task<prepared> prepare_counters(client& db, std::int64_t n)
{
    toolkit::counter const all{db, {}};
    auto const add = [=](std::uint64_t chance) { return discard(all.add(one_of(n, chance))); };
    auto const get = [=](std::uint64_t chance) { return discard(all.get(one_of(n, chance))); };
    co_await for_each_below(n, add);
    co_return prepared{{{"add", "O(1)", add}, {"get", "O(1)", get}}};
}

// One counter that remembers n ids, so that for each new one an old one is forgotten.
task<prepared> prepare_ids(client& db, std::int64_t n)
{
    toolkit::counter const all{db, {.max_operations = static_cast<std::uint32_t>(n)}};
    auto const add = [=](std::uint64_t chance) {
        return discard(all.add("one", 1, name_of(chance)));
    };
    co_await for_each_below(n, add);
    co_return prepared{{{"add with an id", "O(log n)", add}}};
}

task<prepared> prepare_shards(client& db, std::int64_t n)
{
    toolkit::sharded_counter const all{db, {.shards = static_cast<std::uint32_t>(n)}};
    auto const add = [=](std::uint64_t) { return all.add("one"); };
    auto const get = [=](std::uint64_t) { return discard(all.get("one")); };
    co_await for_each_below(n * 10, add);
    co_return prepared{{{"add", "O(1)", add}, {"get", "O(n)", get}}};
}

// Of all minutes until now.
task<> count_before(client& db, std::int64_t n)
{
    auto const now = std::chrono::floor<std::chrono::minutes>(std::chrono::system_clock::now())
                         .time_since_epoch()
                         .count();
    key<hash<std::int64_t, std::int64_t>> const series{"redstart:buckets:default:60000000us:{one}"};
    for (std::int64_t i = 0; i < n; ++i)
        co_await db.exec(hset(series, now - i, 1));
}

task<prepared> prepare_buckets(client& db, std::int64_t n)
{
    auto const buckets = static_cast<std::uint32_t>(n);
    toolkit::time_buckets const all{db, {.buckets = buckets}};
    co_await count_before(db, n);
    auto const add = [=](std::uint64_t) { return discard(all.add("one")); };
    auto const sum = [=](std::uint64_t) { return discard(all.sum("one", buckets)); };
    co_return prepared{{{"add", "O(1)", add}, {"sum of all", "O(n)", sum}}};
}

task<prepared> prepare_unique(client& db, std::int64_t n)
{
    toolkit::unique_counter const all{db, {}};
    auto const fill = [=](std::uint64_t first, std::uint64_t end) {
        std::vector<std::string> names;
        for (auto i = first; i < end; ++i)
            names.push_back(name_of(i));
        return discard(all.add_all("all", "a", names));
    };
    co_await in_batches(n, at_once, fill);
    auto const add = [=](std::uint64_t chance) {
        return discard(all.add("all", "a", one_of(n, chance)));
    };
    auto const count = [=](std::uint64_t) { return discard(all.count("all", {"a"})); };
    co_return prepared{{{"add", "O(1)", add}, {"count", "O(1)", count}}};
}

}  // namespace

std::vector<pattern> counter_patterns()
{
    return {{.name = "counter", .of = "counters", .prepare = prepare_counters},
            {.name = "counter", .of = "ids kept", .most = 100'000, .prepare = prepare_ids},
            {.name = "sharded_counter",
             .of = "shards",
             .least = 10,
             .most = 1'000,
             .prepare = prepare_shards},
            {.name = "time_buckets",
             .of = "buckets",
             .least = 10,
             .most = 1'000,
             .prepare = prepare_buckets},
            {.name = "unique_counter", .of = "elements", .prepare = prepare_unique}};
}

}  // namespace redstart::sizes
