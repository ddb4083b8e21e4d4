// Subscriptions while connections are cut, killed, frozen and restarted under them.
//
// A publisher counts. What a consumer hears then says everything: a number twice or a smaller one behind a larger is a
// duplicate or a reordering, and a number left out must be covered by a mark in the message behind it.

#include "redstart/command/pubsub.hpp"

#include "tests/faults/harness.hpp"

namespace redstart::faults {
namespace {

constexpr channel_of<std::int64_t> ticks{"ticks"};

struct observations {
    std::int64_t last = 0;
    std::int64_t heard = 0;
    std::int64_t missing = 0;
    std::int64_t marks = 0;

    void add(std::int64_t number, bool after_gap)
    {
        EXPECT_GT(number, last) << "a duplicate, or out of order";
        EXPECT_TRUE(number == last + 1 || after_gap) << number << " after " << last << ", unmarked";
        missing += number - last - 1;
        marks += after_gap ? 1 : 0;
        last = number;
        ++heard;
    }
};

// Until `final` is heard, which is published until it is.
template <class Body>
task<> hear_until(subscription<Body>& from, std::int64_t final, observations& into)
{
    while (into.last < final) {
        auto const came = co_await from.next();
        if (!came)
            throw std::logic_error{"it has ended"};
        into.add(came->body(), came->after_gap);
    }
}

class a_publisher {
public:
    explicit a_publisher(server_fixture const& server) : peer_{server.connect()} {}

    std::int64_t count() const { return count_; }
    void publish(int how_many = 1)
    {
        std::string all;
        for (int i = 0; i < how_many; ++i) {
            auto const number = std::to_string(++count_);
            all += "*3\r\n$7\r\nPUBLISH\r\n$5\r\nticks\r\n$" + std::to_string(number.size()) +
                   "\r\n" + number + "\r\n";
        }
        peer_.send(all);
        for (int i = 0; i < how_many; ++i)
            peer_.receive_line();
    }

private:
    testing::plain_peer peer_;
    std::int64_t count_ = 0;
};

// Until the server has somebody to publish to again.
void await_subscriber(server_fixture const& server)
{
    auto peer = server.connect();
    auto const until = boot_clock::now() + testing::patience;
    while (peer.ask({"PUBLISH", "ticks", "0"}) == ":0")
        ASSERT_LT(boot_clock::now(), until) << "nobody came back";
}

class subscribed_over : public ::testing::TestWithParam<bool> {
protected:
    client_options options() const
    {
        auto chosen = options_to(proxy.endpoint());
        chosen.login.resp3 = GetParam();
        chosen.subscription_check = 50ms;
        return chosen;
    }

    void subscribe(subscription_options const& allowed = {})
    {
        with.run([&]() -> task<> { ticking = co_await with.db.subscribe(ticks, allowed); });
    }

