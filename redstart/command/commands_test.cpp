// Every builder: the exact bytes, and the type of the reply.

#include "redstart/command/keys.hpp"
#include "redstart/command/probe_test.hpp"
#include "redstart/command/server.hpp"
#include "redstart/command/sorted_sets.hpp"
#include "redstart/command/strings.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace redstart::command_test {
namespace {

using namespace std::chrono_literals;

struct point {
    int x = 0;
    int y = 0;
};
BOOST_DESCRIBE_STRUCT(point, (), (x, y))

constexpr key_of<std::int64_t> hits{"hits"};
constexpr key_of<point, int> place{"place:{}"};
constexpr key_of<double> price{"price"};
constexpr key_of<zset<std::string>> ranking{"ranking"};
constexpr key_of<zset<std::int64_t>> by_id{"by_id"};

template <class Reply, class Command>
void expect_gives(Command const& built, command_id id)
{
    static_assert(std::same_as<typename Command::reply_type, Reply>);
    EXPECT_EQ(built.id(), id);
    EXPECT_EQ(&built.info(), &info_of(id));
    EXPECT_EQ(built.script(), nullptr);
}

TEST(commands, of_single_values)
{
    expect_sent(get("k"), {"GET", "k"});
    expect_sent(get(place(3)), {"GET", "place:3"});
    expect_sent(getdel("k"), {"GETDEL", "k"});
    expect_gives<std::optional<std::string>>(get(std::string{"k"}), command_id::get);
    expect_gives<std::optional<point>>(get(place(3)), command_id::get);
    expect_gives<std::optional<std::int64_t>>(getdel(hits), command_id::getdel);

    expect_sent(incr(hits), {"INCR", "hits"});
    expect_sent(incrby("k", -5), {"INCRBY", "k", "-5"});
    expect_gives<std::int64_t>(incr("k"), command_id::incr);
    expect_gives<std::int64_t>(incrby(hits, 1), command_id::incrby);

    expect_sent(mget(std::vector<std::string>{"a", "b"}), {"MGET", "a", "b"});
    expect_gives<std::vector<std::optional<point>>>(mget(std::vector{place(1), place(2)}),
                                                    command_id::mget);
}

TEST(commands, that_set)
{
    expect_sent(set("k", "v"), {"SET", "k", "v"});
    expect_sent(set("k", std::string(2'000, 'x')), {"SET", "k", std::string(2'000, 'x')});
    expect_sent(set("k", 12), {"SET", "k", "12"});
    expect_sent(set("k", true), {"SET", "k", "1"});
    expect_sent(set("k", 1.5), {"SET", "k", "1.5"});
    expect_sent(set("k", point{1, 2}), {"SET", "k", R"({"x":1,"y":2})"});
    expect_sent(set(place(1), point{1, 2}), {"SET", "place:1", R"({"x":1,"y":2})"});
    expect_sent(set(place(1), {1, 2}), {"SET", "place:1", R"({"x":1,"y":2})"});
    expect_sent(set(hits, 3), {"SET", "hits", "3"});
    expect_sent(set(price, 3), {"SET", "price", "3"});
    expect_sent(set("k", "v", {.ttl = 1500ms}), {"SET", "k", "v", "PX", "1500"});
    expect_sent(set("k", "v", {.ttl = 24h}), {"SET", "k", "v", "PX", "86400000"});
    expect_sent(set("k", "v", {.keep_ttl = true}), {"SET", "k", "v", "KEEPTTL"});
    expect_sent(set("k", "v", {.condition = set_options::when::if_absent}),
                {"SET", "k", "v", "NX"});
    expect_sent(set("k", "v", {.ttl = 1ms, .condition = set_options::when::if_present}),
                {"SET", "k", "v", "PX", "1", "XX"});
    expect_gives<bool>(set(hits, 1), command_id::set);
}

TEST(commands, of_keys)
{
    expect_sent(del("a"), {"DEL", "a"});
    expect_sent(del("a", hits, place(1)), {"DEL", "a", "hits", "place:1"});
    expect_sent(unlink("a", ranking), {"UNLINK", "a", "ranking"});
    expect_sent(exists("a", "a"), {"EXISTS", "a", "a"});
    expect_sent(expire("a", 2s), {"PEXPIRE", "a", "2000"});
    expect_sent(expire(hits, -1ms), {"PEXPIRE", "hits", "-1"});
    expect_sent(persist("a"), {"PERSIST", "a"});
    expect_sent(ttl("a"), {"PTTL", "a"});
    expect_sent(type(ranking), {"TYPE", "ranking"});
    expect_gives<std::int64_t>(del("a"), command_id::del);
    expect_gives<std::int64_t>(unlink("a"), command_id::unlink);
    expect_gives<std::int64_t>(exists("a"), command_id::exists);
    expect_gives<bool>(expire("a", 1s), command_id::pexpire);
    expect_gives<bool>(persist("a"), command_id::persist);
    expect_gives<ttl_reply>(ttl("a"), command_id::pttl);
    expect_gives<std::string>(type("a"), command_id::type);
}

TEST(commands, of_sorted_sets)
{
    constexpr auto infinity = std::numeric_limits<double>::infinity();
    expect_sent(zadd(ranking, 1.5, "ada"), {"ZADD", "ranking", "1.5", "ada"});
    expect_sent(zadd(ranking, 100'000, "ada"), {"ZADD", "ranking", "1e+05", "ada"});
    expect_sent(zadd(ranking, -infinity, "ada"), {"ZADD", "ranking", "-inf", "ada"});
    expect_sent(zadd(by_id, 0.1, 7), {"ZADD", "by_id", "0.1", "7"});
    expect_sent(zadd("k", 1, "m"), {"ZADD", "k", "1", "m"});
    expect_sent(zrem(by_id, 7), {"ZREM", "by_id", "7"});
    expect_sent(zscore(ranking, "ada"), {"ZSCORE", "ranking", "ada"});
    expect_sent(zrank(ranking, "ada"), {"ZRANK", "ranking", "ada"});
    expect_sent(zrevrank(ranking, "ada"), {"ZREVRANK", "ranking", "ada"});
    expect_sent(zcard(ranking), {"ZCARD", "ranking"});
    expect_sent(zrange(ranking), {"ZRANGE", "ranking", "0", "-1", "WITHSCORES"});
    expect_sent(zrange(by_id, {.first = 2, .last = 5, .highest_first = true}),
                {"ZRANGE", "by_id", "2", "5", "REV", "WITHSCORES"});
    expect_gives<std::int64_t>(zadd(ranking, 1, "a"), command_id::zadd);
    expect_gives<std::int64_t>(zrem(ranking, "a"), command_id::zrem);
    expect_gives<std::optional<double>>(zscore(ranking, "a"), command_id::zscore);
    expect_gives<std::optional<std::int64_t>>(zrank(ranking, "a"), command_id::zrank);
    expect_gives<std::optional<std::int64_t>>(zrevrank(ranking, "a"), command_id::zrevrank);
    expect_gives<std::int64_t>(zcard(ranking), command_id::zcard);
    expect_gives<std::vector<std::pair<std::int64_t, double>>>(zrange(by_id), command_id::zrange);
    expect_gives<std::vector<std::pair<std::string, double>>>(zrange("k"), command_id::zrange);
}

TEST(commands, of_the_server)
{
    expect_sent(ping(), {"PING"});
    expect_sent(info(), {"INFO"});
    expect_sent(info("memory"), {"INFO", "memory"});
    expect_sent(config_get("max*"), {"CONFIG", "GET", "max*"});
    expect_sent(dbsize(), {"DBSIZE"});
    expect_sent(flushdb(), {"FLUSHDB"});
    expect_gives<std::string>(ping(), command_id::ping);
    expect_gives<std::string>(info(), command_id::info);
    expect_gives<std::vector<std::pair<std::string, std::string>>>(config_get("*"),
                                                                   command_id::config_get);
    expect_gives<std::int64_t>(dbsize(), command_id::dbsize);
    expect_gives<ok>(flushdb(), command_id::flushdb);
}

TEST(a_command, may_be_repeated_unless_its_options_make_it_unlike_its_kind)
{
    EXPECT_TRUE(set("k", "v").is_idempotent());
    EXPECT_TRUE(set("k", "v", {.ttl = std::chrono::seconds{1}}).is_idempotent());
    EXPECT_FALSE(set("k", "v", {.condition = set_options::when::if_absent}).is_idempotent());
    EXPECT_FALSE(set("k", "v", {.condition = set_options::when::if_present}).is_idempotent());
    EXPECT_TRUE(get("k").is_idempotent());
    EXPECT_FALSE(incr("k").is_idempotent());
    EXPECT_FALSE(raw<ignored>("SET", "k", "v", "NX").is_idempotent()) << "its options are unknown";
    EXPECT_TRUE(raw<ignored>("GET", "k").is_idempotent());
    EXPECT_FALSE(raw<ignored>("XREAD", "STREAMS", "k", "$").is_idempotent());
}

TEST(a_command, waits_at_the_server_as_its_kind_does_unless_its_options_say_otherwise)
{
    EXPECT_FALSE(get("k").is_blocking());
    auto pop = raw<ignored>("BLPOP", "k", 5);
    EXPECT_TRUE(pop.is_blocking());
    EXPECT_EQ(pop.block_time(), std::nullopt) << "its arguments are not looked at";
    pop.set_block_time(5s);
    EXPECT_EQ(pop.block_time(), 5s);
    pop.set_block_time(wait_forever);
    EXPECT_EQ(pop.block_time(), wait_forever);
    pop.set_block_time(24h * 365);
    EXPECT_EQ(pop.block_time(), wait_forever);
    auto read = raw<ignored>("XREAD", "STREAMS", "k", "0");
    EXPECT_TRUE(read.is_blocking());
    read.mark_not_blocking();
    EXPECT_FALSE(read.is_blocking());
    EXPECT_EQ(read.block_time(), std::nullopt);
}

TEST(raw_commands, are_looked_up_like_all_others)
{
    expect_sent(raw<std::string>("OBJECT ENCODING", "k"), {"OBJECT", "ENCODING", "k"});
    expect_sent(
        raw<ignored>("whatever", 1, -2, 3.5, true, "text", std::string{"s"}, hits, point{1, 2}),
        {"whatever", "1", "-2", "3.5", "1", "text", "s", "hits", R"({"x":1,"y":2})"});
    EXPECT_EQ(raw<ignored>("object encoding", "k").id(), command_id::object_encoding);
    EXPECT_EQ(raw<ignored>("object", "encoding", "k").id(), command_id::object_encoding);
    EXPECT_EQ(raw<ignored>("get", "encoding").id(), command_id::get);
    EXPECT_EQ(raw<ignored>("GET k").id(), command_id::get);
    EXPECT_EQ(raw<ignored>("FT.SEARCH", "k").id(), command_id::unknown);
    EXPECT_EQ(raw<ignored>("OBJECT NEW", "k").id(), command_id::unknown);
}

// Whichever way it is written, it must not slip through.
TEST(raw_commands, cannot_hide_what_changes_the_connection)
{
    auto const is_state = [](any_command const& built) {
        return built.info().has(command_flag::connection_state);
    };
    for (auto const* const name : {"SELECT",
                                   "select",
                                   "Multi",
                                   "EXEC",
                                   "DISCARD",
                                   "WATCH",
                                   "UNWATCH",
                                   "SUBSCRIBE",
                                   "PSUBSCRIBE",
                                   "SSUBSCRIBE",
                                   "UNSUBSCRIBE",
                                   "PUNSUBSCRIBE",
                                   "SUNSUBSCRIBE",
                                   "MONITOR",
                                   "RESET",
                                   "QUIT",
                                   "AUTH",
                                   "HELLO",
                                   "WAIT",
                                   "WAITAOF",
                                   "SYNC",
                                   "PSYNC",
                                   "REPLCONF",
                                   "READONLY",
                                   "READWRITE",
                                   "ASKING",
                                   "SHUTDOWN",
                                   "CLIENT",
                                   "client reply",
                                   "CLIENT CACHING",
                                   "CLIENT TRACKING",
                                   "CLIENT NO-TOUCH",
                                   "script debug"})
        EXPECT_TRUE(is_state(raw<ignored>(name))) << name;
    EXPECT_TRUE(is_state(raw<ignored>("client", "reply", "off")));
    EXPECT_TRUE(is_state(raw<ignored>("Client", "No-Touch", "on")));
    EXPECT_TRUE(is_state(raw<ignored>("script", "debug", "yes")));
    EXPECT_TRUE(is_state(raw<ignored>("SELECT 1")));
    EXPECT_FALSE(is_state(raw<ignored>("CLIENT INFO")));
    EXPECT_FALSE(is_state(raw<ignored>("client", "list", "type", "normal")));
    EXPECT_FALSE(is_state(raw<ignored>("SCRIPT", "FLUSH")));
}

}  // namespace
}  // namespace redstart::command_test
