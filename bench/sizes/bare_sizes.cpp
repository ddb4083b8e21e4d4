#include "bench/sizes/sized.hpp"
#include "redstart/command/strings.hpp"

namespace redstart::sizes {

namespace {

constexpr std::int64_t at_once = 5'000;

task<prepared> prepare(client& db, std::int64_t n)
{
    auto const fill = [&](std::uint64_t first, std::uint64_t end) {
        std::vector<std::pair<std::string, std::string>> all;
        for (auto i = first; i < end; ++i)
            all.emplace_back(name_of(i), std::string(100, 'x'));
        return ask(db, mset(all));
    };
    co_await in_batches(n, at_once, fill);
    auto const read = [=, &db](std::uint64_t chance) { return ask(db, get(one_of(n, chance))); };
    co_return prepared{{{"GET", "O(1)", read}}};
}

}  // namespace

std::vector<pattern> bare_patterns()
{
    return {{.name = "no pattern", .of = "strings of 100 bytes", .prepare = prepare}};
}

}  // namespace redstart::sizes
