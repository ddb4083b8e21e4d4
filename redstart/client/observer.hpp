// An observer: told when a client dials, and when a call begins and ends. For what metrics and spans do not say: a log
// of slow calls, an audit, the marks of a profiler.
//
// It sees names, sizes, times and codes; never a key, a value or the server's words. Without one, a call pays two tests
// of a pointer.

#pragma once

#include "redstart/base/clock.hpp"
#include "redstart/base/failure.hpp"
#include "redstart/net/endpoint.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace redstart {

class reply_slot;
struct trace_context;

namespace engine {
struct server_identity;
}

// What something failed of.
struct observed_failure {
    failure_code code{};
    redstart::outcome outcome{};
    std::string_view server_code;  // "WRONGTYPE"; empty unless the server answered with an error
    std::string_view type;         // one of few names, as metrics have it: "WRONGTYPE", "timed_out"
};

// A call: one exec, of one command or several, a round of a batch, or a transaction. Of use only while the observer is
// being told of it.
class observed_call {
public:
    struct parts {
        void const* id;
        net::endpoint const& server;
        std::span<reply_slot* const> slots;
        bool is_transaction;
        trace_context const* trace;
    };
    explicit observed_call(parts const& of) noexcept : of_{of} {}

    // The same when it begins and when it ends; no other call on any loop has it in between.
    void const* id() const noexcept { return of_.id; }
    // "GET", "PIPELINE", "PIPELINE SET" if all are SET, "MULTI", "MULTI SET". What raw() sends is "OTHER".
    std::string name() const;
    net::endpoint const& server() const noexcept { return of_.server; }
    // The trace it belongs to; null: none.
    trace_context const* trace() const noexcept { return of_.trace; }
    bool is_transaction() const noexcept { return of_.is_transaction; }

    std::size_t commands() const noexcept { return of_.slots.size(); }
    std::string_view command_name(std::size_t index) const noexcept;
    std::size_t arguments(std::size_t index) const noexcept;      // the command's name is the first
    std::size_t request_bytes(std::size_t index) const noexcept;  // of the command as it is sent
    std::size_t request_bytes() const noexcept;  // of all commands, without MULTI and EXEC
    // Of a command, once the call has ended; nothing: it succeeded.
    std::optional<observed_failure> failed(std::size_t index) const noexcept;

private:
    parts of_;
};

struct observed_end {
    // From exec until its first byte left, pauses and earlier attempts included; all of its time if none ever left.
    boot_clock::duration queued{};
    // From then until the last reply, or until the caller gave up.
    boot_clock::duration on_wire{};
    // of all replies that came, those to MULTI and EXEC among them, in the last attempt
    std::uint64_t reply_bytes = 0;
    unsigned repetitions = 0;                // attempts after the first
    std::optional<observed_failure> failed;  // the first that failed; nothing: all succeeded
};

enum class dial_purpose : std::uint8_t {
    lane,           // for commands that share a connection
    pool,           // for those that cannot
    subscriptions,  // for published messages
    probe,          // to learn whether a server that has gone silent answers others
};
std::string_view to_string(dial_purpose why) noexcept;

struct observed_dial {
    net::endpoint const& server;
    dial_purpose purpose;
};

struct observed_dial_end {
    boot_clock::duration took{};      // credentials, names, connecting, TLS and handshake
    failure const* failed = nullptr;  // null: it is connected
    engine::server_identity const* server = nullptr;  // who answered; null if nobody did
};

// Called on the thread of the loop that works, while it works: returns soon, and does not use the client. Each begin is
// followed by one end, on the same thread.
class client_observer {
public:
    client_observer() = default;
    client_observer(client_observer const&) = delete;
    client_observer& operator=(client_observer const&) = delete;
    virtual ~client_observer() = default;

    virtual void on_dial_begin(observed_dial const&) noexcept {}
    virtual void on_dial_end(observed_dial const&, observed_dial_end const&) noexcept {}
    virtual void on_call_begin(observed_call const&) noexcept {}
    virtual void on_call_end(observed_call const&, observed_end const&) noexcept {}
};

}  // namespace redstart
