// What is known about each command: how it may be routed, repeated and counted.
//
// The flags decide, not the caller: connection-state commands never run on a shared connection, and only idempotent
// ones may be sent twice. An unknown command counts as a write of several steps that must not be repeated.

#pragma once

#include "redstart/command/command_id.hpp"
#include "redstart/wire/request.hpp"

#include <cstdint>
#include <string_view>

namespace redstart {

enum class command_flag : std::uint8_t {
    read = 1,  // changes nothing
    write = 2,
    // sending it twice leaves the same state and the same answer as sending it once, unless its options say otherwise
    idempotent = 4,
    blocking = 8,           // may wait at the server
    connection_state = 16,  // changes what later commands on the connection mean
    several_steps = 32,     // an error does not undo the steps before it: scripts
};

struct command_info {
    std::string_view name;  // as the server names it, a subcommand after a blank
    std::int8_t arity;      // as COMMAND says: name included, negative means "at least"
    std::uint8_t flags;
    std::int8_t first_key;  // argument index, 0 for none
    std::int8_t last_key;   // negative counts from the end
    std::int8_t key_step;

    bool has(command_flag flag) const noexcept
    {
        return (flags & static_cast<std::uint8_t>(flag)) != 0;
    }
};

command_info const& info_of(command_id id) noexcept;

// Its name as it is sent. Not for command_id::unknown, which has none.
wire::encoded_name const& encoded_name_of(command_id id) noexcept;

// By name, in any case, with its subcommand if it has one ("CONFIG GET"). A subcommand that is not in the table is its
// command, if that is; else command_id::unknown.
command_id find_command(std::string_view name) noexcept;

}  // namespace redstart
