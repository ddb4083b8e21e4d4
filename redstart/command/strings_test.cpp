#include "redstart/command/strings.hpp"

#include "redstart/base/failure.hpp"
#include "redstart/command/probe_test.hpp"
#include "redstart/command/sample_keys_test.hpp"

#include <gtest/gtest.h>

#include <map>

namespace redstart::command_test {
namespace {

using namespace std::chrono_literals;
using text_or_none = std::optional<std::string>;

TEST(commands_of_strings, read)
{
    expect_builds<text_or_none>(get("k"), {"GET", "k"});
    expect_builds<text_or_none>(get(std::string{"k"}), {"GET", "k"});
    expect_builds<std::optional<point>>(get(place(3)), {"GET", "place:3"});
    expect_builds<text_or_none>(getdel("k"), {"GETDEL", "k"});
    expect_builds<std::optional<std::int64_t>>(getdel(hits), {"GETDEL", "hits"});
    expect_builds<text_or_none>(getex("k", {}), {"GETEX", "k"});
    expect_builds<text_or_none>(getex("k", {.ttl = 2s}), {"GETEX", "k", "PX", "2000"});
    expect_builds<text_or_none>(getex("k", {.expires_at = server_time{7s}}),
                                {"GETEX", "k", "PXAT", "7000"});
    expect_builds<text_or_none>(getex("k", {.persist = true}), {"GETEX", "k", "PERSIST"});
    expect_builds<std::vector<text_or_none>>(mget("a", "b"), {"MGET", "a", "b"});
    expect_builds<std::vector<text_or_none>>(mget(std::vector<std::string>{"a", "b"}),
                                             {"MGET", "a", "b"});
    expect_builds<std::vector<std::optional<point>>>(mget(std::vector{place(1), place(2)}),
                                                     {"MGET", "place:1", "place:2"});
    expect_builds<std::string>(getrange("k", 0, -1), {"GETRANGE", "k", "0", "-1"});
    expect_builds<std::int64_t>(strlen(hits), {"STRLEN", "hits"});
}

TEST(commands_of_strings, set)
{
    using when = set_options::when;
    expect_builds<bool>(set("k", "v"), {"SET", "k", "v"});
    expect_builds<bool>(set("k", std::string(2'000, 'x')), {"SET", "k", std::string(2'000, 'x')});
    expect_builds<bool>(set("k", 12), {"SET", "k", "12"});
    expect_builds<bool>(set("k", true), {"SET", "k", "1"});
    expect_builds<bool>(set("k", 1.5), {"SET", "k", "1.5"});
    expect_builds<bool>(set("k", point{1, 2}), {"SET", "k", R"({"x":1,"y":2})"});
    expect_builds<bool>(set(place(1), point{1, 2}), {"SET", "place:1", R"({"x":1,"y":2})"});
    expect_builds<bool>(set(place(1), {1, 2}), {"SET", "place:1", R"({"x":1,"y":2})"});
    expect_builds<bool>(set(hits, 3), {"SET", "hits", "3"});
    expect_builds<bool>(set(price, 3), {"SET", "price", "3"});
    expect_builds<bool>(set(title, "t"), {"SET", "title", "t"});
    expect_builds<bool>(set("k", "v", {.ttl = 1500ms}), {"SET", "k", "v", "PX", "1500"});
    expect_builds<bool>(set("k", "v", {.ttl = 24h}), {"SET", "k", "v", "PX", "86400000"});
    expect_builds<bool>(
        set("k", "v",
            {.expires_at = std::chrono::sys_time<std::chrono::microseconds>{1'234'567us}}),
        {"SET", "k", "v", "PXAT", "1234"});
    expect_builds<bool>(set("k", "v", {.keep_ttl = true}), {"SET", "k", "v", "KEEPTTL"});
    expect_builds<bool>(set("k", "v", {.condition = when::if_absent}), {"SET", "k", "v", "NX"});
    expect_builds<bool>(set("k", "v", {.ttl = 1ms, .condition = when::if_present}),
                        {"SET", "k", "v", "PX", "1", "XX"});
    expect_builds<text_or_none>(set_and_get("k", "v", {.ttl = 1ms}),
                                {"SET", "k", "v", "PX", "1", "GET"});
    expect_builds<std::optional<point>>(set_and_get(place(1), {1, 2}),
                                        {"SET", "place:1", R"({"x":1,"y":2})", "GET"});
}

TEST(commands_of_strings, set_without_a_copy_what_is_large_and_given_away_or_lent)
{
    constexpr key_of<std::string> text_key{"text"};
    constexpr key_of<std::vector<std::byte>> bytes_key{"bytes"};
    std::string const lent(5'000, 'x');
    auto const lies_at = [](any_command const& built) {
        return built.request().argument(2).data();
    };
    auto text = lent;
    auto const* const text_at = text.data();
    EXPECT_EQ(lies_at(set("k", std::move(text))), text_at);
    text = lent;
    auto const* const again_at = text.data();
    EXPECT_EQ(lies_at(set(text_key, std::move(text), {.keep_ttl = true})), again_at);
    std::vector<std::byte> bytes(5'000);
    auto const* const bytes_at = reinterpret_cast<char const*>(bytes.data());
    EXPECT_EQ(lies_at(set(bytes_key, std::move(bytes))), bytes_at);
    borrowed const view{lent};
    EXPECT_EQ(lies_at(set("k", view)), lent.data());
    EXPECT_EQ(lies_at(set(bytes_key, borrowed{lent})), lent.data());
    EXPECT_EQ(lies_at(raw<ok>("SET", "k", view)), lent.data());
    EXPECT_NE(lies_at(set("k", lent)), lent.data()) << "its owner was not asked";
    expect_sent(set("k", lent), {"SET", "k", lent});
    expect_sent(set(text_key, std::string{"v"}), {"SET", "text", "v"});
}

TEST(commands_of_strings, set_several)
{
    expect_builds<ok>(mset(std::pair{"a", 1}, std::pair{place(1), point{1, 2}}),
                      {"MSET", "a", "1", "place:1", R"({"x":1,"y":2})"});
    expect_builds<ok>(mset(std::map<std::string, std::string>{{"a", "1"}, {"b", "2"}}),
                      {"MSET", "a", "1", "b", "2"});
    expect_builds<bool>(msetnx(std::vector{std::pair{place(1), point{3, 4}}}),
                        {"MSETNX", "place:1", R"({"x":3,"y":4})"});
    EXPECT_THROW(static_cast<void>(mset(std::map<std::string, std::string>{})), failure);
}

TEST(commands_of_strings, count)
{
    expect_builds<std::int64_t>(incr(hits), {"INCR", "hits"});
    expect_builds<std::int64_t>(incrby("k", -5), {"INCRBY", "k", "-5"});
    expect_builds<std::int64_t>(decr("k"), {"DECR", "k"});
    expect_builds<std::int64_t>(decrby(hits, 2), {"DECRBY", "hits", "2"});
    expect_builds<double>(incrbyfloat(price, 0.25), {"INCRBYFLOAT", "price", "0.25"});
    expect_builds<double>(incrbyfloat("k", 2), {"INCRBYFLOAT", "k", "2"});
}

TEST(commands_of_strings, cut_and_join)
{
    expect_builds<std::int64_t>(append(title, "more"), {"APPEND", "title", "more"});
    expect_builds<std::int64_t>(setrange("k", 5, "x"), {"SETRANGE", "k", "5", "x"});
    expect_builds<std::string>(lcs("a", title), {"LCS", "a", "title"});
    expect_builds<std::int64_t>(lcs_length("a", "b"), {"LCS", "a", "b", "LEN"});
    expect_builds<shared_text>(lcs_matches("a", "b", 4),
                               {"LCS", "a", "b", "IDX", "MINMATCHLEN", "4", "WITHMATCHLEN"});
}

TEST(commands_of_strings, may_be_repeated_unless_that_changes_state_or_answer)
{
    EXPECT_TRUE(getex("k", {.ttl = 1s}).is_idempotent());
    EXPECT_TRUE(getex("k", {.persist = true}).is_idempotent());
    EXPECT_FALSE(getex("k", {.expires_at = server_time{}}).is_idempotent()) << "may delete";
    EXPECT_TRUE(set("k", "v", {.expires_at = server_time{}}).is_idempotent());
    EXPECT_FALSE(set_and_get("k", "v").is_idempotent());
    EXPECT_TRUE(mset(std::pair{"a", 1}).is_idempotent());
    EXPECT_FALSE(msetnx(std::pair{"a", 1}).is_idempotent());
    EXPECT_FALSE(append("k", "v").is_idempotent());
    EXPECT_TRUE(setrange("k", 0, "v").is_idempotent());
}

TEST(replies_to_commands_of_strings, are_the_places_of_common_text)
{
    shared_text const wanted{.pieces = {{{4, 7}, {5, 8}, 4}, {{2, 3}, {0, 1}, 2}}, .length = 6};
    std::string const pieces = "*2\r\n*3\r\n*2\r\n:4\r\n:7\r\n*2\r\n:5\r\n:8\r\n:4\r\n"
                               "*3\r\n*2\r\n:2\r\n:3\r\n*2\r\n:0\r\n:1\r\n:2\r\n";
    expect_decoded("*4\r\n$7\r\nmatches\r\n" + pieces + "$3\r\nlen\r\n:6\r\n", wanted);
    expect_decoded("%2\r\n$7\r\nmatches\r\n" + pieces + "$3\r\nlen\r\n:6\r\n", wanted);
    expect_decoded("%2\r\n+matches\r\n*0\r\n+len\r\n:0\r\n", shared_text{});
    for (auto const* const bytes : {"*0\r\n", "%1\r\n+matches\r\n*0\r\n", ":1\r\n", "_\r\n",
                                    "*4\r\n+matches\r\n*1\r\n:1\r\n+len\r\n:0\r\n"})
        expect_mismatch<shared_text>(bytes);
}

}  // namespace
}  // namespace redstart::command_test
