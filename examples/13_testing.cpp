// How to test code that uses the client: a real server, a server that says what you want, a proxy that breaks things,
// and a clock that you set. No test framework is needed; any will do.

#include "redstart/client/client.hpp"
#include "redstart/command/server.hpp"
#include "redstart/command/strings.hpp"
#include "redstart/task/manual_scheduler.hpp"
#include "redstart/task/sleep.hpp"
#include "redstart/testing/fault_proxy.hpp"
#include "redstart/testing/scripted_server.hpp"
#include "redstart/testing/server_fixture.hpp"

#include <iostream>

using namespace redstart;
using namespace std::chrono_literals;
using testing::fault_proxy;

// The code under test: a counter that tells whether it can be trusted.
task<std::string> count_visit(client& db)
{
    auto const came = co_await db.try_exec(incr("visits"));
    if (came)
        co_return std::to_string(*came);
    co_return came.error().outcome() == outcome::maybe_applied ? "unknown" : "not counted";
}

std::string in_a_client(net::endpoint server)
{
    client_options options;
    options.server = std::move(server);
    options.command_timeout = 2s;
    runtime loops{{.loops = 1}};
    client db{loops, options};
    auto said = loops.run(count_visit(db));
    loops.run(db.stop());
    return said;
}

// [server]
void on_a_real_server()
{
    // a valkey-server of its own, on a free port; it ends with the test
    testing::server_fixture server;
    std::cout << in_a_client(server.tcp()) << '\n';
    server.restart();
    std::cout << in_a_client(server.unix_socket()) << " after a restart: it keeps nothing\n";
}
// [server]

// [proxy]
void through_a_proxy()
{
    testing::server_fixture server;
    fault_proxy proxy{server.tcp()};
    std::cout << in_a_client(proxy.endpoint()) << " through a proxy\n";
    proxy.refuse();
    std::cout << in_a_client(proxy.endpoint()) << " when nobody answers\n";
}
// [proxy]

// [script]
void on_a_script()
{
    testing::scripted_server server;
    server.plays(testing::script{}
                     .hears("*2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n")
                     .says("%1\r\n+proto\r\n:3\r\n")
                     .hears("*2\r\n$4\r\nINCR\r\n$6\r\nvisits\r\n")
                     .hangs_up());  // after it has heard the command
    client_options options;
    options.server = server.endpoint();
    options.login.names_library = false;  // the script expects HELLO alone
    runtime loops{{.loops = 1}};
    client db{loops, options};
    std::cout << loops.run(count_visit(db)) << " when the answer is lost\n";
    loops.run(db.stop());
    std::cout << "complaints of the script: \"" << server.complaints() << "\"\n";
}
// [script]

// [clock]
task<> remind(int& reminders)
{
    for (int day = 0; day < 3; ++day) {
        co_await sleep_for(24h);
        ++reminders;
    }
}

void with_a_clock_set_by_hand()
{
    manual_scheduler loop;  // nothing runs by itself, and no time passes by itself
    int reminders = 0;
    result<void> ended;
    loop.start(remind(reminders), ended);
    loop.advance(48h);
    std::cout << reminders << " reminders after two days\n";
    loop.advance(24h);
    ended.take();
}
// [clock]

int main()
{
    try {
        on_a_real_server();
        through_a_proxy();
        on_a_script();
        with_a_clock_set_by_hand();
    } catch (std::exception const& why) {
        std::cerr << why.what() << '\n';
        return 1;
    }
}
