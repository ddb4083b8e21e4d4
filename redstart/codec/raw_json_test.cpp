#include "redstart/codec/raw_json.hpp"

#include "redstart/codec/compact_json.hpp"
#include "redstart/codec/json.hpp"

#include <gtest/gtest.h>

#include <ranges>

namespace redstart::codec {
namespace {

struct parcel {
    int id = 0;
    raw_json body;
    std::optional<raw_json> note;
    std::vector<raw_json> parts;
    bool operator==(parcel const&) const = default;
};
BOOST_DESCRIBE_STRUCT(parcel, (), (id, body, note, parts))

std::string compact(std::string_view text)
{
    auto const value = raw_json::parse(text);
    return value ? std::string{value->text()} : to_string(value.error());
}

TEST(raw_json, drops_blanks_and_keeps_the_rest)
{
    EXPECT_EQ(compact(" { \"b\" : [ 1 , 2.50 , -3e+007 ] , \"a\" : { } , \"c\":[ ] } "),
              R"({"b":[1,2.50,-3e+007],"a":{},"c":[]})");
    EXPECT_EQ(compact(" null "), "null");
    EXPECT_EQ(compact("true"), "true");
    EXPECT_EQ(compact("[[],[[]],{},{\"\":{}}]"), "[[],[[]],{},{\"\":{}}]");
}

TEST(raw_json, keeps_every_digit)
{
    auto const* const text = "[18446744073709551616,0.1000000000000000000001,1e999,-0,-0.0]";
    EXPECT_EQ(compact(text), text);
}

TEST(raw_json, escapes_strings_anew)
{
    EXPECT_EQ(compact(R"(["\u0041\/\n\u0001\"\\","\ud83d\ude00","[{:,"])"),
              "[\"A/\\n\\u0001\\\"\\\\\",\"\U0001F600\",\"[{:,\"]");
    EXPECT_EQ(compact(R"({"\u0022":"\u0022"})"), R"({"\"":"\""})");
}

TEST(raw_json, keeps_members_that_are_given_twice)
{
    EXPECT_EQ(compact(R"({"a":1,"a":2})"), R"({"a":1,"a":2})");
}

TEST(raw_json, is_null_by_default_and_after_a_move)
{
    raw_json value;
    EXPECT_EQ(value.text(), "null");
    EXPECT_EQ(value, raw_json::parse("null"));
    auto filled = raw_json::parse("[1]").value();
    auto const moved = std::move(filled);
    EXPECT_EQ(moved.text(), "[1]");
    // NOLINTNEXTLINE(bugprone-use-after-move): what is left must still be JSON
    EXPECT_EQ(raw_json::parse(filled.text()), filled);
}

TEST(raw_json, refuses_what_is_not_json)
{
    EXPECT_EQ(compact(""), "not valid JSON: it ends too early (at byte 0)");
    EXPECT_EQ(compact("[1,]"), "not valid JSON (at byte 3)");
    EXPECT_EQ(compact("[1] 2"), "more text follows the value (at byte 4)");
    EXPECT_EQ(compact("[NaN]"), "not valid JSON (at byte 1)");
    EXPECT_EQ(compact("'a'"), "not valid JSON (at byte 0)");
    EXPECT_EQ(compact("[1] // no"), "more text follows the value (at byte 4)");
}

TEST(raw_json, stands_inside_described_structs)
{
    auto const value = from_json<parcel>(
        R"({"id":1,"body":{"x":[1, {"y":null}]},"note":"hi","parts":[1,"a",[],{}, null]})");
    ASSERT_TRUE(value) << to_string(value.error());
    EXPECT_EQ(value->body.text(), R"({"x":[1,{"y":null}]})");
    EXPECT_EQ(value->note.value().text(), "\"hi\"");
    EXPECT_EQ(value->parts.size(), 5U);
    EXPECT_EQ(to_json(*value),
              R"({"id":1,"body":{"x":[1,{"y":null}]},"note":"hi","parts":[1,"a",[],{},null]})");
    EXPECT_EQ(from_json<parcel>(to_json(*value)), *value);
}

