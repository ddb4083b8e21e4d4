// What went wrong, and what the caller may do next.
//
// Absence is a std::optional and a planned refusal is a named value; a failure is neither. It says
// whether the command can have taken effect, because that alone decides whether it may be sent
// again.

#pragma once

#include <cstdint>
#include <exception>
#include <source_location>
#include <string>
#include <string_view>

namespace redstart {

enum class failure_code : std::uint8_t {
    timed_out,              // the deadline passed
    cancelled,              // the caller or an owner of it asked for that
    connect_failed,         // no connection could be made
    connection_lost,        // it broke before the answer came
    authentication_failed,  // the server refused user or password
    protocol_error,         // the peer does not speak RESP, or exceeds a limit of ours
    decode_failed,          // the answer does not fit the type that was asked for
    server_error,           // the server answered with an error: see server_code()
    overloaded,             // a bound of ours is reached
    invalid_argument,       // the request makes no sense, whoever receives it
    forbidden_command,      // it would change the state of a shared connection
    stopped,                // the client, or its loop, is shutting down
    conflict,               // others changed what a transaction watched
    circuit_open,           // the server failed too often just now: nothing is sent for a while
};

// Whether the command can have changed anything on the server.
enum class outcome : std::uint8_t {
    not_sent,       // no byte of it left: safe to try again
    maybe_applied,  // it left, and what became of it is unknown, or its answer was unusable
    refused,        // the server answered that it did not do it
};

std::string_view to_string(failure_code code) noexcept;
std::string_view to_string(outcome result) noexcept;

// A failure is a value: copyable, owned by whoever holds it. what() never shows keys, values or the
// server's words, which may quote them; server_text() does, for people who are allowed to read it.
class failure : public std::exception {
public:
    struct details {
        failure_code code{};
        redstart::outcome outcome = outcome::not_sent;
        std::string command;      // its name, without arguments
        std::string reason;       // in our words
        std::string server_text;  // in the server's words
    };

    explicit failure(details what_happened,
                     std::source_location where = std::source_location::current());

    char const* what() const noexcept override { return message_.c_str(); }
    failure_code code() const noexcept { return details_.code; }
    redstart::outcome outcome() const noexcept { return details_.outcome; }
    std::string const& command() const noexcept { return details_.command; }
    std::string const& reason() const noexcept { return details_.reason; }
    std::string const& server_text() const noexcept { return details_.server_text; }
    std::string_view server_code() const noexcept;  // the first word of it, such as "WRONGTYPE"
    std::source_location const& where() const noexcept { return where_; }

private:
    details details_;
    std::source_location where_;
    std::string message_;
};

// The first word of an error text when it is a code: a capital, then capitals, digits, underscores
// and hyphens, at most 32 bytes. Otherwise "ERR", because such a word may be somebody's data.
std::string_view error_prefix(std::string_view server_text) noexcept;

}  // namespace redstart
