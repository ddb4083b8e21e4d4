#include "redstart/toolkit/key_space.hpp"

#include "redstart/toolkit/operation.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace redstart::toolkit {

namespace {

constexpr std::size_t longest_part = 64;

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

bool needs_escape(char c) { return c == '{' || c == '}' || c == '%' || is_control(c); }

void refuse_unless_plain(std::string_view part, std::source_location const& where)
{
    bool const plain =
        !part.empty() && part.size() <= longest_part &&
        std::ranges::all_of(part, [](char c) { return c > ' ' && c < 0x7f && !needs_escape(c); });
    if (!plain)
        throw toolkit_detail::invalid_argument("a prefix of keys is 1 to 64 printable ASCII "
                                               "characters without blanks, braces and %",
                                               where);
}

template <std::size_t Room>
void append_hexadecimal(inline_text<Room>& out, unsigned char byte, std::string_view digits)
{
    std::array<char, 2> const text{digits[byte >> 4], digits[byte & 15]};
    out.append(std::string_view{text.data(), text.size()});
}

template <std::size_t Room>
void append_escaped(inline_text<Room>& out, std::string_view name)
{
    while (true) {
        auto const special = std::ranges::find_if(name, needs_escape);
        auto const plain = static_cast<std::size_t>(special - name.begin());
        out.append(name.substr(0, plain));
        if (plain == name.size())
            return;
        out.append("%");
        append_hexadecimal(out, static_cast<unsigned char>(*special), "0123456789ABCDEF");
        name.remove_prefix(plain + 1);
    }
}

// No escaped name looks like it: behind their % stand two digits in capitals.
template <std::size_t Room>
void append_digest(inline_text<Room>& out, std::string_view name)
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    if (EVP_Digest(name.data(), name.size(), digest.data(), &length, EVP_sha256(), nullptr) != 1)
        std::abort();  // a system without SHA-256 has no TLS either: nothing of ours would work
    out.append("%sha256-");
    for (unsigned i = 0; i < length; ++i)
        append_hexadecimal(out, digest[i], "0123456789abcdef");
}

}  // namespace

key_space::key_space(std::string_view prefix, std::string_view kind, std::source_location where)
{
    refuse_unless_plain(prefix, where);
    refuse_unless_plain(kind, where);
    stem_.append(prefix).append(":").append(kind).append(":{");
}

inline_text<120> key_space::text_of(std::string_view name, std::string_view part) const
{
    inline_text<120> text;
    text.append(stem_);
    if (name.empty())
        text.append("%");
    else if (name.size() <= longest_plain_name)
        append_escaped(text, name);
    else
        append_digest(text, name);
    text.append("}");
    text.append(part);
    return text;
}

}  // namespace redstart::toolkit
