// A server of one's own: valkey-server as a supervised child, for a program that was given no URL.
//
// It is a real server with its data on disk (append-only file, synced every second), reached by a
// unix socket that only this user may open. It ends with its parent, however that ends; while
// either lives, no second one can use the same data.

#pragma once

#include "redstart/base/clock.hpp"
#include "redstart/embedded/start_error.hpp"

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace redstart::embedded {

struct options {
    // Empty: $REDSTART_VALKEY, else valkey-server, else redis-server in $PATH.
    std::string binary{};
    // Empty: ${XDG_STATE_HOME:-~/.local/state}/redstart.
    std::filesystem::path data_dir{};
    // In bytes; 0: a quarter of the memory that this process may use.
    std::uint64_t max_memory = 0;
    // More lines of the server's configuration; they win over ours.
    std::vector<std::string> extra{};
    // Until it answers; reading a large data set takes long.
    boot_clock::duration start_within = std::chrono::seconds{60};
};

// A resource with one owner, used by one thread at a time. Destroying it without stop() asks the
// server to end and does not wait for that; the data directory stays locked until it has.
class server {
public:
    // Returns when the server answers. Blocks; call it from the main thread before any other is
    // started: the server ends when the thread that started it ends. Throws start_error, whose
    // what() is one line for the user; then nothing is left running.
    static server start(options const& wanted);

    server(server&&) noexcept;
    server& operator=(server&&) = delete;
    ~server();

    pid_t pid() const noexcept;
    std::string const& version() const noexcept;  // "Valkey 8.0.1"
    std::filesystem::path const& socket_path() const noexcept;
    std::filesystem::path const& data_dir() const noexcept;
    std::filesystem::path const& log_path() const noexcept;

    // Nothing while it runs; else one line that says how it ended. Never blocks.
    std::optional<std::string> check();

    // Readable once the server has ended, to be watched by an event loop; -1 if the kernel has no
    // such thing. Stays ours.
    int exit_descriptor() const noexcept;

    // Asks it to end, which writes all data, and waits; at the deadline it is killed, which may
    // lose the last second. True if it ended by itself, with status 0. Blocks. A second call does
    // nothing.
    bool stop(boot_clock::duration within = std::chrono::seconds{10});

private:
    struct state;

    explicit server(std::unique_ptr<state> running) noexcept;

    std::unique_ptr<state> state_;
};

}  // namespace redstart::embedded
