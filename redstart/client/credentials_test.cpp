#include "redstart/client/credentials.hpp"

#include "redstart/client/probe_test.hpp"
#include "redstart/command/strings.hpp"

#include <atomic>
#include <functional>
#include <stdexcept>

namespace redstart::client_test {
namespace {

// Whatever the test wants it to do.
class scripted_credentials final : public credentials_provider {
public:
    std::function<task<credentials>(std::size_t)> answer;  // to the n-th question
    std::atomic<std::size_t> asked = 0;

    using credentials_provider::push;
    task<credentials> fetch() override { return answer(asked++); }
};

std::string hello_as(std::string_view password)
{
    return words({"HELLO", "3", "AUTH", "ada", password});
}

std::string auth_as(std::string_view password) { return words({"AUTH", "ada", password}); }

class logging_in : public scripted {
protected:
    void connect_with(std::shared_ptr<credentials_provider> who, client_options options = {})
    {
        options.credentials = std::move(who);
        connect(std::move(options));
    }
    failure fails_to_connect()
    {
        return run([&]() -> task<failure> {
            try {
                co_await db->connect();
            } catch (failure const& why) {
                co_return why;
            }
            throw std::logic_error{"it should have failed"};
        });
    }
    static script logged_in(std::string_view password)
    {
        return script{}.hears(hello_as(password)).says(hello_map);
    }

