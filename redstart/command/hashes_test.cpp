#include "redstart/command/hashes.hpp"

#include "redstart/command/hash_ttl.hpp"
#include "redstart/command/probe_test.hpp"
#include "redstart/command/sample_keys_test.hpp"

#include <gtest/gtest.h>

#include <map>

namespace redstart::command_test {
namespace {

using namespace std::chrono_literals;

TEST(commands_of_hashes, set)
{
    expect_builds<bool>(hset("h", "f", "v"), {"HSET", "h", "f", "v"});
    expect_builds<bool>(hset("h", 7, 1.5), {"HSET", "h", "7", "1.5"});
    expect_builds<bool>(hset(stock, "nails", 12), {"HSET", "stock", "nails", "12"});
    expect_builds<bool>(hset(places, 7, {1, 2}), {"HSET", "places", "7", R"({"x":1,"y":2})"});
    expect_builds<std::int64_t>(hset("h", {{"a", 1}, {"b", "two"}}),
                                {"HSET", "h", "a", "1", "b", "two"});
    expect_builds<std::int64_t>(hset(stock, {{"nails", 12}, {"nuts", 3}}),
                                {"HSET", "stock", "nails", "12", "nuts", "3"});
    expect_builds<std::int64_t>(hset(stock, std::map<std::string, std::int64_t>{{"nails", 1}}),
                                {"HSET", "stock", "nails", "1"});
    expect_builds<std::int64_t>(hset(places, {{7, {1, 2}}}),
                                {"HSET", "places", "7", R"({"x":1,"y":2})"});
    expect_builds<bool>(hsetnx(stock, "nails", 12), {"HSETNX", "stock", "nails", "12"});
    expect_builds<std::int64_t>(hincrby(stock, "nails", -2), {"HINCRBY", "stock", "nails", "-2"});
    expect_builds<double>(hincrbyfloat(prices, "nails", 0.5),
                          {"HINCRBYFLOAT", "prices", "nails", "0.5"});
    expect_builds<std::int64_t>(hdel(stock, "nails"), {"HDEL", "stock", "nails"});
    expect_builds<std::int64_t>(hdel(stock, {"nails", "nuts"}), {"HDEL", "stock", "nails", "nuts"});
}

TEST(commands_of_hashes, read)
{
    using entries = std::vector<std::pair<std::int64_t, point>>;
    expect_builds<std::optional<point>>(hget(places, 7), {"HGET", "places", "7"});
    expect_builds<std::optional<std::string>>(hget("h", "f"), {"HGET", "h", "f"});
    expect_builds<std::vector<std::optional<point>>>(hmget(places, {7, 8}),
                                                     {"HMGET", "places", "7", "8"});
    expect_builds<entries>(hgetall(places), {"HGETALL", "places"});
    expect_builds<std::vector<std::int64_t>>(hkeys(places), {"HKEYS", "places"});
    expect_builds<std::vector<point>>(hvals(places), {"HVALS", "places"});
    expect_builds<bool>(hexists(places, 7), {"HEXISTS", "places", "7"});
    expect_builds<std::int64_t>(hlen("h"), {"HLEN", "h"});
    expect_builds<std::int64_t>(hstrlen("h", "f"), {"HSTRLEN", "h", "f"});
    expect_builds<std::optional<std::int64_t>>(hrandfield(places), {"HRANDFIELD", "places"});
    expect_builds<std::vector<std::int64_t>>(hrandfield(places, -2),
                                             {"HRANDFIELD", "places", "-2"});
    expect_builds<entries>(hrandfield_with_values(places, 2),
                           {"HRANDFIELD", "places", "2", "WITHVALUES"});
    expect_builds<scan_page<std::pair<std::int64_t, point>>>(
        hscan(places, 3, {.match = "1*", .count = 9}),
        {"HSCAN", "places", "3", "MATCH", "1*", "COUNT", "9"});
}

TEST(commands_of_hashes, set_when_fields_end)
{
    using results = std::vector<field_expiry>;
    expect_builds<results>(hexpire(stock, 2s, {"nails", "nuts"}),
                           {"HPEXPIRE", "stock", "2000", "FIELDS", "2", "nails", "nuts"});
    expect_builds<results>(hexpire("h", 1ms, "f", {.condition = expire_options::when::if_none}),
                           {"HPEXPIRE", "h", "1", "NX", "FIELDS", "1", "f"});
    expect_builds<results>(hexpire_at("h", server_time{5s}, "f"),
                           {"HPEXPIREAT", "h", "5000", "FIELDS", "1", "f"});
    expect_builds<results>(hpersist("h", "f"), {"HPERSIST", "h", "FIELDS", "1", "f"});
    expect_builds<std::vector<ttl_reply>>(httl("h", "f"), {"HPTTL", "h", "FIELDS", "1", "f"});
    expect_builds<std::vector<expire_time_reply>>(hexpire_time("h", "f"),
                                                  {"HPEXPIRETIME", "h", "FIELDS", "1", "f"});
    expect_builds<std::vector<std::optional<point>>>(
        hgetex(places, {7, 8}, {.ttl = 1s}),
        {"HGETEX", "places", "PX", "1000", "FIELDS", "2", "7", "8"});
    expect_builds<std::vector<std::optional<point>>>(hgetdel(places, 7),
                                                     {"HGETDEL", "places", "FIELDS", "1", "7"});
    expect_builds<bool>(
        hsetex(stock, {{"nails", 1}, {"nuts", 2}},
               {.ttl = 1s, .condition = set_options::when::if_absent}),
        {"HSETEX", "stock", "FNX", "PX", "1000", "FIELDS", "2", "nails", "1", "nuts", "2"});
    EXPECT_TRUE(hexpire("h", 1ms, "f").is_idempotent());
    EXPECT_FALSE(hexpire("h", 0ms, "f").is_idempotent()) << "deletes";
    EXPECT_FALSE(
        hexpire("h", 1ms, "f", {.condition = expire_options::when::if_any}).is_idempotent());
    EXPECT_TRUE(hsetex("h", {{"f", 1}}, {.ttl = 1s}).is_idempotent());
    EXPECT_FALSE(
        hsetex("h", {{"f", 1}}, {.condition = set_options::when::if_absent}).is_idempotent());
    EXPECT_FALSE(hpersist("h", "f").is_idempotent());
}

TEST(replies_to_commands_of_hashes, say_what_became_of_each_field)
{
    expect_decoded("*5\r\n:-2\r\n:-1\r\n:0\r\n:1\r\n:2\r\n",
                   (std::vector<field_expiry>{field_expiry::no_field, field_expiry::no_expiry,
                                              field_expiry::refused, field_expiry::set,
                                              field_expiry::deleted}));
    expect_mismatch<field_expiry>(":3\r\n");
    expect_mismatch<field_expiry>(":-3\r\n");
    expect_mismatch<field_expiry>("+x\r\n");
    expect_decoded("*2\r\n:-2\r\n:1500\r\n",
                   (std::vector<ttl_reply>{{}, {.exists = true, .left = 1500ms}}));
    expect_decoded("*2\r\n$1\r\n5\r\n*4\r\n$1\r\n7\r\n$13\r\n{\"x\":1,\"y\":2}\r\n"
                   "$1\r\n8\r\n$13\r\n{\"x\":3,\"y\":4}\r\n",
                   scan_page<std::pair<std::int64_t, point>>{5, {{7, {1, 2}}, {8, {3, 4}}}});
}

}  // namespace
}  // namespace redstart::command_test
