// The socket behind a stream: private to net.
//
// It outlives its stream while the reactor still holds an operation of it: close() cuts it off, and the last operation
// to come back frees it. One loop's thread, so nothing is counted atomically.

#pragma once

#include "redstart/net/stream.hpp"
#include "redstart/net/tls_session.hpp"

#include <boost/asio/generic/stream_protocol.hpp>

#include <sys/uio.h>

namespace redstart::net {

struct stream::state {
    using socket = boost::asio::generic::stream_protocol::socket;

    // With `settled`, everything goes through that session.
    state(loop& where, socket connected, std::unique_ptr<tls_session> settled = {});
    ~state();

    static constexpr std::size_t most_parts = 64;  // in one system call

    void start_reading();
    void finish_reading(boost::system::error_code why, std::size_t bytes);
    void deliver(std::size_t bytes);
    void decrypt();
    std::size_t send_all(std::span<std::string_view const> parts) noexcept;
    std::size_t encrypt(std::span<std::string_view const> parts) noexcept;
    bool send(std::span<std::string_view const> parts, std::size_t& taken) noexcept;
    std::size_t transmit(std::span<iovec const> vectors) noexcept;
    bool send_encrypted() noexcept;
    std::size_t receive(std::span<char> into) noexcept;
    void wait_writable();
    void became_writable(boost::system::error_code why);
    void shut_down_sending() noexcept;
    void close() noexcept;
    void fail(std::string_view reason);  // tells the handler; its last call
    void release() noexcept;             // an operation came back

    loop& home;
    socket connection;
    stream_handler* handler = nullptr;  // null once closed
    unsigned pending = 0;               // operations that the reactor holds
    // Bytes that came in spite of a pause; with TLS only whether there may be some
    std::size_t unread = 0;
    std::unique_ptr<tls_session> secure;  // null: plain bytes
    bool closed = false;
    bool reading = false;
    bool paused = false;
    bool at_end = false;  // the peer sends nothing more
    bool waiting_writable = false;
    bool took_less = false;       // a write did, so on_writable() is owed
    bool ends_when_sent = false;  // TLS: shut_down_sending() waits for what is encrypted already
    int broken = 0;               // the errno of a failed call of ours, reported from the reactor
};

void apply(stream_options const& options, stream::state::socket& connection, bool is_tcp);

}  // namespace redstart::net
