#include "redstart/command/decoder.hpp"

#include "redstart/command/probe_test.hpp"
#include "redstart/command/ttl.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>

namespace redstart::command_test {
namespace {

using namespace std::string_literals;
using namespace std::chrono_literals;

struct user {
    std::string name;
    int age = 0;
    bool operator==(user const&) const = default;
};
BOOST_DESCRIBE_STRUCT(user, (), (name, age))

enum class colour : std::uint8_t { red, green };
BOOST_DESCRIBE_ENUM(colour, red, green)

// What cannot be read is told where it is asked for, not deep inside of a decoder.
struct opaque {};
static_assert(!decodable<std::optional<opaque>>);
static_assert(!decodable<std::vector<opaque>>);
static_assert(!decodable<std::vector<std::optional<opaque>>>);

std::string const long_text = "0123456789 longer than what is given whole";
std::string const long_blob = "$42\r\n" + long_text + "\r\n";

TEST(a_decoder, reads_text_of_every_kind)
{
    for (auto const* const bytes : {"+hello\r\n", "$5\r\nhello\r\n", "=9\r\ntxt:hello\r\n",
                                    "$?\r\n;3\r\nhel\r\n;2\r\nlo\r\n;0\r\n"})
        expect_decoded(bytes, "hello"s);
    expect_decoded("$0\r\n\r\n", ""s);
    expect_decoded("$?\r\n;0\r\n", ""s);
    expect_decoded("+\r\n", ""s);
    expect_decoded("$4\r\n\0\r\n\xff\r\n"s, "\0\r\n\xff"s);
    expect_decoded(long_blob, long_text);
    expect_decoded("=46\r\ntxt:" + long_text + "\r\n", long_text);
    for (auto const* const bytes : {":-12\r\n", ",-12\r\n", "(-12\r\n", "$3\r\n-12\r\n"})
        expect_decoded(bytes, "-12"s);
}

TEST(a_decoder, takes_nothing_else_for_text)
{
    for (auto const* const bytes : {"_\r\n", "$-1\r\n", "*-1\r\n", "#t\r\n", "*0\r\n",
                                    "*1\r\n+a\r\n", "%0\r\n", "~1\r\n:1\r\n"})
        expect_mismatch<std::string>(bytes);
}

TEST(a_decoder, reads_text_of_megabytes_in_parts)
{
    std::string const large(3'000'000, 'x');
    auto const bytes = "$3000000\r\n" + large + "\r\n";
    for (auto const cut : {std::size_t{0}, std::size_t{9}, std::size_t{20'000}, bytes.size() - 1}) {
        EXPECT_TRUE(decoding<std::string>{}.of(bytes, cut) == large);
        EXPECT_EQ(decoding<std::vector<std::byte>>{}.of(bytes, cut)->size(), large.size());
    }
}

TEST(a_decoder, reads_integers_of_every_kind)
{
    for (auto const* const bytes : {":42\r\n", "$2\r\n42\r\n", "+42\r\n", ",42\r\n", "(42\r\n",
                                    "$?\r\n;1\r\n4\r\n;1\r\n2\r\n;0\r\n"})
        expect_decoded(bytes, std::int64_t{42});
    expect_decoded(":-9223372036854775808\r\n", std::numeric_limits<std::int64_t>::min());
    expect_decoded("$20\r\n18446744073709551615\r\n", std::numeric_limits<std::uint64_t>::max());
    expect_decoded("(18446744073709551615\r\n", std::numeric_limits<std::uint64_t>::max());
    expect_decoded(":255\r\n", std::uint8_t{255});
    expect_decoded(":-3\r\n", -3);
}

TEST(a_decoder, takes_no_number_that_does_not_fit)
{
    expect_mismatch<std::uint8_t>(":256\r\n");
    expect_mismatch<std::uint8_t>("$3\r\n256\r\n");
    expect_mismatch<std::uint64_t>(":-1\r\n");
    expect_mismatch<std::int32_t>(":2147483648\r\n");
    expect_mismatch<std::int64_t>("$19\r\n9223372036854775808\r\n");
    for (auto const* const bytes :
         {",1.5\r\n", "$0\r\n\r\n", "$2\r\n 1\r\n", "+OK\r\n", "_\r\n", "#t\r\n", "*1\r\n:1\r\n",
          "$40\r\n0000000000000000000000000000000000000001\r\n"})
        expect_mismatch<std::int64_t>(bytes);
}

TEST(a_decoder, reads_reals_of_both_protocols)
{
    for (auto const* const bytes : {",1.5\r\n", "$3\r\n1.5\r\n", "+1.5\r\n"})
        expect_decoded(bytes, 1.5);
    expect_decoded(":3\r\n", 3.0);
    for (auto const* const bytes : {",inf\r\n", "$3\r\ninf\r\n"})
        expect_decoded(bytes, std::numeric_limits<double>::infinity());
    expect_decoded("$4\r\n-inf\r\n", -std::numeric_limits<double>::infinity());
    EXPECT_TRUE(std::isnan(decoding<double>{}.of(",nan\r\n", 0).value()));
    expect_decoded("$18\r\n1.2345678901234567\r\n", 1.2345678901234567);
    expect_decoded(",17\r\n", 17.0F);
    for (auto const* const bytes : {"$3\r\n1,5\r\n", "_\r\n", "#f\r\n", "$0\r\n\r\n"})
        expect_mismatch<double>(bytes);
}

TEST(a_decoder, reads_whether_something_was_done)
{
    for (auto const* const bytes : {":1\r\n", "#t\r\n", "+OK\r\n", "$1\r\n1\r\n", "$2\r\nOK\r\n",
                                    "$?\r\n;1\r\nO\r\n;1\r\nK\r\n;0\r\n"})
        expect_decoded(bytes, true);
    for (auto const* const bytes : {":0\r\n", "#f\r\n", "$-1\r\n", "*-1\r\n", "_\r\n",
                                    "$1\r\n0\r\n", "$?\r\n;1\r\n0\r\n;0\r\n"})
        expect_decoded(bytes, false);
    for (auto const* const bytes : {":2\r\n", ":-1\r\n", "+QUEUED\r\n", "$0\r\n\r\n", "*0\r\n",
                                    ",1\r\n", "$20\r\nOKOKOKOKOKOKOKOKOKOK\r\n"})
        expect_mismatch<bool>(bytes);
}

struct is_ok {
    bool operator()(std::string_view bytes) const
    {
        std::size_t fits = 0;
        for (std::size_t cut = 0; cut <= bytes.size(); ++cut)
            fits += decoding<ok>{}.of(bytes, cut).has_value() ? 1 : 0;
        EXPECT_TRUE(fits == 0 || fits == bytes.size() + 1) << bytes;
        return fits != 0;
    }
};

TEST(a_decoder, reads_ok_and_nothing_else_for_it)
{
    for (auto const* const bytes : {"+OK\r\n", "$2\r\nOK\r\n", "$?\r\n;2\r\nOK\r\n;0\r\n"})
        EXPECT_TRUE(is_ok{}(bytes));
    for (auto const* const bytes : {"+OKAY\r\n", "+ok\r\n", "+PONG\r\n", ":1\r\n", "_\r\n",
                                    "*1\r\n+OK\r\n", "$?\r\n;2\r\nOK\r\n;1\r\n!\r\n;0\r\n"})
        EXPECT_FALSE(is_ok{}(bytes));
}

TEST(a_decoder, ignores_whatever_comes)
{
    for (auto const& bytes :
         {"+OK\r\n"s, "_\r\n"s, long_blob, "*2\r\n*0\r\n%1\r\n:1\r\n~1\r\n#t\r\n"s,
          "$?\r\n;1\r\nx\r\n;0\r\n"s, "*2\r\n"s + long_blob + long_blob})
        for (std::size_t cut = 0; cut <= bytes.size(); ++cut)
            EXPECT_TRUE(decoding<ignored>{}.of(bytes, cut).has_value());
}

TEST(a_decoder, reads_absence)
{
    for (auto const* const bytes : {"$-1\r\n", "*-1\r\n", "_\r\n"}) {
        expect_decoded(bytes, std::optional<std::string>{});
        expect_decoded(bytes, std::optional<std::int64_t>{});
        expect_decoded(bytes, std::optional<std::vector<std::string>>{});
        expect_decoded(bytes, std::optional<bool>{});
    }
    expect_decoded("$0\r\n\r\n", std::optional{""s});
    expect_decoded(long_blob, std::optional{long_text});
    expect_decoded(":7\r\n", std::optional{std::int64_t{7}});
    expect_decoded("*1\r\n$-1\r\n", std::optional{std::vector<std::optional<int>>{std::nullopt}});
    expect_mismatch<std::optional<std::int64_t>>("+seven\r\n");
}

TEST(a_decoder, reads_bytes)
{
    using bytes = std::vector<std::byte>;
    expect_decoded("$2\r\n\0\xff\r\n"s, (bytes{std::byte{0}, std::byte{255}}));
    expect_decoded("$0\r\n\r\n", bytes{});
    expect_mismatch<bytes>("*1\r\n:1\r\n");
}

TEST(a_decoder, reads_described_values)
{
    expect_decoded("$23\r\n{\"name\":\"Ada\",\"age\":36}\r\n", user{"Ada", 36});
    expect_decoded("$5\r\ngreen\r\n", colour::green);
    expect_mismatch<user>("$14\r\n{\"name\":\"Ada\"}\r\n");
    expect_mismatch<user>("$23\r\n{\"name\":\"Ada\",\"age\":36]\r\n");
    expect_mismatch<user>("$-1\r\n");
    expect_mismatch<colour>("$4\r\nblue\r\n");
}

TEST(a_decoder, reads_lists)
{
    using numbers = std::vector<std::int64_t>;
    expect_decoded("*0\r\n", numbers{});
    expect_decoded("*3\r\n:1\r\n$1\r\n2\r\n:3\r\n", (numbers{1, 2, 3}));
    expect_decoded("~2\r\n:1\r\n:2\r\n", (numbers{1, 2}));
    expect_decoded("*?\r\n:1\r\n:2\r\n.\r\n", (numbers{1, 2}));
    expect_decoded("*2\r\n*2\r\n:1\r\n:2\r\n*0\r\n", (std::vector<numbers>{{1, 2}, {}}));
    expect_decoded("*2\r\n"s + long_blob + "$?\r\n;1\r\nx\r\n;0\r\n",
                   (std::vector<std::string>{long_text, "x"}));
    expect_decoded("*3\r\n$1\r\na\r\n$-1\r\n_\r\n",
                   (std::vector<std::optional<std::string>>{"a", std::nullopt, std::nullopt}));
    expect_decoded("*2\r\n#t\r\n$?\r\n;1\r\n0\r\n;0\r\n", (std::vector<bool>{true, false}));
}

TEST(a_decoder, takes_nothing_else_for_a_list)
{
    using numbers = std::vector<std::int64_t>;
    for (auto const* const bytes :
         {":1\r\n", "_\r\n", "$1\r\n1\r\n", "%1\r\n:1\r\n:2\r\n", "*2\r\n:1\r\n+x\r\n",
          "*2\r\n+x\r\n:1\r\n", "*1\r\n*1\r\n:1\r\n", "*1\r\n-ERR inside\r\n"})
        expect_mismatch<numbers>(bytes);
}

using scores = std::vector<std::pair<std::string, double>>;
scores const two_scores{{"ada", 1.5}, {"bob", 2.0}};

TEST(a_decoder, reads_pairs_in_all_three_shapes)
{
    for (auto const* const bytes : {"*4\r\n$3\r\nada\r\n$3\r\n1.5\r\n$3\r\nbob\r\n$1\r\n2\r\n",
                                    "*2\r\n*2\r\n$3\r\nada\r\n,1.5\r\n*2\r\n$3\r\nbob\r\n,2\r\n",
                                    "%2\r\n$3\r\nada\r\n,1.5\r\n$3\r\nbob\r\n,2\r\n",
                                    "%?\r\n+ada\r\n,1.5\r\n+bob\r\n:2\r\n.\r\n",
                                    "*?\r\n*?\r\n+ada\r\n,1.5\r\n.\r\n*2\r\n+bob\r\n,2\r\n.\r\n"})
        expect_decoded(bytes, two_scores);
    for (auto const* const bytes : {"*0\r\n", "%0\r\n", "%?\r\n.\r\n"})
        expect_decoded(bytes, scores{});
    expect_decoded("*2\r\n"s + long_blob + ":1\r\n", scores{{long_text, 1.0}});
    expect_decoded("%1\r\n+k\r\n*2\r\n:1\r\n:2\r\n",
                   (std::vector<std::pair<std::string, std::vector<int>>>{{"k", {1, 2}}}));
}

TEST(a_decoder, takes_nothing_else_for_pairs)
{
    for (auto const* const bytes :
         {"*1\r\n+ada\r\n", "*3\r\n+ada\r\n:1\r\n+bob\r\n", "*1\r\n*1\r\n+ada\r\n", "*1\r\n*0\r\n",
          "*1\r\n*3\r\n+ada\r\n:1\r\n:2\r\n", "*1\r\n*4\r\n+ada\r\n:1\r\n+bob\r\n:2\r\n",
          "*2\r\n*2\r\n+ada\r\n:1\r\n+bob\r\n", "*3\r\n+ada\r\n:1\r\n*2\r\n+bob\r\n:2\r\n",
          "*2\r\n+ada\r\n+x\r\n", "+ada\r\n", "_\r\n", "~2\r\n+ada\r\n:1\r\n"})
        expect_mismatch<scores>(bytes);
}

using mixed = std::tuple<std::int64_t, std::string, std::optional<double>>;

TEST(a_decoder, reads_exactly_the_items_of_a_tuple)
{
    expect_decoded("*3\r\n:1\r\n"s + long_blob + ",2.5\r\n", mixed{1, long_text, 2.5});
    expect_decoded("*3\r\n$1\r\n1\r\n$1\r\nb\r\n$-1\r\n", mixed{1, "b", std::nullopt});
    expect_decoded("*2\r\n:1\r\n*2\r\n:2\r\n:3\r\n",
                   (std::tuple<int, std::vector<int>>{1, {2, 3}}));
    expect_decoded("*0\r\n", std::tuple<>{});
    for (auto const* const bytes :
         {"*2\r\n:1\r\n+b\r\n", "*4\r\n:1\r\n+b\r\n:2\r\n:3\r\n", "*0\r\n", ":1\r\n",
          "*3\r\n+b\r\n+b\r\n_\r\n", "%1\r\n:1\r\n+b\r\n", "*-1\r\n"})
        expect_mismatch<mixed>(bytes);
}

TEST(a_decoder, reads_a_time_to_live)
{
    for (auto const* const bytes : {":1500\r\n", "$4\r\n1500\r\n"}) {
        auto const lives = decoding<ttl_reply>{}.of(bytes, 0).value();
        EXPECT_TRUE(lives.exists);
        EXPECT_EQ(lives.left, 1500ms);
    }
    auto const expired = decoding<ttl_reply>{}.of(":0\r\n", 0).value();
    EXPECT_EQ(expired.left, 0ms);
    auto const for_ever = decoding<ttl_reply>{}.of(":-1\r\n", 0).value();
    EXPECT_TRUE(for_ever.exists);
    EXPECT_EQ(for_ever.left, std::nullopt);
    auto const absent = decoding<ttl_reply>{}.of(":-2\r\n", 0).value();
    EXPECT_FALSE(absent.exists);
    EXPECT_EQ(absent.left, std::nullopt);
}

wire::token part(std::string_view text, bool more)
{
    return {.kind = wire::kind::blob_string, .more = more, .text = text};
}

TEST(a_text_assembly, joins_parts_and_forgets_what_was_given_up)
{
    text_assembly parts;
    EXPECT_EQ(parts.add(part("whole", false)), "whole");
    EXPECT_EQ(parts.add(part("one ", true)), std::nullopt);
    EXPECT_EQ(parts.add(part("", true)), std::nullopt);
    EXPECT_EQ(parts.add(part("two", false)), "one two");
    EXPECT_EQ(parts.add(part("given up", true)), std::nullopt);
    parts.reset();
    EXPECT_EQ(parts.add(part("next", false)), "next");
    EXPECT_EQ(parts.add(part("last part is empty", true)), std::nullopt);
    EXPECT_EQ(parts.add(part("", false)), "last part is empty");
}

}  // namespace
}  // namespace redstart::command_test
