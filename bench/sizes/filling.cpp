#include "bench/sizes/sized.hpp"
#include "redstart/task/when_all.hpp"

#include <algorithm>

namespace redstart::sizes {

namespace {

constexpr int fillers = 256;

struct rest {
    std::uint64_t next;
    std::uint64_t end;
    numbered const& one;
};

task<> take_part(rest& of)
{
    while (of.next < of.end)
        co_await of.one(of.next++);
}

}  // namespace

task<> nothing() { co_return; }

task<> for_each_below(std::int64_t n, numbered one)
{
    rest all{.next = 0, .end = static_cast<std::uint64_t>(n), .one = one};
    std::vector<task<>> parts;
    for (int i = 0; i < fillers; ++i)
        parts.push_back(take_part(all));
    co_await when_all(std::move(parts));
}

task<> in_batches(std::int64_t n, std::int64_t of,
                  std::function<task<>(std::uint64_t, std::uint64_t)> some)
{
    auto const all = static_cast<std::uint64_t>(n);
    auto const part = static_cast<std::uint64_t>(of);
    for (std::uint64_t first = 0; first < all; first += part)
        co_await some(first, std::min(all, first + part));
}

}  // namespace redstart::sizes
