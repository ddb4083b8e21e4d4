#include "redstart/client/retry.hpp"

#include <algorithm>
#include <array>

namespace redstart {

namespace {

// The server says these before it does anything, and may soon say otherwise.
constexpr std::array<std::string_view, 7> passing{
    "LOADING", "BUSY", "TRYAGAIN", "CLUSTERDOWN", "MASTERDOWN", "READONLY", "NOAUTH"};

// What else the server says before it runs anything; waiting will not change it.
constexpr std::array<std::string_view, 3> early{"NOSCRIPT", "MOVED", "ASK"};

bool is_one_of(std::string_view code, auto const& codes)
{
    return std::ranges::find(codes, code) != codes.end();
}

}  // namespace

bool is_worth_repeating(failure_code code, outcome result, std::string_view server_code,
                        bool twice_is_once) noexcept
{
    switch (code) {
    case failure_code::server_error:
        return result == outcome::refused && is_one_of(server_code, passing);
    case failure_code::connection_lost:
    case failure_code::protocol_error: return result == outcome::not_sent || twice_is_once;
    default: return false;
    }
}

bool came_before_anything_was_done(std::string_view server_text) noexcept
{
    auto const code = error_prefix(server_text);
    if (code == "BUSY")
        return server_text.contains(" is busy running ");
    return is_one_of(code, passing) || is_one_of(code, early) ||
           server_text.starts_with("ERR unknown command");
}

}  // namespace redstart
