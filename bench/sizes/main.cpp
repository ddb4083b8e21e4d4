// What the patterns cost as they grow: bench_sizes <redis URL> <rounds> <milliseconds of a round> <largest size>.
//
// Of each pattern there are 1000, 10,000 ... on the server, each size in a database of its own, and 64 callers at once
// ask for one operation after the other. The sizes take turns, so that what disturbs the machine disturbs all of them.
// A line has pattern, what is counted, operation, what its header promises, size, and how many microseconds passed for
// each operation, the median of the rounds; tabulators are between. The databases 0 to 3 are emptied.

#include "bench/sizes/sized.hpp"
#include "redstart/base/random.hpp"
#include "redstart/command/server.hpp"
#include "redstart/task/when_all.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>

namespace {

using namespace redstart;
using namespace redstart::sizes;

constexpr int callers = 64;

struct extent {
    int rounds;
    double microseconds;  // of a round, about
    std::int64_t largest;
};

task<> repeat(numbered const& one, long times)
{
    for (long i = 0; i < times; ++i)
        co_await one(fast_random());
}

task<> crowd(numbered const& one, long each)
{
    std::vector<task<>> all;
    for (int caller = 0; caller < callers; ++caller)
        all.push_back(repeat(one, each));
    co_await when_all(std::move(all));
}

class stage {
public:
    stage(client_options const& server, extent const& of) : server_{server}, extent_{of} {}

    void measure(pattern const& what)
    {
        std::vector<size> all;
        for (auto n = what.least; n <= std::min(what.most, extent_.largest); n *= 10)
            all.push_back(begin(what, n, static_cast<unsigned>(all.size())));
        for (std::size_t i = 0; !all.empty() && i < all.front().filled.operations.size(); ++i)
            measure(what, all, i);
        for (auto& each : all) {
            loops_.run(each.filled.end());
            each.filled = {};
            loops_.run(empty(*each.db));
            loops_.run(each.db->stop());
        }
    }

private:
    struct size {
        std::int64_t n = 0;
        std::unique_ptr<client> db;
        prepared filled;
        long each = 1;  // operations of a caller in a round
        std::vector<double> costs{};
    };

    static task<> empty(client& db) { return ask(db, flushdb()); }

    size begin(pattern const& what, std::int64_t n, unsigned database)
    {
        auto options = server_;
        options.login.database = database;
        options.command_timeout = std::chrono::minutes{1};  // it is emptied by one command
        size begun{.n = n, .db = std::make_unique<client>(loops_, options), .filled = {}};
        loops_.run(empty(*begun.db));
        begun.filled = loops_.run(what.prepare(*begun.db, n));
        return begun;
    }

    void measure(pattern const& what, std::vector<size>& all, std::size_t number)
    {
        for (auto& each : all)
            begin_rounds(each, number);
        for (int round = 0; round < extent_.rounds; ++round)
            for (std::size_t turn = 0; turn < all.size(); ++turn) {
                auto& each = all[(turn + static_cast<std::size_t>(round)) % all.size()];
                each.costs.push_back(cost_of(each, number));
            }
        for (auto& each : all) {
            std::ranges::sort(each.costs);
            auto const& [name, promise, one] = each.filled.operations[number];
            std::printf("%s\t%s\t%s\t%s\t%lld\t%.2f\n", what.name.c_str(), what.of.c_str(),
                        name.c_str(), promise.c_str(), static_cast<long long>(each.n),
                        each.costs[each.costs.size() / 2]);
        }
        std::fflush(stdout);
    }

    // Finds out how many fill the time.
    void begin_rounds(size& of, std::size_t number)
    {
        of.costs.clear();
        of.each = 2;
        cost_of(of, number);  // to warm up
        of.each = std::max(1L, std::lround(extent_.microseconds / cost_of(of, number) / callers));
    }

    // Microseconds for each.
    double cost_of(size const& of, std::size_t number)
    {
        auto const before = boot_clock::now();
        loops_.run(crowd(of.filled.operations[number].one, of.each));
        std::chrono::duration<double, std::micro> const took = boot_clock::now() - before;
        return took.count() / static_cast<double>(of.each * callers);
    }

    client_options server_;
    extent extent_;
    runtime loops_{{.loops = 1}};
};

// All of them, or those whose names begin so.
void measure_all(client_options const& server, extent const& of, std::string_view beginning)
{
    stage on{server, of};
    for (auto const& patterns :
         {bare_patterns(), cache_patterns(), bloom_patterns(), lock_patterns(), limit_patterns(),
          counter_patterns(), board_patterns(), optimistic_patterns()})
        for (auto const& each : patterns)
            if (each.name.starts_with(beginning))
                on.measure(each);
}

}  // namespace

int main(int count, char** arguments)
{
    if (count != 5 && count != 6)
        return std::fprintf(stderr, "bench_sizes <redis URL> <rounds> <ms> <largest> "
                                    "[beginning of a pattern's name]\n"),
               2;
    auto const server = parse_redis_url(arguments[1]);
    if (!server)
        return std::fprintf(stderr, "%s\n", server.error().c_str()), 2;
    try {
        measure_all(*server,
                    {.rounds = std::max(1, std::atoi(arguments[2])),
                     .microseconds = std::atof(arguments[3]) * 1000,
                     .largest = std::atoll(arguments[4])},
                    count == 6 ? arguments[5] : "");
    } catch (std::exception const& error) {
        return std::fprintf(stderr, "%s\n", error.what()), 1;
    }
}
