// What every server does with every command, whatever it is and however it is reached.

#include "redstart/command/config.hpp"
#include "tests/integration/harness.hpp"

#include <cmath>
#include <limits>

namespace redstart::integration {
namespace {

struct user {
    std::string name;
    int age = 0;
    bool operator==(user const&) const = default;
};
BOOST_DESCRIBE_STRUCT(user, (), (name, age))

constexpr key_of<user, int> user_key{"user:{}"};
constexpr key_of<std::int64_t> hits{"hits"};
constexpr key_of<double> price{"price"};
constexpr key_of<bool> flag{"flag"};
constexpr key_of<std::vector<std::byte>> blob{"blob"};
constexpr key_of<zset<std::string>> scores{"scores"};

class commands : public contract {};
INSTANTIATE_TEST_SUITE_P(servers, commands, ::testing::ValuesIn(every_setup()), setup_name);

TEST_P(commands, speak_the_protocol_that_the_server_knows)
{
    auto const identity = with.loops.run(db.connect());
    if (GetParam().knows_hello) {
        EXPECT_EQ(identity.protocol, 3u);
        EXPECT_EQ(identity.server + "-server", GetParam().program);
        EXPECT_EQ(identity.mode, "standalone");
        EXPECT_EQ(identity.role, "master");
        EXPECT_NE(identity.version, "");
    } else {
        EXPECT_EQ(identity.protocol, 2u);
        EXPECT_EQ(identity.server, "");
    }
}

TEST_P(commands, keep_values_of_every_type)
{
    EXPECT_EQ(exec(get(user_key(7))), std::nullopt);
    EXPECT_TRUE(exec(set(user_key(7), {"Ada", 36})));
    EXPECT_EQ(exec(get(user_key(7))), (user{"Ada", 36}));

    constexpr auto least = std::numeric_limits<std::int64_t>::min();
    EXPECT_TRUE(exec(set(hits, least)));
    EXPECT_EQ(exec(get(hits)), least);

    for (double const value : {0.1, -1.7976931348623157e308, 5e-324, 0.0, 1e21}) {
        EXPECT_TRUE(exec(set(price, value)));
        EXPECT_EQ(exec(get(price)), value);
    }
    EXPECT_TRUE(exec(set(flag, true)));
    EXPECT_EQ(exec(get(flag)), true);

    std::vector<std::byte> every_byte(256);
    for (std::size_t i = 0; i < every_byte.size(); ++i)
        every_byte[i] = static_cast<std::byte>(i);
    EXPECT_TRUE(exec(set(blob, every_byte)));
    EXPECT_EQ(exec(get(blob)), every_byte);
    EXPECT_TRUE(exec(set("empty", "")));
    EXPECT_EQ(exec(get("empty")), "");
}

TEST_P(commands, set_under_conditions)
{
    using when = set_options::when;
    EXPECT_FALSE(exec(set("k", "1", {.condition = when::if_present})));
    EXPECT_TRUE(exec(set("k", "2", {.condition = when::if_absent})));
    EXPECT_FALSE(exec(set("k", "3", {.condition = when::if_absent})));
    EXPECT_TRUE(exec(set("k", "4", {.condition = when::if_present})));
    EXPECT_EQ(exec(getdel("k")), "4");
    EXPECT_EQ(exec(getdel("k")), std::nullopt);
}

TEST_P(commands, know_times_to_live)
{
    EXPECT_FALSE(exec(ttl("k")).exists);
    EXPECT_FALSE(exec(expire("k", 1h)));
    exec(set("k", "v"));
    EXPECT_TRUE(exec(ttl("k")).exists);
    EXPECT_EQ(exec(ttl("k")).left, std::nullopt);
    EXPECT_FALSE(exec(persist("k")));
    EXPECT_TRUE(exec(expire("k", 1h)));
    auto const left = exec(ttl("k")).left;
    ASSERT_TRUE(left);
    EXPECT_LE(*left, 1h);
    EXPECT_GT(*left, 59min);
    exec(set("k", "w", {.keep_ttl = true}));
    EXPECT_TRUE(exec(ttl("k")).left);
    EXPECT_TRUE(exec(persist("k")));
    exec(set("k", "x", {.ttl = 2h}));
    EXPECT_GT(exec(ttl("k")).left, 1h);
    EXPECT_TRUE(exec(expire("k", -1ms)));
    EXPECT_EQ(exec(get("k")), std::nullopt);
}

TEST_P(commands, count)
{
    EXPECT_EQ(exec(incr(hits)), 1);
    EXPECT_EQ(exec(incrby(hits, 41)), 42);
    EXPECT_EQ(exec(incrby(hits, -50)), -8);
    EXPECT_EQ(exec(get(hits)), -8);
    exec(set(hits, std::numeric_limits<std::int64_t>::max()));
    auto const why = fails(incr(hits));
    EXPECT_EQ(why.code(), failure_code::server_error);
    EXPECT_EQ(why.outcome(), outcome::refused);
    EXPECT_EQ(why.server_code(), "ERR");
}

TEST_P(commands, name_several_keys)
{
    exec(set("a", "1"));
    exec(set("b", "2"));
    EXPECT_EQ(exec(exists("a", "b", "a", "none")), 3);
    EXPECT_EQ(exec(mget(std::vector<std::string>{"a", "none", "b"})),
              (std::vector<std::optional<std::string>>{"1", std::nullopt, "2"}));
    EXPECT_EQ(exec(type("a")), "string");
    EXPECT_EQ(exec(type("none")), "none");
    EXPECT_EQ(exec(del("a", "none")), 1);
    EXPECT_EQ(exec(unlink("b")), 1);
    EXPECT_EQ(exec(dbsize()), 0);
}

TEST_P(commands, rank)
{
    EXPECT_TRUE(exec(zadd(scores, 10, "ada")));
    EXPECT_TRUE(exec(zadd(scores, 20.5, "bob")));
    EXPECT_FALSE(exec(zadd(scores, 30, "ada"))) << "only her score was set";
    EXPECT_EQ(exec(zcard(scores)), 2);
    EXPECT_EQ(exec(zscore(scores, "ada")), 30);
    EXPECT_EQ(exec(zscore(scores, "none")), std::nullopt);
    EXPECT_EQ(exec(zrank(scores, "ada")), 1);
    EXPECT_EQ(exec(zrevrank(scores, "ada")), 0);
    EXPECT_EQ(exec(zrank(scores, "none")), std::nullopt);
    using entries = std::vector<scored<std::string>>;
    EXPECT_EQ(exec(zrange_with_scores(scores)), (entries{{"bob", 20.5}, {"ada", 30}}));
    EXPECT_EQ(exec(zrange_with_scores(scores, {.first = 0, .last = 0, .highest_first = true})),
              (entries{{"ada", 30}}));
    EXPECT_EQ(exec(zrange_with_scores("none")), entries{});
    constexpr auto infinity = std::numeric_limits<double>::infinity();
    for (double const score : {infinity, -infinity, 0.1, 1e300, 17.0, -5e-324}) {
        exec(zadd(scores, score, "eve"));
        EXPECT_EQ(exec(zscore(scores, "eve")), score);
    }
    EXPECT_EQ(exec(zrem(scores, "ada")), 1);
    EXPECT_EQ(exec(zrem(scores, "ada")), 0);
}

TEST_P(commands, ask_the_server_about_itself)
{
    EXPECT_EQ(exec(ping()), "PONG");
    EXPECT_NE(exec(info("server")).field("redis_version"), std::nullopt);
    EXPECT_GT(exec(info()).text().size(), exec(info("server")).text().size());
    using settings = std::vector<std::pair<std::string, std::string>>;
    EXPECT_EQ(exec(config_get("databases")), (settings{{"databases", "16"}}));
    exec(set("k", "v"));
    exec(flushdb());
    EXPECT_EQ(exec(dbsize()), 0);
}

TEST_P(commands, may_be_raw)
{
    exec(set("k", 12));
    EXPECT_EQ(exec(raw<std::string>("OBJECT ENCODING", "k")), "int");
    EXPECT_EQ(exec(raw<std::string>("object", "encoding", "k")), "int");
    EXPECT_EQ(exec(raw<std::int64_t>("HSET", "h", "field", 1, "other", user{"Eve", 3})), 2);
    using fields = std::vector<std::pair<std::string, std::string>>;
    EXPECT_EQ(exec(raw<fields>("HGETALL", "h")),
              (fields{{"field", "1"}, {"other", R"({"name":"Eve","age":3})"}}));
    EXPECT_EQ(exec(raw<double>("INCRBYFLOAT", "k", 0.5)), 12.5);
    auto const why = fails(raw<ignored>("NO.SUCH", "secret"));
    EXPECT_EQ(why.code(), failure_code::server_error);
    EXPECT_EQ(why.outcome(), outcome::refused);
    EXPECT_EQ(why.command(), "NO.SUCH");
}

TEST_P(commands, go_together)
{
    with.run([&]() -> task<> {
        auto const [set_it, number, found, rank] = co_await db.exec(
            set(user_key(1), {"Ada", 36}), incr(hits), get(user_key(1)), zrevrank(scores, "ada"));
        EXPECT_TRUE(set_it);
        EXPECT_EQ(number, 1);
        EXPECT_EQ(found, (user{"Ada", 36}));
        EXPECT_EQ(rank, std::nullopt);
    });
}

TEST_P(commands, fail_alone_when_they_go_together)
{
    exec(set("text", "not a number"));
    with.run([&]() -> task<> {
        try {
            co_await db.exec(incr(hits), incr("text"), incr(hits));
            ADD_FAILURE() << "it should have failed";
        } catch (failure const& why) {
            EXPECT_EQ(why.code(), failure_code::server_error);
            EXPECT_EQ(why.server_code(), "ERR");
        }
    });
    EXPECT_EQ(exec(get(hits)), 2) << "the others were applied: it is no transaction";
}

TEST_P(commands, are_refused_for_a_wrong_type)
{
    exec(zadd(scores, 1, "ada"));
    auto const why = fails(get("scores"));
    EXPECT_EQ(why.code(), failure_code::server_error);
    EXPECT_EQ(why.outcome(), outcome::refused);
    EXPECT_EQ(why.server_code(), "WRONGTYPE");
    EXPECT_EQ(why.command(), "GET");
}

TEST_P(commands, fail_alone_when_a_value_does_not_fit)
{
    exec(set("user:1", "{not json"));
    exec(set("hits", std::string(100'000, 'x')));
    with.run([&]() -> task<> {
        auto const wrong_user = co_await db.try_exec(get(user_key(1)));
        EXPECT_EQ(wrong_user.error().code(), failure_code::decode_failed);
        EXPECT_EQ(wrong_user.error().outcome(), outcome::maybe_applied);
        auto calls = co_await when_all(failure_in(db, get(hits)), exec_in(db, get("hits")),
                                       failure_in(db, zrange("hits")), exec_in(db, ping()));
        EXPECT_EQ(std::get<0>(calls).code(), failure_code::decode_failed);
        EXPECT_EQ(std::get<1>(calls)->size(), 100'000u);
        EXPECT_EQ(std::get<2>(calls).server_code(), "WRONGTYPE");
        EXPECT_EQ(std::get<3>(calls), "PONG");
    });
}

TEST_P(commands, carry_large_values)
{
    std::string large;
    for (int i = 0; large.size() < 5'000'000; ++i)
        large += std::to_string(i) + ",";
    EXPECT_TRUE(exec(set("large", large)));
    with.run([&]() -> task<> {
        auto const both = co_await when_all(
            exec_in(db, get("large")), exec_in(db, ping()), exec_in(db, get("large")),
            exec_in(db, set("other", large)), exec_in(db, get("other")));
        EXPECT_TRUE(std::get<0>(both) == large);
        EXPECT_EQ(std::get<1>(both), "PONG");
        EXPECT_TRUE(std::get<2>(both) == large);
        EXPECT_TRUE(std::get<4>(both) == large);
    });
    EXPECT_EQ(exec(raw<std::int64_t>("STRLEN", "large")), static_cast<std::int64_t>(large.size()));
}

TEST_P(commands, that_would_disturb_others_are_refused)
{
    for (auto const* const name :
         {"SELECT", "MULTI", "EXEC", "WATCH", "SUBSCRIBE", "MONITOR", "CLIENT REPLY",
          "client tracking", "RESET", "QUIT", "HELLO", "AUTH", "WAIT"}) {
        auto const why = fails(raw<ignored>(name, "x", "0"));
        EXPECT_EQ(why.code(), failure_code::forbidden_command) << name;
        EXPECT_EQ(why.outcome(), outcome::not_sent);
    }
    EXPECT_EQ(exec(ping()), "PONG");
}

}  // namespace
}  // namespace redstart::integration
