// What a cache hit costs beside the bare GET and the decoding: bench_cached <redis URL> <rounds> <commands of a round>.
//
// The same value, once under a key of its type and once in a cache, read by the same 64 callers in turns. What counts
// is the median of the ratios of each round.

#include "redstart/client/client.hpp"
#include "redstart/command/strings.hpp"
#include "redstart/task/when_all.hpp"
#include "redstart/toolkit/cache/cache.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace redstart;

constexpr int callers = 64;

struct profile {
    std::string name;
    std::int64_t id = 0;
    double score = 0;
    std::vector<std::string> badges;

    bool operator==(profile const&) const = default;
};
BOOST_DESCRIBE_STRUCT(profile, (), (name, id, score, badges))

double cpu_time()
{
    timespec now{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

double median(std::vector<double> values)
{
    std::ranges::sort(values);
    return values[values.size() / 2];
}

// One type of value, read in three ways.
template <class T>
class contest {
public:
    contest(runtime& loops, client& db, T value)
        : loops_{loops}, db_{db}, value_{std::move(value)}, cache_{db, {.prefix = "bench"}}
    {
        loops_.run(prepare());
    }
    ~contest() { loops_.run(cache_.stop()); }

    void measure(char const* what, int rounds, long commands)
    {
        std::vector<std::function<task<>(long)>> const ways{
            [this](long times) { return bare(times); }, [this](long times) { return hit(times); },
            [this](long times) { return load(times); }};
        std::vector<std::vector<double>> cost(ways.size());
        for (int round = -1; round < rounds; ++round)  // the first one warms up
            for (std::size_t i = 0; i < ways.size(); ++i) {
                auto const way = (static_cast<std::size_t>(round + 1) + i) % ways.size();
                auto const spent = cpu_of(ways[way], commands / callers);
                if (round >= 0)
                    cost[way].push_back(spent);
            }
        std::printf("GET of a %s: %.0f ns\n", what, median(cost[0]));
        std::printf("get of a %s: %.2f times that\n", what, ratio(cost[1], cost[0]));
        std::printf("get_or_load of a %s: %.2f times that\n", what, ratio(cost[2], cost[0]));
    }

private:
    static double ratio(std::vector<double> const& these, std::vector<double> const& those)
    {
        std::vector<double> ratios;
        for (std::size_t i = 0; i < these.size(); ++i)
            ratios.push_back(these[i] / those[i]);
        return median(std::move(ratios));
    }

    // Per read, in nanoseconds; everybody else is idle.
    double cpu_of(std::function<task<>(long)> const& way, long each)
    {
        auto const before = cpu_time();
        loops_.run(crowd(way, each));
        return (cpu_time() - before) / static_cast<double>(each * callers);
    }
    static task<> crowd(std::function<task<>(long)> const& way, long each)
    {
        std::vector<task<>> all;
        for (int i = 0; i < callers; ++i)
            all.push_back(way(each));
        co_await when_all(std::move(all));
    }

    task<> prepare()
    {
        co_await db_.exec(set(bare_key_, value_));
        co_await cache_.set("entry", value_);
        check(co_await db_.exec(get(bare_key_)) == value_);
        check((co_await cache_.get("entry")).value == value_);
    }
    task<> bare(long times)
    {
        for (long i = 0; i < times; ++i)
            check((co_await db_.exec(get(bare_key_))).has_value());
    }
    task<> hit(long times)
    {
        for (long i = 0; i < times; ++i)
            check((co_await cache_.get("entry")).value.has_value());
    }
    task<> load(long times)
    {
        auto const loader = [](std::string const&) -> task<T> {
            throw std::runtime_error{"a miss"};
        };
        for (long i = 0; i < times; ++i)
            check((co_await cache_.get_or_load("entry", loader)).has_value());
    }
    static void check(bool is_right)
    {
        if (!is_right)
            throw std::runtime_error{"a reply was wrong"};
    }

    runtime& loops_;
    client& db_;
    T value_;
    key<T> bare_key_{"bench:bare:{entry}"};
    toolkit::cache<T> cache_;
};

void measure(client_options options, int rounds, long commands)
{
    runtime loops{{.loops = 1}};
    client db{loops, std::move(options)};
    {
        contest<std::string> texts{loops, db, std::string(100, 'x')};
        texts.measure("text", rounds, commands);
        contest<profile> profiles{loops, db, {"Ada Lovelace", 1815, 12.5, {"early bird", "poet"}}};
        profiles.measure("struct", rounds, commands);
    }
    loops.run(db.stop());
}

}  // namespace

int main(int count, char** arguments)
{
    if (count != 4)
        return std::fprintf(stderr, "bench_cached <redis URL> <rounds> <commands>\n"), 2;
    auto const options = parse_redis_url(arguments[1]);
    if (!options)
        return std::fprintf(stderr, "%s\n", options.error().c_str()), 2;
    try {
        measure(*options, std::max(1, std::atoi(arguments[2])),
                std::max<long>(callers, std::atol(arguments[3])));
    } catch (std::exception const& error) {
        return std::fprintf(stderr, "%s\n", error.what()), 1;
    }
}
