// What can go wrong, what a failure says, and what the client does about it on its own.
//
//     11_errors [redis://[user:password@]host[:port] | unix:///path/to.sock]

#include "redstart/client/client.hpp"
#include "redstart/command/keys.hpp"
#include "redstart/command/server.hpp"
#include "redstart/command/strings.hpp"
#include "redstart/task/within.hpp"
#include "redstart/testing/scripted_server.hpp"

#include <cstdlib>
#include <iostream>

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

// [outcome]
// Adds one to a counter, and says what the caller may do when that fails.
task<std::string> count_once(client& db)
{
    auto const came = co_await db.try_exec(incr("example:counter"));
    if (came)
        co_return "counted " + std::to_string(*came);
    switch (came.error().outcome()) {
    case outcome::not_sent: co_return "not counted: try again when you like";
    case outcome::refused: co_return "not counted: the server says why";
    case outcome::maybe_applied: co_return "perhaps counted: look before you try again";
    }
    co_return "";
}
// [outcome]

// [deadline]
task<> in_time(client& db)
{
    try {
        // Everything below inherits the deadline: waiting for a connection, for room, for the reply, for another
        // attempt.
        co_await within(2s, count_once(db));
        std::cout << "in time\n";
    } catch (failure const& late) {
        std::cout << late.what() << '\n';
    }
}
// [deadline]

// [options]
client_options patient(client_options options)
{
    // where the caller has set no sooner deadline
    options.command_timeout = 1s;
    options.retry = {.attempts = 5,                           // more attempts after the first...
                     .pause = {.first = 5ms, .limit = 50ms},  // ...with jittered pauses
                     // SET and the like: only if you ask for it
                     .writes = false};
    options.circuit_breaker = {.failures = 20, .open_for = 1s};
    return options;
}
// [options]

// A server that loads its data at first, and then loses a connection.
testing::script loading()
{
    std::string const hello = "*2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n";
    std::string const ping = "*1\r\n$4\r\nPING\r\n";
    return testing::script{}
        .hears(hello)
        .says("%1\r\n+proto\r\n:3\r\n")
        .hears(ping)
        .says("-LOADING Valkey is loading the dataset in memory\r\n")
        .hears(ping)
        .says("+PONG\r\n");
}

// [repeated]
task<> comes_back(runtime& loops, testing::scripted_server& server)
{
    client_options options;
    options.server = server.endpoint();
    options.login.names_library = false;
    client db{loops, patient(options)};
    // the first was answered LOADING
    std::cout << co_await db.exec(ping()) << " at the second attempt\n";
    co_await db.stop();
}
// [repeated]

task<> all(runtime& loops, client& db)
{
    co_await db.exec(del("example:counter"));
    std::cout << co_await count_once(db) << '\n';
    co_await db.exec(set("example:counter", "no number"));
    std::cout << co_await count_once(db) << '\n';
    co_await in_time(db);
    testing::scripted_server server;
    server.plays(loading());
    co_await comes_back(loops, server);
    co_await db.stop();
    std::cout << co_await count_once(db) << '\n';
}

int main(int count, char** arguments)
{
    auto options = parse_redis_url(address(count, arguments));
    if (!options) {
        std::cerr << options.error() << '\n';
        return 2;
    }
    try {
        runtime loops;
        client db{loops, *options};
        loops.run(all(loops, db));
    } catch (std::exception const& why) {
        std::cerr << why.what() << '\n';
        return 1;
    }
}
