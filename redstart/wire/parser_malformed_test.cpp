// What is refused, with which words, and where each limit lies.

#include "redstart/wire/parser.hpp"
#include "redstart/wire/recording_test.hpp"
#include "redstart/wire/vectors_test.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace redstart::wire::testing {
namespace {

constexpr std::string_view no_length = "a length is not a plain decimal number";
constexpr std::string_view no_null = "only a string or an array can have the length -1";
constexpr std::string_view too_long = "a length has more than 18 digits";
constexpr std::string_view no_integer = "an integer is not a decimal number";
constexpr std::string_view no_64_bits = "an integer does not fit in 64 bits";
constexpr std::string_view no_double = "a double is not a number";
constexpr std::string_view no_boolean = "a boolean is neither t nor f";
constexpr std::string_view no_big_number = "a big number is not decimal";
constexpr std::string_view no_format = "a verbatim string without a format";
constexpr std::string_view no_blob_end = "a blob does not end with CR LF";
constexpr std::string_view lone_return = "a carriage return without a line feed";
constexpr std::string_view lone_feed = "a line feed without a carriage return";
constexpr std::string_view lone_mark = "an end mark outside of a streamed aggregate";
constexpr std::string_view too_deep = "values are nested deeper than the limit";
constexpr std::string_view too_many = "a frame has more elements than the limit";
constexpr std::string_view too_large = "a frame has more bytes than the limit";
constexpr std::string_view too_wide = "a line is longer than the limit";

struct refusal {
    std::string_view bytes;
    std::string_view error;
};

constexpr auto refusals = std::to_array<refusal>({
    {"hello\r\n", "an unknown type byte"},
    {"\r\n", "an unknown type byte"},
    {" +OK\r\n", "an unknown type byte"},
    {std::string_view{"\0", 1}, "an unknown type byte"},
    {"\xff", "an unknown type byte"},
    {"*1\r\n?\r\n", "an unknown type byte"},

    {"$\r\n", no_length},
    {"$+5\r\nhello\r\n", no_length},
    {"$ 5\r\nhello\r\n", no_length},
    {"$5 \r\nhello\r\n", no_length},
    {"$05\r\nhello\r\n", no_length},
    {"$00\r\n\r\n", no_length},
    {"$00\r\n\r\n+++++++++\r\n", no_length},
    {"$-2\r\n", no_length},
    {"$-0\r\n", no_length},
    {"$-11\r\n", no_length},
    {"$--1\r\n", no_length},
    {"$0x5\r\nhello\r\n", no_length},
    {"$5.0\r\nhello\r\n", no_length},
    {"$5\nhello\r\n", no_length},
    {"$??\r\n", no_length},
    {"$?\n", no_length},
    {"$-1\n", no_length},
    {"*\r\n", no_length},
    {"*-2\r\n", no_length},
    {"*x\r\n", no_length},
    {"%1a\r\n", no_length},
    {"|-\r\n", no_length},
    {"$5\rx", lone_return},
    {"*1\r\r", lone_return},
    {"$9223372036854775808\r\n", too_long},
    {"$18446744073709551616\r\n", too_long},
    {"*1000000000000000000\r\n", too_long},
    {"%9223372036854775807\r\n", too_long},
    {"$0000000000000000000\r\n", too_long},

    {"!-1\r\n", no_null},
    {"=-1\r\n", no_null},
    {"%-1\r\n", no_null},
    {"~-1\r\n", no_null},
    {">-1\r\n", no_null},
    {"|-1\r\n", "an attribute cannot be null or streamed"},
    {"|?\r\n", "an attribute cannot be null or streamed"},
    {">?\r\n", "a push cannot be streamed"},
    {"!?\r\n", "only a plain string can be streamed"},
    {"=?\r\n", "only a plain string can be streamed"},

    {"$5\r\nhello!\r\n", no_blob_end},
    {"$5\r\nhello\r!", no_blob_end},
    {"$5\r\nhello\n", no_blob_end},
    {"$4\r\nhello\r\n", no_blob_end},
    {"$0\r\nx", no_blob_end},
    {"$10\r\n0123456789xx\r\n", no_blob_end},
    {"!3\r\nERRx", no_blob_end},
    {"=5\r\ntxt:axx", no_blob_end},
    {"$?\r\n;3\r\nabcd", no_blob_end},
    {"=3\r\ntxt\r\n", no_format},
    {"=0\r\n\r\n", no_format},
    {"=8\r\ntext:abc\r\n", no_format},
    {"=20\r\ntxt;", no_format},

    {":\r\n", no_integer},
    {":+\r\n", no_integer},
    {":-\r\n", no_integer},
    {":1a\r\n", no_integer},
    {":a1\r\n", no_integer},
    {": 1\r\n", no_integer},
    {":1 \r\n", no_integer},
    {":+-1\r\n", no_integer},
    {":--1\r\n", no_integer},
    {":1.5\r\n", no_integer},
    {":12345678901234567890a\r\n", no_integer},
    {":9223372036854775808\r\n", no_64_bits},
    {":+9223372036854775808\r\n", no_64_bits},
    {":-9223372036854775809\r\n", no_64_bits},
    {":99999999999999999999999\r\n", no_64_bits},

    {",\r\n", no_double},
    {",-\r\n", no_double},
    {",.5\r\n", no_double},
    {",abc\r\n", no_double},
    {",1.5x\r\n", no_double},
    {",1e\r\n", no_double},
    {",1.2.3\r\n", no_double},
    {",--1\r\n", no_double},
    {",0x10\r\n", no_double},
    {",INF\r\n", no_double},
    {",infinity\r\n", no_double},
    {",nan(1)\r\n", no_double},
    {", 1\r\n", no_double},

    {"#\r\n", no_boolean},
    {"#T\r\n", no_boolean},
    {"#true\r\n", no_boolean},
    {"#1\r\n", no_boolean},
    {"_x\r\n", "a null carries text"},
    {"(\r\n", no_big_number},
    {"(-\r\n", no_big_number},
    {"(12a\r\n", no_big_number},
    {"(1.5\r\n", no_big_number},
    {"(+-1\r\n", no_big_number},

    {"+OK\n", lone_feed},
    {"+O\nK\r\n", lone_feed},
    {"+a simple string that is longer than it is\nwide\r\n", lone_feed},
    {"+OK\rX", lone_return},
    {"+OK\r\r\n", lone_return},
    {"-a simple error that is longer than it is\rwide\r\n", lone_return},

    {".", lone_mark},
    {"*1\r\n.\r\n", lone_mark},
    {"*?\r\n*1\r\n.\r\n", lone_mark},
    {"*?\r\n|1\r\n.\r\n", lone_mark},
    {"*?\r\n.x", "an end mark carries text"},
    {"*?\r\n.\rx", "an end mark carries text"},
    {"%?\r\n+k\r\n.\r\n", "a streamed map ends after a key"},
    {"%?\r\n+k\r\n+v\r\n+k\r\n.\r\n", "a streamed map ends after a key"},
    {"*?\r\n|1\r\n+a\r\n+b\r\n.\r\n", "a streamed aggregate ends after an attribute"},
    {"*?\r\n:1\r\n|0\r\n.\r\n", "a streamed aggregate ends after an attribute"},
    {";1\r\na\r\n", "a part outside of a streamed string"},
    {"$?\r\n+OK\r\n", "a streamed string is interrupted"},
    {"$?\r\n>1\r\n+p\r\n", "a streamed string is interrupted"},
    {"$?\r\n.\r\n", "a streamed string is interrupted"},
    {"$?\r\n;\r\n", no_length},
    {"$?\r\n;-1\r\n", no_length},
    {"$?\r\n;?\r\n", no_length},
    {"$?\r\n;01\r\nx\r\n", no_length},

    {">1\r\n>1\r\n", "a push inside a push"},
    {">1\r\n*1\r\n>1\r\n", "a push inside a push"},
    {">1\r\n|1\r\n>1\r\n", "a push inside a push"},
    {"*1\r\n>1\r\n*?\r\n>0\r\n", "a push inside a push"},
});

TEST(malformed, is_refused_with_its_reason)
{
    for (auto const& [bytes, error] : refusals) {
        auto const got = parse(bytes);
        EXPECT_EQ(got.last, progress::malformed) << bytes;
        EXPECT_EQ(got.error, error) << bytes;
        EXPECT_FALSE(got.between_frames) << bytes;
    }
}

TEST(malformed, is_refused_with_the_same_reason_byte_by_byte)
{
    for (auto const& [bytes, error] : refusals)
        for (auto const whole : {0u, 1000u}) {
            feeder fed{{.whole = whole}};
            for (char const byte : bytes)
                fed.feed({&byte, 1});
            EXPECT_EQ(fed.record().last, progress::malformed) << bytes;
            EXPECT_EQ(fed.record().error, error) << bytes;
        }
}

// RESP has no place for a line feed alone, so one too many is noticed wherever it is, and whatever
// was given before is right.
TEST(malformed, is_every_frame_with_a_line_feed_too_many)
{
    for (auto const frame : frames) {
        auto const whole = parse(frame).tokens;
        for (std::size_t at = 0; at <= frame.size(); ++at) {
            auto bytes = std::string{frame} + "+next\r\n";
            bytes.insert(at, 1, '\n');
            auto const got = parse(bytes);
            EXPECT_EQ(got.last, progress::malformed) << bytes;
            ASSERT_LE(got.tokens.size(), whole.size()) << bytes;
            EXPECT_TRUE(std::equal(got.tokens.begin(), got.tokens.end(), whole.begin())) << bytes;
        }
    }
}

TEST(malformed, is_refused_inside_an_attribute_too)
{
    for (auto const& [bytes, error] : refusals) {
        if (error == lone_mark)
            continue;
        auto const got = parse("|1\r\n+a\r\n" + std::string{bytes});
        EXPECT_EQ(got.last, progress::malformed) << bytes;
        EXPECT_EQ(got.error, error) << bytes;
        EXPECT_TRUE(got.tokens.empty() || error == "a push inside a push") << bytes;
    }
}

TEST(malformed, stays_malformed_until_reset)
{
    feeder fed;
    fed.feed("*1\r\n*0\r\n?");
    EXPECT_EQ(fed.record().last, progress::malformed);
    auto const given = fed.record().parts;
    fed.feed("+OK\r\n");
    fed.feed("");
    EXPECT_EQ(fed.record().last, progress::malformed);
    EXPECT_EQ(fed.record().error, "an unknown type byte");
    EXPECT_EQ(fed.record().parts, given);
}

TEST(malformed, comes_after_what_was_well_formed)
{
    auto const got = parse("+OK\r\n*2\r\n:1\r\n:x\r\n");
    ASSERT_EQ(got.tokens.size(), 3u);
    EXPECT_EQ(got.tokens[2].number, 1);
    EXPECT_EQ(got.error, no_integer);
}

// ---- limits: at, and one beyond -----------------------------------------------------------------

std::string nested(std::string_view const open, int const times)
{
    std::string bytes;
    for (int i = 0; i < times; ++i)
        bytes += open;
    return bytes;
}

void expect_limit(limits const allowed, std::string_view const within,
                  std::string_view const beyond, std::string_view const error)
{
    EXPECT_NE(parse(within, allowed).last, progress::malformed) << within;
    EXPECT_EQ(parse(within, allowed).error, "") << within;
    EXPECT_EQ(parse(beyond, allowed).last, progress::malformed) << beyond;
    EXPECT_EQ(parse(beyond, allowed).error, error) << beyond;
}

TEST(limits, bound_the_depth_of_every_nesting)
{
    auto const allowed = limits{.depth = 4};
    for (std::string_view const open :
         {"*1\r\n", "*?\r\n", "%1\r\n", "~?\r\n", "|1\r\n", "%?\r\n", "*9\r\n:1\r\n"})
        expect_limit(allowed, nested(open, 4), nested(open, 5), too_deep);
    expect_limit(allowed, "*1\r\n|1\r\n>1\r\n*1\r\n:1\r\n", "*1\r\n|1\r\n>1\r\n*1\r\n*0\r\n",
                 too_deep);
    expect_limit({.depth = 0}, ":1\r\n", "*0\r\n", too_deep);
    expect_limit({}, nested("*1\r\n", 128), nested("*1\r\n", 129), too_deep);
}

TEST(limits, free_the_depth_of_what_was_closed)
{
    std::string bytes = "*1000\r\n";
    for (int i = 0; i < 1000; ++i)
        bytes += "*1\r\n|1\r\n+a\r\n:1\r\n:2\r\n";
    auto const got = parse(bytes, {.depth = 3});
    EXPECT_EQ(got.error, "");
    EXPECT_TRUE(got.between_frames);
}

TEST(limits, bound_the_elements_of_a_frame)
{
    auto const allowed = limits{.elements = 4};
    expect_limit(allowed, "*4\r\n", "*5\r\n", too_many);
    expect_limit(allowed, "~4\r\n", "~5\r\n", too_many);
    expect_limit(allowed, ">4\r\n", ">5\r\n", too_many);
    expect_limit(allowed, "%2\r\n", "%3\r\n", too_many);
    expect_limit(allowed, "|2\r\n", "|3\r\n", too_many);
    expect_limit(allowed, "*2\r\n*2\r\n", "*2\r\n*3\r\n", too_many);
    expect_limit(allowed, "|1\r\n:1\r\n:1\r\n*2\r\n", "|1\r\n:1\r\n:1\r\n*3\r\n", too_many);
    expect_limit(allowed, "*2\r\n>2\r\n", "*2\r\n>3\r\n", too_many);
    expect_limit(allowed, "*?\r\n:1\r\n:1\r\n:1\r\n:1\r\n.\r\n",
                 "*?\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n", too_many);
    expect_limit(allowed, "*?\r\n$?\r\n;0\r\n_\r\n*1\r\n", "*?\r\n$?\r\n;0\r\n_\r\n*2\r\n",
                 too_many);
    expect_limit({.elements = 0}, ":1\r\n*0\r\n*?\r\n.\r\n", "*?\r\n$5\r\nhello\r\n", too_many);
    expect_limit({}, "*67108864\r\n", "*67108865\r\n", too_many);
    expect_limit({.elements = ~std::uint64_t{}}, "%999999999999999999\r\n",
                 "%9999999999999999999\r\n", too_long);
}

TEST(limits, bound_the_bytes_of_a_frame)
{
    auto const allowed = limits{.bytes = 10};
    expect_limit(allowed, "+1234567\r\n", "+12345678\r\n", too_large);
    expect_limit(allowed, "$4\r\n1234\r\n", "$5\r\n", too_large);
    expect_limit(allowed, "$4\r\n1234\r\n", "$5\r\n12345\r\n", too_large);
    expect_limit(allowed, "*1\r\n$0\r\n\r\n", "*1\r\n$1\r\n", too_large);
    expect_limit(allowed, "*1\r\n+abc\r\n", "*1\r\n+abcd\r\n", too_large);
    expect_limit(allowed, "|0\r\n+abc\r\n", "|0\r\n+abcd\r\n", too_large);
    expect_limit(allowed, "*?\r\n_\r\n.\r\n", "*?\r\n:1\r\n.\r\n", too_large);
    expect_limit(allowed, "$?\r\n;0\r\n", "$?\r\n;1\r\n", too_large);
    expect_limit(allowed, "*1\r\n>0\r\n", "*1\r\n>1\r\n_\r\n", too_large);
    expect_limit({}, "$1073741800\r\n", "$1073741824\r\n", too_large);
    expect_limit({.bytes = ~std::uint64_t{}}, "$999999999999999999\r\n", "$9999999999999999999\r\n",
                 too_long);
}

TEST(limits, begin_anew_with_every_frame)
{
    std::string bytes;
    for (int i = 0; i < 100; ++i)
        bytes += "*2\r\n:1\r\n:2\r\n>1\r\n+p\r\n+1234567\r\n|1\r\n_\r\n_\r\n_\r\n$4\r\n1234\r\n";
    auto const got = parse(bytes, {.depth = 1, .elements = 2, .bytes = 13});
    EXPECT_EQ(got.error, "");
    EXPECT_TRUE(got.between_frames);
}

TEST(limits, bound_an_unfinished_line)
{
    auto const allowed = limits{.line = 8};
    expect_limit(allowed, "+12345678\r\n", "+123456789\r\n", too_wide);
    expect_limit(allowed, "+12345678", "+123456789", too_wide);
    expect_limit(allowed, "+12345678\r", "+123456789\r", too_wide);
    expect_limit(allowed, "(12345678\r\n", "(123456789\r\n", too_wide);
    expect_limit(allowed, "$20\r\n12345678901234567890\r\n", "-123456789", too_wide);
    expect_limit(allowed, "+12345678", "+12345\n789", lone_feed);
    auto const most = std::string(64 * 1024, 'x');
    expect_limit({}, "+" + most + "\r\n", "+" + most + "x", too_wide);
}

TEST(limits, are_met_at_the_same_byte_however_it_was_cut)
{
    auto const allowed = limits{.depth = 3, .elements = 6, .bytes = 60, .line = 8, .whole = 4};
    for (std::string_view const bytes :
         {"*1\r\n*1\r\n*1\r\n*1\r\n", "*7\r\n", "*?\r\n:1\r\n:2\r\n:3\r\n:4\r\n:5\r\n:6\r\n:7\r\n",
          "$80\r\n", "+123456789abc\r\n",
          "*2\r\n$30\r\n012345678901234567890123456789\r\n$30\r\n"}) {
        auto const at_once = parse(bytes, allowed);
        EXPECT_EQ(at_once.last, progress::malformed) << bytes;
        feeder fed{allowed};
        for (char const byte : bytes)
            fed.feed({&byte, 1});
        EXPECT_EQ(fed.record().error, at_once.error) << bytes;
        EXPECT_EQ(fed.record().tokens, at_once.tokens) << bytes;
    }
}

}  // namespace
}  // namespace redstart::wire::testing
