#include "redstart/command/keys.hpp"

#include "redstart/base/failure.hpp"
#include "redstart/command/hash_ttl.hpp"
#include "redstart/command/probe_test.hpp"
#include "redstart/command/sample_keys_test.hpp"
#include "redstart/command/sort.hpp"
#include "redstart/command/strings.hpp"

#include <gtest/gtest.h>

namespace redstart::command_test {
namespace {

using namespace std::chrono_literals;

TEST(commands_of_keys, name_one_or_several)
{
    expect_builds<std::int64_t>(del("a"), {"DEL", "a"});
    expect_builds<std::int64_t>(del("a", hits, place(1)), {"DEL", "a", "hits", "place:1"});
    expect_builds<std::int64_t>(del(std::vector<std::string>{"a", "b"}), {"DEL", "a", "b"});
    expect_builds<std::int64_t>(unlink("a", ranking), {"UNLINK", "a", "ranking"});
    expect_builds<std::int64_t>(exists("a", "a"), {"EXISTS", "a", "a"});
    expect_builds<std::int64_t>(touch("a", hits), {"TOUCH", "a", "hits"});
    expect_builds<std::string>(type(ranking), {"TYPE", "ranking"});
    EXPECT_THROW(static_cast<void>(del(std::vector<std::string>{})), failure);
}

TEST(commands_of_keys, set_and_tell_when_they_end)
{
    using when = expire_options::when;
    expect_builds<bool>(expire("a", 2s), {"PEXPIRE", "a", "2000"});
    expect_builds<bool>(expire(hits, -1ms), {"PEXPIRE", "hits", "-1"});
    expect_builds<bool>(expire("a", 1ms, {.condition = when::if_none}),
                        {"PEXPIRE", "a", "1", "NX"});
    expect_builds<bool>(expire("a", 1ms, {.condition = when::if_any}), {"PEXPIRE", "a", "1", "XX"});
    expect_builds<bool>(expire("a", 1ms, {.condition = when::if_later}),
                        {"PEXPIRE", "a", "1", "GT"});
    expect_builds<bool>(expire("a", 1ms, {.condition = when::if_sooner}),
                        {"PEXPIRE", "a", "1", "LT"});
    expect_builds<bool>(expire_at("a", server_time{5s}, {.condition = when::if_none}),
                        {"PEXPIREAT", "a", "5000", "NX"});
    expect_builds<expire_time_reply>(expire_time("a"), {"PEXPIRETIME", "a"});
    expect_builds<bool>(persist("a"), {"PERSIST", "a"});
    expect_builds<ttl_reply>(ttl("a"), {"PTTL", "a"});

    EXPECT_TRUE(expire("a", 1ms).is_idempotent());
    EXPECT_FALSE(expire("a", 0ms).is_idempotent()) << "deletes";
    EXPECT_FALSE(expire("a", 1ms, {.condition = when::if_later}).is_idempotent());
    EXPECT_FALSE(expire_at("a", server_time{5s}).is_idempotent()) << "may delete";
}

// The nanoseconds of the system clock end in 2262.
TEST(commands_of_keys, may_end_in_a_year_that_the_system_clock_cannot_hold)
{
    constexpr std::chrono::sys_days far_off{std::chrono::year{9999} / 12 / 31};
    constexpr std::string_view in_milliseconds = "253402214400000";
    expect_sent(expire_at("a", far_off), {"PEXPIREAT", "a", in_milliseconds});
    expect_sent(hexpire_at("h", far_off, "f"),
                {"HPEXPIREAT", "h", in_milliseconds, "FIELDS", "1", "f"});
    expect_sent(set("a", "b", {.expires_at = far_off}), {"SET", "a", "b", "PXAT", in_milliseconds});
    expect_sent(getex("a", {.expires_at = far_off}), {"GETEX", "a", "PXAT", in_milliseconds});
    expect_sent(restore("a", "bytes", {.expires_at = far_off}),
                {"RESTORE", "a", in_milliseconds, "bytes", "ABSTTL"});
    expect_sent(expire_at("a", std::chrono::system_clock::time_point{1'999'999ns}),
                {"PEXPIREAT", "a", "1"});
}

TEST(commands_of_keys, rename_and_copy)
{
    expect_builds<ok>(redstart::rename("a", "b"), {"RENAME", "a", "b"});
    expect_builds<ok>(redstart::rename(place(1), place(2)), {"RENAME", "place:1", "place:2"});
    expect_builds<bool>(renamenx(hits, "b"), {"RENAMENX", "hits", "b"});
    expect_builds<bool>(copy("a", "b"), {"COPY", "a", "b"});
    expect_builds<bool>(copy("a", "b", {.replace = true, .database = 3}),
                        {"COPY", "a", "b", "DB", "3", "REPLACE"});
    expect_builds<bool>(redstart::move("a", 2), {"MOVE", "a", "2"});
}

TEST(commands_of_keys, find_them)
{
    expect_builds<std::optional<std::string>>(randomkey(), {"RANDOMKEY"});
    expect_builds<std::vector<std::string>>(keys_matching("a*"), {"KEYS", "a*"});
    expect_builds<scan_page<std::string>>(scan(0), {"SCAN", "0"});
    expect_builds<scan_page<std::string>>(
        scan(18446744073709551615U, {.match = "a*", .count = 5, .type = "zset"}),
        {"SCAN", "18446744073709551615", "MATCH", "a*", "COUNT", "5", "TYPE", "zset"});
}

TEST(commands_of_keys, move_them_between_servers)
{
    expect_builds<std::optional<std::string>>(dump("a"), {"DUMP", "a"});
    expect_builds<ok>(restore("a", "bytes"), {"RESTORE", "a", "0", "bytes"});
    EXPECT_THROW(static_cast<void>(restore("a", "bytes", {.ttl = 0ms})), failure)
        << "0 means without end to the server";
    EXPECT_THROW(static_cast<void>(restore("a", "bytes", {.expires_at = server_time{0s}})),
                 failure);
    expect_builds<ok>(restore("a", "bytes", {.ttl = 2s, .replace = true, .idle_time = 3s}),
                      {"RESTORE", "a", "2000", "bytes", "REPLACE", "IDLETIME", "3"});
    expect_builds<ok>(restore("a", "bytes", {.expires_at = server_time{2s}, .frequency = 7}),
                      {"RESTORE", "a", "2000", "bytes", "ABSTTL", "FREQ", "7"});
    expect_builds<migration>(migrate(keys("a", hits), {.host = "other", .timeout = 1s}),
                             {"MIGRATE", "other", "6379", "", "0", "1000", "KEYS", "a", "hits"});
    expect_builds<migration>(
        migrate(keys("a"), {.host = "h",
                            .port = 1,
                            .database = 2,
                            .password = "p",
                            .copy = true,
                            .replace = true}),
        {"MIGRATE", "h", "1", "", "2", "5000", "COPY", "REPLACE", "AUTH", "p", "KEYS", "a"});
    expect_builds<migration>(
        migrate(keys("a"), {.host = "h", .user = "u", .password = "p"}),
        {"MIGRATE", "h", "6379", "", "0", "5000", "AUTH2", "u", "p", "KEYS", "a"});
}

TEST(commands_of_keys, look_into_them)
{
    expect_builds<std::optional<std::string>>(object_encoding(hits),
                                              {"OBJECT", "ENCODING", "hits"});
    expect_builds<std::optional<std::int64_t>>(object_freq("a"), {"OBJECT", "FREQ", "a"});
    expect_builds<std::optional<std::chrono::seconds>>(object_idletime("a"),
                                                       {"OBJECT", "IDLETIME", "a"});
    expect_builds<std::optional<std::int64_t>>(object_refcount("a"), {"OBJECT", "REFCOUNT", "a"});
}

TEST(commands_of_keys, sort)
{
    expect_builds<std::vector<std::int64_t>>(sort(numbers), {"SORT_RO", "numbers"});
    expect_builds<std::vector<std::int64_t>>(sort(ids), {"SORT_RO", "ids"});
    expect_builds<std::vector<std::string>>(sort(ranking, {.as_text = true}),
                                            {"SORT_RO", "ranking", "ALPHA"});
    expect_builds<std::vector<std::string>>(
        sort("k", {.descending = true, .offset = 2, .limit = 5, .by = "w:*"}),
        {"SORT_RO", "k", "BY", "w:*", "LIMIT", "2", "5", "DESC"});
    expect_builds<std::vector<std::string>>(sort("k", {.offset = 2}),
                                            {"SORT_RO", "k", "LIMIT", "2", "-1"});
    expect_builds<std::vector<std::optional<std::string>>>(
        sort_and_look_up(ids, "user:*->name"), {"SORT_RO", "ids", "GET", "user:*->name"});
    expect_builds<std::int64_t>(sort_and_store(numbers, ids, {.limit = 3}),
                                {"SORT", "ids", "LIMIT", "0", "3", "STORE", "numbers"});
}

TEST(replies_to_commands_of_keys, are_moments_and_pages)
{
    expect_decoded(":-2\r\n", expire_time_reply{});
    expect_decoded(":-1\r\n", expire_time_reply{.exists = true, .at = std::nullopt});
    expect_decoded(":5000\r\n", expire_time_reply{.exists = true, .at = server_time{5s}});
    expect_decoded(":5\r\n", std::optional<std::chrono::seconds>{5s});
    expect_decoded("+OK\r\n", migration::done);
    expect_decoded("+NOKEY\r\n", migration::no_key);
    expect_mismatch<migration>("+QUEUED\r\n");
    expect_mismatch<migration>(":1\r\n");
    using page = scan_page<std::string>;
    expect_decoded("*2\r\n$1\r\n0\r\n*0\r\n", page{});
    expect_decoded("*2\r\n$20\r\n18446744073709551615\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n",
                   page{18446744073709551615U, {"a", "b"}});
    for (auto const* const bytes :
         {"*1\r\n$1\r\n0\r\n", "*2\r\n$1\r\nx\r\n*0\r\n", "*0\r\n", "_\r\n"})
        expect_mismatch<page>(bytes);
}

}  // namespace
}  // namespace redstart::command_test
