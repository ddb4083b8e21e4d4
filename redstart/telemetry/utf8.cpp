#include "redstart/telemetry/utf8.hpp"

#include <algorithm>
#include <cstdint>

namespace redstart::telemetry {

namespace {

// The length of the well-formed sequence at the start of `text`, which is not empty; 0 if there is none. The bounds of
// the second byte exclude overlong forms, surrogates and what lies beyond U+10FFFF (Unicode, table 3-7).
std::size_t sequence_length(std::string_view text) noexcept
{
    auto const at = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    auto const first = at(0);
    if (first < 0x80)
        return 1;
    if (first < 0xc2 || first > 0xf4)
        return 0;
    std::size_t const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (text.size() < length)
        return 0;
    std::uint8_t const low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    std::uint8_t const high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (at(1) < low || at(1) > high)
        return 0;
    for (std::size_t i = 2; i < length; ++i) {
        if ((at(i) & 0xc0) != 0x80)
            return 0;
    }
    return length;
}

std::size_t well_formed_prefix(std::string_view text) noexcept
{
    std::size_t at = 0;
    while (at < text.size()) {
        auto const length = sequence_length(text.substr(at));
        if (length == 0)
            break;
        at += length;
    }
    return at;
}

}  // namespace

bool is_utf8(std::string_view text) noexcept { return well_formed_prefix(text) == text.size(); }

std::string_view as_utf8(std::string_view text, std::string& storage)
{
    bool const ascii = std::ranges::all_of(text, [](char c) { return (c & 0x80) == 0; });
    if (ascii || is_utf8(text))
        return text;
    storage.clear();
    while (!text.empty()) {
        auto const good = well_formed_prefix(text);
        storage.append(text.substr(0, good));
        text.remove_prefix(good);
        if (!text.empty()) {
            storage.append("\xef\xbf\xbd");
            text.remove_prefix(1);
        }
    }
    return storage;
}

}  // namespace redstart::telemetry
