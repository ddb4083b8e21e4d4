#include "redstart/codec/utf8.hpp"

#include <gtest/gtest.h>

#include <string>

namespace redstart::codec {
namespace {

// By the definition: the number in the bytes, whether it needed that many of them, and what it must
// not be.
std::size_t utf8_by_definition(std::string const& text)
{
    auto const byte = [&](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    std::size_t const length = byte(0) < 0x80        ? 1
                               : byte(0) >> 5U == 6  ? 2
                               : byte(0) >> 4U == 14 ? 3
                               : byte(0) >> 3U == 30 ? 4
                                                     : 0;
    if (length < 2)
        return length;
    auto code = byte(0) & (0xFFU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if (byte(i) >> 6U != 2)
            return 0;
        code = code << 6U | (byte(i) & 0x3FU);
    }
    constexpr unsigned smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    bool const fine =
        code >= smallest[length] && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
    return fine ? length : 0;
}

TEST(utf8, every_pair_of_leading_bytes_with_good_and_bad_rests)
{
    for (unsigned lead = 0; lead < 256; ++lead)
        for (unsigned second = 0; second < 256; ++second)
            for (std::string const rest :
                 {"", "\x80", "\x80\xBF", "\xBF\x80", "a\x80", "\x80\x61", "\x80\xC0"}) {
                auto const text =
                    std::string{static_cast<char>(lead), static_cast<char>(second)} + rest;
                ASSERT_EQ(utf8_character(text), utf8_by_definition(text)) << lead << ' ' << second;
            }
}

TEST(utf8, a_character_may_be_cut)
{
    EXPECT_EQ(utf8_character(""), 0U);
    EXPECT_EQ(utf8_character("\xE2\x82"), 0U);
    EXPECT_EQ(utf8_character("\xE2\x82\xAC and more"), 3U);
}

}  // namespace
}  // namespace redstart::codec
