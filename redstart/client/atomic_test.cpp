#include "redstart/client/atomic.hpp"

#include "redstart/client/probe_test.hpp"
#include "redstart/command/script.hpp"
#include "redstart/command/server.hpp"
#include "redstart/command/strings.hpp"
#include "redstart/task/within.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace redstart::client_test {
namespace {

std::string in_multi(std::string_view commands)
{
    return words({"MULTI"}) + std::string{commands} + words({"EXEC"});
}

// Two commands as a transaction, and what the server says to it.
class atomic_commands : public scripted {
protected:
    void answers(std::string_view said)
    {
        server.plays(settled()
                         .hears(in_multi(words({"INCR", "n"}) + words({"GET", "k"})))
                         .says(std::string{said})
                         .hears(words({"PING"}))
                         .says("+PONG\r\n"));
        connect(sent_once());
    }
    auto result()
    {
        auto came =
            run([this]() -> task<std::expected<std::tuple<std::int64_t, std::optional<std::string>>,
                                               failure>> {
                co_return co_await db->try_atomic(incr("n"), get("k"));
            });
        EXPECT_EQ(exec(ping()), "PONG") << "the connection is out of step";
        return came;
    }
    failure refusal()
    {
        auto came = result();
        if (came)
            throw std::logic_error{"it should have failed"};
        return came.error();
    }
};

TEST_F(atomic_commands, give_all_replies)
{
    answers("+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n:7\r\n$2\r\nhi\r\n");
    EXPECT_EQ(result().value(), (std::tuple{7, std::optional<std::string>{"hi"}}));
}

TEST_F(atomic_commands, are_not_executed_when_one_is_refused_in_the_queue)
{
    answers("+OK\r\n+QUEUED\r\n-NOPERM no permissions to run 'get'\r\n"
            "-EXECABORT Transaction discarded because of previous errors.\r\n");
    auto const why = refusal();
    EXPECT_EQ(why.code(), failure_code::server_error);
    EXPECT_EQ(why.outcome(), outcome::refused);
    EXPECT_EQ(why.server_code(), "NOPERM");
    EXPECT_EQ(why.command(), "GET") << "which it was";
    EXPECT_THAT(why.reason(), ::testing::StartsWith("EXECABORT"));
}

TEST_F(atomic_commands, fail_for_themselves_while_they_run)
{
    answers("+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n:8\r\n-WRONGTYPE no string\r\n");
    auto const why = refusal();
    EXPECT_EQ(why.command(), "GET");
    EXPECT_EQ(why.server_code(), "WRONGTYPE");
    EXPECT_EQ(why.outcome(), outcome::refused);
}

TEST_F(atomic_commands, tell_a_conflict_from_an_error)
{
    answers("+OK\r\n+QUEUED\r\n+QUEUED\r\n*-1\r\n");
    auto const why = refusal();
    EXPECT_EQ(why.code(), failure_code::conflict);
    EXPECT_EQ(why.outcome(), outcome::refused);
}

TEST_F(atomic_commands, may_have_run_one_by_one_when_multi_is_refused)
{
    answers("-NOPERM no permissions to run 'multi'\r\n:8\r\n*1\r\n$2\r\nhi\r\n"
            "-ERR EXEC without MULTI\r\n");
    auto const why = refusal();
    EXPECT_EQ(why.server_code(), "NOPERM");
    EXPECT_EQ(why.outcome(), outcome::maybe_applied);
}

// What MULTI answered says nothing of the commands behind it, which run by themselves.
TEST_F(scripted, may_have_applied_what_follows_a_refused_multi_when_its_caller_leaves)
{
    server.plays(settled()
                     .hears(in_multi(words({"INCR", "n"})))
                     .says("-NOPERM no permissions to run 'multi'\r\n"));
    connect(sent_once());
    auto const why = run([this]() -> task<failure> {
        auto const late =
            [](client& through) -> task<std::expected<std::tuple<std::int64_t>, failure>> {
            co_return co_await through.try_atomic(incr("n"));
        };
        co_await db->connect();
        co_return (co_await within(10ms, late(*db))).error();
    });
    EXPECT_EQ(why.outcome(), outcome::maybe_applied);
}

TEST_F(atomic_commands, are_refused_as_a_whole_by_a_server_that_loads)
{
    answers("-LOADING x\r\n-LOADING x\r\n-LOADING x\r\n-LOADING x\r\n");
    auto const why = refusal();
    EXPECT_EQ(why.server_code(), "LOADING");
    EXPECT_EQ(why.outcome(), outcome::refused);
}

TEST_F(atomic_commands, fail_for_themselves_when_a_reply_does_not_fit)
{
    answers("+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n$3\r\nabc\r\n*2\r\n*1\r\n:1\r\n:2\r\n");
    EXPECT_EQ(refusal().code(), failure_code::decode_failed);
}

TEST_F(atomic_commands, do_not_take_replies_of_another_number)
{
    answers("+OK\r\n+QUEUED\r\n+QUEUED\r\n*1\r\n:8\r\n");
    EXPECT_EQ(refusal().code(), failure_code::decode_failed);
}

TEST_F(atomic_commands, do_not_take_more_replies_than_there_are_commands)
{
    answers("+OK\r\n+QUEUED\r\n+QUEUED\r\n*3\r\n:8\r\n$1\r\nv\r\n:1\r\n");
    EXPECT_EQ(refusal().code(), failure_code::decode_failed);
}

// Whatever the place, either nothing has left, or the end is unknown: never is a part of it sent again.
TEST_F(scripted, loses_a_transaction_as_a_whole)
{
    server.plays(settled()
                     .hears(in_multi(words({"INCR", "n"}) + words({"INCR", "m"})))
                     .says("+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n:1\r\n")
                     .hangs_up());
    server.plays(settled().hears(words({"PING"})).says("+PONG\r\n"));
    connect();
    auto const why = run([this]() -> task<failure> {
        auto came = co_await db->try_atomic(incr("n"), incr("m"));
        co_return came.error();
    });
    EXPECT_EQ(why.code(), failure_code::connection_lost);
    EXPECT_EQ(why.outcome(), outcome::maybe_applied);
    EXPECT_EQ(exec(ping()), "PONG");
}

TEST_F(scripted, sends_the_scripts_of_a_transaction_whole)
{
    static redstart::script<std::int64_t> const one{"one", "return 1"};
    server.plays(settled()
                     .hears(in_multi(words({"EVAL", "return 1", "1", "k"})))
                     .says("+OK\r\n+QUEUED\r\n*1\r\n:1\r\n"));
    connect();
    EXPECT_EQ(run([this]() -> task<std::int64_t> {
                  auto const [number] = co_await db->atomic(one(keys("k")));
                  co_return number;
              }),
              1);
}

TEST_F(scripted, refuses_what_changes_the_connection_within_a_transaction)
{
    connect();
    auto const why = run([this]() -> task<failure> {
        auto came = co_await db->try_atomic(incr("n"), raw<ignored>("DISCARD"));
        co_return came.error();
    });
    EXPECT_EQ(why.code(), failure_code::forbidden_command);
    EXPECT_EQ(why.outcome(), outcome::not_sent);
}

TEST_F(scripted, gives_one_result_for_each_command_of_a_dynamic_transaction)
{
    server.plays(settled()
                     .hears(in_multi(words({"INCR", "n"}) + words({"GET", "k"})))
                     .says("+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n-WRONGTYPE x\r\n$1\r\nv\r\n"));
    connect();
    run([this]() -> task<> {
        batch work;
        auto const n = work.add(incr("n"));
        auto const k = work.add(get("k"));
        auto replies = co_await db->atomic(std::move(work));
        EXPECT_EQ(replies.failures(), 1u);
        EXPECT_EQ(replies.take(n).error().server_code(), "WRONGTYPE");
        EXPECT_EQ(replies.take(k).value(), "v");
    });
}

}  // namespace
}  // namespace redstart::client_test
