#include "redstart/client/session_pool.hpp"

#include "redstart/client/probe_test.hpp"
#include "redstart/client/question.hpp"
#include "redstart/command/server.hpp"
#include "redstart/task/when_all.hpp"
#include "redstart/task/within.hpp"

#include <gtest/gtest.h>

namespace redstart::client_test {
namespace {

using element = std::optional<std::vector<std::string>>;

// The usual handshake, which tells the number of the connection.
script begun()
{
    return script{}.hears(hello).says("%3\r\n+server\r\n+valkey\r\n+proto\r\n:3\r\n+id\r\n:7\r\n");
}

// A pool behind a client whose server plays scripts; it is asked directly.
class pool : public scripted {
protected:
    void connect_pool(pool_options of_pool, client_options options = {})
    {
        options.pool = of_pool;
        connect(options);
    }
    // On its loop.
    session_pool& here() { return db->on(*scheduler::current()).pool(); }

    task<> until_idle(std::int64_t sessions)
    {
        while (db->pool_usage().idle != sessions)
            co_await sleep_for(1ms);
    }

    static task<failure> failure_of(task<session_pool::lease> asking)
    {
        try {
            co_await std::move(asking);
        } catch (failure const& why) {
            co_return why;
        }
        throw std::logic_error{"it should have failed"};
    }

