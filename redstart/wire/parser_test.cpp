// What each kind of value becomes, one case per shape.

#include "redstart/wire/parser.hpp"

#include "redstart/wire/recording_test.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace redstart::wire::testing {
namespace {

// The only token of a frame that is one scalar.
recorded only(std::string_view const bytes)
{
    auto const got = parse(bytes);
    EXPECT_EQ(got.error, "");
    EXPECT_TRUE(got.between_frames);
    EXPECT_EQ(got.tokens.size(), 1u);
    auto const one = got.tokens.empty() ? recorded{} : got.tokens.front();
    EXPECT_TRUE(one.ends_frame);
    EXPECT_FALSE(one.out_of_band);
    return one;
}

double real_of(std::string_view const bytes)
{
    auto const got = only(bytes);
    EXPECT_EQ(got.kind, kind::real);
    return std::bit_cast<double>(got.real);
}

// The tokens of a frame in one line of text: "[" opens, "]" closes, "^" before what belongs to a
// push, "." ends a frame.
std::string shape(std::string_view const bytes)
{
    auto const got = parse(bytes);
    EXPECT_EQ(got.error, "");
    EXPECT_TRUE(got.between_frames);
    std::string text;
    for (auto const& one : got.tokens) {
        text += one.out_of_band ? "^" : "";
        switch (one.kind) {
        case kind::array: text += "array" + std::to_string(one.number) + "["; break;
        case kind::map: text += "map" + std::to_string(one.number) + "["; break;
        case kind::set: text += "set" + std::to_string(one.number) + "["; break;
        case kind::push: text += "push" + std::to_string(one.number) + "["; break;
        case kind::close: text += "]"; break;
        case kind::null: text += "null"; break;
        default: text += one.text;
        }
        text += one.ends_frame ? ". " : " ";
    }
    return text;
}

TEST(parser, gives_simple_strings_and_errors)
{
    EXPECT_EQ(only("+OK\r\n").kind, kind::simple_string);
    EXPECT_EQ(only("+OK\r\n").text, "OK");
    EXPECT_EQ(only("+\r\n").text, "");
    EXPECT_EQ(only("-ERR no\r\n").kind, kind::simple_error);
    EXPECT_EQ(only("-ERR no\r\n").text, "ERR no");
    auto const text = std::string(1000, 'x');
    EXPECT_EQ(only("+" + text + "\r\n").text, text);
}

TEST(parser, gives_integers)
{
    EXPECT_EQ(only(":42\r\n").kind, kind::integer);
    EXPECT_EQ(only(":42\r\n").number, 42);
    EXPECT_EQ(only(":-42\r\n").number, -42);
    EXPECT_EQ(only(":+42\r\n").number, 42);
    EXPECT_EQ(only(":+42\r\n").text, "+42");
    EXPECT_EQ(only(":0\r\n").number, 0);
    EXPECT_EQ(only(":-0\r\n").number, 0);
    EXPECT_EQ(only(":007\r\n").number, 7);
    EXPECT_EQ(only(":999999999999999999\r\n").number, 999999999999999999);
    EXPECT_EQ(only(":-1000000000000000000\r\n").number, -1000000000000000000);
    EXPECT_EQ(only(":9223372036854775807\r\n").number, std::numeric_limits<std::int64_t>::max());
    EXPECT_EQ(only(":+9223372036854775807\r\n").number, std::numeric_limits<std::int64_t>::max());
    EXPECT_EQ(only(":-9223372036854775808\r\n").number, std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(only(":0000000000000000000000001\r\n").number, 1);
}

TEST(parser, gives_doubles)
{
    EXPECT_EQ(real_of(",1.5\r\n"), 1.5);
    EXPECT_EQ(only(",1.50\r\n").text, "1.50");
    EXPECT_EQ(real_of(",10\r\n"), 10);
    EXPECT_EQ(real_of(",+2.5\r\n"), 2.5);
    EXPECT_EQ(real_of(",-1.25e-7\r\n"), -1.25e-7);
    EXPECT_EQ(real_of(",1E5\r\n"), 1e5);
    EXPECT_EQ(real_of(",1e+5\r\n"), 1e5);
    EXPECT_EQ(real_of(",0.1\r\n"), 0.1);
    EXPECT_EQ(real_of(",1.7976931348623157e308\r\n"), std::numeric_limits<double>::max());
    EXPECT_EQ(real_of(",5e-324\r\n"), std::numeric_limits<double>::denorm_min());
    EXPECT_TRUE(std::signbit(real_of(",-0\r\n")));
    EXPECT_EQ(real_of(",inf\r\n"), std::numeric_limits<double>::infinity());
    EXPECT_EQ(real_of(",-inf\r\n"), -std::numeric_limits<double>::infinity());
    EXPECT_TRUE(std::isnan(real_of(",nan\r\n")));
    EXPECT_TRUE(std::isnan(real_of(",-nan\r\n")));
}

TEST(parser, gives_infinity_or_zero_for_what_no_double_holds)
{
    constexpr auto infinity = std::numeric_limits<double>::infinity();
    auto const zeros = std::string(400, '0');
    EXPECT_EQ(real_of(",1e400\r\n"), infinity);
    EXPECT_EQ(real_of(",-1e400\r\n"), -infinity);
    EXPECT_EQ(real_of(",1e-400\r\n"), 0);
    EXPECT_EQ(real_of(",1" + zeros + "\r\n"), infinity);
    EXPECT_EQ(real_of(",0." + zeros + "1\r\n"), 0);
    EXPECT_EQ(real_of(",0." + zeros + "1e900\r\n"), infinity);
    EXPECT_EQ(real_of(",1" + zeros + "e-900\r\n"), 0);
    EXPECT_EQ(real_of(",0e99999999999999999999\r\n"), 0);
    EXPECT_EQ(real_of(",1e99999999999999999999\r\n"), infinity);
    EXPECT_EQ(real_of(",1e+99999999999999999999\r\n"), infinity);
    EXPECT_EQ(real_of(",-1e-99999999999999999999\r\n"), 0);
    EXPECT_EQ(only(",1e400\r\n").text, "1e400");
}

TEST(parser, gives_booleans_nulls_and_big_numbers)
{
    EXPECT_EQ(only("#t\r\n").kind, kind::boolean);
    EXPECT_EQ(only("#t\r\n").number, 1);
    EXPECT_EQ(only("#f\r\n").number, 0);
    EXPECT_EQ(only("_\r\n").kind, kind::null);
    EXPECT_EQ(only("(-12345678901234567890123\r\n").kind, kind::big_number);
    EXPECT_EQ(only("(-12345678901234567890123\r\n").text, "-12345678901234567890123");
    EXPECT_EQ(only("(+1\r\n").text, "+1");
}

TEST(parser, gives_null_for_both_nulls_of_resp2)
{
    EXPECT_EQ(only("$-1\r\n"), only("_\r\n"));
    EXPECT_EQ(only("*-1\r\n"), only("_\r\n"));
    EXPECT_EQ(shape("*3\r\n$-1\r\n*-1\r\n:1\r\n"), "array3[ null null 1 ]. ");
}

TEST(parser, gives_blobs)
{
    EXPECT_EQ(only("$5\r\nhello\r\n").kind, kind::blob_string);
    EXPECT_EQ(only("$5\r\nhello\r\n").text, "hello");
    EXPECT_EQ(only("$0\r\n\r\n").text, "");
    EXPECT_EQ(only("$1\r\nx\r\n").text, "x");
    EXPECT_EQ(only("$6\r\na\r\n\r\nb\r\n").text, "a\r\n\r\nb");
    EXPECT_EQ(only("!8\r\nERR oops\r\n").kind, kind::blob_error);
    EXPECT_EQ(only("!8\r\nERR oops\r\n").text, "ERR oops");
    auto const bytes = std::string("\0\r\n\xff", 4);
    EXPECT_EQ(only("$4\r\n" + bytes + "\r\n").text, bytes);
    auto const mega = std::string(1 << 20, 'm');
    EXPECT_EQ(only("$1048576\r\n" + mega + "\r\n").text, mega);
    std::string large;
    large.resize(12'345'678, 'l');  // more digits than the short way takes
    EXPECT_EQ(only("$12345678\r\n" + large + "\r\n").text, large);
}

TEST(parser, gives_verbatim_strings_without_their_format)
{
    EXPECT_EQ(only("=15\r\ntxt:Some string\r\n").kind, kind::verbatim_string);
    EXPECT_EQ(only("=15\r\ntxt:Some string\r\n").text, "Some string");
    EXPECT_EQ(only("=4\r\nmkd:\r\n").text, "");
    EXPECT_EQ(only("=6\r\n::::\r\n\r\n").text, "\r\n");
}

TEST(parser, opens_and_closes_aggregates)
{
    EXPECT_EQ(shape("*0\r\n"), "array0[ ]. ");
    EXPECT_EQ(shape("*2\r\n:1\r\n$1\r\na\r\n"), "array2[ 1 a ]. ");
    EXPECT_EQ(shape("%0\r\n"), "map0[ ]. ");
    EXPECT_EQ(shape("%2\r\n+a\r\n:1\r\n+b\r\n:2\r\n"), "map2[ a 1 b 2 ]. ");
    EXPECT_EQ(shape("~2\r\n+a\r\n+b\r\n"), "set2[ a b ]. ");
    EXPECT_EQ(shape("*2\r\n*0\r\n*1\r\n*1\r\n:5\r\n"),
              "array2[ array0[ ] array1[ array1[ 5 ] ] ]. ");
    EXPECT_EQ(shape("%1\r\n*1\r\n:1\r\n~1\r\n:2\r\n"), "map1[ array1[ 1 ] set1[ 2 ] ]. ");
}

TEST(parser, gives_one_frame_after_the_other)
{
    EXPECT_EQ(shape("+a\r\n*1\r\n:1\r\n*0\r\n$1\r\nb\r\n"), "a. array1[ 1 ]. array0[ ]. b. ");
}

TEST(parser, joins_streamed_strings)
{
    EXPECT_EQ(only("$?\r\n;4\r\nHell\r\n;1\r\no\r\n;0\r\n").text, "Hello");
    EXPECT_EQ(only("$?\r\n;4\r\nHell\r\n;1\r\no\r\n;0\r\n").kind, kind::blob_string);
    EXPECT_EQ(only("$?\r\n;0\r\n").text, "");
    EXPECT_EQ(parse("$?\r\n;4\r\nHell\r\n;1\r\no\r\n;0\r\n").parts, 3u);
    EXPECT_EQ(shape("*3\r\n$?\r\n;1\r\nx\r\n;0\r\n$?\r\n;0\r\n:1\r\n"), "array3[ x  1 ]. ");
}

TEST(parser, closes_streamed_aggregates_at_their_end_mark)
{
    EXPECT_EQ(shape("*?\r\n.\r\n"), "array-1[ ]. ");
    EXPECT_EQ(shape("*?\r\n:1\r\n:2\r\n.\r\n"), "array-1[ 1 2 ]. ");
    EXPECT_EQ(shape("%?\r\n+a\r\n:1\r\n.\r\n"), "map-1[ a 1 ]. ");
    EXPECT_EQ(shape("~?\r\n+a\r\n.\r\n"), "set-1[ a ]. ");
    EXPECT_EQ(shape("*?\r\n%?\r\n~?\r\n.\r\n*1\r\n:1\r\n.\r\n.\r\n"),
              "array-1[ map-1[ set-1[ ] array1[ 1 ] ] ]. ");
    EXPECT_EQ(shape("*2\r\n*?\r\n:1\r\n.\r\n:2\r\n"), "array2[ array-1[ 1 ] 2 ]. ");
}

TEST(parser, drops_attributes_wherever_a_value_may_stand)
{
    EXPECT_EQ(shape("|1\r\n+ttl\r\n:1\r\n:5\r\n"), "5. ");
    EXPECT_EQ(shape("|0\r\n:5\r\n"), "5. ");
    EXPECT_EQ(shape("|1\r\n+a\r\n:1\r\n|1\r\n+b\r\n:2\r\n:5\r\n"), "5. ");
    EXPECT_EQ(shape("*2\r\n|1\r\n+a\r\n:1\r\n:5\r\n|1\r\n+a\r\n:1\r\n:6\r\n"), "array2[ 5 6 ]. ");
    EXPECT_EQ(shape("%1\r\n|1\r\n+a\r\n:1\r\n+k\r\n|1\r\n+a\r\n:1\r\n+v\r\n"), "map1[ k v ]. ");
    EXPECT_EQ(shape("*?\r\n|1\r\n+a\r\n:1\r\n:5\r\n.\r\n"), "array-1[ 5 ]. ");
    EXPECT_EQ(shape("%?\r\n+k\r\n|1\r\n+a\r\n:1\r\n+v\r\n.\r\n"), "map-1[ k v ]. ");
    EXPECT_EQ(shape("|1\r\n+a\r\n:1\r\n*1\r\n:5\r\n"), "array1[ 5 ]. ");
}

TEST(parser, forgets_an_attribute_with_its_frame)
{
    // The end mark stands as far from its frame's begin as the attribute's end from its own.
    EXPECT_EQ(shape("|1\r\n+a\r\n:1\r\n:5\r\n"
                    "*?\r\n:1\r\n:2\r\n.\r\n"),
              "5. array-1[ 1 2 ]. ");
}

TEST(parser, drops_everything_inside_an_attribute)
{
    EXPECT_EQ(
        shape("|2\r\n$1\r\na\r\n*2\r\n%1\r\n+x\r\n#t\r\n_\r\n+b\r\n$?\r\n;1\r\nz\r\n;0\r\n:5\r\n"),
        "5. ");
    EXPECT_EQ(
        shape("|1\r\n|1\r\n+n\r\n:0\r\n+a\r\n|1\r\n|0\r\n+m\r\n:0\r\n~?\r\n:1\r\n.\r\n:5\r\n"),
        "5. ");
    auto const large = std::string(100'000, 'x');
    EXPECT_EQ(shape("|1\r\n+a\r\n$100000\r\n" + large + "\r\n:5\r\n"), "5. ");
}

TEST(parser, marks_pushes_as_out_of_band)
{
    EXPECT_EQ(shape(">2\r\n+message\r\n*1\r\n:1\r\n"), "^push2[ ^message ^array1[ ^1 ^] ^]. ");
    EXPECT_EQ(shape(">0\r\n"), "^push0[ ^]. ");
    EXPECT_EQ(shape(":1\r\n>1\r\n+p\r\n:2\r\n"), "1. ^push1[ ^p ^]. 2. ");
    EXPECT_EQ(shape("|1\r\n+a\r\n:1\r\n>1\r\n|1\r\n+a\r\n:1\r\n+p\r\n"), "^push1[ ^p ^]. ");
}

TEST(parser, counts_a_push_inside_an_aggregate_as_no_element)
{
    EXPECT_EQ(shape("*2\r\n>1\r\n+p\r\n:1\r\n>1\r\n+q\r\n:2\r\n>1\r\n+r\r\n"),
              "array2[ ^push1[ ^p ^]. 1 ^push1[ ^q ^]. 2 ]. ^push1[ ^r ^]. ");
    EXPECT_EQ(shape("%?\r\n+k\r\n>1\r\n*?\r\n:1\r\n.\r\n+v\r\n.\r\n"),
              "map-1[ k ^push1[ ^array-1[ ^1 ^] ^]. v ]. ");
    EXPECT_EQ(shape("*1\r\n*1\r\n>1\r\n+p\r\n:1\r\n"), "array1[ array1[ ^push1[ ^p ^]. 1 ] ]. ");
}

TEST(parser, gives_a_push_that_stands_inside_an_attribute)
{
    EXPECT_EQ(shape("|1\r\n+a\r\n>2\r\n+p\r\n*1\r\n:1\r\n*1\r\n:0\r\n:5\r\n"),
              "^push2[ ^p ^array1[ ^1 ^] ^]. 5. ");
}

TEST(parser, gives_a_long_blob_in_parts_as_its_bytes_come_in)
{
    feeder fed{{.whole = 4}};
    fed.feed("$10\r\nabc");
    EXPECT_EQ(fed.record().unfinished, "abc");
    EXPECT_EQ(fed.record().wanted, 9u);
    fed.feed("defghi");
    EXPECT_EQ(fed.record().unfinished, "abcdefghi");
    EXPECT_TRUE(fed.record().tokens.empty());
    fed.feed("j");
    fed.feed("\r");
    EXPECT_EQ(fed.record().unfinished, "abcdefghij");
    EXPECT_EQ(fed.record().wanted, 1u);
    fed.feed("\n");
    ASSERT_EQ(fed.record().tokens.size(), 1u);
    EXPECT_EQ(fed.record().tokens[0].text, "abcdefghij");
    EXPECT_TRUE(fed.record().tokens[0].ends_frame);
    EXPECT_EQ(fed.record().parts, 4u);
}

TEST(parser, gives_a_long_blob_at_once_when_it_is_there)
{
    auto const got = parse("$10\r\nabcdefghij\r\n", {.whole = 4});
    EXPECT_EQ(got.parts, 1u);
    EXPECT_EQ(got.tokens.at(0).text, "abcdefghij");
}

TEST(parser, waits_for_a_short_blob)
{
    feeder fed{{.whole = 10}};
    fed.feed("$10\r\nabcdefghi");
    EXPECT_EQ(fed.record().parts, 0u);
    EXPECT_EQ(fed.record().wanted, 3u);
    EXPECT_FALSE(fed.record().between_frames);
    fed.feed("j\r");
    EXPECT_EQ(fed.record().wanted, 1u);
    fed.feed("\n");
    EXPECT_EQ(fed.record().parts, 1u);
    EXPECT_EQ(fed.record().tokens.at(0).text, "abcdefghij");
}

TEST(parser, strips_the_format_of_a_verbatim_string_in_parts)
{
    feeder fed{{.whole = 4}};
    fed.feed("=12\r\ntx");
    EXPECT_EQ(fed.record().parts, 0u);
    EXPECT_EQ(fed.record().wanted, 12u);
    fed.feed("t:abc");
    EXPECT_EQ(fed.record().unfinished, "abc");
    fed.feed("defgh\r\n");
    EXPECT_EQ(fed.record().tokens.at(0).text, "abcdefgh");
    EXPECT_EQ(fed.record().tokens.at(0).kind, kind::verbatim_string);
}

TEST(parser, knows_nothing_wanted_outside_of_a_blob)
{
    EXPECT_EQ(parse("$10").wanted, 0u);
    EXPECT_EQ(parse("+O").wanted, 0u);
    EXPECT_EQ(parse("*1\r\n").wanted, 0u);
    EXPECT_EQ(parse("$?\r\n").wanted, 0u);
    EXPECT_EQ(parse("$?\r\n;8\r\nabc").wanted, 7u);
}

TEST(parser, tells_whether_a_frame_is_begun)
{
    parser fresh;
    EXPECT_TRUE(fresh.between_frames());
    for (std::string_view const begun :
         {"*1\r\n", "$5\r\nab", "|0\r\n", "$?\r\n", "*?\r\n:1\r\n", ">1\r\n"})
        EXPECT_FALSE(parse(begun).between_frames) << begun;
    EXPECT_TRUE(parse("*1\r\n:1\r\n").between_frames);
    EXPECT_FALSE(parse("*1\r\n:1\r\n*1\r\n").between_frames);
}

TEST(parser, closes_an_aggregate_without_another_byte)
{
    std::string_view const bytes = "*0\r\n";
    char const* at = bytes.data();
    char const* const end = at + bytes.size();
    parser fresh;
    token got;
    ASSERT_EQ(fresh.next(at, end, got), progress::token);
    EXPECT_EQ(at, end);
    EXPECT_FALSE(got.ends_frame);
    ASSERT_EQ(fresh.next(at, end, got), progress::token);
    EXPECT_EQ(got.kind, kind::close);
    EXPECT_TRUE(got.ends_frame);
    EXPECT_EQ(fresh.next(at, end, got), progress::need_more);
}

TEST(parser, takes_no_bytes_at_all)
{
    char const* at = nullptr;
    parser fresh;
    token got;
    EXPECT_EQ(fresh.next(at, nullptr, got), progress::need_more);
    EXPECT_EQ(at, nullptr);
}

TEST(parser, forgets_everything_on_reset)
{
    for (std::string_view const begun :
         {"*2\r\n|1\r\n+a\r\n", "$50\r\nabc", "=50\r\nab", "$?\r\n;3\r\na", "+half a l", "?"}) {
        feeder fed;
        fed.feed(begun);
        auto& reused = fed.parser();
        reused.reset();
        std::string_view const bytes = "+OK\r\n";
        char const* at = bytes.data();
        token got;
        EXPECT_EQ(reused.error(), "");
        EXPECT_EQ(reused.wanted(), 0u);
        EXPECT_TRUE(reused.between_frames());
        ASSERT_EQ(reused.next(at, at + bytes.size(), got), progress::token) << begun;
        EXPECT_EQ(got.text, "OK");
        EXPECT_TRUE(got.ends_frame);
    }
}

TEST(token, tells_what_family_it_is_of)
{
    for (auto const one : {kind::array, kind::map, kind::set, kind::push})
        EXPECT_TRUE(token{.kind = one}.is_aggregate());
    for (auto const one : {kind::close, kind::verbatim_string, kind::null})
        EXPECT_FALSE(token{.kind = one}.is_aggregate());
    for (auto const one : {kind::simple_error, kind::blob_error}) {
        EXPECT_TRUE(token{.kind = one}.is_error());
        EXPECT_FALSE(token{.kind = one}.is_string());
    }
    for (auto const one : {kind::simple_string, kind::blob_string, kind::verbatim_string}) {
        EXPECT_TRUE(token{.kind = one}.is_string());
        EXPECT_FALSE(token{.kind = one}.is_error());
    }
    for (auto const one : {kind::big_number, kind::integer, kind::real, kind::close})
        EXPECT_FALSE(token{.kind = one}.is_string());
}

}  // namespace
}  // namespace redstart::wire::testing
