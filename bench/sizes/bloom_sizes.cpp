#include "bench/sizes/sized.hpp"
#include "redstart/toolkit/bloom/bloom_filter.hpp"

namespace redstart::sizes {

namespace {

constexpr std::int64_t at_once = 1'000;

std::vector<std::string> names_between(std::uint64_t first, std::uint64_t end)
{
    std::vector<std::string> names;
    for (auto i = first; i < end; ++i)
        names.push_back(name_of(i));
    return names;
}

task<> fill(toolkit::bloom_filter const& filter, std::int64_t n)
{
    auto const build = co_await filter.rebuild();
    auto const add = [&](std::uint64_t first, std::uint64_t end) {
        return discard(build.add_all(names_between(first, end)));
    };
    co_await in_batches(n, at_once, add);
    co_await build.finish();
}

task<prepared> prepare(client& db, std::int64_t n)
{
    toolkit::bloom_filter const filter{db, {.capacity = static_cast<std::uint64_t>(n)}};
    co_await fill(filter, n);
    auto const present = [=](std::uint64_t chance) {
        return discard(filter.might_contain(one_of(n, chance)));
    };
    auto const absent = [=](std::uint64_t chance) {
        return discard(filter.might_contain("absent:" + std::to_string(chance)));
    };
    auto const add = [=](std::uint64_t chance) { return discard(filter.add(one_of(n, chance))); };
    co_return prepared{{{"might_contain, there", "O(k)", present},
                        {"might_contain, absent", "O(k)", absent},
                        {"add", "O(k)", add}}};
}

}  // namespace

std::vector<pattern> bloom_patterns()
{
    return {{.name = "Bloom filter", .of = "keys, its capacity", .prepare = prepare}};
}

}  // namespace redstart::sizes