    server_fixture server;
    fault_proxy proxy{server.unix_socket()};
    std::optional<subscription<std::int64_t>> ticking;  // ends when the client has stopped
    connected with{options()};
};

INSTANTIATE_TEST_SUITE_P(both, subscribed_over, ::testing::Bool(),
                         [](auto const& info) { return info.param ? "resp3" : "resp2"; });

TEST_P(subscribed_over, connections_that_are_cut_misses_nothing_unmarked)
{
    observations heard;
    constexpr int rounds = 100;
    constexpr int each = 1000;
    subscribe({.messages = 200'000});
    a_publisher publisher{server};
    for (int round = 0; round < rounds; ++round) {
        if (round % 4 == 1)
            proxy.cut_after(fault_proxy::direction::to_client,
                            static_cast<std::uint64_t>(round) * 97);
        publisher.publish(each);
        if (round % 10 == 5)
            proxy.cut(fault_proxy::ending::reset);
    }
    proxy.heal();
    std::atomic<bool> done = false;
    std::jthread const last{[&] {
        while (!done)
            publisher.publish();
    }};
    auto const stats = with.run([&]() -> task<subscription_stats> {
        co_await hear_until(*ticking, rounds * each + 1, heard);
        co_return ticking->stats();
    });
    done = true;
    EXPECT_GT(heard.marks, 0) << "nothing was cut";
    EXPECT_EQ(heard.heard + heard.missing, heard.last);
    EXPECT_EQ(static_cast<std::uint64_t>(heard.marks), stats.gaps);
    EXPECT_EQ(stats.dropped, 0u);
}

TEST_P(subscribed_over, a_slow_consumer_knows_of_what_it_missed)
{
    observations heard;
    a_publisher publisher{server};
    subscribe({.messages = 50});
    for (int round = 0; round < 20; ++round) {
        publisher.publish(500);
        with.run([&]() -> task<> {
            while (ticking->stats().buffered == 0)
                co_await sleep_for(1ms);
            auto const came = co_await ticking->next();
            heard.add(came->body(), came->after_gap);
        });
    }
    publisher.publish();
    with.run([&]() -> task<> { co_await hear_until(*ticking, publisher.count(), heard); });
    EXPECT_GT(heard.missing, 0);
    EXPECT_EQ(static_cast<std::uint64_t>(heard.missing), ticking->stats().dropped);
}

TEST_P(subscribed_over, a_server_that_kills_subscribers_comes_back_with_a_mark)
{
    subscribe();
    auto const kill_and_publish = [](server_fixture& at) {
        auto peer = at.connect();
        peer.ask({"CLIENT", "KILL", "TYPE", "pubsub"});
        auto const until = boot_clock::now() + testing::patience;
        while (peer.ask({"PUBLISH", "ticks", "1"}) != ":2" ||
               peer.ask({"SPUBLISH", "ticks", "2"}) != ":1")
            ASSERT_LT(boot_clock::now(), until) << "not everybody came back";
    };
    with.run([&]() -> task<> {
        auto in_shard = co_await with.db.ssubscribe(ticks);
        auto by_pattern = co_await with.db.psubscribe(ticks.all());
        std::jthread const killing{[&] { kill_and_publish(server); }};
        for (auto* const each : {&*ticking, &in_shard, &by_pattern}) {
            EXPECT_TRUE((co_await each->next())->after_gap);
            EXPECT_EQ(each->stats().reconnects, 1u);
        }
    });
}

TEST_P(subscribed_over, a_server_that_restarts_is_subscribed_to_again)
{
    subscribe();
    for (int times = 0; times < 3; ++times) {
        server.connect().ask({"PUBLISH", "ticks", "1"});
        server.restart();
        await_subscriber(server);
        with.run([&]() -> task<> {
            bool after_gap = false;
            while (!after_gap)
                after_gap = (co_await ticking->next())->after_gap;
        });
    }
    EXPECT_EQ(ticking->stats().gaps, 3u);
}

// What a paused server had not sent yet arrives when it goes on: nothing is missing, so nothing is marked.
TEST_P(subscribed_over, a_server_that_pauses_loses_nothing)
{
    subscribe();
    auto peer = server.connect();
    server.pause();
    with.run([&]() -> task<> { co_await sleep_for(300ms); });
    server.resume();
    peer.ask({"PUBLISH", "ticks", "1"});
    with.run([&]() -> task<> { EXPECT_EQ((co_await ticking->next())->body(), 1); });
}

TEST_P(subscribed_over, a_connection_that_has_gone_silent_is_replaced)
{
    subscribe();
    proxy.freeze();
    server.connect().ask({"PUBLISH", "ticks", "1"});
    with.run([&]() -> task<> {
        task_group publishing{with.loops.at(0)};
        publishing.spawn([](client& db) -> task<> {
            while (true) {
                static_cast<void>(co_await db.try_exec(publish(ticks, 2)));
                co_await sleep_for(5ms);
            }
        }(with.db));
        auto const came = co_await ticking->next();
        EXPECT_EQ(came->body(), 2);
        EXPECT_TRUE(came->after_gap);
        co_await publishing.stop();
    });
}

// Consumers, subscriptions and connections come and go in any order, and nothing is left behind.
TEST_P(subscribed_over, cuts_while_everything_comes_and_goes_leaves_nothing_behind)
{
    {
        connected crowded{options(), 2};
        std::atomic<bool> done = false;
        std::jthread const cutting{[&] {
            for (int i = 0; i < 100; ++i) {
                proxy.cut();
                server.connect().ask({"PUBLISH", "ticks", "1"});
            }
            done = true;
        }};
        auto const come_and_go = [](client& db, std::atomic<bool>& end, int seed) -> task<> {
            for (int turn = seed; !end; ++turn) {
                try {
                    auto news = co_await within(20ms * (turn % 5), db.subscribe(ticks));
                    co_await within(1ms * (turn % 7), news.next());
                    if (turn % 3 == 0)
                        co_await news.close();
                } catch (failure const& why) {
                    EXPECT_TRUE(why.code() == failure_code::timed_out ||
                                why.code() == failure_code::connect_failed)
                        << why.what();
                }
            }
        };
        auto const crowd = [&](std::size_t loop) -> task<> {
            co_await on(crowded.loops.at(loop),
                        when_all(come_and_go(crowded.db, done, 0), come_and_go(crowded.db, done, 1),
                                 come_and_go(crowded.db, done, 2)));
        };
        crowded.run([&]() -> task<> { co_await when_all(crowd(0), crowd(1)); });
    }
    auto peer = server.connect();
    auto const until = boot_clock::now() + testing::patience;
    while (peer.ask({"PUBLISH", "ticks", "1"}) != ":0")
        ASSERT_LT(boot_clock::now(), until) << "somebody is still subscribed";
}

}  // namespace
}  // namespace redstart::faults
