// What a client can be seen to do: an observer of calls and dials, and the metrics of a process.
//
//     14_observing [redis://[user:password@]host[:port] | unix:///path/to.sock]

#include "redstart/client/client.hpp"
#include "redstart/command/strings.hpp"

#include <cstdlib>
#include <iostream>
#include <mutex>

namespace {

char const* address(int count, char const* const* arguments)
{
    if (count > 1)
        return arguments[1];
    auto const* const from_environment = std::getenv("REDIS_URL");
    return from_environment ? from_environment : "redis://127.0.0.1:6379";
}

}  // namespace

using namespace redstart;
using namespace std::chrono_literals;

// [observer]
// Tells of calls that took longer than they should, and of what failed.
class slow_calls final : public client_observer {
public:
    explicit slow_calls(boot_clock::duration limit) : limit_{limit} {}

    void on_call_end(observed_call const& call, observed_end const& end) noexcept override
    {
        if (!end.failed && end.queued + end.on_wire < limit_)
            return;
        std::lock_guard const one_at_a_time{mutex_};  // each loop has a thread of its own
        std::cout << call.name() << ": " << call.commands() << " command(s), "
                  << call.request_bytes() << " bytes out, " << end.reply_bytes << " in";
        if (end.failed)
            std::cout << ", " << end.failed->type << " (" << to_string(end.failed->outcome) << ")";
        std::cout << '\n';
    }
    void on_dial_end(observed_dial const& dial, observed_dial_end const& end) noexcept override
    {
        std::lock_guard const one_at_a_time{mutex_};
        std::cout << "dialled for a " << to_string(dial.purpose) << ": "
                  << (end.failed ? end.failed->what() : "connected") << '\n';
    }

private:
    boot_clock::duration limit_;
    std::mutex mutex_;
};
// [observer]

task<> work(client& db)
{
    co_await db.exec(set("example:seen", "value"));
    co_await db.exec(set("example:a", "1"), set("example:b", "2"));
    static_cast<void>(co_await db.try_exec(incr("example:seen")));
}

// [metrics]
// Prints one counter of a registry. The loops of a client count for themselves, and are added up here.
void print_writes(metrics_registry const& metrics)
{
    for (auto const& each : metrics.read())
        if (each.family.name == "redis.client.connection.writes")
            std::cout << each.family.name << ": " << each.series.at(0).value << '\n';
}
// [metrics]

void run(client_options options)
{
    // [setup]
    metrics_registry metrics;
    options.observer = std::make_shared<slow_calls>(0ms);  // 50ms, say, outside of examples
    runtime loops{{.loops = 1, .metrics = &metrics}};
    client db{loops, options, {.metrics = &metrics}};
    // [setup]
    loops.run(work(db));
    loops.run(db.stop());
    print_writes(metrics);
}

int main(int count, char** arguments)
{
    auto const options = parse_redis_url(address(count, arguments));
    if (!options) {
        std::cerr << options.error() << '\n';
        return 2;
    }
    try {
        run(*options);
    } catch (std::exception const& why) {
        std::cerr << why.what() << '\n';
        return 1;
    }
}
