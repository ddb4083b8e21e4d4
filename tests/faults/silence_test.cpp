// Servers that say nothing: refused, stalled, paused, or lost behind one connection only.

#include "tests/faults/harness.hpp"

namespace redstart::faults {
namespace {

class behind_a_proxy : public ::testing::Test {
protected:
    behind_a_proxy() { server.connect().ask({"FLUSHALL"}); }

    client_options impatient() const
    {
        auto options = options_to(proxy.endpoint());
        options.command_timeout = 30ms;
        options.dial_timeout = 1s;
        return options;
    }

    server_fixture& server = integration::shared_server({});
    fault_proxy proxy{server.unix_socket()};
};

TEST_F(behind_a_proxy, nothing_is_sent_while_nobody_listens)
{
    proxy.refuse();
    connected with{impatient()};
    with.run([&]() -> task<> {
        std::vector<task<failure>> calls;
        for (int i = 0; i < 10; ++i)
            calls.push_back(failure_in(with.db, incr(counter("a"))));
        for (auto const& why : co_await when_all(std::move(calls))) {
            EXPECT_EQ(why.outcome(), outcome::not_sent);
            EXPECT_EQ(why.code(), failure_code::connect_failed) << "it says why it had to wait";
            EXPECT_NE(why.reason().find("Connection refused"), std::string::npos) << why.what();
        }
        try {
            co_await with.db.connect();
            ADD_FAILURE() << "it should have failed";
        } catch (failure const& why) {
            EXPECT_EQ(why.code(), failure_code::connect_failed);
        }
    });
    EXPECT_EQ(value_at(server, "a"), 0);
}

TEST_F(behind_a_proxy, what_waits_is_sent_once_when_somebody_listens_again)
{
    proxy.refuse();
    connected with{options_to(proxy.endpoint())};
    with.run([&]() -> task<> {
        book mine;
        auto const later = [](fault_proxy& healed) -> task<> {
            co_await sleep_for(20ms);
            healed.heal();
        };
        co_await when_all(count_once(with.db, "a", mine), later(proxy));
        EXPECT_EQ(mine.acknowledged, 1);
    });
    EXPECT_EQ(value_at(server, "a"), 1);
}

// It accepts and then forwards nothing, so no handshake is ever settled.
TEST_F(behind_a_proxy, nothing_is_sent_to_a_peer_that_never_shakes_hands)
{
    proxy.stall(direction::to_client);
    connected with{impatient()};
    with.run([&]() -> task<> {
        std::vector<book> books(20);
        std::vector<task<>> calls;
        for (auto& mine : books)
            calls.push_back(count_once(with.db, "a", mine));
        co_await when_all(std::move(calls));
        for (auto const& mine : books)
            EXPECT_EQ(mine.not_sent, 1);
    });
    EXPECT_EQ(proxy.accepted(), 1u) << "a second connection would tell nothing";
    proxy.heal();
    EXPECT_EQ(value_at(server, "a"), 0);
}

TEST_F(behind_a_proxy, what_was_never_written_is_not_sent_though_the_rest_was)
{
    auto options = impatient();
    options.command_timeout = 100ms;
    connected with{options};
    with.loops.run(with.db.connect());
    proxy.stall(direction::to_server);
    with.run([&]() -> task<> {
        // More than socket and proxy take, so that the last ones are never encoded.
        std::string const large(1'000'000, 'x');
        std::vector<task<failure>> calls;
        for (int i = 0; i < 20; ++i)
            calls.push_back(failure_in(with.db, set("large:" + std::to_string(i), large)));
        auto const failures = co_await when_all(std::move(calls));
        EXPECT_EQ(failures.front().outcome(), outcome::maybe_applied);
        EXPECT_EQ(failures.back().outcome(), outcome::not_sent);
        for (auto const& why : failures)
            EXPECT_EQ(why.code(), failure_code::timed_out);
    });
    proxy.cut();
    proxy.heal();
    EXPECT_EQ(server.connect().ask({"EXISTS", "large:19"}), ":0");
}

TEST(a_paused_server, answers_late_and_nobody_gets_an_answer_of_others)
{
    server_fixture server;
    auto options = options_to(server.unix_socket());
    options.command_timeout = 20ms;
    options.timeouts_before_probe = 1'000'000;  // never give the connection up
    connected with{options};
    EXPECT_EQ(with.exec(ping()), "PONG");
    book counted;
    book echoed;
    for (int round = 0; round < 5; ++round) {
        server.pause();
        with.run([&]() -> task<> {
            for (int i = 0; i < 3; ++i) {
                auto const unique = std::to_string(round) + "." + std::to_string(i);
                co_await when_all(count_once(with.db, "a", counted),
                                  echo_once(with.db, unique, echoed));
            }
        });
        server.resume();
        with.run([&]() -> task<> {
            for (int i = 0; i < 20; ++i) {
                auto const unique = std::to_string(round) + "/" + std::to_string(i);
                co_await when_all(count_once(with.db, "a", counted),
                                  echo_once(with.db, unique, echoed));
            }
        });
    }
    EXPECT_GE(counted.maybe_applied, 15);
    EXPECT_GT(counted.acknowledged, 0);
    expect_true(counted, value_at(server, "a"));
}

std::string connection_id(std::string const& client_info)
{
    return client_info.substr(0, client_info.find(' '));
}

// A new connection would be as silent, so this one is kept.
TEST(a_paused_server, keeps_its_connection_though_many_commands_time_out)
{
    server_fixture server;
    auto options = options_to(server.unix_socket());
    options.command_timeout = 20ms;
    options.dial_timeout = 40ms;
    connected with{options};
    auto const before = connection_id(with.exec(raw<std::string>("CLIENT INFO")));
    server.pause();
    with.run([&]() -> task<> {
        for (int i = 0; i < 8; ++i)
            EXPECT_EQ((co_await failure_in(with.db, ping())).code(), failure_code::timed_out);
    });
    server.resume();
    auto const after = with.run([&]() -> task<std::string> {
        while (true)
            if (auto const came = co_await with.db.try_exec(raw<std::string>("CLIENT INFO")))
                co_return connection_id(*came);
    });
    EXPECT_EQ(after, before);
}

TEST_F(behind_a_proxy, a_connection_that_alone_is_silent_is_replaced)
{
    connected with{impatient()};
    EXPECT_EQ(with.exec(ping()), "PONG");
    proxy.freeze();
    book mine;
    with.run([&]() -> task<> {
        while (mine.acknowledged == 0)
            co_await count_once(with.db, "a", mine);
    });
    EXPECT_GE(mine.maybe_applied, 3) << "so many must time out before it is looked into";
    EXPECT_EQ(proxy.accepted(), 3u) << "the first, the probe, the next";
    EXPECT_EQ(value_at(server, "a"), mine.acknowledged) << "the frozen ones never arrived";
}

TEST_F(behind_a_proxy, a_connection_that_still_answers_others_is_kept)
{
    auto options = impatient();
    options.timeouts_before_probe = 2;
    connected with{options};
    EXPECT_EQ(with.exec(ping()), "PONG");
    proxy.delay(direction::to_client, 45ms);
    with.run([&]() -> task<> {
        for (int i = 0; i < 10; ++i)
            static_cast<void>(co_await with.db.try_exec(ping()));
    });
    proxy.heal();
    auto const still = with.run([&]() -> task<std::uint64_t> {
        while (!co_await with.db.try_exec(ping())) {}
        co_return proxy.accepted();
    });
    EXPECT_LE(still, 1u + 5u) << "probes come and go, but each late answer is a sign of life";
    EXPECT_EQ(with.exec(ping()), "PONG");
}

}  // namespace
}  // namespace redstart::faults
