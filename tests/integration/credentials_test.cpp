// Logins that change while commands are under way, with the ACL of real servers.

#include "redstart/command/pubsub.hpp"
#include "tests/integration/harness.hpp"

#include <atomic>
#include <thread>

namespace redstart::integration {
namespace {

class rotation : public contract {
protected:
    rotation() { allow("one"); }
    ~rotation() override { server.connect().ask({"ACL", "DELUSER", "ada"}); }

    // ada may log in with this password and no other.
    void allow(std::string const& password)
    {
        server.connect().ask(
            {"ACL", "SETUSER", "ada", "on", "resetpass", ">" + password, "~*", "+@all"});
    }
    client_options as_ada() const
    {
        auto chosen = options();
        chosen.credentials = who;
        return chosen;
    }

    std::shared_ptr<rotating_credentials> who =
        std::make_shared<rotating_credentials>(credentials{"ada", "one"});
};
INSTANTIATE_TEST_SUITE_P(servers, rotation, ::testing::ValuesIn(every_setup()), setup_name);

TEST_P(rotation, of_the_password_loses_no_command)
{
    connected with_ada{as_ada(), 3};
    auto& db_of_ada = with_ada.db;
    std::atomic<bool> done = false;
    auto const work = [&done](client& db) -> task<std::int64_t> {
        std::int64_t sum = 0;
        while (!done) {
            co_await db.exec(incr("count"));
            ++sum;
        }
        co_return sum;
    };
    std::jthread const rotate{[&] {
        for (int i = 0; i < 20; ++i) {
            auto const next = "password-" + std::to_string(i);
            server.connect().ask({"ACL", "SETUSER", "ada", ">" + next});  // the old ones hold, too
            who->set({"ada", next});
        }
        done = true;
    }};
    auto const count = with_ada.run([&]() -> task<std::int64_t> {
        auto const there = [&work](scheduler& loop, client& db) -> task<std::int64_t> {
            co_return co_await on(loop, work(db));
        };
        std::vector<task<std::int64_t>> all;
        for (std::size_t i = 0; i < 3; ++i)
            all.push_back(there(with_ada.loops.at(i), db_of_ada));
        std::int64_t sum = 0;
        for (auto const each : co_await when_all(std::move(all)))
            sum += each;
        co_return sum;
    });
    EXPECT_EQ(with_ada.exec(get("count")).value_or("0"), std::to_string(count));
    EXPECT_EQ(with_ada.exec(raw<std::string>("ACL WHOAMI")), "ada");
}

TEST_P(rotation, that_is_refused_ends_when_the_right_password_comes)
{
    connected with_ada{as_ada()};
    EXPECT_EQ(with_ada.exec(ping()), "PONG");
    who->set({"ada", "wrong"});
    with_ada.run([&]() -> task<> {
        while (true) {
            auto const came = co_await with_ada.db.try_exec(ping());
            if (!came && came.error().code() == failure_code::authentication_failed)
                break;
        }
        who->set({"ada", "one"});
        while (!co_await with_ada.db.try_exec(ping()))
            continue;
    });
}

TEST_P(rotation, is_what_the_next_connection_logs_in_with)
{
    connected with_ada{as_ada()};
    EXPECT_EQ(with_ada.exec(ping()), "PONG");
    allow("two");
    who->set({"ada", "two"});
    server.connect().ask({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
    with_ada.run([&]() -> task<> {
        while (!co_await with_ada.db.try_exec(ping()))
            continue;
    });
    EXPECT_EQ(with_ada.exec(raw<std::string>("ACL WHOAMI")), "ada");
}

// ada's connections end with her, so what is heard afterwards is heard as somebody else.
TEST_P(rotation, reaches_subscriptions_which_miss_nothing_where_the_server_lets_them_log_in)
{
    server.connect().ask({"ACL", "SETUSER", "ada", "allchannels"});
    server.connect().ask({"ACL", "SETUSER", "ben", "on", ">two", "~*", "+@all", "allchannels"});
    connected with_ada{as_ada()};
    with_ada.run([&]() -> task<> {
        auto news = co_await with_ada.db.subscribe("news");
        who->set({"ben", "two"});
        while (!server.connect().ask({"CLIENT", "LIST", "TYPE", "pubsub"}).contains("user=ben"))
            co_await sleep_for(1ms);
        server.connect().ask({"ACL", "DELUSER", "ada"});
        server.connect().ask({"PUBLISH", "news", "one"});
        auto const heard = co_await news.next();
        EXPECT_EQ(heard->text, "one");
        EXPECT_EQ(heard->after_gap, !GetParam().knows_hello);
    });
    server.connect().ask({"ACL", "DELUSER", "ben"});
}

// Valkey 8 and Redis 7.2 keep it; a server that knows no such thing is not disturbed by it.
TEST_P(rotation, the_server_lists_which_library_is_connected)
{
    auto const list = exec(raw<std::string>("CLIENT LIST"));
    if (GetParam().program == "valkey-server")
        EXPECT_NE(list.find("lib-name=redstart "), std::string::npos) << list;
}

}  // namespace
}  // namespace redstart::integration