    std::shared_ptr<scripted_credentials> asked = std::make_shared<scripted_credentials>();
    std::shared_ptr<rotating_credentials> rotating =
        std::make_shared<rotating_credentials>(credentials{"ada", "one"});
};

TEST_F(logging_in, asks_who_it_is_at_every_dial)
{
    asked->answer = [](std::size_t time) -> task<credentials> {
        co_return credentials{"ada", time == 0 ? "one" : "two"};
    };
    server.plays(script{}.hears(hello_as("one")).says("-LOADING the dataset\r\n").hangs_up());
    server.plays(logged_in("two").hears(words({"GET", "k"})).says("_\r\n"));
    connect_with(asked);
    EXPECT_EQ(exec(get("k")), std::nullopt);
    EXPECT_EQ(asked->asked, 2u);
}

TEST_F(logging_in, says_why_it_does_not_know_who_it_is_and_asks_again)
{
    asked->answer = [](std::size_t time) -> task<credentials> {
        if (time == 0)
            throw std::runtime_error{"the token service is down"};
        co_return credentials{"ada", "one"};
    };
    server.plays(logged_in("one").hears(words({"GET", "k"})).says("_\r\n"));
    connect_with(asked);
    auto const why = fails_to_connect();
    EXPECT_EQ(why.code(), failure_code::connect_failed);
    EXPECT_EQ(why.outcome(), outcome::not_sent);
    EXPECT_EQ(why.reason(), "no credentials: the token service is down");
    EXPECT_EQ(exec(get("k")), std::nullopt);
}

TEST_F(logging_in, survives_a_provider_that_throws_no_exception)
{
    asked->answer = [](std::size_t time) -> task<credentials> {
        if (time == 0)
            throw 42;
        co_return credentials{"ada", "one"};
    };
    server.plays(logged_in("one").hears(words({"GET", "k"})).says("_\r\n"));
    connect_with(asked);
    EXPECT_EQ(fails_to_connect().code(), failure_code::connect_failed);
    EXPECT_EQ(exec(get("k")), std::nullopt);
}

TEST_F(logging_in, does_not_wait_for_an_answer_beyond_the_time_of_a_dial)
{
    asked->answer = [](std::size_t) -> task<credentials> {
        co_await sleep_for(1h);
        co_return credentials{};
    };
    client_options impatient;
    impatient.dial_timeout = 10ms;
    connect_with(asked, impatient);
    EXPECT_EQ(fails_to_connect().code(), failure_code::timed_out);
}

TEST_F(logging_in, happens_again_between_two_commands_when_the_credentials_change)
{
    server.plays(logged_in("one")
                     .hears(words({"GET", "a"}))
                     .hears(auth_as("three"))
                     .hears(words({"GET", "b"}))
                     .says("_\r\n+OK\r\n_\r\n"));
    connect_with(rotating);
    run([&]() -> task<> {
        co_await db->connect();
        auto const change = [](rotating_credentials& now) -> task<> {
            now.set({"ada", "two"});  // overtaken: nobody hears of it
            now.set({"ada", "three"});
            co_return;
        };
        auto const call = [](client& through, std::string_view key,
                             boot_clock::duration after) -> task<std::optional<std::string>> {
            co_await sleep_for(after);
            co_return co_await through.exec(get(key));
        };
        auto const first = [](client& through) -> task<std::optional<std::string>> {
            co_return co_await through.exec(get("a"));
        };
        co_await when_all(first(*db), change(*rotating), call(*db, "b", 10ms));
    });
}

TEST_F(logging_in, again_that_is_refused_closes_that_connection_only)
{
    server.plays(logged_in("one")
                     .hears(auth_as("secret"))
                     .hears(words({"GET", "a"}))
                     .says("-WRONGPASS invalid username-password pair\r\n")
                     .hears_the_end());
    server.plays(logged_in("secret").hears(words({"GET", "b"})).says("_\r\n"));
    client_options once;
    once.retry.attempts = 0;
    connect_with(rotating, once);
    run([&]() -> task<> {
        co_await db->connect();
        rotating->set({"ada", "secret"});
        co_await sleep_for(1ms);
        auto const lost = co_await db->try_exec(get("a"));
        EXPECT_EQ(lost.error().code(), failure_code::connection_lost);
        EXPECT_EQ(lost.error().outcome(), outcome::maybe_applied);
        EXPECT_EQ(lost.error().reason(), "the server refused the new login");
        EXPECT_EQ(std::string_view{lost.error().what()}.find("secret"), std::string_view::npos);
    });
    EXPECT_EQ(exec(get("b")), std::nullopt);
}

TEST_F(logging_in, misses_no_change_that_came_while_it_dialled)
{
    asked->answer = [this](std::size_t) -> task<credentials> {
        asked->push({"ada", "two"});
        co_return credentials{"ada", "one"};
    };
    server.plays(logged_in("one")
                     .hears(auth_as("two"))
                     .says("+OK\r\n")
                     .hears(words({"GET", "k"}))
                     .says("_\r\n"));
    connect_with(asked);
    run([&]() -> task<> { co_await db->connect(); });
    EXPECT_EQ(exec(get("k")), std::nullopt);
}

// Connections of their own log in again as well: those that nobody uses before their next command, and those whose
// command waits at the server behind it.
TEST_F(logging_in, happens_again_in_the_pool)
{
    auto const pop = words({"BLPOP", "l", "0"});
    constexpr auto popped = "*2\r\n$1\r\nl\r\n$1\r\nx\r\n";
    server.plays(logged_in("one")
                     .hears(words({"CLIENT", "ID"}))
                     .says(":7\r\n")
                     .hears(auth_as("two") + pop)
                     .says("+OK\r\n")
                     .hears(auth_as("three"))
                     .says(popped)
                     .says("+OK\r\n"));
    connect_with(rotating);
    run([&]() -> task<> {
        auto& pool = db->on(*scheduler::current()).pool();
        co_await pool.acquire();
        rotating->set({"ada", "two"});
        co_await sleep_for(1ms);
        auto const pops = [&]() -> task<std::string> {
            auto const came =
                co_await db->exec(raw<std::optional<std::vector<std::string>>>("BLPOP", "l", "0"));
            co_return came.value().at(1);
        };
        auto const rotates = [&]() -> task<> {
            while (db->pool_usage().in_use == 0)
                co_await sleep_for(1ms);
            rotating->set({"ada", "three"});
        };
        auto const [element, done] = co_await when_all(pops(), rotates());
        EXPECT_EQ(element, "x");
    });
    EXPECT_EQ(server.accepted(), 1u);
}

// The change waits for room; it is neither lost nor a reason to close.
TEST_F(logging_in, waits_for_room_among_the_commands)
{
    server.plays(logged_in("one")
                     .hears(words({"GET", "a"}))
                     .says("_\r\n")
                     .hears(auth_as("two"))
                     .says("+OK\r\n")
                     .hears(words({"GET", "b"}))
                     .says("_\r\n"));
    client_options narrow;
    narrow.in_flight.commands = 1;
    connect_with(rotating, narrow);
    run([&]() -> task<> {
        co_await db->connect();
        rotating->set({"ada", "two"});  // it comes when the only place is taken
        co_await db->exec(get("a"));
        co_await sleep_for(1ms);
        while (!co_await db->try_exec(get("b")))  // the login may still fill the only place
            co_await sleep_for(1ms);
    });
}

TEST_F(logging_in, may_change_while_nobody_is_connected_and_after_the_client_has_gone)
{
    rotating->set({"ada", "two"});
    server.plays(logged_in("two").hears(words({"GET", "k"})).says("_\r\n"));
    connect_with(rotating);
    EXPECT_EQ(exec(get("k")), std::nullopt);
    run([&]() -> task<> {
        rotating->set({"ada", "three"});  // on its way when the connection ends
        co_await db->stop(0ms);
    });
    stop();
    rotating->set({"ada", "four"});
}

}  // namespace
}  // namespace redstart::client_test
