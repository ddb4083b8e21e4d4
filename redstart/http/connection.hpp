// One connection: reads requests, has them answered one after the other, writes the answers. Private to http.
//
// Everything it needs of the outside is handed in: bytes come as calls of net::stream_handler, leave through a
// transport, and time is the scheduler's, so tests drive it without sockets and without waiting. It belongs to the
// loop that accepted it. It never ends while its handler runs: a lost client or abort() cancels the handler, whose
// end is then awaited.

#pragma once

#include "redstart/http/app.hpp"
#include "redstart/http/outbox.hpp"
#include "redstart/http/request_reader.hpp"
#include "redstart/http/response_head.hpp"
#include "redstart/net/stream.hpp"
#include "redstart/task/branch.hpp"

#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace redstart::http {

// Where a connection's bytes go; see net::stream for what each means.
class transport {
public:
    virtual std::size_t write_some(std::span<std::string_view const> parts) noexcept = 0;
    virtual std::size_t unacknowledged() const noexcept = 0;
    virtual void pause_reading() noexcept = 0;
    virtual void resume_reading() = 0;
    virtual void shut_down_sending() noexcept = 0;
    virtual void close() noexcept = 0;

protected:
    ~transport() = default;
};

// What all connections of a loop share. Outlives them.
struct connection_service {
    scheduler& loop;
    http::limits const& bounds;
    surroundings shared;
    date_cache date;
    std::function<void(rejection const&, std::string_view peer)> on_rejected;  // may be empty
    std::function<void(std::exception_ptr)> on_unhandled;                      // may be empty
    http::app const& routes;
    std::uint64_t buffered_bodies = 0;  // bytes; see limits
};

class connection;

class connection_owner {
public:
    // It has ended: nothing of it runs, and it may be destroyed. Called from the ready list.
    virtual void ended(connection& which) noexcept = 0;

protected:
    ~connection_owner() = default;
};

struct peer {
    std::string address;
    std::uint16_t port = 0;
};

class connection final : public net::stream_handler,
                         private branch_owner,
                         private timer_node,
                         private idle_hook,
                         private ready_node {
public:
    connection(connection_service& service, connection_owner& owner, transport& out, peer who);
    connection(connection const&) = delete;
    connection& operator=(connection const&) = delete;
    ~connection();

    void start() noexcept;          // waits for the first request
    void turn_away(rejection why);  // instead of start()

    void drain() noexcept;  // at once if idle, otherwise after the answer to the request at hand
    void abort() noexcept;  // now, without an answer

    std::span<char> read_buffer() override;
    void on_read(std::size_t bytes) override;
    void on_writable() override;
    bool on_end() override;
    void on_closed(std::string_view reason) override;

private:
    enum class phase : std::uint8_t { reading, handling, closing, lingering, ended };
    enum class watch : std::uint8_t { nothing, idle, head, body, write, half_closed, linger };

    // Reading.
    void advance();
    void wait_for_bytes();
    bool begin_request();
    bool keeps_body() noexcept;
    void drop_body() noexcept;
    void refuse(rejection why);
    void pause_when_full() noexcept;
    void resume();

    // Answering.
    void dispatch();
    static branch run(connection& self);
    response answer_for(std::exception_ptr why) const;
    std::coroutine_handle<> ended(branch::handle which) noexcept override;
    void answered();
    void append_response(response& answer, bool keep_alive);
    void give_up_handler() noexcept;
    void lose_client() noexcept;
    void watch_half_closed() noexcept;

    // Writing and ending.
    void flush();
    void before_idle() override { flush(); }
    void close_when_written();
    void linger();
    void finish() noexcept;

    // Time.
    void arm(watch what, boot_clock::time_point deadline) noexcept;
    void disarm() noexcept;
    void expired();
    std::uint64_t got_through() const noexcept;
    void watch_transfer(watch what, std::uint64_t credited) noexcept;
    bool transfer_continues(watch what, std::uint64_t bytes) noexcept;

    connection_service& service_;
    connection_owner& owner_;
    transport& transport_;
    peer peer_;
    exchange exchange_;
    request_reader reader_;
    outbox out_;
    response answer_;
    std::optional<cancellation> cancel_;
    redstart::context ambient_;
    std::uint64_t written_ = 0;   // bytes, in all
    std::uint64_t buffered_ = 0;  // bytes of the body that the loop counts
    std::uint64_t credited_ = 0;  // bytes of the transfer that have earned their time already
    std::size_t served_ = 0;
    std::size_t lingered_ = 0;
    phase phase_ = phase::reading;
    watch watch_ = watch::nothing;
    bool blocked_ = false;  // the socket takes no more for now
    bool paused_ = false;
    bool draining_ = false;
    bool at_end_ = false;  // the client sends nothing more
    bool gone_ = false;    // nobody is left to answer
};

}  // namespace redstart::http
