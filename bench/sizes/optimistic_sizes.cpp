#include "bench/sizes/sized.hpp"
#include "redstart/toolkit/optimistic/ledger.hpp"
#include "redstart/toolkit/optimistic/versioned.hpp"

namespace redstart::sizes {

namespace {

using toolkit::ledger;

constexpr std::int64_t longest_memory = 1'000'000;
constexpr std::int64_t plenty = 1'000'000'000;

task<prepared> prepare_versioned(client& db, std::int64_t n)
{
    toolkit::versioned<std::string> const all{db, {}};
    auto const set = [=](std::uint64_t chance) {
        return discard(all.set(one_of(n, chance), std::string(64, 'x')));
    };
    auto const get = [=](std::uint64_t chance) { return discard(all.get(one_of(n, chance))); };
    co_await for_each_below(n, set);
    co_return prepared{{{"get", "O(1)", get}, {"set", "O(1)", set}}};
}

// It remembers as many ids as it has accounts, so that for each new one an old one is forgotten.
task<prepared> prepare_ledger(client& db, std::int64_t n)
{
    ledger const money{db, {.max_operations = static_cast<std::uint32_t>(n)}};
    auto const deposit = [=](std::uint64_t number) {
        return discard(money.deposit(name_of(number), plenty, name_of(number)));
    };
    co_await for_each_below(n, deposit);
    auto const transfer = [=](std::uint64_t chance) {
        auto const from = one_of(n, chance);
        auto const to = one_of(n, chance + 1);
        return discard(money.transfer({from, to, 1, "id:" + std::to_string(chance)}));
    };
    auto const balance = [=](std::uint64_t chance) {
        return discard(money.balance(one_of(n, chance)));
    };
    co_return prepared{{{"transfer", "O(log n)", transfer}, {"balance", "O(1)", balance}}};
}

}  // namespace

std::vector<pattern> optimistic_patterns()
{
    return {{.name = "versioned", .of = "values", .prepare = prepare_versioned},
            {.name = "ledger",
             .of = "accounts, and ids kept",
             .most = longest_memory,
             .prepare = prepare_ledger}};
}

}  // namespace redstart::sizes
