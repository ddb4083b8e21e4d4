// Transactions whose connection breaks, or whose caller leaves.

#include "tests/faults/harness.hpp"

namespace redstart::faults {
namespace {

class a_transaction : public ::testing::Test {
protected:
    a_transaction() { server.connect().ask({"FLUSHALL"}); }

    server_fixture& server = integration::shared_server({});
    fault_proxy proxy{server.unix_socket()};
    connected with{options_to(proxy.endpoint())};
};

// Never on another connection: nothing would be watched there.
TEST_F(a_transaction, ends_with_the_connection_that_watches)
{
    with.run([&]() -> task<> {
        int runs = 0;
        try {
            co_await with.db.transact(
                [&](watched& view) -> task<decision<bool>> {
                    ++runs;
                    co_await view.exec(get("a"));
                    proxy.cut();
                    while (proxy.open_connections() > 0)
                        co_await sleep_for(1ms);
                    co_return commit(true, incr(counter("a")));
                },
                "a");
            ADD_FAILURE() << "it should have failed";
        } catch (failure const& why) {
            EXPECT_EQ(why.code(), failure_code::connection_lost) << why.what();
        }
        EXPECT_EQ(runs, 1);
        EXPECT_EQ(with.db.pool_usage().in_use, 0);
    });
    EXPECT_EQ(value_at(server, "a"), 0);
}

// EXEC has left, and nobody knows what became of it.
TEST_F(a_transaction, may_be_applied_when_its_connection_breaks_while_it_commits)
{
    with.run([&]() -> task<> {
        int runs = 0;
        try {
            co_await with.db.transact(
                [&](watched& view) -> task<decision<bool>> {
                    ++runs;
                    co_await view.exec(get("a"));
                    proxy.cut_after(direction::to_client, 1);
                    co_return commit(true, incr(counter("a")));
                },
                "a");
            ADD_FAILURE() << "it should have failed";
        } catch (failure const& why) {
            EXPECT_EQ(why.code(), failure_code::connection_lost) << why.what();
            EXPECT_EQ(why.outcome(), outcome::maybe_applied);
        }
        EXPECT_EQ(runs, 1) << "it is not tried again";
    });
}

TEST_F(a_transaction, that_is_cancelled_within_its_body_watches_no_more)
{
    with.run([&]() -> task<> {
        try {
            co_await within(20ms, with.db.transact(
                                      [](watched& view) -> task<decision<bool>> {
                                          co_await view.exec(get("a"));
                                          co_await sleep_for(1h);
                                          co_return abandon(true);
                                      },
                                      "a"));
            ADD_FAILURE() << "it should have failed";
        } catch (failure const& why) {
            EXPECT_EQ(why.code(), failure_code::timed_out);
        }
        EXPECT_EQ(with.db.pool_usage().in_use, 0);
    });
}

}  // namespace
}  // namespace redstart::faults