TEST(raw_json, null_fills_a_raw_member_and_empties_an_optional_one)
{
    auto const value = from_json<parcel>(R"({"id":1,"body":null,"note":null,"parts":[]})");
    ASSERT_TRUE(value) << to_string(value.error());
    EXPECT_EQ(value->body.text(), "null");
    EXPECT_FALSE(value->note);
}

// What the parser makes of the text, part by part.
bool reading_keeps(std::string_view text)
{
    auto const rebuilt = from_json<raw_json>(text);
    return rebuilt && rebuilt->text() == text;
}

TEST(compact_json, is_what_raw_json_keeps_as_it_is)
{
    for (auto const* text :
         {"null", "true", "false", "0", "-0", "-0.5e-10", "12E+3", "1e5", "\"\"", "[]", "{}",
          "[[],{},[{}]]", "{\"a\":[1,{\"b\":null}],\"a\":\"\"}", "[0,10,1.0]",
          R"("\"\\\b\f\n\r\t\u0000\u001f\u000b/")", "\"\x7F é € 😀\"",
          "\"a text of more than eight bytes, é among them, and some behind\""}) {
        EXPECT_TRUE(is_compact_json(text, 32)) << text;
        EXPECT_TRUE(reading_keeps(text)) << text;
    }
}

void expect_not_compact(std::string_view text)
{
    EXPECT_FALSE(is_compact_json(text, 32)) << text;
    EXPECT_FALSE(reading_keeps(text)) << text;
}

TEST(compact_json, is_not_what_reading_would_change)
{
    for (auto const* text : {" 1", "1 ", "[1, 2]", "{\"a\": 1}", "[\n]", R"("\/")", R"("\u0041")",
                             R"("\u001F")", R"("\u000a")", R"("\u0020")", R"({"\u00e9":1})"})
        expect_not_compact(text);
}

TEST(compact_json, is_nothing_malformed)
{
    constexpr std::string_view texts =
        " 01 - 1. .5 1e 1e+ +1 NaN nul nulls True // [ ] [1 [1, [1,] [,1] [1}1 [1} {1:2} {\"a\"} "
        "{\"a\":} {\"a\":1,} {\"a\":1] 1,2 []] {}{} ,";
    for (auto const word : std::views::split(texts, ' '))
        expect_not_compact(std::string_view{word});
}

TEST(compact_json, holds_no_malformed_strings)
{
    for (auto const* text : {"\"", "\"a", "\"\\", "\"\\\"", R"("\u00")", R"("\x")", "\"\n\"",
                             "\"\x01\"", "\"long enough\x1F for eight\"", "\"\x80\"", "\"\xC3\"",
                             "\"\xED\xA0\x80\"", "\"eight of them \xFF\""})
        expect_not_compact(text);
    expect_not_compact(std::string_view{"\"a\0b\"", 5});
    expect_not_compact(std::string_view{"1\0", 2});
}

TEST(compact_json, goes_as_deep_as_it_is_told)
{
    auto const nested = [](std::size_t depth) {
        return std::string(depth, '[') + std::string(depth, ']');
    };
    for (std::size_t depth = 1; depth < 40; ++depth) {
        EXPECT_EQ(is_compact_json(nested(depth), 32), reading_keeps(nested(depth))) << depth;
        EXPECT_EQ(raw_json::parse(nested(depth)).has_value(), depth <= 32) << depth;
    }
    EXPECT_TRUE(is_compact_json(nested(64), 1000));
    EXPECT_FALSE(is_compact_json(nested(65), 1000));
    EXPECT_TRUE(raw_json::parse(nested(65), {.depth = 1000}));
}

TEST(raw_json, is_as_long_as_the_limit_allows)
{
    EXPECT_TRUE(raw_json::parse("[1,2]", {.bytes = 5}));
    EXPECT_FALSE(raw_json::parse("[1,2]", {.bytes = 4}));
}

}  // namespace
}  // namespace redstart::codec
