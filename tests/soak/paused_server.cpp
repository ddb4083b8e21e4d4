// A server that is stopped under load, for so many seconds:
//
//     paused_server [--seconds S]
//
// Callers want far more than may be in flight. Memory stays within what the client held before, plus the limit on bytes
// in flight, plus 32 MiB; every caller hears in time that nothing came; and when the server goes on, each is given its
// own answers again.

#include "redstart/client/client.hpp"
#include "redstart/command/strings.hpp"
#include "redstart/task/sleep.hpp"
#include "redstart/testing/server_fixture.hpp"
#include "tests/soak/command_line.hpp"
#include "tests/soak/journal.hpp"
#include "tests/soak/oracle.hpp"
#include "tests/soak/verdict.hpp"

#include <array>
#include <condition_variable>
#include <deque>
#include <fstream>
#include <mutex>
#include <string>

#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define REDSTART_SANITIZED 1
#else
#define REDSTART_SANITIZED 0
#endif

namespace redstart::soak {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t caller_count = 3000;
constexpr std::uint64_t mebibyte = 1024 * 1024;
constexpr std::uint64_t allowed_beyond_the_limit = 32 * mebibyte;
// In turn: together they want some 160 MiB at once.
constexpr std::array<std::size_t, 6> sizes{100, 4000, 20'000, 20'000, 60'000, 250'000};

// A line of /proc/self/status, in bytes: VmRSS, or VmHWM for the most there has ever been.
std::uint64_t memory(std::string const& line)
{
    std::ifstream status{"/proc/self/status"};
    for (std::string word; status >> word;)
        if (std::uint64_t kibibytes = 0; word == line + ":" && status >> kibibytes)
            return kibibytes * 1024;
    return 0;
}

struct load {
    std::atomic<bool> server_goes_on{false};
    std::atomic<std::int64_t> misrouted{0};
    std::mutex mutex;
    std::condition_variable ended;
    std::size_t running = caller_count;
    tally all;  // of those that have ended
};

// Sets a value of its own until one is acknowledged after the server went on, and reads it.
task<> want_much(client& db, load& shared, std::size_t number, tally& mine)
{
    auto const key = "key" + std::to_string(number);
    auto const size = sizes[number % sizes.size()];
    for (std::uint64_t version = 1;; ++version) {
        bool const may_end = shared.server_goes_on;
        ++mine.begun;
        auto wanted = set(key, sealed(key, version, size));  // the value itself is let go here
        auto const done = co_await db.try_exec(std::move(wanted));
        if (!done) {
            mine.add(done.error());
            co_await sleep_for(5ms);  // who is refused at once does not ask again at once
            continue;
        }
        ++mine.acknowledged;
        if (!may_end)
            continue;
        auto const held = co_await db.try_exec(get(key));
        if (!held)
            continue;
        if (**held != sealed(key, version, size))
            ++shared.misrouted;
        co_return;
    }
}

void start(client& db, load& shared, std::deque<tally>& tallies)
{
    for (std::size_t i = 0; i < caller_count; ++i) {
        auto& mine = tallies.emplace_back();
        start_root(db.loops().at(0), want_much(db, shared, i, mine),
                   [&shared, &mine](result<void>&&) {
                       std::lock_guard const lock{shared.mutex};
                       shared.all += mine;
                       if (--shared.running == 0)
                           shared.ended.notify_all();
                   });
    }
}

bool await_end(load& shared, std::chrono::seconds limit)
{
    std::unique_lock lock{shared.mutex};
    return shared.ended.wait_for(lock, limit, [&shared] { return shared.running == 0; });
}

int run(std::chrono::seconds paused)
{
    testing::server_fixture server;
    runtime loops{{.loops = 1}};
    client_options options;
    options.server = server.tcp();
    options.command_timeout = 1s;
    options.dial_timeout = 1s;
    client db{loops, options};
    loops.run(db.connect());
    auto const idle = memory("VmRSS");

    server.pause();
    load shared;
    std::deque<tally> tallies;
    start(db, shared, tallies);
    await_end(shared, paused);
    auto const most = memory("VmHWM");
    shared.server_goes_on = true;
    server.resume();
    bool const recovered = await_end(shared, 60s);
    if (!recovered) {
        std::cout << "BROKEN: callers are still waiting\n0 passed, 1 failed" << std::endl;
        std::_Exit(1);
    }
    loops.run(db.stop());

    auto const limit = options.in_flight.bytes;
    std::cout << "idle " << idle / mebibyte << " MiB, limit of bytes in flight " << limit / mebibyte
              << " MiB, most while the server was stopped for " << paused.count() << " s "
              << most / mebibyte << " MiB\n"
              << shared.all.begun << " commands: " << shared.all.acknowledged << " acknowledged, "
              << shared.all.with(failure_code::timed_out) << " timed out, "
              << shared.all.with(failure_code::overloaded) << " refused\n";
    verdict found;
    if (REDSTART_SANITIZED)
        found.skip("memory", "sanitizers keep memory of their own");
    else
        found.check(most <= idle + limit + allowed_beyond_the_limit, "memory is bounded");
    found.check(shared.all.with(failure_code::timed_out) > 0, "callers hear that time is up");
    found.check(shared.all.with(failure_code::overloaded) > 0, "the limit was reached");
    found.check(recovered && shared.misrouted == 0, "afterwards each gets its own answers");
    return found.conclude();
}

}  // namespace
}  // namespace redstart::soak

int main(int count, char** arguments)
{
    auto const options = redstart::soak::read_options(count, arguments, {{"--seconds", 5}});
    return redstart::soak::run(std::chrono::seconds{options.at("--seconds")});
}
