#include "redstart/codec/number.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <optional>
#include <random>

namespace redstart::codec {
namespace {

template <class T>
std::optional<T> number_in(std::string_view text)
{
    T value{};
    return read_number(text, value) ? std::optional{value} : std::nullopt;
}

template <class T>
std::string number_text(T value)
{
    std::string out = "before ";
    append_number(value, out);
    EXPECT_TRUE(out.starts_with("before "));
    return out.substr(7);
}

TEST(number, reads_integers_up_to_their_limits)
{
    EXPECT_EQ(number_in<std::int64_t>("0"), 0);
    EXPECT_EQ(number_in<std::int64_t>("-9223372036854775808"),
              std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(number_in<std::int64_t>("9223372036854775807"),
              std::numeric_limits<std::int64_t>::max());
    EXPECT_EQ(number_in<std::uint64_t>("18446744073709551615"),
              std::numeric_limits<std::uint64_t>::max());
    EXPECT_EQ(number_in<std::int8_t>("-128"), std::int8_t{-128});
    EXPECT_EQ(number_in<std::uint8_t>("255"), std::uint8_t{255});
    EXPECT_EQ(number_in<long long>("10"), 10);
}

TEST(number, refuses_integers_beyond_their_limits)
{
    EXPECT_FALSE(number_in<std::int64_t>("9223372036854775808"));
    EXPECT_FALSE(number_in<std::int64_t>("-9223372036854775809"));
    EXPECT_FALSE(number_in<std::uint64_t>("18446744073709551616"));
    EXPECT_FALSE(number_in<std::int8_t>("128"));
    EXPECT_FALSE(number_in<std::int8_t>("-129"));
    EXPECT_FALSE(number_in<std::uint8_t>("256"));
    EXPECT_FALSE(number_in<std::uint32_t>("-1"));
}

TEST(number, refuses_what_is_not_the_whole_text_in_the_one_form)
{
    for (auto const* const text :
         {"", " 1", "1 ", "+1", "01", "-0", "-01", "00", "-", "--1", "1.0", "1e3", "0x10", "1,000",
          "\t1", "1\n", "one", "\xEF\xBB\xBF\x31"}) {
        EXPECT_FALSE(number_in<std::int64_t>(text)) << text;
        EXPECT_FALSE(number_in<std::uint64_t>(text)) << text;
    }
    EXPECT_FALSE(number_in<std::int64_t>(std::string_view{"1\0", 2}));
}

TEST(number, leaves_the_target_alone_when_it_refuses)
{
    int whole = 7;
    EXPECT_FALSE(read_number("x", whole));
    EXPECT_EQ(whole, 7);
    double real = 7;
    EXPECT_FALSE(read_number("1e999", real));
    EXPECT_EQ(real, 7);
}

TEST(number, reads_reals_as_redis_writes_them)
{
    EXPECT_EQ(number_in<double>("3"), 3.0);
    EXPECT_EQ(number_in<double>("-0.5"), -0.5);
    EXPECT_EQ(number_in<double>("1e+22"), 1e22);
    EXPECT_EQ(number_in<double>("1E-7"), 1e-7);
    EXPECT_EQ(number_in<double>("3.0000000000000000004"), 3.0);
    EXPECT_EQ(number_in<double>("inf"), std::numeric_limits<double>::infinity());
    EXPECT_EQ(number_in<double>("-inf"), -std::numeric_limits<double>::infinity());
    EXPECT_TRUE(std::isnan(number_in<double>("nan").value()));
    EXPECT_TRUE(std::isnan(number_in<double>("-nan").value()));
    EXPECT_TRUE(std::signbit(number_in<double>("-0").value()));
    EXPECT_EQ(number_in<float>("0.1"), 0.1F);
}

TEST(number, too_large_is_refused_and_too_small_is_zero)
{
    EXPECT_FALSE(number_in<double>("1.8e308"));
    EXPECT_FALSE(number_in<double>("-1e309"));
    EXPECT_FALSE(number_in<double>("1e99999999999999999999"));
    EXPECT_FALSE(number_in<double>(std::string(400, '9')));
    EXPECT_FALSE(number_in<float>("1e39"));
    EXPECT_EQ(number_in<double>("5e-324"), 5e-324);
    EXPECT_EQ(number_in<double>("1e-400"), 0.0);
    EXPECT_EQ(number_in<double>("1e-99999999999999999999"), 0.0);
    EXPECT_EQ(number_in<double>("0." + std::string(400, '0') + "1"), 0.0);
    EXPECT_EQ(number_in<double>("0e999"), 0.0);
    EXPECT_EQ(number_in<double>("0.0e99999999999999999999"), 0.0);
    EXPECT_TRUE(std::signbit(number_in<double>("-1e-400").value()));
    EXPECT_EQ(number_in<float>("1e-60"), 0.0F);
}

TEST(number, refuses_other_forms_of_reals)
{
    for (auto const* const text :
         {"",       " 1",  "1 ",    "+1",  ".5",    "5.",       "1.e5", "1e",  "1e+",
          "1e+-5",  "e5",  "-",     "--1", "-+1",   "infinity", "Inf",  "INF", "+inf",
          "nan(1)", "NaN", "0x1p3", "1,5", "1.5.2", "1e5.0",    "1_000"})
        EXPECT_FALSE(number_in<double>(text)) << text;
}

TEST(number, writes_reals_without_needless_exponents)
{
    EXPECT_EQ(number_text(0.0), "0");
    EXPECT_EQ(number_text(-0.0), "-0");
    EXPECT_EQ(number_text(100000.0), "100000");
    EXPECT_EQ(number_text(12.5), "12.5");
    EXPECT_EQ(number_text(0.1), "0.1");
    EXPECT_EQ(number_text(0.1F), "0.1");
    EXPECT_EQ(number_text(1e-6), "0.000001");
    EXPECT_EQ(number_text(1.5e-7), "1.5e-07");
    EXPECT_EQ(number_text(1e20), "100000000000000000000");
    EXPECT_EQ(number_text(1e21), "1e+21");
    EXPECT_EQ(number_text(std::numeric_limits<double>::max()), "1.7976931348623157e+308");
    EXPECT_EQ(number_text(std::numeric_limits<double>::infinity()), "inf");
    EXPECT_EQ(number_text(-std::numeric_limits<double>::infinity()), "-inf");
    EXPECT_EQ(number_text(std::numeric_limits<double>::quiet_NaN()), "nan");
    EXPECT_EQ(number_text(-std::numeric_limits<double>::quiet_NaN()), "nan");
}

TEST(number, writes_integers)
{
    EXPECT_EQ(number_text(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
    EXPECT_EQ(number_text(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
    EXPECT_EQ(number_text(std::int8_t{-5}), "-5");
    EXPECT_EQ(number_text(std::uint8_t{65}), "65");
}

template <class Real, class Bits>
void expect_each_real_reads_back(std::mt19937_64& random)
{
    for (int i = 0; i < 20'000; ++i) {
        auto const value = std::bit_cast<Real>(static_cast<Bits>(random()));
        auto const text = number_text(value);
        auto const back = number_in<Real>(text);
        ASSERT_TRUE(back) << text;
        if (!std::isnan(value)) {
            ASSERT_EQ(std::bit_cast<Bits>(*back), std::bit_cast<Bits>(value)) << text;
        }
    }
}

TEST(number, random_numbers_read_back_bit_by_bit)
{
    std::mt19937_64 random{20240611};
    expect_each_real_reads_back<double, std::uint64_t>(random);
    expect_each_real_reads_back<float, std::uint32_t>(random);
    for (int i = 0; i < 20'000; ++i) {
        auto const value = static_cast<std::int64_t>(random()) >> (random() % 64);
        ASSERT_EQ(number_in<std::int64_t>(number_text(value)), value);
        ASSERT_EQ(number_in<std::uint64_t>(number_text(static_cast<std::uint64_t>(value))),
                  static_cast<std::uint64_t>(value));
    }
}

}  // namespace
}  // namespace redstart::codec
