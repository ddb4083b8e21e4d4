// Publishing and subscribing, on every server and in both protocols.

#include "redstart/command/pubsub.hpp"

#include "tests/integration/harness.hpp"

namespace redstart::integration {
namespace {

struct quote {
    std::string symbol;
    double price = 0;
    bool operator==(quote const&) const = default;
};
BOOST_DESCRIBE_STRUCT(quote, (), (symbol, price))

constexpr channel_of<quote, std::string> quotes{"quotes:{}"};
constexpr channel_of<std::int64_t> ticks{"ticks"};

class pubsub : public contract {};

INSTANTIATE_TEST_SUITE_P(servers, pubsub, ::testing::ValuesIn(every_setup()), setup_name);

TEST_P(pubsub, brings_typed_bodies_to_all_who_subscribed)
{
    with.run([&]() -> task<> {
        auto acme = co_await db.subscribe(quotes("ACME"));
        auto all = co_await db.psubscribe(quotes.all());
        auto again = co_await db.subscribe(quotes("ACME"));
        EXPECT_EQ(co_await db.exec(publish(quotes("ACME"), quote{"ACME", 1.5})), 2)
            << "two of the three are one at the server";
        co_await db.exec(publish(quotes("other"), quote{"other", 2}));
        EXPECT_EQ((co_await acme.next())->body(), (quote{"ACME", 1.5}));
        EXPECT_EQ((co_await again.next())->body(), (quote{"ACME", 1.5}));
        auto const first = co_await all.next();
        EXPECT_EQ(first->channel, "quotes:ACME");
        EXPECT_EQ(first->pattern, "quotes:*");
        EXPECT_FALSE(first->after_gap);
        EXPECT_EQ((co_await all.next())->body(), (quote{"other", 2}));
    });
}

TEST_P(pubsub, has_shard_channels_apart_from_the_others)
{
    with.run([&]() -> task<> {
        auto in_shard = co_await db.ssubscribe(ticks);
        auto everywhere = co_await db.subscribe(ticks);
        EXPECT_EQ(co_await db.exec(spublish(ticks, 1)), 1);
        EXPECT_EQ(co_await db.exec(publish(ticks, 2)), 1);
        EXPECT_EQ((co_await in_shard.next())->body(), 1);
        EXPECT_EQ((co_await everywhere.next())->body(), 2);
        EXPECT_EQ(co_await db.exec(pubsub_shardchannels("tick?")),
                  std::vector<std::string>{"ticks"});
        EXPECT_EQ((co_await db.exec(pubsub_shardnumsub(ticks))).at(0).second, 1);
    });
}

TEST_P(pubsub, tells_the_server_of_every_end)
{
    with.run([&]() -> task<> {
        auto a = co_await db.subscribe("end:a");
        auto b = co_await db.subscribe("end:b");
        auto s = co_await db.ssubscribe("end:s");
        auto p = co_await db.psubscribe("end:*");
        EXPECT_GE(co_await db.exec(pubsub_numpat()), 1);
        EXPECT_EQ(co_await db.exec(publish("end:a", "")), 2);
        EXPECT_EQ((co_await a.next())->text, "");
        co_await a.close();
        EXPECT_EQ(co_await db.exec(pubsub_channels("end:*")), std::vector<std::string>{"end:b"});
        co_await p.close();
        EXPECT_EQ(co_await db.exec(publish("end:b", "")), 1);
        co_await b.close();
        co_await s.close();
        EXPECT_EQ((co_await db.exec(pubsub_numsub("end:b"))).at(0).second, 0);
        EXPECT_EQ((co_await db.exec(pubsub_shardnumsub("end:s"))).at(0).second, 0);
        EXPECT_EQ(co_await a.next(), std::nullopt);
        auto again = co_await db.subscribe("end:a");
        co_await db.exec(publish("end:a", "text"));
        EXPECT_EQ((co_await again.next())->text, "text");
    });
}

TEST_P(pubsub, is_subscribed_again_at_once_whatever_is_under_way)
{
    with.run([&]() -> task<> {
        for (int i = 0; i < 200; ++i) {
            auto news = co_await db.subscribe("news");
            EXPECT_EQ(co_await db.exec(publish("news", i)), 1);
            EXPECT_EQ((co_await news.next())->text, std::to_string(i));
        }
    });
}

TEST_P(pubsub, carries_bodies_of_any_bytes_and_size)
{
    with.run([&]() -> task<> {
        auto news = co_await db.subscribe("news");
        for (std::string const& body :
             {std::string{}, std::string("\r\n\0*3", 5), std::string(3'000'000, 'x')}) {
            co_await db.exec(publish("news", body));
            auto const came = co_await news.next();
            EXPECT_EQ(came->text == body, true) << body.size();
        }
    });
}

TEST_P(pubsub, has_hundreds_of_subscriptions_on_one_connection)
{
    auto named = options();
    named.login.client_name = "hundreds";
    connected other{named};
    other.run([&]() -> task<> {
        auto& many = other.db;
        std::vector<redstart::subscription<std::string>> all;
        for (int i = 0; i < 500; ++i)
            all.push_back(co_await many.subscribe("channel:" + std::to_string(i)));
        EXPECT_EQ((co_await many.exec(pubsub_channels("channel:*"))).size(), 500u);
        auto const clients = co_await many.exec(raw<std::string>("CLIENT LIST", "TYPE", "pubsub"));
        auto const mine = clients.find("name=hundreds");
        EXPECT_NE(mine, std::string::npos);
        EXPECT_EQ(clients.find("name=hundreds", mine + 1), std::string::npos) << "one connection";
        for (int i = 0; i < 500; ++i)
            co_await many.exec(publish("channel:" + std::to_string(i), i));
        for (int i = 0; i < 500; ++i)
            EXPECT_EQ((co_await all[static_cast<std::size_t>(i)].next())->text, std::to_string(i));
    });
}

TEST_P(pubsub, drops_the_oldest_of_a_slow_consumer_and_marks_it)
{
    with.run([&]() -> task<> {
        auto slow = co_await db.subscribe(ticks, {.messages = 10});
        auto quick = co_await db.subscribe(ticks);
        for (int i = 1; i <= 100; ++i)
            co_await db.exec(publish(ticks, i));
        for (int i = 1; i <= 100; ++i)
            EXPECT_EQ((co_await quick.next())->body(), i);
        for (int i = 91; i <= 100; ++i) {
            auto const came = co_await slow.next();
            EXPECT_EQ(came->body(), i);
            EXPECT_EQ(came->after_gap, i == 91);
        }
        EXPECT_EQ(slow.stats().dropped, 90u);
        EXPECT_EQ(slow.stats().gaps, 1u);
        EXPECT_EQ(quick.stats().gaps, 0u);
    });
}

TEST_P(pubsub, respects_what_a_user_may_hear)
{
    server.connect().ask({"ACL", "SETUSER", "listener", "on", "nopass", "~*", "+@all",
                          "resetchannels", "&public:*"});
    auto limited = options();
    limited.credentials = static_credentials("listener", "");
    connected as_listener{limited};
    as_listener.run([&]() -> task<> {
        auto allowed = co_await as_listener.db.subscribe("public:news");
        try {
            auto const secret = co_await as_listener.db.subscribe("secret");
            ADD_FAILURE() << "it should have been refused";
        } catch (failure const& why) {
            EXPECT_EQ(why.server_code(), "NOPERM");
        }
        server.connect().ask({"PUBLISH", "public:news", "x"});
        EXPECT_EQ((co_await allowed.next())->text, "x");
    });
}

TEST_P(pubsub, belongs_to_each_loop_by_itself)
{
    connected two{options(), 2};
    for (std::size_t loop = 0; loop < 2; ++loop)
        two.loops.run(
            [](client& through) -> task<> {
                auto news = co_await through.subscribe("news");
                co_await through.exec(publish("news", "x"));
                EXPECT_EQ((co_await news.next())->text, "x");
            }(two.db),
            loop);
}

TEST_P(pubsub, is_counted)
{
    metrics_registry registry;
    runtime loops{{.loops = 1}};
    client observed{loops, options(), {.metrics = &registry}};
    auto const value = [&](std::string_view name) {
        for (auto const& family : registry.read())
            if (family.family.name == name)
                return family.series.at(0).value;
        return -1.0;
    };
    loops.run([](client& through, auto read) -> task<> {
        auto news = co_await through.subscribe("news", {.messages = 2});
        EXPECT_EQ(read("redis.client.subscriptions"), 1);
        for (int i = 0; i < 5; ++i)
            co_await through.exec(publish("news", i));
        while (news.stats().dropped < 3)
            co_await sleep_for(1ms);
        EXPECT_EQ(read("redis.client.subscription.buffered"), 2);
        EXPECT_EQ(read("redis.client.subscription.received"), 5);
        EXPECT_EQ(read("redis.client.subscription.dropped"), 3);
        EXPECT_EQ(read("redis.client.subscription.gaps"), 1);
        co_await news.next();
        EXPECT_EQ(read("redis.client.subscription.buffered"), 1);
        co_await news.close();
        EXPECT_EQ(read("redis.client.subscriptions"), 0);
        EXPECT_EQ(read("redis.client.subscription.buffered"), 0);
    }(observed, value));
    loops.run(observed.stop());
}

}  // namespace
}  // namespace redstart::integration
