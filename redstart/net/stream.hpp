// A connected byte stream, TCP, TLS over TCP, or unix, on one loop.
//
// Bytes come by callback into a buffer that the handler offers, because a connection that is shared by many coroutines
// has no single one that could await them. Writing never waits: what the socket does not take stays with the caller.

#pragma once

#include "redstart/net/endpoint.hpp"
#include "redstart/net/loop.hpp"
#include "redstart/net/tls.hpp"
#include "redstart/task/task.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace redstart::net {

// Called on the loop's thread, from the reactor. A handler must not resume coroutines directly (it uses the ready
// list), but it may close or destroy the stream.
class stream_handler {
public:
    // Where to put bytes that come; never empty. Asked before every read.
    virtual std::span<char> read_buffer() = 0;
    virtual void on_read(std::size_t bytes) = 0;
    // The stream can take bytes again, after write_some() took fewer than it was given.
    virtual void on_writable() = 0;
    // The peer sends nothing more, which says nothing about whether it still reads. True: the stream stays open, for
    // writing. False, as by default: it is closed, and on_closed() follows.
    virtual bool on_end() { return false; }
    // The peer closed it (empty reason) or it broke; with TLS also if it ended without saying so. Nothing else is
    // called after this.
    virtual void on_closed(std::string_view reason) = 0;

protected:
    ~stream_handler() = default;
};

struct stream_options {
    bool no_delay = true;
    // first probe after this silence; 0: none
    boot_clock::duration keepalive_idle = std::chrono::seconds{30};
    boot_clock::duration keepalive_interval = std::chrono::seconds{5};
    unsigned keepalive_probes = 3;
    // unacknowledged bytes: the peer is dead; 0: system
    boot_clock::duration user_timeout = std::chrono::seconds{30};
};

class stream {
public:
    struct state;  // the socket; known to stream.cpp and listener.cpp

    stream() noexcept = default;
    explicit stream(state* adopted) noexcept : state_{adopted} {}
    stream(stream&& other) noexcept : state_{std::exchange(other.state_, nullptr)} {}
    stream& operator=(stream&& other) noexcept;
    ~stream() { close(); }

    explicit operator bool() const noexcept { return state_ != nullptr; }

    // Begins to read. `handler` stays alive until close() or on_closed().
    void start(stream_handler& handler);

    // No further on_read() until resume_reading(): for a receiver that must not be flooded.
    void pause_reading() noexcept;
    void resume_reading();

    // Writes what the socket takes now, and says how much. When that is less, on_writable() follows, or
    // on_closed() if the socket is broken. With TLS up to 64 KiB of what was taken may still wait here.
    std::size_t write_some(std::string_view bytes) noexcept;
    std::size_t write_some(std::span<std::string_view const> parts) noexcept;

    // From inside on_read(): what else has come, straight to where it belongs, and how much that is. 0 if nothing has,
    // or if the stream has ended or is broken, which is told as ever.
    std::size_t read_some(std::span<char> into) noexcept;

    // Bytes that were taken and that the peer has not acknowledged; over unix sockets, not read, and about so many.
    std::size_t unacknowledged() const noexcept;

    void shut_down_sending() noexcept;  // the peer sees the end; reading goes on
    void close() noexcept;              // at once; no callback follows; what waits here is lost

    std::string peer_address() const;  // without the port; empty for unix sockets
    std::uint16_t peer_port() const;

private:
    state* state_ = nullptr;
};

// Resolves and connects: addresses are tried in the order of the resolver until one answers, each for its share of the
// time that is left. With TLS the handshake belongs to it: one or two round trips more. Throws a failure with
// connect_failed and the reasons, or timed_out or cancelled by the ambient context.
task<stream> connect(loop& where, endpoint to, stream_options options = {}, tls_options tls = {});

// The same for literal addresses: at least one, none of a unix socket. Without TLS.
task<stream> connect_first(loop& where, std::vector<endpoint> candidates,
                           stream_options options = {});

}  // namespace redstart::net
