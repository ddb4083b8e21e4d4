// What tests of blocking commands share: how to know that a command waits at the server, without guessing.

#pragma once

#include "redstart/command/reply_value.hpp"
#include "tests/integration/harness.hpp"

#include <string>
#include <utility>

namespace redstart::integration {

// Until the server says that so many clients wait in a command.
inline task<> until_blocked(server_fixture& at, int clients)
{
    auto peer = at.connect();
    while (true) {
        auto const told = peer.ask({"INFO", "clients"});
        constexpr std::string_view name = "blocked_clients:";
        if (std::stoi(told.substr(told.find(name) + name.size())) == clients)
            co_return;
        co_await sleep_for(1ms);
    }
}

// The number of a client that waits in a command.
inline std::string blocked_client_id(server_fixture& at)
{
    std::istringstream lines{at.connect().ask({"CLIENT", "LIST"})};
    for (std::string line; std::getline(lines, line);)
        if (line.find(" flags=b") != std::string::npos)
            return line.substr(3, line.find(' ') - 3);
    return {};
}

// Runs `work` and cancels it as soon as its command waits at the server.
template <class T>
task<T> cancelled_when_blocked(server_fixture& at, task<T> work)
{
    cancellation source;
    auto own = co_await this_context();
    own.cancel = &source;
    auto const cancellable = [](context given, task<T> inner) -> task<T> {
        co_return co_await under(given, std::move(inner));
    };
    auto const cancel = [](server_fixture& where, cancellation& whom) -> task<> {
        co_await until_blocked(where, 1);
        whom.request();
    };
    auto [came, cancelled] =
        co_await when_all(cancellable(own, std::move(work)), cancel(at, source));
    co_return std::move(came);
}

}  // namespace redstart::integration
