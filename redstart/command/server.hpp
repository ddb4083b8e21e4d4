// Commands about the server as a whole.

#pragma once

#include "redstart/command/command.hpp"
#include "redstart/command/flush_mode.hpp"
#include "redstart/command/reply_value.hpp"
#include "redstart/command/server_info.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace redstart {

// "PONG".
command<std::string> ping();
// The same text again.
command<std::string> echo(std::string_view text);

// The default sections of INFO, or those that are named: info("memory"), info({"memory", "stats"}).
command<server_info> info();
command<server_info> info(one_or_more<std::string_view> sections);

// The server's clock, exact to microseconds.
struct server_clock {
    std::chrono::sys_time<std::chrono::microseconds> now{};
};
bool read_reply(reply_value const& whole, server_clock& out);
command<server_clock> time();

// ---- Data ---------------------------------------------------------------------------------------

// How many keys this database has. O(1).
command<std::int64_t> dbsize();
// Removes all keys of this database, or of all. O(n), which the server does in the background if it is told to.
command<ok> flushdb(flush_mode mode = flush_mode::as_configured);
command<ok> flushall(flush_mode mode = flush_mode::as_configured);
// Exchanges the keys of two databases, for everybody at once. O(1).
command<ok> swapdb(std::int64_t one, std::int64_t other);

// ---- Disk ---------------------------------------------------------------------------------------

// Writes a snapshot while nobody else is served: minutes, if there is much. Prefer bgsave().
command<ok> save();

struct bgsave_options {
    // if another child process works now, do it afterwards; otherwise that fails
    bool schedule = false;
};
// Starts to write one in the background; lastsave() tells when it is there.
command<ignored> bgsave(bgsave_options const& options = {});
// Starts to write the append-only file anew.
command<ignored> bgrewriteaof();

struct save_time {
    std::chrono::sys_seconds at{};
};
bool read_reply(reply_value const& whole, save_time& out);
command<save_time> lastsave();

// ---- Replication --------------------------------------------------------------------------------

struct replica_state {
    std::string host{};
    std::uint16_t port = 0;
    std::int64_t offset = 0;  // up to here it has acknowledged
};
bool read_reply(reply_value const& whole, replica_state& out);

struct server_role {
    enum class kind : std::uint8_t { primary, replica, sentinel } is = kind::primary;
    // of a primary and of a replica: bytes of the stream so far
    std::int64_t offset = 0;
    std::vector<replica_state> replicas{};  // of a primary
    std::string primary_host{};             // of a replica
    std::uint16_t primary_port = 0;
    std::string link{};                        // of a replica: "connected", "sync", …
    std::vector<std::string> primary_names{};  // of a sentinel: what it watches
};
bool read_reply(reply_value const& whole, server_role& out);
command<server_role> role();

// Makes it a replica, which forgets what it has; or a primary, which keeps it.
command<ok> replicaof(std::string_view host, std::uint16_t port);
command<ok> replicaof_no_one();

struct failover_options {
    std::string_view host{};  // to this replica; otherwise to the first that is up to date
    std::uint16_t port = 0;
    std::chrono::milliseconds timeout{};  // gives up after it; 0: never
    bool force = false;                   // with host and timeout: fails over when the time is up
};
// Starts to hand over to a replica. It answers at once; role() tells what became of it.
command<ok> failover(failover_options const& options = {});
command<ok> failover_abort();

// A drawing, and the version.
command<std::string> lolwut();

}  // namespace redstart
