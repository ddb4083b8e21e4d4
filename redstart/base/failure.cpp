#include "redstart/base/failure.hpp"

#include <algorithm>
#include <utility>

namespace redstart {

std::string_view to_string(failure_code code) noexcept
{
    switch (code) {
    case failure_code::timed_out: return "timed out";
    case failure_code::cancelled: return "cancelled";
    case failure_code::connect_failed: return "connecting failed";
    case failure_code::connection_lost: return "connection lost";
    case failure_code::authentication_failed: return "authentication failed";
    case failure_code::protocol_error: return "protocol error";
    case failure_code::decode_failed: return "the reply does not fit the type asked for";
    case failure_code::server_error: return "the server answered with an error";
    case failure_code::overloaded: return "overloaded";
    case failure_code::invalid_argument: return "invalid argument";
    case failure_code::forbidden_command: return "not allowed on a shared connection";
    case failure_code::stopped: return "stopped";
    case failure_code::conflict: return "conflict";
    case failure_code::circuit_open: return "the circuit is open";
    }
    return "unknown failure";
}

std::string_view to_string(outcome result) noexcept
{
    switch (result) {
    case outcome::not_sent: return "not sent";
    case outcome::maybe_applied: return "maybe applied";
    case outcome::refused: return "refused";
    }
    return "unknown";
}

std::string_view error_prefix(std::string_view server_text) noexcept
{
    constexpr std::size_t longest_code = 32;
    auto const is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
    auto const is_code = [&](char c) {
        return is_capital(c) || (c >= '0' && c <= '9') || c == '_' || c == '-';
    };
    auto const word = server_text.substr(0, server_text.find(' '));
    if (word.empty() || word.size() > longest_code || !is_capital(word.front()) ||
        !std::ranges::all_of(word, is_code))
        return "ERR";
    return word;
}

failure::failure(details what_happened, std::source_location where)
    : details_{std::move(what_happened)}, where_{where}
{
    if (!details_.command.empty())
        message_.append(details_.command).append(": ");
    message_.append(to_string(details_.code));
    if (!details_.server_text.empty())
        message_.append(" (").append(server_code()).append(")");
    if (!details_.reason.empty())
        message_.append(": ").append(details_.reason);
    message_.append(" [").append(to_string(details_.outcome)).append("]");
}

std::string_view failure::server_code() const noexcept
{
    return details_.server_text.empty() ? std::string_view{} : error_prefix(details_.server_text);
}

}  // namespace redstart
