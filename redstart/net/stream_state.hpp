// The socket behind a stream: private to net.
//
// It outlives its stream while the reactor still holds an operation of it: close() cuts it off, and the last operation
// to come back frees it. One loop's thread, so nothing is counted atomically.

#pragma once

#include "redstart/net/stream.hpp"

#include <boost/asio/generic/stream_protocol.hpp>

namespace redstart::net {

struct stream::state {
    using socket = boost::asio::generic::stream_protocol::socket;

    state(loop& where, socket connected);
    ~state();

    static constexpr std::size_t most_parts = 64;  // in one system call

    void start_reading();
    void finish_reading(boost::system::error_code why, std::size_t bytes);
    void resume_reading();
    bool send(std::span<std::string_view const> parts, std::size_t& taken) noexcept;
    void wait_writable();
    void close() noexcept;
    void fail(boost::system::error_code why);  // tells the handler; its last call
    void release() noexcept;                   // an operation came back

    loop& home;
    socket connection;
    stream_handler* handler = nullptr;  // null once closed
    unsigned pending = 0;               // operations that the reactor holds
    std::size_t unread = 0;             // bytes that came in spite of a pause
    bool closed = false;
    bool reading = false;
    bool paused = false;
    bool at_end = false;  // the peer sends nothing more
    bool waiting_writable = false;
    int broken = 0;  // the errno of a failed write, reported from the reactor
};

void apply(stream_options const& options, stream::state::socket& connection, bool is_tcp);

}  // namespace redstart::net
