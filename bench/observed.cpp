// What it costs a GET to be observed: bench_observed <redis URL> <rounds> <commands of a round>.
//
// The same load by clients that are observed differently, each in its turn. What counts is the median of the
// differences from the one that nobody observes, in the same round.

#include "redstart/client/client.hpp"
#include "redstart/command/strings.hpp"
#include "redstart/task/when_all.hpp"
#include "redstart/task/within.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace {

using namespace redstart;

constexpr int callers = 64;

class no_spans final : public span_sink {
public:
    void take(std::vector<span_record>&&) override {}
    bool samples(trace_context const*, trace_context const&) const override { return false; }
};

class silent_observer final : public client_observer {};

class candidate {
public:
    candidate(client_options options, metrics_registry* metrics, bool is_traced)
        : loops_{{.loops = 1, .metrics = metrics}},
          db_{loops_,
              std::move(options),
              {.metrics = metrics, .spans = is_traced ? &spans_ : nullptr}},
          is_traced_{is_traced}
    {
    }
    ~candidate() { loops_.run(db_.stop()); }

    // CPU time of the process, in nanoseconds per command; everybody else is idle.
    double measure(long commands)
    {
        auto const each = commands / callers;
        auto const before = cpu_time();
        loops_.run(crowd(each));
        return (cpu_time() - before) / static_cast<double>(each * callers);
    }

private:
    static double cpu_time()
    {
        timespec now{};
        ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
        return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
    }

    task<> caller(long commands)
    {
        for (long i = 0; i < commands; ++i)
            if (co_await db_.exec(get("observed")) != "value")
                throw std::runtime_error{"a reply was wrong"};
    }
    task<> crowd(long commands_each)
    {
        auto here = co_await this_context();
        trace_context trace = trace_context{}.child();
        trace.flags = 0;  // not sampled
        here.trace = is_traced_ ? &trace : nullptr;
        co_await under(here, all(commands_each));
    }
    task<> all(long commands_each)
    {
        std::vector<task<>> crowd;
        for (int i = 0; i < callers; ++i)
            crowd.push_back(caller(commands_each));
        co_await when_all(std::move(crowd));
    }

    no_spans spans_;
    runtime loops_;
    client db_;
    bool is_traced_;
};

double median(std::vector<double> values)
{
    std::ranges::sort(values);
    return values[values.size() / 2];
}

struct measured {
    char const* what;
    std::unique_ptr<candidate> by;
    std::vector<double> cost;  // of each round
};

// Each takes its turn at being the first.
void run_round(std::vector<measured>& all, int number, long commands)
{
    auto const first = static_cast<std::size_t>(number) % all.size();
    for (std::size_t i = 0; i < all.size(); ++i) {
        auto& next = all[(first + i) % all.size()];
        next.cost.push_back(next.by->measure(commands));
    }
}

void measure(client_options const& options, int rounds, long commands)
{
    metrics_registry metrics;
    auto watched = options;
    watched.observer = std::make_shared<silent_observer>();
    std::vector<measured> all;
    all.emplace_back("nothing", std::make_unique<candidate>(options, nullptr, false));
    all.emplace_back("metrics", std::make_unique<candidate>(options, &metrics, false));
    all.emplace_back("unsampled traces", std::make_unique<candidate>(options, nullptr, true));
    all.emplace_back("an observer", std::make_unique<candidate>(watched, nullptr, false));
    run_round(all, 0, commands);  // to warm up
    for (auto& each : all)
        each.cost.clear();
    for (int i = 0; i < rounds; ++i)
        run_round(all, i, commands);
    auto const& bare = all.front().cost;
    std::printf("a GET: %.1f ns\n", median(bare));
    for (auto& each : std::span{all}.subspan(1)) {
        std::ranges::transform(each.cost, bare, each.cost.begin(), std::minus{});
        std::printf("%s: %.1f ns more\n", each.what, median(each.cost));
    }
}

task<> prepare(client& db) { co_await db.exec(set("observed", "value")); }

}  // namespace

int main(int count, char** arguments)
{
    if (count != 4)
        return std::fprintf(stderr, "bench_observed <redis URL> <rounds> <commands>\n"), 2;
    auto const options = parse_redis_url(arguments[1]);
    if (!options)
        return std::fprintf(stderr, "%s\n", options.error().c_str()), 2;
    try {
        {
            runtime loops{{.loops = 1}};
            client db{loops, *options};
            loops.run(prepare(db));
            loops.run(db.stop());
        }
        measure(*options, std::max(1, std::atoi(arguments[2])),
                std::max<long>(callers, std::atol(arguments[3])));
    } catch (std::exception const& error) {
        return std::fprintf(stderr, "%s\n", error.what()), 1;
    }
}
