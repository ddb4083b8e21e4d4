// The values that stand in one line.
//
// Well formed is what RESP3 says, plus what servers are known to send: a signed nan. A double that
// is well formed but beyond the range of `double` is no protocol error, since the peer may compute
// with wider ones.

#include "redstart/wire/scalar.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <system_error>

namespace redstart::wire {
namespace {

bool is_digit(char const c) { return c >= '0' && c <= '9'; }

// from_chars takes a minus, but no plus.
std::string_view without_plus(std::string_view const text)
{
    return text.starts_with('+') && text.substr(1).find_first_of("+-") != 0 ? text.substr(1) : text;
}

std::string_view without_sign(std::string_view const text)
{
    return text.starts_with('+') || text.starts_with('-') ? text.substr(1) : text;
}

char const* integer_from(std::string_view const text, std::int64_t& number)
{
    constexpr std::size_t always_fits = 18;
    auto const digits = without_sign(text);
    std::uint64_t value = 0;
    for (char const digit : digits) {
        if (!is_digit(digit))
            return "an integer is not a decimal number";
        value = value * 10 + static_cast<std::uint64_t>(digit - '0');
    }
    if (digits.empty())
        return "an integer is not a decimal number";
    number = static_cast<std::int64_t>(text.starts_with('-') ? 0 - value : value);
    if (digits.size() <= always_fits)
        return nullptr;
    auto const plain = without_plus(text);
    auto const failed = std::from_chars(plain.data(), plain.data() + plain.size(), number).ec;
    return failed == std::errc{} ? nullptr : "an integer does not fit in 64 bits";
}

// The power of ten behind 'e'. Beyond 32 bits only its sign matters.
std::int64_t exponent_of(std::string_view const text)
{
    auto const digits = without_plus(text);
    std::int32_t exponent = 0;
    if (std::from_chars(digits.data(), digits.data() + digits.size(), exponent).ec !=
        std::errc::result_out_of_range)
        return exponent;
    return digits.starts_with('-') ? std::numeric_limits<std::int32_t>::min()
                                   : std::numeric_limits<std::int32_t>::max();
}

// from_chars refuses what is too large or too small, and does not say which.
double saturated(std::string_view const digits)
{
    auto const mark = std::min(digits.find_first_of("eE"), digits.size());
    auto const mantissa = digits.substr(0, mark);
    auto const leading = mantissa.find_first_of("123456789");
    if (leading == std::string_view::npos)
        return 0;
    auto const point = static_cast<std::int64_t>(std::min(mantissa.find('.'), mantissa.size()));
    auto const exponent = mark < digits.size() ? exponent_of(digits.substr(mark + 1)) : 0;
    return point - static_cast<std::int64_t>(leading) + exponent > 0
               ? std::numeric_limits<double>::infinity()
               : 0;
}

char const* real_from(std::string_view const text, double& real)
{
    constexpr auto wrong = "a double is not a number";
    auto const magnitude = without_sign(text);
    if (magnitude == "inf")
        real = std::numeric_limits<double>::infinity();
    else if (magnitude == "nan")
        real = std::numeric_limits<double>::quiet_NaN();
    else if (magnitude.empty() || !is_digit(magnitude.front()))
        return wrong;
    else {
        auto const* const end = magnitude.data() + magnitude.size();
        auto const [stop, failed] = std::from_chars(magnitude.data(), end, real);
        if (stop != end)
            return wrong;
        if (failed == std::errc::result_out_of_range)
            real = saturated(magnitude);
    }
    if (text.starts_with('-'))
        real = -real;
    return nullptr;
}

char const* big_number_from(std::string_view const text)
{
    auto const digits = without_sign(text);
    return !digits.empty() && std::ranges::all_of(digits, is_digit) ? nullptr
                                                                    : "a big number is not decimal";
}

char const* boolean_from(std::string_view const text, std::int64_t& number)
{
    number = text == "t";
    return text == "t" || text == "f" ? nullptr : "a boolean is neither t nor f";
}

}  // namespace

char const* scalar_from_line(wire::kind const kind, std::string_view const text, token& out)
{
    out = token{.kind = kind, .text = text};
    switch (kind) {
    case kind::integer: return integer_from(text, out.number);
    case kind::real: return real_from(text, out.real);
    case kind::boolean: return boolean_from(text, out.number);
    case kind::null: return text.empty() ? nullptr : "a null carries text";
    case kind::big_number: return big_number_from(text);
    default: return nullptr;  // simple strings and errors: any text
    }
}

}  // namespace redstart::wire
