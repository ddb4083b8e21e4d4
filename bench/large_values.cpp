// What a SET and a GET of a large value cost: bench_large_values <redis URL> <bytes> <rounds>.
//
// One caller, one command at a time. Prints megabytes per second, and the CPU of this process per megabyte.

#include "redstart/client/client.hpp"
#include "redstart/command/strings.hpp"

#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

namespace {

using namespace redstart;
using clock_type = std::chrono::steady_clock;

double cpu_seconds()
{
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    auto const seconds = [](timeval const& time) {
        return double(time.tv_sec) + double(time.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

struct stopwatch {
    void report(char const* what, double megabytes) const
    {
        auto const took = std::chrono::duration<double>(clock_type::now() - began).count();
        std::printf("%s %.0f MB/s, %.0f us of CPU per MB\n", what, megabytes / took,
                    (cpu_seconds() - cpu) * 1e6 / megabytes);
    }

    clock_type::time_point began = clock_type::now();
    double cpu = cpu_seconds();
};

task<> measure(client& db, std::size_t size, int rounds)
{
    std::string const value(size, 'v');
    auto const megabytes = double(size) * rounds / 1e6;
    co_await db.exec(set("large", value));
    stopwatch const setting;
    for (int i = 0; i < rounds; ++i)
        co_await db.exec(set("large", value));
    setting.report("SET", megabytes);
    stopwatch const getting;
    for (int i = 0; i < rounds; ++i)
        if ((co_await db.exec(get("large"))).value_or("").size() != size)
            throw std::runtime_error{"a reply was wrong"};
    getting.report("GET", megabytes);
}

}  // namespace

int main(int count, char** arguments)
{
    if (count != 4)
        return std::fprintf(stderr, "bench_large_values <redis URL> <bytes> <rounds>\n"), 2;
    auto const options = parse_redis_url(arguments[1]);
    if (!options)
        return std::fprintf(stderr, "%s\n", options.error().c_str()), 2;
    runtime loops{{.loops = 1}};
    client db{loops, *options};
    int status = 0;
    try {
        loops.run(measure(db, std::strtoull(arguments[2], nullptr, 10), std::atoi(arguments[3])));
    } catch (std::exception const& error) {
        std::fprintf(stderr, "%s\n", error.what());
        status = 1;
    }
    loops.run(db.stop());
    return status;
}
