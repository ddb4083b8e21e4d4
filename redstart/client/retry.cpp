#include "redstart/client/retry.hpp"

#include <array>

namespace redstart {

namespace {

// The server says these before it does anything, and may soon say otherwise.
constexpr std::array<std::string_view, 7> passing{
    "LOADING", "BUSY", "TRYAGAIN", "CLUSTERDOWN", "MASTERDOWN", "READONLY", "NOAUTH"};

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

bool asks_for_new_connection(std::string_view server_code) noexcept
{
    return server_code == "NOAUTH" || server_code == "READONLY";
}

}  // namespace redstart
