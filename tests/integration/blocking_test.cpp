// Commands that wait at the server: on connections of their own, and none of them loses an element.

#include "tests/integration/blocking_harness.hpp"

namespace redstart::integration {
namespace {

class blocking : public contract {
protected:
    using popped = std::optional<std::vector<std::string>>;  // the key and the element

    // Begins a command, waits until the server holds it, does something, and gives what it came to.
    template <class Reply>
    Reply served_by(command<Reply> waiting, command<ignored> serving)
    {
        return with.run([&]() -> task<Reply> {
            auto const serve = [](server_fixture& at, client& through,
                                  command<ignored> sent) -> task<> {
                co_await until_blocked(at, 1);
                co_await through.exec(std::move(sent));
            };
            auto [came, served] = co_await when_all(exec_in(db, std::move(waiting)),
                                                    serve(server, db, std::move(serving)));
            co_return std::move(came);
        });
    }
};
INSTANTIATE_TEST_SUITE_P(on, blocking, ::testing::ValuesIn(every_setup()), setup_name);

TEST_P(blocking, commands_get_what_comes_while_they_wait)
{
    EXPECT_EQ(served_by(raw<popped>("BLPOP", "l", "0"), raw<ignored>("RPUSH", "l", "a")),
              (std::vector<std::string>{"l", "a"}));
    EXPECT_EQ(served_by(raw<popped>("BRPOP", "l", "0"), raw<ignored>("RPUSH", "l", "b")),
              (std::vector<std::string>{"l", "b"}));
    EXPECT_EQ(served_by(raw<std::optional<std::string>>("BLMOVE", "l", "m", "LEFT", "RIGHT", "0"),
                        raw<ignored>("RPUSH", "l", "c")),
              "c");
    using popped_from = std::optional<std::tuple<std::string, std::vector<std::string>>>;
    EXPECT_EQ(served_by(raw<popped_from>("BLMPOP", "0", "1", "l", "LEFT"),
                        raw<ignored>("RPUSH", "l", "d", "e")),
              (std::tuple{std::string{"l"}, std::vector<std::string>{"d"}}));
    using scored = std::optional<std::tuple<std::string, std::string, double>>;
    EXPECT_EQ(served_by(raw<scored>("BZPOPMIN", "z", "0"), raw<ignored>("ZADD", "z", "2", "f")),
              (std::tuple{std::string{"z"}, std::string{"f"}, 2.0}));
    served_by(raw<ignored>("BZMPOP", "0", "1", "z", "MIN"), raw<ignored>("ZADD", "z", "3", "g"));
    EXPECT_EQ(exec(raw<std::int64_t>("ZCARD", "z")), 0);
    EXPECT_EQ(db.pool_usage().total, 1) << "one after the other on the same connection";
    EXPECT_EQ(db.pool_usage().hits, 5u);
    EXPECT_EQ(db.pool_usage().misses, 1u);
}

TEST_P(blocking, reads_of_streams_get_what_comes_while_they_wait)
{
    auto const told = served_by(raw<reply_value>("XREAD", "BLOCK", "0", "STREAMS", "s", "$"),
                                raw<ignored>("XADD", "s", "1-1", "name", "ada"));
    EXPECT_FALSE(told.is_null());
    exec(raw<ok>("XGROUP CREATE", "s", "group", "$"));
    auto const read = served_by(
        raw<reply_value>("XREADGROUP", "GROUP", "group", "one", "BLOCK", "0", "STREAMS", "s", ">"),
        raw<ignored>("XADD", "s", "2-1", "name", "bob"));
    EXPECT_FALSE(read.is_null());
}

TEST_P(blocking, commands_end_with_nothing_when_the_server_has_waited_long_enough)
{
    EXPECT_EQ(exec(raw<popped>("BLPOP", "l", "0.01")), std::nullopt);
    EXPECT_EQ(exec(raw<std::optional<std::string>>("BLMOVE", "l", "m", "LEFT", "LEFT", "0.01")),
              std::nullopt);
    EXPECT_EQ(db.pool_usage().idle, 1);
}

TEST_P(blocking, commands_hold_up_nobody_else)
{
    with.run([&]() -> task<> {
        auto const others = [](server_fixture& at, client& through) -> task<> {
            co_await until_blocked(at, 20);
            EXPECT_EQ(co_await through.exec(ping()), "PONG");
            for (int i = 0; i < 20; ++i)
                co_await through.exec(raw<std::int64_t>("RPUSH", "l", i));
        };
        std::vector<task<>> all;
        all.push_back(others(server, db));
        for (int i = 0; i < 20; ++i)
            all.push_back([](client& through) -> task<> {
                auto const came = co_await through.exec(raw<popped>("BLPOP", "l", "0"));
                EXPECT_TRUE(came.has_value());
            }(db));
        co_await when_all(std::move(all));
        EXPECT_EQ(db.pool_usage().total, 20);
    });
}

TEST_P(blocking, commands_whose_caller_gives_up_take_nothing)
{
    with.run([&]() -> task<> {
        for (int i = 0; i < 3; ++i) {
            auto const why = co_await cancelled_when_blocked(
                server, failure_in(db, raw<popped>("BLPOP", "l", "0")));
            EXPECT_EQ(why.code(), failure_code::cancelled) << why.what();
            EXPECT_EQ(why.outcome(), outcome::refused) << "the server said that it did nothing";
            EXPECT_EQ(why.command(), "BLPOP");
        }
        co_await db.exec(raw<ignored>("RPUSH", "l", "kept"));
        EXPECT_EQ(co_await db.exec(raw<std::int64_t>("LLEN", "l")), 1);
        EXPECT_EQ(co_await db.exec(raw<popped>("BLPOP", "l", "0")),
                  (std::vector<std::string>{"l", "kept"}));
        EXPECT_EQ(db.pool_usage().total, 1) << "the connection is in step, and used again";
    });
}

TEST_P(blocking, commands_obey_the_ambient_deadline)
{
    auto const why = with.run([&]() -> task<failure> {
        co_return co_await within(50ms, failure_in(db, raw<popped>("BLPOP", "l", "0")));
    });
    EXPECT_EQ(why.code(), failure_code::timed_out);
    EXPECT_NE(why.outcome(), outcome::maybe_applied);
}

TEST_P(blocking, commands_end_when_the_client_is_stopped)
{
    connected other{options()};
    other.run([&]() -> task<> {
        auto const stop = [](server_fixture& at, client& through) -> task<> {
            co_await until_blocked(at, 1);
            co_await through.stop(20s);
        };
        auto const [why, stopped] = co_await when_all(
            failure_in(other.db, raw<popped>("BLPOP", "l", "0")), stop(server, other.db));
        EXPECT_EQ(why.code(), failure_code::stopped);
        EXPECT_EQ(why.outcome(), outcome::refused);
        EXPECT_EQ(other.db.pool_usage().total, 0);
    });
}

// Who unblocks it from outside is heard, too.
TEST_P(blocking, commands_tell_that_somebody_else_unblocked_them)
{
    with.run([&]() -> task<> {
        auto const unblock = [](server_fixture& at, client& through) -> task<> {
            co_await until_blocked(at, 1);
            co_await through.exec(raw<ignored>("CLIENT UNBLOCK", blocked_client_id(at), "ERROR"));
        };
        auto const [why, done] =
            co_await when_all(failure_in(db, raw<popped>("BLPOP", "l", "0")), unblock(server, db));
        EXPECT_EQ(why.code(), failure_code::server_error);
        EXPECT_EQ(why.server_code(), "UNBLOCKED");
        EXPECT_EQ(why.outcome(), outcome::refused);
    });
}

TEST_P(blocking, commands_do_not_block_within_a_transaction)
{
    with.run([&]() -> task<> {
        auto const [nothing, pong] = co_await db.atomic(raw<popped>("BLPOP", "l", "0"), ping());
        EXPECT_EQ(nothing, std::nullopt);
        EXPECT_EQ(pong, "PONG");
        EXPECT_EQ(db.pool_usage().total, 0);
    });
}

TEST_P(blocking, commands_wait_in_line_when_all_connections_are_taken)
{
    auto few = options();
    few.pool.max = 1;
    connected other{few};
    other.run([&]() -> task<> {
        auto const push = [](server_fixture& at, client& through) -> task<> {
            co_await until_blocked(at, 1);
            EXPECT_EQ(through.pool_usage().waiting, 2);
            co_await through.exec(raw<ignored>("RPUSH", "l", "1", "2", "3"));
        };
        auto const pop = [](client& through) -> task<std::string> {
            auto const came = co_await through.exec(raw<popped>("BLPOP", "l", "0"));
            co_return came.value().at(1);
        };
        auto const [first, second, third, pushed] =
            co_await when_all(pop(other.db), pop(other.db), pop(other.db), push(server, other.db));
        EXPECT_EQ(first, "1");
        EXPECT_EQ(second, "2") << "who came first is served first";
        EXPECT_EQ(third, "3");
        auto const usage = other.db.pool_usage();
        EXPECT_EQ(usage.total, 1);
        EXPECT_EQ(usage.misses, 3u);
        EXPECT_EQ(usage.waits, 2u);
        EXPECT_GT(usage.wait_time, 0ns);
    });
}

}  // namespace
}  // namespace redstart::integration
