// Numbers as text. std::from_chars and std::to_chars do the arithmetic; they read more forms than
// we accept, so the form is checked first.

#include "redstart/codec/number.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <limits>
#include <system_error>

namespace redstart::codec {
namespace {

constexpr std::string_view decimal_digits = "0123456789";

bool is_digit(char const c) noexcept { return c >= '0' && c <= '9'; }

std::string_view without_minus(std::string_view const text) noexcept
{
    return text.starts_with('-') ? text.substr(1) : text;
}

std::size_t digits_at(std::string_view const text, std::size_t const from) noexcept
{
    return std::min(text.find_first_not_of(decimal_digits, from), text.size()) - from;
}

// Digits [ "." digits ] [ "e" [ sign ] digits ].
bool is_plain_real(std::string_view const text) noexcept
{
    auto at = digits_at(text, 0);
    if (at == 0)
        return false;
    if (at < text.size() && text[at] == '.') {
        auto const fraction = digits_at(text, at + 1);
        if (fraction == 0)
            return false;
        at += 1 + fraction;
    }
    if (at == text.size())
        return true;
    if (text[at] != 'e' && text[at] != 'E')
        return false;
    auto const sign = text.substr(at + 1).find_first_of("+-") == 0 ? 1U : 0U;
    auto const exponent = digits_at(text, at + 1 + sign);
    return exponent > 0 && at + 1 + sign + exponent == text.size();
}

// The power of ten that stands behind the 'e'. One that does not fit stops at a bound: the sign is
// what counts there.
std::int64_t exponent_of(std::string_view text) noexcept
{
    constexpr std::int64_t bound = std::int64_t{1} << 40;
    if (text.starts_with('+'))
        text.remove_prefix(1);
    std::int64_t exponent = 0;
    auto const failed = std::from_chars(text.data(), text.data() + text.size(), exponent).ec;
    if (failed == std::errc::result_out_of_range)
        return text.starts_with('-') ? -bound : bound;
    return std::clamp(exponent, -bound, bound);
}

// std::from_chars says "out of range" for too large and too small alike. Is the plain real below
// one?
bool is_below_one(std::string_view const text) noexcept
{
    auto const mark = std::min(text.find_first_of("eE"), text.size());
    auto const mantissa = text.substr(0, mark);
    auto const leading = mantissa.find_first_of("123456789");
    if (leading == std::string_view::npos)
        return true;
    auto const point = static_cast<std::int64_t>(std::min(mantissa.find('.'), mantissa.size()));
    auto const exponent = mark < text.size() ? exponent_of(text.substr(mark + 1)) : 0;
    return point - static_cast<std::int64_t>(leading) + exponent <= 0;
}

template <class Integer>
bool integer_from(std::string_view const text, Integer& out) noexcept
{
    auto const magnitude = without_minus(text);
    if (magnitude.empty() || !is_digit(magnitude.front()))
        return false;
    if (magnitude.front() == '0' && text.size() > 1)
        return false;
    Integer value{};
    auto const* const end = text.data() + text.size();
    auto const [stop, failed] = std::from_chars(text.data(), end, value);
    if (failed != std::errc{} || stop != end)
        return false;
    out = value;
    return true;
}

template <class Real>
bool magnitude_from(std::string_view const text, Real& out) noexcept
{
    if (text == "inf")
        out = std::numeric_limits<Real>::infinity();
    else if (text == "nan")
        out = std::numeric_limits<Real>::quiet_NaN();
    else if (!is_plain_real(text))
        return false;
    else if (std::from_chars(text.data(), text.data() + text.size(), out).ec != std::errc{}) {
        out = 0;
        return is_below_one(text);
    }
    return true;
}

template <class Real>
bool real_from(std::string_view const text, Real& out) noexcept
{
    Real magnitude{};
    if (!magnitude_from(without_minus(text), magnitude))
        return false;
    out = text.starts_with('-') ? -magnitude : magnitude;
    return true;
}

template <class Integer>
void append_whole(Integer const value, std::string& out)
{
    std::array<char, 24> room{};
    auto const written = std::to_chars(room.data(), room.data() + room.size(), value);
    out.append(room.data(), written.ptr);
}

template <class Real>
void append_shortest(Real const value, std::string& out)
{
    if (std::isnan(value)) {
        out += "nan";
        return;
    }
    auto const magnitude = std::abs(value);
    bool const plain = magnitude == 0 || (magnitude >= Real(1e-6) && magnitude < Real(1e21));
    std::array<char, 40> room{};
    auto const written =
        std::to_chars(room.data(), room.data() + room.size(), value,
                      plain ? std::chars_format::fixed : std::chars_format::scientific);
    out.append(room.data(), written.ptr);
}

}  // namespace

bool read_integer(std::string_view const text, std::int64_t& out) noexcept
{
    return integer_from(text, out);
}

bool read_integer(std::string_view const text, std::uint64_t& out) noexcept
{
    return integer_from(text, out);
}

bool read_real(std::string_view const text, double& out) noexcept { return real_from(text, out); }

bool read_real(std::string_view const text, float& out) noexcept { return real_from(text, out); }

void append_integer(std::int64_t const value, std::string& out) { append_whole(value, out); }

void append_integer(std::uint64_t const value, std::string& out) { append_whole(value, out); }

void append_real(double const value, std::string& out) { append_shortest(value, out); }

void append_real(float const value, std::string& out) { append_shortest(value, out); }

}  // namespace redstart::codec
