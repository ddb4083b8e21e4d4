// A string as JSON writes it: runs of plain bytes are copied whole, everything else one character
// at a time.

#include "redstart/codec/json_string.hpp"

#include "redstart/codec/utf8.hpp"

#include <cstddef>

namespace redstart::codec {
namespace {

bool is_plain(char const c) noexcept
{
    auto const byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
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

bool append_json_string(std::string_view const text, std::string& out)
{
    out += '"';
    std::size_t at = 0;
    while (at < text.size()) {
        auto const start = at;
        while (at < text.size() && is_plain(text[at]))
            ++at;
        out.append(text, start, at - start);
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
