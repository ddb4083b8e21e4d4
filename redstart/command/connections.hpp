// The connections of a server: CLIENT. What would change the connection itself (its name, tracking, replies) is the
// client's business and stands in its options.

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

enum class connection_type : std::uint8_t { any, normal, primary, replica, pubsub };

// What the server knows of one connection. Numbers that it does not tell are 0.
struct connection_info {
    std::int64_t id = 0;
    std::string address{};  // ip:port, or the path of a socket
    std::string local_address{};
    std::string name{};
    std::string user{};
    // a letter each: N for none, x in MULTI, P in Pub/Sub, b blocked, …
    std::string flags{};
    std::string last_command{};
    std::string library_name{};
    std::string library_version{};
    std::chrono::seconds age{};
    std::chrono::seconds idle{};
    std::int64_t database = 0;
    std::int64_t channels = 0;  // subscriptions
    std::int64_t patterns = 0;
    std::int64_t shard_channels = 0;
    std::int64_t queued = -1;  // commands in MULTI; -1: not in MULTI
    std::int64_t watched_keys = 0;
    std::int64_t output_bytes = 0;  // waiting to be sent
    std::int64_t memory_bytes = 0;
    std::int64_t protocol = 0;  // 2 or 3
};
bool read_reply(reply_value const& whole, connection_info& out);

// All lines of CLIENT LIST.
struct connection_list : std::vector<connection_info> {};
bool read_reply(reply_value const& whole, connection_list& out);

// Of the connection that this command happens to take: a client has several.
command<std::int64_t> client_id();
command<connection_info> client_info();
command<std::optional<std::string>> client_getname();
// To which connection its invalidations go: 0 for itself, -1 if it does not track.
command<std::int64_t> client_getredir();

struct tracking_info {
    std::vector<std::string> flags{};
    std::int64_t redirect = -1;
    std::vector<std::string> prefixes{};
};
bool read_reply(reply_value const& whole, tracking_info& out);
command<tracking_info> client_trackinginfo();

// All connections of a kind, or those of these ids. O(n).
command<connection_list> client_list(connection_type type = connection_type::any);
command<connection_list> client_list(one_or_more<std::int64_t> ids);

// A connection is closed if all of these hold for it.
struct connection_filter {
    std::optional<std::int64_t> id{};
    std::string_view address{};
    std::string_view local_address{};
    std::string_view user{};
    connection_type type = connection_type::any;
    bool this_one_too = false;  // also the one that this command takes
};
// How many were closed. O(n). A filter that says nothing is refused (invalid_argument).
command<std::int64_t> client_kill(connection_filter const& filter);

// Ends the wait of a connection in a blocking command, as if its time were up or with an error; false if it waits for
// nothing.
enum class unblocked_with : std::uint8_t { timeout, error };
command<bool> client_unblock(std::int64_t id, unblocked_with how = unblocked_with::timeout);

// For this long nobody is served, or nobody who writes.
enum class paused_commands : std::uint8_t { all, writes };
command<ok> client_pause(std::chrono::milliseconds time,
                         paused_commands which = paused_commands::all);
command<ok> client_unpause();

}  // namespace redstart
