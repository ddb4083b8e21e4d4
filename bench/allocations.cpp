// How often the heap is asked on the path of one GET: bench_allocations <redis URL>.

#include "redstart/client/client.hpp"
#include "redstart/command/strings.hpp"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <new>

namespace {

constinit std::atomic<long> allocations{0};

}  // namespace

void* operator new(std::size_t size)
{
    allocations.fetch_add(1, std::memory_order_relaxed);
    if (auto* const memory = std::malloc(size))
        return memory;
    throw std::bad_alloc{};
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

using namespace redstart;

constexpr long rounds = 10'000;

task<bool> get_many(client& db, std::string_view name, std::size_t size)
{
    bool right = true;
    for (long i = 0; i < rounds; ++i)
        right &= (co_await db.exec(get(name))).value_or("").size() == size;
    co_return right;
}

task<double> per_get(client& db, std::size_t size)
{
    co_await db.exec(set("allocations", std::string(size, 'v')));
    bool right = co_await get_many(db, "allocations", size);  // warms up
    auto const before = allocations.load();
    right &= co_await get_many(db, "allocations", size);
    if (!right)
        throw std::runtime_error{"a reply was wrong"};
    co_return double(allocations.load() - before) / rounds;
}

task<> report(client& db)
{
    for (std::size_t const size : {15u, 64u})
        std::printf("allocations per GET of %zu bytes: %.2f\n", size, co_await per_get(db, size));
}

}  // namespace

int main(int count, char** arguments)
{
    auto const options = parse_redis_url(count > 1 ? arguments[1] : "redis://127.0.0.1:6379");
    if (!options)
        return std::fprintf(stderr, "%s\n", options.error().c_str()), 2;
    try {
        runtime loops{{.loops = 1}};
        client db{loops, *options};
        try {
            loops.run(report(db));
        } catch (...) {
            loops.run(db.stop());
            throw;
        }
        loops.run(db.stop());
    } catch (std::exception const& error) {
        return std::fprintf(stderr, "%s\n", error.what()), 1;
    }
}
