// Transactions that watch keys, on real servers.

#include "tests/integration/harness.hpp"

namespace redstart::integration {
namespace {

class transactions : public contract {
protected:
    static constexpr key_of<std::int64_t> balance{"balance"};

    // Somebody else, in the middle of a transaction.
    void others_set(std::string_view key, std::string_view value)
    {
        server.connect().ask({"SET", key, value});
    }
    static task<decision<bool>> withdraw(watched& view, std::int64_t amount)
    {
        auto const held = co_await view.exec(get(balance));
        if (held.value_or(0) < amount)
            co_return abandon(false);
        co_return commit(true, decrby(balance, amount));
    }
    void expect_nobody_watches()
    {
        EXPECT_EQ(db.pool_usage().in_use, 0);
        EXPECT_LE(db.pool_usage().total, 1);
    }
};
INSTANTIATE_TEST_SUITE_P(on, transactions, ::testing::ValuesIn(every_setup()), setup_name);

TEST_P(transactions, commit_or_abandon_as_their_body_decides)
{
    exec(set(balance, 10));
    with.run([&]() -> task<> {
        auto const pay = [](watched& view) { return withdraw(view, 7); };
        EXPECT_TRUE(co_await db.transact(pay, balance));
        EXPECT_EQ(co_await db.exec(get(balance)), 3);
        EXPECT_FALSE(co_await db.transact(pay, balance));
        EXPECT_EQ(co_await db.exec(get(balance)), 3);
    });
    expect_nobody_watches();
    EXPECT_EQ(db.pool_usage().hits, 1u) << "the connection is used again";
}

TEST_P(transactions, run_again_when_somebody_else_was_first)
{
    exec(set(balance, 10));
    with.run([&]() -> task<> {
        int runs = 0;
        auto const paid = co_await db.transact(
            [&](watched& view) -> task<decision<std::int64_t>> {
                auto const held = (co_await view.exec(get(balance))).value();
                if (++runs == 1)
                    others_set("balance", "100");
                co_return commit(held, incr(balance));
            },
            balance);
        EXPECT_EQ(runs, 2);
        EXPECT_EQ(paid, 100) << "what the last run has seen";
        EXPECT_EQ(co_await db.exec(get(balance)), 101);
    });
    expect_nobody_watches();
}

TEST_P(transactions, fail_with_a_conflict_after_enough_attempts)
{
    auto few = options();
    few.transactions = {.attempts = 3, .pause = {.first = 1us, .limit = 1us}};
    connected other{few};
    other.run([&]() -> task<> {
        int runs = 0;
        try {
            co_await other.db.transact(
                [&](watched& view) -> task<decision<bool>> {
                    co_await view.exec(get(balance));
                    others_set("balance", std::to_string(++runs));
                    co_return commit(true, set("done", "yes"));
                },
                balance);
            ADD_FAILURE() << "it should have failed";
        } catch (failure const& why) {
            EXPECT_EQ(why.code(), failure_code::conflict);
            EXPECT_EQ(why.outcome(), outcome::refused);
        }
        EXPECT_EQ(runs, 3);
        EXPECT_EQ(co_await other.db.exec(get("done")), std::nullopt);
        EXPECT_EQ(other.db.pool_usage().idle, 1);
    });
}

TEST_P(transactions, watch_no_more_when_their_body_fails)
{
    with.run([&]() -> task<> {
        struct mishap {};
        try {
            co_await db.transact(
                [&](watched& view) -> task<decision<bool>> {
                    co_await view.exec(get(balance));
                    throw mishap{};
                },
                balance);
            ADD_FAILURE() << "it should have failed";
        } catch (mishap const&) {
            // as it should be
        }
        EXPECT_EQ(db.pool_usage().idle, 1);
        // Were it watched still, this change would be a conflict for the next one.
        auto const paid = co_await db.transact(
            [&](watched&) -> task<decision<bool>> {
                others_set("balance", "5");
                co_return commit(true, set("other", "x"));
            },
            "other");
        EXPECT_TRUE(paid);
    });
}

TEST_P(transactions, refuse_what_would_disturb_their_connection)
{
    with.run([&]() -> task<> {
        auto const done = co_await db.transact(
            [&](watched& view) -> task<decision<bool>> {
                for (auto const* const name : {"UNWATCH", "MULTI", "EXEC", "BLPOP", "SELECT"}) {
                    try {
                        co_await view.exec(raw<ignored>(name, "x", "0"));
                        ADD_FAILURE() << name;
                    } catch (failure const& why) {
                        EXPECT_EQ(why.code(), failure_code::forbidden_command) << name;
                    }
                }
                auto const [text, pong] = co_await view.exec(get("a"), ping());
                EXPECT_EQ(pong, "PONG");
                co_return abandon(true);
            },
            "a", balance);
        EXPECT_TRUE(done);
    });
}

TEST_P(transactions, tell_which_command_failed_while_they_were_executed)
{
    exec(set("text", "no number"));
    with.run([&]() -> task<> {
        try {
            co_await db.transact(
                [](watched&) -> task<decision<bool>> {
                    co_return commit(true, set("a", "1"), incr("text"));
                },
                "text");
            ADD_FAILURE() << "it should have failed";
        } catch (failure const& why) {
            EXPECT_EQ(why.code(), failure_code::server_error);
            EXPECT_EQ(why.command(), "INCR");
        }
        EXPECT_EQ(co_await db.exec(get("a")), "1") << "the server undoes nothing";
    });
    expect_nobody_watches();
}

TEST_P(transactions, of_many_at_once_lose_no_change)
{
    auto patient = options();
    patient.transactions.attempts = 1000;
    connected other{patient};
    other.run([&]() -> task<> {
        auto const add = [](client& through) -> task<> {
            for (int i = 0; i < 10; ++i)
                co_await through.transact(
                    [](watched& view) -> task<decision<bool>> {
                        auto const held = (co_await view.exec(get(balance))).value_or(0);
                        co_return commit(true, set(balance, held + 1));
                    },
                    balance);
        };
        std::vector<task<>> all;
        for (int i = 0; i < 5; ++i)
            all.push_back(add(other.db));
        co_await when_all(std::move(all));
        EXPECT_EQ(co_await other.db.exec(get(balance)), 50);
    });
}

}  // namespace
}  // namespace redstart::integration
