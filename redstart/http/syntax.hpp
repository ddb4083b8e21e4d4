// The small grammar that all of HTTP shares: tokens, field values, lists, case, percent-encoding.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace redstart::http {

// ASCII only, as field names and tokens are compared.
bool equal_ignoring_case(std::string_view left, std::string_view right) noexcept;

bool is_token(std::string_view text) noexcept;  // RFC 9110, 5.6.2; not empty
bool is_field_value(
    std::string_view text) noexcept;  // no CR, LF, NUL or other control character but tab

std::string_view trimmed(std::string_view text) noexcept;  // without the blanks and tabs around it

// Takes the next element of a comma-separated list off its front, trimmed; absent at its end. Empty ones are left
// out.
std::optional<std::string_view> next_in_list(std::string_view& list) noexcept;
bool list_has(std::string_view list, std::string_view token) noexcept;  // without regard to case

// Digits only, and in range: no sign, no blanks.
std::optional<std::uint64_t> parse_digits(std::string_view text) noexcept;

// Appends `encoded` with each %XX turned into its byte, once. False if one is malformed, or gives NUL: no name that
// we hand on may end sooner for somebody else than for us.
bool percent_decode(std::string_view encoded, std::string& out);
bool form_decode(std::string_view encoded, std::string& out);  // and + into a blank

}  // namespace redstart::http