    command<element> pop() { return raw<element>("BLPOP", "l", "0"); }
    script pops() { return pops_as(popped); }
    script pops_as(std::string_view answer)
    {
        return begun().hears(words({"BLPOP", "l", "0"})).says(answer);
    }
    static constexpr auto popped = "*2\r\n$1\r\nl\r\n$1\r\nx\r\n";
};

TEST_F(pool, opens_nothing_before_it_is_needed)
{
    connect_pool({});
    run([]() -> task<> { co_await sleep_for(5ms); });
    stop();
    EXPECT_EQ(server.accepted(), 0u);
}

TEST_F(pool, hands_out_what_was_given_back_last)
{
    server.plays(begun());
    server.plays(begun());
    connect_pool({});
    run([&]() -> task<> {
        auto first = co_await here().acquire();
        auto second = co_await here().acquire();
        auto const* const last = &*first;
        second.give_back();
        first.give_back();
        auto const again = co_await here().acquire();
        EXPECT_EQ(&*again, last);
    });
    auto const usage = db->pool_usage();
    EXPECT_EQ(usage.hits, 1u);
    EXPECT_EQ(usage.misses, 2u);
    EXPECT_EQ(usage.total, 2);
    EXPECT_EQ(usage.in_use, 0);
}

TEST_F(pool, serves_those_who_wait_in_their_order)
{
    server.plays(begun());
    connect_pool({.max = 1});
    run([&]() -> task<> {
        std::string order;
        auto const ask = [&](char name) -> task<> {
            auto const lease = co_await here().acquire();
            order += name;
        };
        co_await when_all(ask('a'), ask('b'), ask('c'));
        EXPECT_EQ(order, "abc");
    });
    EXPECT_EQ(db->pool_usage().waits, 2u) << "the first had only to be connected";
}

TEST_F(pool, lets_go_of_those_who_give_up)
{
    server.plays(begun());
    connect_pool({.max = 1});
    run([&]() -> task<> {
        auto held = co_await here().acquire();
        auto const late = co_await failure_of([](session_pool& from) -> task<session_pool::lease> {
            co_return co_await within(2ms, from.acquire());
        }(here()));
        EXPECT_EQ(late.code(), failure_code::timed_out);
        EXPECT_EQ(late.outcome(), outcome::not_sent);
        cancellation source;
        auto own = co_await this_context();
        own.cancel = &source;
        auto const cancel = [](cancellation& which) -> task<> {
            co_await sleep_for(1ms);
            which.request();
        };
        auto const cancellable = [&]() -> task<failure> {
            co_return co_await under(own, failure_of(here().acquire()));
        };
        auto const [why, done] = co_await when_all(cancellable(), cancel(source));
        EXPECT_EQ(why.code(), failure_code::cancelled);
        EXPECT_EQ(db->pool_usage().waiting, 0);
        held.give_back();
        co_await here().acquire();
    });
    EXPECT_EQ(db->pool_usage().timeouts, 1u);
}

TEST_F(pool, refuses_those_who_are_too_many)
{
    server.plays(begun());
    connect_pool({.max = 1, .max_waiting = 1});
    run([&]() -> task<> {
        auto held = co_await here().acquire();
        auto const first = [&]() -> task<> { co_await here().acquire(); };
        auto const second = [&]() -> task<> {
            auto const why = co_await failure_of(here().acquire());
            EXPECT_EQ(why.code(), failure_code::overloaded);
            EXPECT_EQ(why.outcome(), outcome::not_sent);
            held.give_back();
        };
        co_await when_all(first(), second());
    });
}

TEST_F(pool, tells_everybody_at_once_that_the_login_is_refused)
{
    server.plays(script{}.hears(hello).says("-NOAUTH Authentication required.\r\n"));
    connect_pool({.max_dials = 1});
    run([&]() -> task<> {
        auto const [first, second] =
            co_await when_all(failure_of(here().acquire()), failure_of(here().acquire()));
        for (auto const* const why : {&first, &second}) {
            EXPECT_EQ(why->code(), failure_code::authentication_failed);
            EXPECT_EQ(why->reason(), "the server wants a password");
        }
    });
}

TEST_F(pool, refuses_those_who_wait_when_it_is_stopped)
{
    server.plays(begun());
    connect_pool({.max = 1});
    run([&]() -> task<> {
        auto const held = co_await here().acquire();
        auto const stop = [&]() -> task<> { co_await db->stop(1ms); };
        auto const [why, done] = co_await when_all(failure_of(here().acquire()), stop());
        EXPECT_EQ(why.code(), failure_code::stopped);
        EXPECT_EQ((co_await failure_of(here().acquire())).code(), failure_code::stopped);
    });
}

TEST_F(pool, closes_what_nobody_used_for_a_while)
{
    server.plays(begun().hears_the_end());
    connect_pool({.idle_timeout = 4ms});
    run([&]() -> task<> {
        co_await here().acquire();
        co_await until_idle(0);
    });
    EXPECT_EQ(db->pool_usage().total, 0);
    EXPECT_EQ(db->pool_usage().stale, 0u);
}

TEST_F(pool, uses_no_connection_beyond_its_lifetime)
{
    server.plays(begun().hears_the_end());
    server.plays(begun());
    connect_pool({.max_lifetime = 1ms, .lifetime_jitter = 0ms, .idle_timeout = 0ms});
    run([&]() -> task<> {
        auto old = co_await here().acquire();
        co_await sleep_for(2ms);
        old.give_back();
        EXPECT_EQ(db->pool_usage().idle, 0);
        co_await here().acquire();
    });
    EXPECT_EQ(server.accepted(), 2u);
}

TEST_F(pool, keeps_connections_whose_lifetime_is_shorter_than_its_jitter)
{
    server.plays(begun());
    connect_pool({.max_lifetime = 1h, .lifetime_jitter = 1'000'000h});
    run([&]() -> task<> { co_await here().acquire(); });
    EXPECT_EQ(db->pool_usage().idle, 1);
}

TEST_F(pool, keeps_some_ready_and_replaces_those_that_break)
{
    server.plays(begun());
    server.plays(begun().hangs_up());
    server.plays(begun());
    server.plays(begun());
    connect_pool({.min_idle = 2, .max_dials = 1});
    run([&]() -> task<> {
        here().keep_ready();
        while (server.accepted() < 3)  // the second was left by the server
            co_await sleep_for(1ms);
        co_await until_idle(2);
        auto const taken = co_await here().acquire();
        co_await until_idle(2);
    });
    EXPECT_EQ(server.accepted(), 4u);
    EXPECT_EQ(db->pool_usage().hits, 1u);
}

TEST_F(pool, closes_a_connection_that_says_what_nobody_asked)
{
    server.plays(pops().says("+stray\r\n").hears_the_end());
    server.plays(pops());
    connect_pool({});
    EXPECT_EQ(exec(pop()).value().at(1), "x");
    run([&]() -> task<> {
        while (db->pool_usage().stale == 0)
            co_await sleep_for(1ms);
    });
    EXPECT_EQ(exec(pop()).value().at(1), "x");
}

// Without HELLO nobody has told which connection it is.
TEST_F(pool, asks_for_the_number_of_a_connection_that_was_not_told)
{
    client_options options;
    options.login.resp3 = false;
    server.plays(script{}
                     .hears(words({"PING"}))
                     .says("+PONG\r\n")
                     .hears(words({"CLIENT", "ID"}))
                     .says(":7\r\n"));
    connect_pool({}, options);
    run([&]() -> task<> {
        auto const held = co_await here().acquire();
        EXPECT_EQ(held->connection_id(), 7);
    });
}

TEST_F(pool, works_where_nobody_may_ask_for_the_number)
{
    client_options options;
    options.login.resp3 = false;
    server.plays(script{}
                     .hears(words({"PING"}))
                     .says("+PONG\r\n")
                     .hears(words({"CLIENT", "ID"}))
                     .says("-NOPERM no\r\n")
                     .hears(words({"BLPOP", "l", "0"}))
                     .says(popped));
    connect_pool({}, options);
    EXPECT_EQ(exec(pop()).value().at(1), "x");
}

TEST_F(pool, closes_what_was_left_with_an_answer_to_come)
{
    server.plays(begun().hears(words({"PING"})).hears_the_end());
    connect_pool({});
    run([&]() -> task<> {
        auto held = co_await here().acquire();
        try {
            co_await within(2ms, [](link& on) -> task<> {
                co_await ask(on, wire::request::named("PING"));
            }(held->link()));
            ADD_FAILURE() << "nobody answers";
        } catch (failure const& why) {
            EXPECT_EQ(why.code(), failure_code::timed_out);
        }
        held.give_back();
        EXPECT_EQ(db->pool_usage().total, 0);
    });
}

// Otherwise it could end the next command on that connection.
TEST_F(pool, uses_no_session_again_before_its_unblocking_was_answered)
{
    server.plays(begun().hears(words({"CLIENT", "UNBLOCK", "7", "ERROR"})));  // and no answer
    server.plays(pops().hears_the_end());
    connect_pool({});
    loops.run(db->connect());
    run([&]() -> task<> {
        co_await here().acquire();
        cancellation source;
        auto own = co_await this_context();
        own.cancel = &source;
        auto const waits = [&]() -> task<element> {
            auto const inner = [&]() -> task<element> { co_return co_await db->exec(pop()); };
            co_return co_await under(own, inner());
        };
        auto const cancels = [&]() -> task<> {
            source.request();
            co_return;
        };
        auto const [came, done] = co_await when_all(waits(), cancels());
        EXPECT_EQ(came.value().at(1), "x") << "it had been answered";
        EXPECT_EQ(db->pool_usage().idle, 0);
        while (db->pool_usage().total > 0)
            co_await sleep_for(1ms);
    });
}

// Nobody is asked to wait for a server that hangs, and all of them are told.
TEST_F(pool, stops_while_commands_wait_at_a_server_that_says_nothing)
{
    for (int count = 0; count < 3; ++count)
        server.plays(begun().hears(words({"BLPOP", "l", "0"})).hears_the_end());
    connect_pool({});
    run([&]() -> task<> {
        auto const waits = [&]() -> task<> {
            auto const came = co_await db->try_exec(pop());
            EXPECT_EQ(came.error().code(), failure_code::stopped);
            EXPECT_EQ(came.error().outcome(), outcome::maybe_applied);
        };
        auto const stops = [&]() -> task<> {
            while (db->pool_usage().in_use < 3)
                co_await sleep_for(1ms);
            co_await db->stop(1ms);
        };
        co_await when_all(waits(), waits(), waits(), stops());
    });
}

// A replica, for one: whoever waits gets the next connection, not the one that is about to end.
TEST_F(pool, hands_out_no_connection_that_is_to_be_replaced)
{
    server.plays(pops_as("-NOAUTH Authentication required.\r\n").hears_the_end());
    server.plays(pops().hears_the_end());
    connect_pool({.max = 1});
    run([&]() -> task<> {
        auto const waits = [&]() -> task<std::expected<element, failure>> {
            co_return co_await db->try_exec(pop());
        };
        auto const [refused, came] = co_await when_all(waits(), waits());
        EXPECT_EQ(refused.error().server_code(), "NOAUTH");
        EXPECT_TRUE(came.has_value()) << came.error().what();
    });
    stop();
}

TEST_F(pool, is_watched_by_name)
{
    metrics_registry metrics;
    client_options options;
    server.plays(begun());
    connect(options, {.metrics = &metrics});
    run([&]() -> task<> { co_await here().acquire(); });
    stop();
    auto const value_of = [&](std::string_view name) -> double {
        for (auto const& family : metrics.read())
            if (family.family.name == name)
                return family.series.front().value;
        return -1;
    };
    EXPECT_EQ(value_of("redis.client.connection.pool.misses"), 1);
    EXPECT_EQ(value_of("redis.client.connection.pool.hits"), 0);
    EXPECT_EQ(value_of("db.client.connection.pending_requests"), 0);
    EXPECT_EQ(value_of("db.client.connection.timeouts"), 0);
}

}  // namespace
}  // namespace redstart::client_test
