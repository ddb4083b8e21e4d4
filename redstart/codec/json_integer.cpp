// Integers in JSON. Digits alone are read exactly; only the other forms go through a double.

#include "redstart/codec/json_integer.hpp"

#include "redstart/codec/number.hpp"

#include <charconv>
#include <cmath>
#include <system_error>

namespace redstart::codec {
namespace {

integer_fit from_real(std::string_view const text, json_integer_range const range,
                      std::uint64_t& bits) noexcept
{
    constexpr double exact = 9007199254740992.0;  // 2^53
    double value = 0;
    if (!read_real(text, value))
        return integer_fit::out_of_range;
    if (std::trunc(value) != value)
        return integer_fit::not_whole;
    if (std::abs(value) > exact)
        return integer_fit::out_of_range;
    auto const whole = static_cast<std::int64_t>(value);
    if (whole < range.lowest || (whole > 0 && static_cast<std::uint64_t>(whole) > range.highest))
        return integer_fit::out_of_range;
    bits = static_cast<std::uint64_t>(whole);
    return integer_fit::fits;
}

template <class Integer>
bool read_digits(std::string_view const text, Integer& value) noexcept
{
    return std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc{};
}

}  // namespace

integer_fit integer_from_json(std::string_view const text, json_integer_range const range,
                              std::uint64_t& bits) noexcept
{
    if (text.find_first_of(".eE") != std::string_view::npos)
        return from_real(text, range, bits);
    if (text.starts_with('-')) {
        std::int64_t value = 0;
        if (!read_digits(text, value) || value < range.lowest)
            return integer_fit::out_of_range;
        bits = static_cast<std::uint64_t>(value);
        return integer_fit::fits;
    }
    std::uint64_t value = 0;
    if (!read_digits(text, value) || value > range.highest)
        return integer_fit::out_of_range;
    bits = value;
    return integer_fit::fits;
}

}  // namespace redstart::codec
