// Asks a server on a unix socket one thing at a time: enough to see that it answers, and what it
// is.

#pragma once

#include "redstart/embedded/descriptor.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace redstart::embedded {

// A connection with one owner. Blocks its thread for at most two seconds per call.
class server_probe {
public:
    // Nothing if nobody listens there.
    static std::optional<server_probe> connect(std::filesystem::path const& socket);

    // Sends one line, a command in its inline form, and gives the reply as text: the line of a
    // simple reply with its type byte ("+PONG", "-LOADING ..."), the content of a bulk. Nothing if
    // the connection breaks or stays silent.
    std::optional<std::string> ask(std::string_view line);

private:
    explicit server_probe(descriptor socket) noexcept;

    bool receive();
    std::optional<std::string> read_line();

    descriptor socket_;
    std::string received_;
};

// "Valkey 8.0.1" or "Redis 7.0.15", from the reply to INFO server; empty if it does not say.
std::string version_in(std::string_view info);

}  // namespace redstart::embedded
