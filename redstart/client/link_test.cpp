// What a link does of its own accord: it makes way for more when it is full, and for a better connection.

#include "redstart/client/probe_test.hpp"
#include "redstart/command/server.hpp"
#include "redstart/command/strings.hpp"
#include "redstart/task/when_all.hpp"

#include <gtest/gtest.h>

namespace redstart::client_test {
namespace {

constexpr auto hello_of_master = "%3\r\n+server\r\n+valkey\r\n+proto\r\n:3\r\n+role\r\n+master\r\n";
constexpr auto hello_of_replica =
    "%3\r\n+server\r\n+valkey\r\n+proto\r\n:3\r\n+role\r\n+replica\r\n";

script role(std::string_view hello_says) { return script{}.hears(hello).says(hello_says); }

class renewing : public scripted {
protected:
    void connect_with(unsigned attempts)
    {
        client_options options;
        options.retry = {.attempts = attempts, .pause = {.first = 1ms, .limit = 2ms}};
        connect(options);
    }
};

TEST_F(renewing, follows_when_a_master_has_become_a_replica)
{
    server.plays(role(hello_of_master)
                     .hears(words({"SET", "k", "v"}))
                     .says("-READONLY You can't write against a read only replica.\r\n")
                     .hears_the_end());
    server.plays(
        role(hello_of_master).hears(words({"SET", "k", "v"})).says("+OK\r\n").hears_the_end());
    connect_with(1);
    EXPECT_TRUE(exec(set("k", "v")));
    stop();
}

TEST_F(renewing, does_not_follow_when_it_was_a_replica_from_the_beginning)
{
    server.plays(role(hello_of_replica)
                     .hears(words({"SET", "k", "v"}))
                     .says("-READONLY You can't write against a read only replica.\r\n")
                     .hears(words({"GET", "k"}))
                     .says("_\r\n")
                     .hears_the_end());
    connect_with(0);
    EXPECT_EQ(fails(set("k", "v")).outcome(), outcome::refused);
    EXPECT_EQ(exec(get("k")), std::nullopt);
    stop();
}

TEST_F(renewing, follows_when_the_login_is_lost)
{
    server.plays(settled()
                     .hears(words({"PING"}))
                     .says("-NOAUTH Authentication required.\r\n")
                     .hears_the_end());
    server.plays(settled().hears(words({"PING"})).says("+PONG\r\n").hears_the_end());
    connect_with(1);
    EXPECT_EQ(exec(ping()), "PONG");
    stop();
}

// What has left before is still answered: nothing of it is lost.
TEST_F(renewing, waits_for_the_answers_that_are_due)
{
    server.plays(role(hello_of_master)
                     .hears(words({"SET", "k", "v"}) + words({"INCR", "n"}))
                     .says("-READONLY no\r\n")
                     .says_slowly(":41\r\n")
                     .hears_the_end());
    server.plays(settled().hears(words({"PING"})).says("+PONG\r\n").hears_the_end());
    connect_with(0);
    run([this]() -> task<> {
        auto const [refused, count] = co_await db->try_exec(set("k", "v"), incr("n"));
        EXPECT_EQ(refused.error().server_code(), "READONLY");
        EXPECT_EQ(count.value(), 41);
        EXPECT_EQ(co_await db->exec(ping()), "PONG");
    });
    stop();
}

TEST_F(scripted, lets_commands_wait_for_room_when_that_is_asked_for)
{
    auto plays = settled();
    for (auto const* const name : {"0", "1", "2", "3"})
        plays.hears(words({"INCR", name})).says(":" + std::string{name} + "\r\n");
    server.plays(plays.hears_the_end());
    client_options options;
    options.in_flight = {.commands = 1, .waiting = 3};
    connect(options);
    run([this]() -> task<> {
        std::vector<task<std::int64_t>> all;
        for (auto const* const name : {"0", "1", "2", "3", "4"})
            all.push_back([](client& through, std::string key) -> task<std::int64_t> {
                auto const came = co_await through.try_exec(incr(key));
                if (!came)
                    EXPECT_EQ(came.error().code(), failure_code::overloaded);
                co_return came.value_or(-1);
            }(*db, name));
        auto const came = co_await when_all(std::move(all));
        EXPECT_EQ(came, (std::vector<std::int64_t>{0, 1, 2, 3, -1}));
    });
    stop();
}

}  // namespace
}  // namespace redstart::client_test
