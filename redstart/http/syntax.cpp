#include "redstart/http/syntax.hpp"

#include <algorithm>
#include <charconv>

namespace redstart::http {

namespace {

constexpr char lower(char c) noexcept
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

constexpr bool is_alphanumeric(char c) noexcept
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

constexpr bool is_token_char(char c) noexcept
{
    return is_alphanumeric(c) || std::string_view{"!#$%&'*+-.^_`|~"}.contains(c);
}

constexpr bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }

int hex_value(char c) noexcept
{
    if (c >= '0' && c <= '9')
        return c - '0';
    auto const small = lower(c);
    return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

bool decode(std::string_view encoded, bool plus_is_blank, std::string& out)
{
    for (std::size_t at = 0; at < encoded.size(); ++at) {
        char const c = encoded[at];
        if (c != '%') {
            out.push_back(plus_is_blank && c == '+' ? ' ' : c);
            continue;
        }
        if (encoded.size() - at < 3)
            return false;
        int const high = hex_value(encoded[at + 1]);
        int const low = hex_value(encoded[at + 2]);
        if (high < 0 || low < 0 || (high == 0 && low == 0))
            return false;
        out.push_back(static_cast<char>(high * 16 + low));
        at += 2;
    }
    return true;
}

}  // namespace

bool equal_ignoring_case(std::string_view left, std::string_view right) noexcept
{
    return left.size() == right.size() && std::ranges::equal(left, right, {}, &lower, &lower);
}

bool is_token(std::string_view text) noexcept
{
    return !text.empty() && std::ranges::all_of(text, &is_token_char);
}

bool is_field_value(std::string_view text) noexcept
{
    return std::ranges::none_of(text, [](char c) {
        return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
    });
}

std::string_view trimmed(std::string_view text) noexcept
{
    while (!text.empty() && is_blank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back()))
        text.remove_suffix(1);
    return text;
}

std::optional<std::string_view> next_in_list(std::string_view& list) noexcept
{
    while (!list.empty()) {
        auto const end = std::min(list.find(','), list.size());
        auto const element = trimmed(list.substr(0, end));
        list.remove_prefix(std::min(end + 1, list.size()));
        if (!element.empty())
            return element;
    }
    return std::nullopt;
}

bool list_has(std::string_view list, std::string_view token) noexcept
{
    while (auto const element = next_in_list(list))
        if (equal_ignoring_case(*element, token))
            return true;
    return false;
}

std::optional<std::uint64_t> parse_digits(std::string_view text) noexcept
{
    std::uint64_t value = 0;
    auto const* const end = text.data() + text.size();
    auto const [stop, error] = std::from_chars(text.data(), end, value);
    if (text.empty() || error != std::errc{} || stop != end)
        return std::nullopt;
    return value;
}

bool percent_decode(std::string_view encoded, std::string& out)
{
    return decode(encoded, false, out);
}
bool form_decode(std::string_view encoded, std::string& out) { return decode(encoded, true, out); }

}  // namespace redstart::http
