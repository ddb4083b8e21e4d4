// What a server knows of its commands and its modules: COMMAND and MODULE.

#pragma once

#include "redstart/command/command.hpp"
#include "redstart/command/reply_value.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace redstart {

// ---- COMMAND ------------------------------------------------------------------------------------

command<std::int64_t> command_count();

// The names of all commands, subcommands as "config|get".
command<std::vector<std::string>> command_list();

struct command_filter {
    std::string_view module{};    // one of these
    std::string_view category{};  // as ACL CAT names them
    std::string_view pattern{};
};
command<std::vector<std::string>> command_list(command_filter const& filter);

struct server_command {
    std::string name{};
    std::int64_t arity = 0;  // the name included; negative: at least so many
    std::vector<std::string> flags{};
    std::int64_t first_key = 0;  // 0: none
    std::int64_t last_key = 0;   // negative ones count from the end
    std::int64_t key_step = 0;
    std::vector<std::string> categories{};
    std::vector<server_command> subcommands{};
};
bool read_reply(reply_value const& whole, server_command& out);

// All commands, or these; absent what the server does not have. All are half a megabyte.
command<std::vector<std::optional<server_command>>> command_infos();
command<std::vector<std::optional<server_command>>> command_infos(
    one_or_more<std::string_view> names);

struct command_documentation {
    std::string name{};
    std::string summary{};
    std::string since{};
    std::string group{};
    std::string complexity{};
    std::string deprecated_since{};
    std::string replaced_by{};
    std::vector<std::string> documentation_flags{};  // "deprecated", "syscmd"
    // a tree of maps, as the server describes its syntax
    reply_value arguments{};
    std::vector<command_documentation> subcommands{};
};
struct command_documentations : std::vector<command_documentation> {};
bool read_reply(reply_value const& whole, command_documentations& out);

command<command_documentations> command_docs(one_or_more<std::string_view> names);

// Which of a command's arguments are keys: command_getkeys(mset({{"a", 1}})). It fails if none is.
command<std::vector<std::string>> command_getkeys(any_command const& what);

struct key_use {
    std::string key{};
    std::vector<std::string> flags{};  // "RO", "RW", "OW", "RM", "access", "update", …
};
bool read_reply(reply_value const& whole, key_use& out);
command<std::vector<key_use>> command_getkeysandflags(any_command const& what);

// ---- MODULE -------------------------------------------------------------------------------------

struct module_info {
    std::string name{};
    std::int64_t version = 0;
    std::string path{};
    std::vector<std::string> arguments{};
};
bool read_reply(reply_value const& whole, module_info& out);
command<std::vector<module_info>> module_list();

// From a file of the server. Only if enable-module-command allows it.
command<ok> module_load(std::string_view path);
command<ok> module_load(std::string_view path, one_or_more<std::string_view> arguments);
struct module_settings {
    std::vector<std::pair<std::string, std::string>> configuration{};
    std::vector<std::string> arguments{};
};
command<ok> module_loadex(std::string_view path, module_settings const& settings);
command<ok> module_unload(std::string_view name);

}  // namespace redstart
