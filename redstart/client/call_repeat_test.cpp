// What is sent a second time, and what is not.

#include "redstart/client/probe_test.hpp"
#include "redstart/command/script.hpp"
#include "redstart/command/server.hpp"
#include "redstart/command/strings.hpp"
#include "redstart/task/race.hpp"
#include "redstart/task/when_all.hpp"

#include <gtest/gtest.h>

namespace redstart::client_test {
namespace {

client_options repeats(unsigned attempts, backoff_options pause = {.first = 1ms, .limit = 2ms})
{
    client_options options;
    options.retry = {.attempts = attempts, .pause = pause, .writes = true};
    return options;
}

constexpr backoff_options long_pause{.first = 1000h, .limit = 1000h};

class repetition : public scripted {
protected:
    // The server loses the connection instead of an answer to `bytes`, and then says this to the next one.
    void loses(std::string_view bytes) { server.plays(settled().hears(bytes).hangs_up()); }
};

TEST_F(repetition, follows_when_the_server_cannot_serve_yet)
{
    for (auto const* const code : {"LOADING", "BUSY", "TRYAGAIN", "CLUSTERDOWN", "MASTERDOWN"}) {
        server.plays(settled()
                         .hears(words({"INCR", "n"}))
                         .says("-" + std::string{code} + " wait\r\n")
                         .hears(words({"INCR", "n"}))
                         .says(":1\r\n")
                         .hears_the_end());
        connect(repeats(1));
        EXPECT_EQ(exec(incr("n")), 1) << code;
        stop();
    }
}

TEST_F(repetition, does_not_follow_when_waiting_will_not_help)
{
    for (auto const* const code : {"OOM", "MISCONF", "NOPERM", "WRONGTYPE", "ERR", "NOREPLICAS"}) {
        server.plays(settled()
                         .hears(words({"SET", "k", "v"}))
                         .says("-" + std::string{code} + " no\r\n")
                         .hears_the_end());
        connect(repeats(3));
        auto const why = fails(set("k", "v"));
        EXPECT_EQ(why.server_code(), code);
        EXPECT_EQ(why.outcome(), outcome::refused);
        stop();
    }
}

// Whoever writes scripts uses that word, too: for a lock that is held, after something was written.
TEST_F(repetition, does_not_follow_when_a_script_says_of_its_own_accord_that_it_is_busy)
{
    static redstart::script<std::int64_t> const counts{
        "counts", "redis.call('INCR', KEYS[1]) return redis.error_reply('BUSY come later')"};
    auto const sent = words({"EVALSHA", counts.sha1(), "1", "n"});
    server.plays(settled().hears(sent).says("-BUSY come later\r\n").hears_the_end());
    server.plays(
        settled()
            .hears(sent)
            .says("-BUSY Valkey is busy running a script. You can only call SCRIPT KILL.\r\n")
            .hears(sent)
            .says(":1\r\n")
            .hears_the_end());
    connect(repeats(1));
    EXPECT_EQ(fails(counts(keys("n"))).outcome(), outcome::maybe_applied);
    stop();
    connect(repeats(1));
    EXPECT_EQ(exec(counts(keys("n"))), 1);
    stop();
}

TEST_F(repetition, follows_a_lost_connection_when_it_makes_no_difference)
{
    loses(words({"SET", "k", "v"}));
    server.plays(settled().hears(words({"SET", "k", "v"})).says("+OK\r\n"));
    connect(repeats(1));
    EXPECT_TRUE(exec(set("k", "v")));
}

// The lost copy could come late, after somebody else's SET.
TEST_F(repetition, does_not_follow_a_lost_write_unless_that_is_asked_for)
{
    loses(words({"SET", "k", "v"}));
    loses(words({"GET", "k"}));
    server.plays(settled().hears(words({"GET", "k"})).says("$1\r\nv\r\n"));
    auto options = repeats(3);
    options.retry.writes = false;
    connect(options);
    EXPECT_EQ(fails(set("k", "v")).outcome(), outcome::maybe_applied);
    EXPECT_EQ(exec(get("k")), "v");
}

TEST_F(repetition, does_not_follow_a_lost_connection_when_it_could_count_twice)
{
    loses(words({"INCR", "n"}));
    loses(words({"SET", "k", "v", "NX"}));
    server.plays(settled().hears(words({"PING"})).says("+PONG\r\n"));
    connect(repeats(3));
    EXPECT_EQ(fails(incr("n")).outcome(), outcome::maybe_applied);
    EXPECT_EQ(fails(set("k", "v", {.condition = set_options::when::if_absent})).outcome(),
              outcome::maybe_applied);
    EXPECT_EQ(exec(ping()), "PONG");
}

TEST_F(repetition, sends_only_what_failed_of_several)
{
    server.plays(settled()
                     .hears(words({"INCR", "n"}) + words({"GET", "a"}) + words({"GET", "b"}))
                     .says(":7\r\n")
                     .hangs_up());
    server.plays(
        settled().hears(words({"GET", "a"}) + words({"GET", "b"})).says("$1\r\nA\r\n$1\r\nB\r\n"));
    connect(repeats(1));
    auto const [n, a, b] = run([this]() -> task<std::tuple<std::int64_t, std::optional<std::string>,
                                                           std::optional<std::string>>> {
        co_return co_await db->exec(incr("n"), get("a"), get("b"));
    });
    EXPECT_EQ(n, 7);
    EXPECT_EQ(a, "A");
    EXPECT_EQ(b, "B");
}

// The GET could be sent again, but then it would come before the INCR that its caller put before it.
TEST_F(repetition, changes_no_order)
{
    loses(words({"GET", "a"}) + words({"INCR", "n"}));
    connect(repeats(3));
    run([this]() -> task<> {
        auto const [a, n] = co_await db->try_exec(get("a"), incr("n"));
        EXPECT_EQ(a.error().outcome(), outcome::maybe_applied);
        EXPECT_EQ(n.error().outcome(), outcome::maybe_applied);
    });
}

TEST_F(repetition, begins_the_decoding_anew)
{
    server.plays(settled()
                     .hears(words({"MGET", "a", "b"}))
                     .says("*2\r\n$5\r\nfirst\r\n$6\r\nsec")
                     .hangs_up());
    server.plays(settled().hears(words({"MGET", "a", "b"})).says("*2\r\n$1\r\nA\r\n$1\r\nB\r\n"));
    connect(repeats(1));
    EXPECT_EQ(exec(mget(std::vector<std::string>{"a", "b"})),
              (std::vector<std::optional<std::string>>{"A", "B"}));
}

// MULTI to EXEC is one answer in several frames, which is read from its beginning again.
TEST_F(repetition, of_a_transaction_reads_all_of_its_answers_anew)
{
    auto const sent =
        words({"MULTI"}) + words({"INCR", "n"}) + words({"GET", "k"}) + words({"EXEC"});
    server.plays(settled()
                     .hears(sent)
                     .says("+OK\r\n-LOADING wait\r\n+QUEUED\r\n-EXECABORT no\r\n")
                     .hears(sent)
                     .says("-LOADING wait\r\n-LOADING wait\r\n-LOADING wait\r\n-LOADING wait\r\n")
                     .hears(sent)
                     .says("+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n:7\r\n$2\r\nhi\r\n")
                     .hears_the_end());
    connect(repeats(2));
    run([this]() -> task<> {
        auto const [n, k] = co_await db->atomic(incr("n"), get("k"));
        EXPECT_EQ(n, 7);
        EXPECT_EQ(k, "hi");
    });
    stop();
}

TEST_F(repetition, ends_after_so_many_attempts)
{
    auto plays = settled();
    for (int i = 0; i < 3; ++i)
        plays.hears(words({"PING"})).says("-LOADING wait\r\n");
    server.plays(plays.hears_the_end());
    connect(repeats(2));
    EXPECT_EQ(fails(ping()).server_code(), "LOADING");
    stop();
}

TEST_F(repetition, ends_when_the_budget_is_spent)
{
    auto plays = settled();
    for (int i = 0; i < 4; ++i)
        plays.hears(words({"PING"})).says("-LOADING wait\r\n");
    server.plays(plays.hears_the_end());
    auto options = repeats(2);
    options.retry.budget = 2;
    connect(options);
    EXPECT_EQ(fails(ping()).server_code(), "LOADING");  // two repetitions
    EXPECT_EQ(fails(ping()).server_code(), "LOADING");  // and none
    stop();
}

TEST_F(repetition, does_not_begin_when_the_deadline_would_come_first)
{
    server.plays(settled().hears(words({"PING"})).says("-LOADING wait\r\n").hears_the_end());
    connect(repeats(3, long_pause));
    EXPECT_EQ(fails(ping()).server_code(), "LOADING") << "it would wait in vain";
    stop();
}

TEST_F(repetition, does_not_make_a_first_attempt_undone)
{
    loses(words({"SET", "k", "v"}));
    server.plays(settled().hears(words({"SET", "k", "v"})).says("-OOM full\r\n"));
    connect(repeats(1));
    auto const why = fails(set("k", "v"));
    EXPECT_EQ(why.server_code(), "OOM");
    EXPECT_EQ(why.outcome(), outcome::maybe_applied);
}

// A call whose first attempt is refused, and whose second would come in a thousand hours.
class pause_between : public repetition {
protected:
    pause_between()
    {
        server.plays(settled().hears(words({"GET", "k"})).says("-LOADING wait\r\n"));
        auto options = repeats(1, long_pause);
        options.command_timeout = 0ms;
        connect(options);
    }
    task<> begun()
    {
        while (db->on(loops.at(0)).pauses().empty())
            co_await sleep_for(1ms);
    }
    task<failure> asked()
    {
        auto const result = co_await db->try_exec(get("k"));
        co_return result.error();
    }
};

// Nobody knows of the call but its caller's frame: it must be found all the same.
TEST_F(pause_between, attempts_ends_when_the_client_stops)
{
    run([this]() -> task<> {
        auto const later = [this]() -> task<> {
            co_await begun();
            co_await db->stop(0ms);
        };
        auto const [why, nothing] = co_await when_all(asked(), later());
        EXPECT_EQ(why.code(), failure_code::stopped);
    });
}

TEST_F(pause_between, attempts_ends_with_its_caller)
{
    run([this]() -> task<> {
        auto const finished = co_await race(asked(), begun());
        EXPECT_EQ(finished.index(), 1u);
        EXPECT_TRUE(db->on(loops.at(0)).pauses().empty());
    });
}

// The answer comes while the client drains: a pause that began now would outlive it.
TEST_F(repetition, does_not_begin_while_the_client_stops)
{
    server.plays(settled().hears(words({"GET", "k"})).says_slowly("-LOADING wait\r\n"));
    auto options = repeats(1, long_pause);
    options.command_timeout = 0ms;
    connect(options);
    run([this]() -> task<> {
        co_await db->connect();
        auto const asked = [](client& through) -> task<failure> {
            auto const result = co_await through.try_exec(get("k"));
            co_return result.error();
        };
        auto const [why, nothing] = co_await when_all(asked(*db), db->on(loops.at(0)).stop(20s));
        EXPECT_EQ(why.server_code(), "LOADING");
        EXPECT_TRUE(db->on(loops.at(0)).pauses().empty());
    });
}

class circuit : public scripted {
protected:
    void fails_twice(boot_clock::duration open_for, script plays)
    {
        server.plays(std::move(plays));
        auto options = sent_once();
        options.circuit_breaker = {.failures = 2, .open_for = open_for};
        connect(options);
        EXPECT_EQ(fails(ping()).server_code(), "LOADING");
        EXPECT_EQ(fails(ping()).server_code(), "LOADING");
    }
    static script loads_twice()
    {
        return settled()
            .hears(words({"PING"}))
            .says("-LOADING wait\r\n")
            .hears(words({"PING"}))
            .says("-LOADING wait\r\n");
    }
};

TEST_F(circuit, opens_after_failures)
{
    fails_twice(1h, loads_twice().hears_the_end());
    auto const why = fails(ping());
    EXPECT_EQ(why.code(), failure_code::circuit_open);
    EXPECT_EQ(why.outcome(), outcome::not_sent);
    stop();
}

TEST_F(circuit, closes_when_one_call_succeeds)
{
    auto const pong = [](script& plays) -> script& {
        return plays.hears(words({"PING"})).says("+PONG\r\n");
    };
    auto plays = loads_twice();
    fails_twice(1ms, pong(pong(plays)));
    run([]() -> task<> { co_await sleep_for(2ms); });
    EXPECT_EQ(exec(ping()), "PONG");
    EXPECT_EQ(exec(ping()), "PONG");
}

}  // namespace
}  // namespace redstart::client_test
