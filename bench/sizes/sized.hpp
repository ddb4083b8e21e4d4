// What is measured at several sizes: a pattern of which n are there, and what is asked of it then.

#pragma once

#include "redstart/client/client.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace redstart::sizes {

// Called with a number by chance, which says for instance which of the entries it is about.
using numbered = std::function<task<>(std::uint64_t)>;

task<> nothing();

struct operation {
    std::string name;
    // what the header says it grows by: O(1), O(log n) or O(n), and then perhaps more
    std::string promise;
    numbered one;
};

// What is filled, and its operations, which are measured in this order.
struct prepared {
    std::vector<operation> operations;
    std::function<task<>()> end = nothing;
};

// Things of a kind, and what there are 10, 100 ... of: from the least to the most.
struct pattern {
    std::string name;
    std::string of;
    std::int64_t least = 1'000;
    std::int64_t most = 1'000'000;
    // Fills an empty database with so many of them. The client outlives what it gives.
    std::function<task<prepared>(client&, std::int64_t)> prepare;
};

// What the server itself needs the longer for, the more there is: memory that is farther away.
std::vector<pattern> bare_patterns();

std::vector<pattern> cache_patterns();
std::vector<pattern> bloom_patterns();
std::vector<pattern> lock_patterns();
std::vector<pattern> limit_patterns();
std::vector<pattern> counter_patterns();
std::vector<pattern> board_patterns();
std::vector<pattern> optimistic_patterns();

// Awaits one(0) to one(n - 1), many of them at once.
task<> for_each_below(std::int64_t n, numbered one);

// The numbers below n in parts of so many, one after the other: some(first, end) for each.
task<> in_batches(std::int64_t n, std::int64_t of,
                  std::function<task<>(std::uint64_t, std::uint64_t)> some);

template <class Reply>
task<> discard(task<Reply> asked)
{
    static_cast<void>(co_await std::move(asked));
}

template <class Reply>
task<> ask(client& db, command<Reply> what)
{
    static_cast<void>(co_await db.exec(std::move(what)));
}

inline std::string name_of(std::uint64_t number) { return "name:" + std::to_string(number); }

// One of n names.
inline std::string one_of(std::int64_t n, std::uint64_t chance)
{
    return name_of(chance % static_cast<std::uint64_t>(n));
}

}  // namespace redstart::sizes
