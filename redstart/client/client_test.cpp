#include "redstart/client/client.hpp"

#include "redstart/client/probe_test.hpp"
#include "redstart/command/keys.hpp"
#include "redstart/command/script.hpp"
#include "redstart/command/server.hpp"
#include "redstart/command/strings.hpp"
#include "redstart/task/on.hpp"
#include "redstart/task/when_all.hpp"
#include "redstart/task/within.hpp"

#include <gtest/gtest.h>

namespace redstart::client_test {
namespace {

constexpr key_of<std::int64_t> hits{"hits"};
redstart::script<std::int64_t> const bump{"bump", "return redis.call('INCR', KEYS[1])"};

TEST_F(scripted, sends_a_command_and_gives_its_reply)
{
    server.plays(settled().hears(words({"GET", "k"})).says("$1\r\nv\r\n"));
    connect();
    EXPECT_EQ(exec(get("k")), "v");
    EXPECT_EQ(server.accepted(), 1u);
}

TEST_F(scripted, opens_nothing_before_it_is_needed)
{
    connect();
    run([]() -> task<> { co_await sleep_for(5ms); });
    stop();
    EXPECT_EQ(server.accepted(), 0u);
}

// The server would complain about the command, which may not come before its own answer.
TEST_F(scripted, sends_nothing_of_the_user_before_the_handshake_is_settled)
{
    std::string_view const map = hello_map;
    server.plays(script{}
                     .hears(hello)
                     .says(map.substr(0, 10))
                     .says_slowly(map.substr(10, map.size() - 11))
                     .says(map.substr(map.size() - 1))
                     .hears(words({"INCR", "hits"}))
                     .says(":1\r\n"));
    connect();
    EXPECT_EQ(exec(incr(hits)), 1);
}

TEST_F(scripted, logs_in_names_itself_and_selects_in_one_go)
{
    server.plays(script{}
                     .hears(words({"HELLO", "3", "AUTH", "ada", "secret"}) +
                            words({"CLIENT", "SETNAME", "app"}) + words({"SELECT", "4"}))
                     .says(std::string{hello_map} + "+OK\r\n+OK\r\n")
                     .hears(words({"GET", "k"}))
                     .says("_\r\n"));
    client_options options;
    options.credentials = static_credentials("ada", "secret");
    options.login = {.client_name = "app", .database = 4};
    connect(options);
    EXPECT_EQ(exec(get("k")), std::nullopt);
}

TEST_F(scripted, falls_back_to_resp2)
{
    server.plays(script{}
                     .hears(hello)
                     .says("-ERR unknown command 'HELLO'\r\n")
                     .hears(words({"PING"}))
                     .says("+PONG\r\n")
                     .hears(words({"MGET", "a", "b"}))
                     .says("*2\r\n$-1\r\n$1\r\nx\r\n"));
    connect();
    EXPECT_EQ(exec(mget(std::vector<std::string>{"a", "b"})),
              (std::vector<std::optional<std::string>>{std::nullopt, "x"}));
}

TEST_F(scripted, tells_whom_it_is_connected_to)
{
    server.plays(settled());
    connect();
    auto const identity = loops.run(db->connect());
    EXPECT_EQ(identity.server, "valkey");
    EXPECT_EQ(identity.protocol, 3u);
    EXPECT_EQ(loops.run(db->connect()).server, "valkey") << "the second time nothing is dialled";
    EXPECT_EQ(server.accepted(), 1u);
}

TEST_F(scripted, fails_fast_when_the_login_is_refused)
{
    server.plays(script{}.hears(hello).says("-NOAUTH Authentication required.\r\n"));
    connect();
    auto const why = fails(get("k"));
    EXPECT_EQ(why.code(), failure_code::authentication_failed);
    EXPECT_EQ(why.outcome(), outcome::not_sent);
    EXPECT_EQ(why.command(), "GET");
    EXPECT_EQ(why.reason(), "the server wants a password");
}

TEST_F(scripted, refuses_a_server_that_says_more_than_it_was_asked)
{
    server.plays(
        script{}.hears(hello).says(std::string{hello_map} + "$5\r\nstray\r\n").hears_the_end());
    server.plays(settled().hears(words({"GET", "k"})).says("$4\r\nmine\r\n"));
    connect();
    EXPECT_EQ(exec(get("k")), "mine") << "not what was lying about";
}

TEST_F(scripted, sends_several_together_and_matches_the_replies)
{
    server.plays(
        settled()
            .hears(words({"INCR", "hits"}) + words({"GET", "k"}) + words({"DEL", "a", "b"}))
            .says_slowly(":7\r\n$2\r\nhi\r\n:2\r\n"));
    connect();
    auto const [number, text, gone] =
        run([&]() -> task<std::tuple<std::int64_t, std::optional<std::string>, std::int64_t>> {
            co_return co_await db->exec(incr(hits), get("k"), del("a", "b"));
        });
    EXPECT_EQ(number, 7);
    EXPECT_EQ(text, "hi");
    EXPECT_EQ(gone, 2);
}

TEST_F(scripted, gives_the_first_failure_of_several_after_all_have_ended)
{
    server.plays(settled()
                     .hears(words({"GET", "a"}) + words({"INCR", "b"}) + words({"INCR", "c"}))
                     .says("$1\r\nx\r\n-WRONGTYPE not a number\r\n-ERR other\r\n")
                     .hears(words({"GET", "d"}))
                     .says("$1\r\ny\r\n"));
    connect();
    run([&]() -> task<> {
        try {
            co_await db->exec(get("a"), incr("b"), incr("c"));
            ADD_FAILURE() << "it should have failed";
        } catch (failure const& why) {
            EXPECT_EQ(why.server_code(), "WRONGTYPE");
            EXPECT_EQ(why.command(), "INCR");
        }
    });
    EXPECT_EQ(exec(get("d")), "y");
}

TEST_F(scripted, tells_what_the_server_refused)
{
    server.plays(settled()
                     .hears(words({"INCR", "k"}))
                     .says("-WRONGTYPE Operation against a key holding secret data\r\n")
                     .hears(words({"INCR", "k"}))
                     .says("!12\r\nERR in a blo\r\n"));
    connect();
    auto const why = fails(incr("k"));
    EXPECT_EQ(why.code(), failure_code::server_error);
    EXPECT_EQ(why.outcome(), outcome::refused);
    EXPECT_EQ(why.server_code(), "WRONGTYPE");
    EXPECT_EQ(why.server_text(), "WRONGTYPE Operation against a key holding secret data");
    EXPECT_EQ(std::string{why.what()}.find("secret"), std::string::npos);
    EXPECT_EQ(fails(incr("k")).server_text(), "ERR in a blo");
}

// Of the caller, not of the library.
TEST_F(scripted, tells_where_it_was_asked)
{
    server.plays(settled()
                     .hears(words({"INCR", "k"}))
                     .says("-ERR no\r\n")
                     .hears(words({"INCR", "k"}) + words({"GET", "k"}))
                     .says("-ERR no\r\n_\r\n"));
    connect();
    run([&]() -> task<> {
        auto const here = std::source_location::current();
        auto const one = co_await db->try_exec(incr("k"));
        EXPECT_EQ(one.error().where().file_name(), std::string_view{here.file_name()});
        EXPECT_EQ(one.error().where().line(), here.line() + 1);
        try {
            co_await db->exec(incr("k"), get("k"));
            ADD_FAILURE() << "it should have failed";
        } catch (failure const& why) {
            EXPECT_EQ(why.where().file_name(), std::string_view{here.file_name()});
            EXPECT_EQ(why.where().line(), here.line() + 5);
        }
    });
}

// An EVAL that follows behind them would run after what was sent after it.
TEST_F(scripted, sends_scripts_whole_when_something_stands_behind_them)
{
    server.plays(settled()
                     .hears(words({"EVAL", bump.text(), "1", "hits"}) + words({"GET", "hits"}))
                     .says(":1\r\n$1\r\n1\r\n")
                     .hears(words({"GET", "hits"}) + words({"EVALSHA", bump.sha1(), "1", "hits"}))
                     .says("$1\r\n1\r\n-NOSCRIPT No matching script.\r\n")
                     .hears(words({"EVAL", bump.text(), "1", "hits"}))
                     .says(":2\r\n"));
    connect();
    run([&]() -> task<> {
        auto const [first, seen] = co_await db->exec(bump(keys(hits)), get(hits));
        EXPECT_EQ(first, seen);
        auto const [before, last] = co_await db->exec(get(hits), bump(keys(hits)));
        EXPECT_EQ(before, 1);
        EXPECT_EQ(last, 2);
    });
}

// What a script did before its error stays done.
TEST_F(scripted, does_not_call_a_script_refused_that_may_have_begun)
{
    server.plays(settled()
                     .hears(words({"EVALSHA", bump.sha1(), "1", "hits"}))
                     .says("-ERR value is not an integer\r\n")
                     .hears(words({"EVALSHA", bump.sha1(), "1", "hits"}))
                     .says("-BUSY Redis is busy running a script.\r\n")
                     .hears(words({"SOME.MODULE"}))
                     .says("-ERR half way\r\n"));
    connect(sent_once());
    EXPECT_EQ(fails(bump(keys(hits))).outcome(), outcome::maybe_applied);
    EXPECT_EQ(fails(bump(keys(hits))).outcome(), outcome::refused);
    EXPECT_EQ(fails(raw<ignored>("SOME.MODULE")).outcome(), outcome::maybe_applied);
}

// The caller has left with the failure, and the rest of the reply finds nobody.
TEST_F(scripted, leaves_in_the_middle_of_a_reply_that_does_not_fit)
{
    server.plays(settled()
                     .hears(words({"LRANGE", "l", "0", "1"}))
                     .says("*2\r\n$1\r\na\r\n")
                     .hears(words({"GET", "k"}))
                     .says("$1\r\nb\r\n")
                     .says("$1\r\nv\r\n"));
    connect();
    run([&]() -> task<> {
        auto const brief = [](client& through) -> task<failure> {
            auto const came = co_await through.try_exec(raw<std::int64_t>("LRANGE", "l", "0", "1"));
            co_return came.error();
        };
        co_await db->connect();
        auto const why = co_await within(30ms, brief(*db));
        EXPECT_EQ(why.code(), failure_code::decode_failed);
        EXPECT_EQ(why.outcome(), outcome::maybe_applied);
        EXPECT_EQ(co_await db->exec(get("k")), "v");
    });
}

TEST_F(scripted, loses_one_call_and_nothing_else_when_a_reply_does_not_fit)
{
    std::string const large(40'000, 'x');
    server.plays(settled()
                     .hears(words({"INCR", "hits"}))
                     .says("*3\r\n:1\r\n$40000\r\n" + large + "\r\n*1\r\n*1\r\n+deep\r\n")
                     .hears(words({"INCR", "hits"}))
                     .says("$40000\r\n" + large + "\r\n")
                     .hears(words({"MGET", "a"}))
                     .says("*1\r\n-ERR inside\r\n")
                     .hears(words({"GET", "k"}))
                     .says("$1\r\nv\r\n"));
    connect();
    for (int i = 0; i < 2; ++i) {
        auto const why = fails(incr(hits));
        EXPECT_EQ(why.code(), failure_code::decode_failed);
        EXPECT_EQ(why.outcome(), outcome::maybe_applied);
    }
    EXPECT_EQ(fails(mget(std::vector<std::string>{"a"})).code(), failure_code::decode_failed);
    EXPECT_EQ(exec(get("k")), "v");
    EXPECT_EQ(server.accepted(), 1u);
}

TEST_F(scripted, says_what_came_when_a_reply_does_not_fit)
{
    server.plays(settled()
                     .hears(words({"GET", "k"}))
                     .says("_\r\n")
                     .hears(words({"INCR", "hits"}))
                     .says("$6\r\nsecret\r\n"));
    connect();
    EXPECT_EQ(fails(raw<std::string>("GET", "k")).reason(), "null came, which std::optional takes");
    EXPECT_EQ(fails(incr(hits)).reason(), "a text came that does not read as it");
}

TEST_F(scripted, takes_replies_byte_by_byte_and_drops_pushes)
{
    server.plays(
        settled()
            .hears(words({"MGET", "a", "b"}))
            .says_slowly(">2\r\n+message\r\n+hi\r\n*2\r\n$1\r\nx\r\n>1\r\n+inside\r\n$2\r\nyz\r\n")
            .says(">1\r\n+later\r\n"));
    connect();
    EXPECT_EQ(exec(mget(std::vector<std::string>{"a", "b"})),
              (std::vector<std::optional<std::string>>{"x", "yz"}));
}

TEST_F(scripted, gives_up_a_connection_that_is_out_of_step)
{
    server.plays(settled().hears(words({"GET", "k"})).says("?what\r\n").hears_the_end());
    server.plays(settled().hears(words({"GET", "k"})).says("$1\r\nv\r\n"));
    connect(sent_once());
    auto const why = fails(get("k"));
    EXPECT_EQ(why.code(), failure_code::protocol_error);
    EXPECT_EQ(why.outcome(), outcome::maybe_applied);
    EXPECT_EQ(why.reason(), "an unknown type byte");
    EXPECT_EQ(exec(get("k")), "v");
}

TEST_F(scripted, gives_up_a_connection_that_answers_twice)
{
    server.plays(
        settled().hears(words({"GET", "k"})).says("$1\r\nv\r\n$1\r\nv\r\n").hears_the_end());
    server.plays(settled().hears(words({"GET", "k"})).says("$1\r\nw\r\n"));
    connect();
    EXPECT_EQ(exec(get("k")), "v");
    run([&]() -> task<> {
        while (server.accepted() < 2)
            co_await sleep_for(1ms);
    });
    EXPECT_EQ(exec(get("k")), "w") << "not the answer that was left over";
}

TEST_F(scripted, tells_that_the_answer_is_lost_with_the_connection)
{
    server.plays(settled().hears(words({"INCR", "hits"})).says(":").hangs_up());
    server.plays(settled().hears(words({"INCR", "hits"})).resets());
    server.plays(settled().hears(words({"INCR", "hits"})).says(":3\r\n"));
    connect();
    for (int i = 0; i < 2; ++i) {
        auto const why = fails(incr(hits));
        EXPECT_EQ(why.code(), failure_code::connection_lost);
        EXPECT_EQ(why.outcome(), outcome::maybe_applied);
    }
    EXPECT_EQ(exec(incr(hits)), 3);
}

TEST_F(scripted, tries_again_when_the_handshake_breaks_and_sends_the_command_once)
{
    server.plays(script{}.hangs_up());
    server.plays(script{}.hears(hello).hangs_up());
    server.plays(script{}.hears(hello).says("%1\r\n+server\r\n").resets());
    server.plays(script{}.hears(hello).says("-ERR max number of clients reached\r\n").hangs_up());
    server.plays(settled().hears(words({"INCR", "hits"})).says(":1\r\n"));
    connect();
    EXPECT_EQ(exec(incr(hits)), 1);
}

// The first pause is drawn from 24 days, so that none ends within this test.
TEST_F(scripted, does_not_storm_a_server_that_hangs_up_at_once)
{
    server.plays(settled().hears(words({"PING"})).hangs_up());
    client_options patient;
    patient.server = server.endpoint();
    patient.login.names_library = false;
    patient.retry.attempts = 0;
    patient.reconnect = {.first = 24h * 24, .limit = 24h * 24};
    db.emplace(loops, patient);
    EXPECT_EQ(fails(ping()).code(), failure_code::connection_lost);
    run([&]() -> task<> {
        auto const waits = [](client& through) -> task<failure> {
            co_return (co_await through.try_exec(ping())).error();
        };
        auto const why = co_await within(20ms, waits(*db));
        EXPECT_EQ(why.code(), failure_code::timed_out);
        EXPECT_EQ(why.outcome(), outcome::not_sent);
    });
    EXPECT_EQ(server.accepted(), 1u);
}

TEST(client_options, bound_every_wait_and_every_queue_unless_told_otherwise)
{
    client_options const usual;
    EXPECT_GT(usual.command_timeout, 0s);
    EXPECT_GT(usual.dial_timeout, 0s);
    EXPECT_GT(usual.subscription_check, 0s);
    EXPECT_GT(usual.socket.user_timeout, 0s);
    EXPECT_GT(usual.in_flight.commands, 0u);
    EXPECT_LT(usual.in_flight.commands, 1'000'000u);
    EXPECT_LT(usual.in_flight.bytes, 1'000'000'000u);
    EXPECT_LT(usual.pool.max, 10'000u);
    EXPECT_LT(usual.pool.max_waiting, 1'000'000u);
    EXPECT_LT(subscription_options{}.messages, 1'000'000u);
    EXPECT_LT(subscription_options{}.bytes, 1'000'000'000u);
}

TEST_F(scripted, sends_a_script_whole_when_the_server_does_not_know_it)
{
    server.plays(settled()
                     .hears(words({"EVALSHA", bump.sha1(), "1", "hits"}))
                     .says("-NOSCRIPT No matching script.\r\n")
                     .hears(words({"EVAL", bump.text(), "1", "hits"}))
                     .says(":1\r\n")
                     .hears(words({"EVALSHA", bump.sha1(), "1", "hits"}))
                     .says(":2\r\n"));
    connect();
    EXPECT_EQ(exec(bump(keys(hits))), 1);
    EXPECT_EQ(exec(bump(keys(hits))), 2);
}

TEST_F(scripted, sends_a_script_whole_only_once)
{
    server.plays(settled()
                     .hears(words({"EVALSHA", bump.sha1(), "1", "hits"}))
                     .says("-NOSCRIPT No matching script.\r\n")
                     .hears(words({"EVAL", bump.text(), "1", "hits"}))
                     .says("-NOSCRIPT Nonsense.\r\n"));
    connect();
    auto const why = fails(bump(keys(hits)));
    EXPECT_EQ(why.code(), failure_code::server_error);
    EXPECT_EQ(why.server_code(), "NOSCRIPT");
}

TEST_F(scripted, sends_nothing_that_would_disturb_others)
{
    connect();
    for (auto const* const name :
         {"SELECT", "MULTI", "CLIENT REPLY", "SUBSCRIBE", "WAIT", "RESET"}) {
        auto const why = fails(raw<ignored>(name, "1"));
        EXPECT_EQ(why.code(), failure_code::forbidden_command) << name;
        EXPECT_EQ(why.outcome(), outcome::not_sent);
        EXPECT_NE(why.reason(), "");
    }
    run([&]() -> task<> {
        try {
            co_await db->exec(get("k"), raw<ignored>("MULTI"));
            ADD_FAILURE() << "it should have failed";
        } catch (failure const& why) {
            EXPECT_EQ(why.code(), failure_code::forbidden_command);
        }
        try {
            co_await db->exec(get("k"), raw<ignored>("BLPOP", "list", "0"));
            ADD_FAILURE() << "it should have failed";
        } catch (failure const& why) {
            EXPECT_EQ(why.code(), failure_code::forbidden_command);
            EXPECT_TRUE(why.reason().starts_with("BLPOP ")) << "that is whose fault it is";
        }
    });
    EXPECT_EQ(server.accepted(), 0u) << "nothing of it was sent";
}

TEST_F(scripted, writes_several_callers_at_once)
{
    constexpr int callers = 20;
    std::string all;
    std::string answers;
    for (int i = 0; i < callers; ++i) {
        all += words({"INCRBY", "hits", std::to_string(i)});
        answers += ":" + std::to_string(i * 10) + "\r\n";
    }
    server.plays(settled().hears(all).says(answers));
    connect();
    run([&]() -> task<> {
        co_await db->connect();
        std::vector<task<std::int64_t>> calls;
        for (int i = 0; i < callers; ++i)
            calls.push_back([](client& through, int amount) -> task<std::int64_t> {
                co_return co_await through.exec(incrby(hits, amount));
            }(*db, i));
        auto const values = co_await when_all(std::move(calls));
        for (std::size_t i = 0; i < callers; ++i)
            EXPECT_EQ(values[i], static_cast<std::int64_t>(i) * 10);
    });
}

TEST_F(scripted, refuses_everything_once_it_is_stopped)
{
    server.plays(settled().hears(words({"GET", "k"})).says("$1\r\nv\r\n").hears_the_end());
    connect();
    EXPECT_EQ(exec(get("k")), "v");
    loops.run(db->stop());
    auto const why = fails(get("k"));
    EXPECT_EQ(why.code(), failure_code::stopped);
    EXPECT_EQ(why.outcome(), outcome::not_sent);
    EXPECT_THROW(loops.run(db->connect()), failure);
    loops.run(db->stop());
}

TEST_F(scripted, gives_what_is_in_flight_its_time_when_it_stops)
{
    server.plays(settled().hears(words({"GET", "k"})).says("$1\r\nv\r\n").hears_the_end());
    connect();
    run([&]() -> task<> {
        co_await db->connect();
        auto const late = [](client& through) -> task<> { co_await through.stop(20s); };
        auto const call = [](client& through) -> task<std::optional<std::string>> {
            co_return co_await through.exec(get("k"));
        };
        auto const [value, nothing] = co_await when_all(call(*db), late(*db));
        EXPECT_EQ(value, "v");
    });
}

// Not one loop after the other: the last would take commands until all others have ended.
TEST_F(scripted, refuses_on_every_loop_from_the_moment_it_stops)
{
    server.plays(settled().hears(words({"GET", "k"})).hears_the_end());
    runtime two{{.loops = 2}};
    client_options options;
    options.server = server.endpoint();
    options.login.names_library = false;
    client wide{two, options};
    auto const pending = [](client& through) -> task<failure> {
        auto const came = co_await through.try_exec(get("k"));
        co_return came.error();
    };
    auto const stop_now = [](client& through) -> task<> { co_await through.stop(20s); };
    auto const later = [&](client& through) -> task<failure> {
        co_await sleep_for(20ms);
        co_return co_await on(two.at(1), pending(through));
    };
    auto const all = [&]() -> task<failure> {
        co_await wide.connect();
        auto const [late, nothing, other] = co_await when_all(
            [&]() -> task<failure> { co_return co_await within(200ms, pending(wide)); }(),
            stop_now(wide), later(wide));
        EXPECT_EQ(late.code(), failure_code::timed_out);
        co_return other;
    };
    EXPECT_EQ(two.run(all()).code(), failure_code::stopped);
}

// The end of the connection comes in the same turn as the refusal, and says less.
TEST_F(scripted, keeps_the_reason_of_a_refused_login_when_the_server_hangs_up)
{
    constexpr int rounds = 20;
    testing::scripted_server other;
    other.plays(script{}.hears(hello).says(hello_map));
    client_options options;
    options.server = other.endpoint();
    options.login.names_library = false;
    client second_socket{loops, options};
    loops.run(second_socket.connect());
    options.server = server.endpoint();
    options.reconnect = {.first = 1h, .limit = 1h};  // a second dial would take the next script
    for (int i = 0; i < rounds; ++i) {
        server.plays(script{}.hears(hello).says("-WRONGPASS invalid\r\n").hangs_up());
        db.emplace(loops, options);
        auto const why = fails(get("k"));
        EXPECT_EQ(why.code(), failure_code::authentication_failed) << why.what();
        EXPECT_EQ(why.reason(), "the server refused the login");
        stop();
    }
    loops.run(second_socket.stop());
}

TEST_F(scripted, fails_what_is_in_flight_when_its_time_is_over)
{
    server.plays(settled().hears(words({"GET", "k"})).hears_the_end());
    connect();
    run([&]() -> task<> {
        co_await db->connect();
        auto const stop_soon = [](client& through) -> task<> { co_await through.stop(5ms); };
        auto const call = [](client& through) -> task<failure> {
            auto const came = co_await through.try_exec(get("k"));
            co_return came.error();
        };
        auto const [why, nothing] = co_await when_all(call(*db), stop_soon(*db));
        EXPECT_EQ(why.code(), failure_code::stopped);
        EXPECT_EQ(why.outcome(), outcome::maybe_applied);
    });
}

TEST_F(scripted, stops_while_it_dials_and_while_somebody_waits_for_that)
{
    server.plays(script{}.hears(hello).hears_the_end());
    connect();
    run([&]() -> task<> {
        auto const stop_soon = [](client& through) -> task<> {
            co_await sleep_for(5ms);
            co_await through.stop(20s);
        };
        auto const call = [](client& through) -> task<failure> {
            auto const came = co_await through.try_exec(get("k"));
            co_return came.error();
        };
        auto const waiting = [](client& through) -> task<failure_code> {
            try {
                co_await through.connect();
            } catch (failure const& why) {
                co_return why.code();
            }
            co_return failure_code::invalid_argument;
        };
        auto const [why, code, nothing] =
            co_await when_all(call(*db), waiting(*db), stop_soon(*db));
        EXPECT_EQ(why.code(), failure_code::stopped);
        EXPECT_EQ(why.outcome(), outcome::not_sent);
        EXPECT_EQ(code, failure_code::stopped);
    });
}

// Late answers are a sign of life: only time-outs in a row, without a byte, make it doubt.
TEST_F(scripted, keeps_a_connection_that_answers_late)
{
    constexpr int rounds = 5;
    auto const one = words({"GET", "k"});
    auto lines = settled();
    for (int i = 0; i < rounds; ++i)
        lines.hears(one + one + one).says("$4\r\nlate\r\n$4\r\nlate\r\n$2\r\nme\r\n");
    server.plays(lines);
    client_options options;
    options.timeouts_before_probe = 3;
    connect(options);
    run([&]() -> task<> {
        co_await db->connect();
        auto const brief = [](client& through) -> task<failure> {
            auto const came = co_await through.try_exec(get("k"));
            co_return came.error();
        };
        for (int i = 0; i < rounds; ++i) {
            EXPECT_EQ((co_await within(2ms, brief(*db))).code(), failure_code::timed_out);
            EXPECT_EQ((co_await within(2ms, brief(*db))).code(), failure_code::timed_out);
            EXPECT_EQ(co_await db->exec(get("k")), "me");
        }
    });
    EXPECT_EQ(server.accepted(), 1u);
}

}  // namespace
}  // namespace redstart::client_test
