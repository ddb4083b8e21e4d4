// Status codes: their standard phrases (RFC 9110 and the registry that it founded).

#pragma once

#include <string_view>

namespace redstart::http {

std::string_view reason_phrase(int status) noexcept;  // "Unknown" for a code without one

// Whether a response of that status has no body at all, and so no Content-Length either.
constexpr bool is_bodiless(int status) noexcept
{
    return status < 200 || status == 204 || status == 304;
}

}  // namespace redstart::http
