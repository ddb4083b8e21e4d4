// The table 3-7 of the Unicode standard, by its leading bytes.

#include "redstart/codec/utf8.hpp"

namespace redstart::codec {
namespace {

// What the lead byte asks for: how many bytes in all, and between which bounds the second one lies.
struct form {
    std::size_t length = 0;
    unsigned char low = 0x80;
    unsigned char high = 0xBF;
};

form form_of(unsigned char const lead) noexcept
{
    if (lead < 0x80)
        return {.length = 1};
    if (lead < 0xC2 || lead > 0xF4)
        return {};
    if (lead < 0xE0)
        return {.length = 2};
    if (lead < 0xF0) {
        if (lead == 0xE0)
            return {.length = 3, .low = 0xA0};
        return lead == 0xED ? form{.length = 3, .high = 0x9F} : form{.length = 3};
    }
    if (lead == 0xF0)
        return {.length = 4, .low = 0x90};
    return lead == 0xF4 ? form{.length = 4, .high = 0x8F} : form{.length = 4};
}

}  // namespace

std::size_t utf8_character(std::string_view const text) noexcept
{
    if (text.empty())
        return 0;
    auto const [length, low, high] = form_of(static_cast<unsigned char>(text.front()));
    if (length < 2)
        return length;
    if (text.size() < length)
        return 0;
    auto const second = static_cast<unsigned char>(text[1]);
    if (second < low || second > high)
        return 0;
    for (std::size_t i = 2; i < length; ++i)
        if ((static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U)
            return 0;
    return length;
}

}  // namespace redstart::codec
