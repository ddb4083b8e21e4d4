// Users and what they may do: ACL. Rules are written as the server does, such as "+@read", "~user:*", ">password".

#pragma once

#include "redstart/command/command.hpp"
#include "redstart/command/reply_value.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace redstart {

// The categories of commands, or the commands of one.
command<std::vector<std::string>> acl_cat();
command<std::vector<std::string>> acl_cat(std::string_view category);

// Makes a user or changes one: acl_setuser("ann", {"on", ">secret", "~app:*", "+@read"}). Rules are applied in their
// order, and all or none.
command<ok> acl_setuser(std::string_view user, one_or_more<std::string_view> rules);

// How many of these there were. Their connections are closed.
command<std::int64_t> acl_deluser(one_or_more<std::string_view> users);

// What a user may do besides the rest, with keys and channels of its own.
struct acl_selector {
    std::string commands{};
    std::string keys{};
    std::string channels{};
};
bool read_reply(reply_value const& whole, acl_selector& out);

struct acl_user {
    std::vector<std::string> flags{};      // "on" or "off", "nopass", …
    std::vector<std::string> passwords{};  // SHA-256, hexadecimal
    acl_selector root{};
    std::vector<acl_selector> selectors{};
};
bool read_reply(reply_value const& whole, acl_user& out);

// Absent if there is no such user.
command<std::optional<acl_user>> acl_getuser(std::string_view user);
// All users, each as a line of the ACL file.
command<std::vector<std::string>> acl_list();
command<std::vector<std::string>> acl_users();
// The user of the connection that this command takes.
command<std::string> acl_whoami();

struct acl_verdict {
    bool is_allowed = false;
    std::string reason{};  // in the server's words; it may quote keys
};
bool read_reply(reply_value const& whole, acl_verdict& out);

// Whether a user might run a command, without running it: acl_dryrun("ann", get("k")).
command<acl_verdict> acl_dryrun(std::string_view user, any_command const& what);

// A password from the server's random numbers, hexadecimal.
command<std::string> acl_genpass(std::uint32_t bits = 256);

// The ACL file. Both fail if the server was started without one.
command<ok> acl_load();
command<ok> acl_save();

// One refusal, or several of the same kind.
struct acl_log_entry {
    std::uint64_t count = 0;
    std::string reason{};   // "auth", "command", "key", "channel"
    std::string context{};  // "toplevel", "multi", "lua", "module"
    std::string object{};   // the command, key or channel
    std::string user{};
    std::string connection{};             // as CLIENT LIST describes it
    std::chrono::duration<double> age{};  // since the last of them
};
bool read_reply(reply_value const& whole, acl_log_entry& out);

// The newest refusals first.
command<std::vector<acl_log_entry>> acl_log(std::uint64_t count = 10);
command<ok> acl_log_reset();

}  // namespace redstart
