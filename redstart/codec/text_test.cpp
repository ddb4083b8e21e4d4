#include "redstart/codec/text.hpp"

#include "redstart/base/failure.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <optional>

namespace redstart::codec {
namespace {

enum class coin { copper, silver };
BOOST_DESCRIBE_ENUM(coin, copper, silver)

struct purse {
    std::string owner;
    std::vector<coin> coins;
    bool operator==(purse const&) const = default;
};
BOOST_DESCRIBE_STRUCT(purse, (), (owner, coins))

struct foreign {};

struct point {
    int x = 0;
    int y = 0;
    bool operator==(point const&) const = default;
};

}  // namespace

// What a user writes for a type of his own.
template <>
struct text_codec<point> {
    static void append(point const& value, std::string& out)
    {
        append_number(value.x, out);
        out += ',';
        append_number(value.y, out);
    }

    static bool read(std::string_view text, point& out)
    {
        auto const comma = text.find(',');
        return comma != std::string_view::npos && read_number(text.substr(0, comma), out.x) &&
               read_number(text.substr(comma + 1), out.y);
    }
};

namespace {

static_assert(has_text_codec<int> && has_text_codec<std::uint8_t> && has_text_codec<double> &&
              has_text_codec<float>);
static_assert(has_text_codec<bool> && has_text_codec<std::string> &&
              has_text_codec<std::vector<std::byte>>);
static_assert(has_text_codec<coin> && has_text_codec<purse> && has_text_codec<raw_json> &&
              has_text_codec<point>);
static_assert(has_text_form<std::string_view> && !has_text_codec<std::string_view>);
static_assert(!has_text_form<char> && !has_text_form<foreign> &&
              !has_text_form<std::optional<int>>);
static_assert(!has_text_form<long double> && !has_text_form<char const*> &&
              !has_text_form<std::vector<int>>);

template <class T>
std::string text_of(T const& value)
{
    std::string out;
    text_codec<T>::append(value, out);
    return out;
}

template <class T>
std::optional<T> value_in(std::string_view text)
{
    T value{};
    return text_codec<T>::read(text, value) ? std::optional{value} : std::nullopt;
}

TEST(text_codec, numbers)
{
    EXPECT_EQ(text_of(42), "42");
    EXPECT_EQ(text_of(std::uint8_t{65}), "65");
    EXPECT_EQ(text_of(-1.5), "-1.5");
    EXPECT_EQ(text_of(INFINITY), "inf");
    EXPECT_EQ(value_in<std::int64_t>("-7"), -7);
    EXPECT_EQ(value_in<std::uint8_t>("256"), std::nullopt);
    EXPECT_EQ(value_in<double>("inf"), INFINITY);
    EXPECT_EQ(value_in<double>("1x"), std::nullopt);
}

TEST(text_codec, booleans_are_digits)
{
    EXPECT_EQ(text_of(true), "1");
    EXPECT_EQ(text_of(false), "0");
    EXPECT_EQ(value_in<bool>("1"), true);
    EXPECT_EQ(value_in<bool>("0"), false);
    for (auto const* const text : {"", "2", "true", "01", " 1"})
        EXPECT_EQ(value_in<bool>(text), std::nullopt) << text;
}

TEST(text_codec, strings_and_bytes_are_themselves)
{
    std::string const any{"a\0\xFF\r\n", 5};
    EXPECT_EQ(text_of(any), any);
    EXPECT_EQ(text_of(std::string_view{any}), any);
    EXPECT_EQ(value_in<std::string>(any), any);
    auto const bytes = value_in<std::vector<std::byte>>(any);
    ASSERT_TRUE(bytes);
    EXPECT_EQ(bytes->size(), 5U);
    EXPECT_EQ(bytes->at(2), std::byte{0xFF});
    EXPECT_EQ(text_of(*bytes), any);
    EXPECT_EQ(text_of(std::vector<std::byte>{}), "");
    EXPECT_EQ(value_in<std::vector<std::byte>>("")->size(), 0U);
}

TEST(text_codec, enumerations_are_their_names)
{
    EXPECT_EQ(text_of(coin::silver), "silver");
    EXPECT_EQ(value_in<coin>("copper"), coin::copper);
    EXPECT_EQ(value_in<coin>("Copper"), std::nullopt);
    EXPECT_EQ(value_in<coin>("0"), std::nullopt);
    EXPECT_THROW(text_of(static_cast<coin>(9)), failure);
}

TEST(text_codec, structs_are_json)
{
    purse const full{.owner = "Ada", .coins = {coin::silver, coin::copper}};
    EXPECT_EQ(text_of(full), R"({"owner":"Ada","coins":["silver","copper"]})");
    EXPECT_EQ(value_in<purse>(text_of(full)), full);
    EXPECT_EQ(value_in<purse>(R"({"owner":"Ada"})"), std::nullopt);
    EXPECT_EQ(value_in<raw_json>("[ 1 ]")->text(), "[1]");
    EXPECT_EQ(value_in<raw_json>("[ 1 "), std::nullopt);
}

TEST(text_codec, appends)
{
    std::string out = "x";
    text_codec<coin>::append(coin::copper, out);
    text_codec<bool>::append(true, out);
    text_codec<purse>::append({.owner = "A", .coins = {}}, out);
    EXPECT_EQ(out, R"(xcopper1{"owner":"A","coins":[]})");
}

TEST(text_codec, a_type_of_the_users_own)
{
    EXPECT_EQ(text_of(point{.x = 1, .y = -2}), "1,-2");
    EXPECT_EQ(value_in<point>("1,-2"), (point{.x = 1, .y = -2}));
    EXPECT_EQ(value_in<point>("1"), std::nullopt);
}

}  // namespace
}  // namespace redstart::codec
