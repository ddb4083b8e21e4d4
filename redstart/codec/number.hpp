// Numbers as text, strictly: the whole text is one number in the form that a server writes, or it
// is none.
//
// No blanks, no plus, no leading zeros, no minus zero among the integers: what Redis itself refuses
// in INCR is refused here. What is written is the shortest text that reads back as the same number.

#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace redstart::codec {

// Integers of every width; not bool, and not the character types, whose text would be a guess.
template <class T>
concept integer_number =
    std::integral<T> && std::same_as<T, std::remove_cv_t<T>> && !std::same_as<T, bool> &&
    !std::same_as<T, char> && !std::same_as<T, wchar_t> && !std::same_as<T, char8_t> &&
    !std::same_as<T, char16_t> && !std::same_as<T, char32_t>;

template <class T>
concept real_number = std::same_as<T, float> || std::same_as<T, double>;

template <class T>
concept number = integer_number<T> || real_number<T>;

// Each gives false and leaves `out` alone when the text is no such number, or one out of its range.
bool read_integer(std::string_view text, std::int64_t& out) noexcept;
bool read_integer(std::string_view text, std::uint64_t& out) noexcept;

// "12", "-0.5", "1e+22", "inf", "-inf", "nan" and "-nan". Too large is out of range; too small is
// zero.
bool read_real(std::string_view text, double& out) noexcept;
bool read_real(std::string_view text, float& out) noexcept;

template <integer_number T>
bool read_number(std::string_view text, T& out) noexcept
{
    std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t> wide{};
    if (!read_integer(text, wide) || !std::in_range<T>(wide))
        return false;
    out = static_cast<T>(wide);
    return true;
}

template <real_number T>
bool read_number(std::string_view text, T& out) noexcept
{
    return read_real(text, out);
}

void append_integer(std::int64_t value, std::string& out);
void append_integer(std::uint64_t value, std::string& out);

// As JavaScript writes numbers: without an exponent from 1e-6 up to 1e21, so 100000 and never
// 1e+05.
void append_real(double value, std::string& out);
void append_real(float value, std::string& out);

template <integer_number T>
void append_number(T value, std::string& out)
{
    if constexpr (std::is_signed_v<T>)
        append_integer(std::int64_t{value}, out);
    else
        append_integer(std::uint64_t{value}, out);
}

template <real_number T>
void append_number(T value, std::string& out)
{
    append_real(value, out);
}

}  // namespace redstart::codec
