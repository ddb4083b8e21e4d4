// What the tests of this folder share: a client on one loop that talks to a scripted server.

#pragma once

#include "redstart/client/client.hpp"
#include "redstart/task/sleep.hpp"
#include "redstart/testing/scripted_server.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace redstart::client_test {

using namespace std::chrono_literals;
using testing::script;

inline std::string words(std::vector<std::string_view> const& all)
{
    auto text = "*" + std::to_string(all.size()) + "\r\n";
    for (auto const word : all)
        text.append("$")
            .append(std::to_string(word.size()))
            .append("\r\n")
            .append(word)
            .append("\r\n");
    return text;
}

inline std::string const hello = words({"HELLO", "3"});
inline constexpr auto hello_map = "%2\r\n+server\r\n+valkey\r\n+proto\r\n:3\r\n";

// A script that begins with the usual handshake.
inline script settled() { return script{}.hears(hello).says(hello_map); }

// For what fails: no second attempt.
inline client_options sent_once()
{
    client_options options;
    options.retry.attempts = 0;
    return options;
}

class scripted : public ::testing::Test {
protected:
    ~scripted() override
    {
        stop();
        EXPECT_EQ(server.complaints(), "");
    }

    void connect(client_options options = {}, client_observers observers = {})
    {
        options.server = server.endpoint();
        if (options.command_timeout == client_options{}.command_timeout)
            options.command_timeout = 20s;  // a slow machine is no failure
        options.reconnect = {.first = 1ms, .limit = 5ms};
        options.login.names_library = false;  // scripts are long enough without
        db.emplace(loops, options, observers);
    }
    void stop()
    {
        if (db)
            loops.run(db->stop(10ms));
        db.reset();
    }

    template <class Body>
    auto run(Body body)
    {
        return loops.run(body());
    }
    template <class Reply>
    Reply exec(command<Reply> sent)
    {
        return loops.run([](client& through, command<Reply> one) -> task<Reply> {
            co_return co_await through.exec(std::move(one));
        }(*db, std::move(sent)));
    }
    template <class Reply>
    failure fails(command<Reply> sent)
    {
        return loops.run([](client& through, command<Reply> one) -> task<failure> {
            auto came = co_await through.try_exec(std::move(one));
            if (came)
                throw std::logic_error{"it should have failed"};
            co_return came.error();
        }(*db, std::move(sent)));
    }

    testing::scripted_server server;
    runtime loops{{.loops = 1}};
    std::optional<client> db;
};

}  // namespace redstart::client_test
