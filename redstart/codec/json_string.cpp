// A string as JSON writes it: runs of plain bytes are copied whole, everything else one character
// at a time.

#include "redstart/codec/json_string.hpp"

#include "redstart/codec/utf8.hpp"

#include <cstdint>
#include <cstring>

namespace redstart::codec {
namespace {

bool is_plain(char const c) noexcept
{
    auto const byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
}

// Eight bytes at once: not zero exactly if one of them is not plain.
std::uint64_t special_among(std::uint64_t const eight) noexcept
{
    constexpr std::uint64_t each = 0x0101010101010101;
    constexpr auto highest = each << 7U;
    auto const below = [](std::uint64_t bytes, std::uint64_t bound) {
        return (bytes - each * bound) & ~bytes & highest;
    };
    return (eight & highest) | below(eight, 0x20) | below(eight ^ each * '"', 1) |
           below(eight ^ each * '\\', 1);
}

void append_escaped(char const c, std::string& out)
{
    constexpr std::string_view special = "\"\\\b\f\n\r\t";
    constexpr std::string_view letters = "\"\\bfnrt";
    constexpr std::string_view hexadecimal = "0123456789abcdef";
    out += '\\';
    if (auto const found = special.find(c); found != std::string_view::npos) {
        out += letters[found];
        return;
    }
    auto const byte = static_cast<unsigned char>(c);
    out += "u00";
    out += hexadecimal[byte >> 4U];
    out += hexadecimal[byte & 0xFU];
}

}  // namespace

std::size_t plain_json_length(std::string_view const text) noexcept
{
    std::size_t at = 0;
    for (std::uint64_t eight = 0; at + sizeof eight <= text.size(); at += sizeof eight) {
        std::memcpy(&eight, text.data() + at, sizeof eight);
        if (special_among(eight) != 0)
            break;
    }
    while (at < text.size() && is_plain(text[at]))
        ++at;
    return at;
}

bool append_json_string(std::string_view const text, std::string& out)
{
    out += '"';
    std::size_t at = 0;
    while (at < text.size()) {
        auto const plain = plain_json_length(text.substr(at));
        out.append(text, at, plain);
        at += plain;
        if (at == text.size())
            break;
        if (static_cast<unsigned char>(text[at]) < 0x80) {
            append_escaped(text[at++], out);
            continue;
        }
        auto const length = utf8_character(text.substr(at));
        if (length == 0)
            return false;
        out.append(text, at, length);
        at += length;
    }
    out += '"';
    return true;
}

}  // namespace redstart::codec
