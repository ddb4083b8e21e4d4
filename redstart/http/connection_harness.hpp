// A connection without a socket, on a loop and a clock that are driven by hand. Private to the tests of http.

#pragma once

#include "redstart/http/connection.hpp"
#include "redstart/http/syntax.hpp"
#include "redstart/task/manual_scheduler.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace redstart::http {

// One response taken off the front of what a connection wrote.
struct seen_response {
    int status = 0;
    std::string head;
    std::string body;

    std::optional<std::string> header(std::string_view name) const
    {
        for (std::size_t at = head.find("\r\n") + 2; at < head.size();) {
            auto const end = head.find("\r\n", at);
            auto const line = std::string_view{head}.substr(at, end - at);
            auto const colon = std::min(line.find(':'), line.size());
            if (equal_ignoring_case(line.substr(0, colon), name))
                return std::string{trimmed(line.substr(colon + 1))};
            at = end + 2;
        }
        return std::nullopt;
    }
};

// Takes the next response off `bytes`; `bodiless` for the answer to HEAD.
inline seen_response take_response(std::string& bytes, bool bodiless = false)
{
    auto const end = bytes.find("\r\n\r\n");
    if (!bytes.starts_with("HTTP/1.1 ") || end == bytes.npos)
        throw std::runtime_error{"no response: " + bytes};
    seen_response seen;
    seen.status = std::stoi(bytes.substr(9, 3));
    seen.head = bytes.substr(0, end + 2);
    auto const length = seen.header("Content-Length");
    auto const size = length && !bodiless ? std::stoul(*length) : 0;
    if (bytes.size() < end + 4 + size)
        throw std::runtime_error{"the body is not whole: " + bytes};
    seen.body = bytes.substr(end + 4, size);
    bytes.erase(0, end + 4 + size);
    return seen;
}

class scripted_client : private transport, private connection_owner {
public:
    explicit scripted_client(app& routes, http::limits bounds = {}, trusted_proxies trusted = {},
                             std::string address = "192.0.2.7")
        : bounds_{bounds}, proxies_{std::move(trusted)},
          service_{.loop = loop,
                   .bounds = bounds_,
                   .shared = {locals_, proxies_},
                   .date = {},
                   .on_rejected = [this](rejection const& why,
                                         std::string_view) { rejected = why.status; },
                   .on_unhandled = [this](std::exception_ptr why) { unhandled = std::move(why); },
                   .routes = routes}
    {
        routes.seal();
        talk_.emplace(service_, static_cast<connection_owner&>(*this),
                      static_cast<transport&>(*this), peer{std::move(address), 4711});
        talk_->start();
    }
    ~scripted_client()
    {
        if (talk_)
            talk_->abort();
        loop.run();
    }

    // Hands the bytes over in pieces of at most `piece`; everything that can run runs after each.
    void send(std::string_view bytes, std::size_t piece = std::numeric_limits<std::size_t>::max())
    {
        while (!bytes.empty() && talk_ && !closed && !paused) {
            auto const room = talk_->read_buffer();
            auto const size = std::min({bytes.size(), room.size(), piece});
            std::copy_n(bytes.begin(), size, room.begin());
            bytes.remove_prefix(size);
            talk_->on_read(size);
            loop.run();
        }
        unsent += bytes;
    }
    void send_unsent() { send(std::exchange(unsent, {})); }

    seen_response receive(bool bodiless = false) { return take_response(output, bodiless); }
    seen_response ask(std::string_view bytes)
    {
        send(bytes);
        return receive();
    }

    // The socket takes `more` bytes further, and says so.
    void take(std::size_t more)
    {
        room_ += more;
        talk_->on_writable();
        loop.run();
    }
    void take_at_most(std::size_t bytes) { room_ = bytes; }

    // The client sends nothing more.
    void end()
    {
        talk_->on_end();
        loop.run();
    }
    void disconnect(std::string_view reason = {})
    {
        talk_->on_closed(reason);
        loop.run();
    }
    bool is_alive() const { return talk_.has_value(); }
    connection& talk() { return *talk_; }
    std::uint64_t& buffered_bodies() { return service_.buffered_bodies; }

    manual_scheduler loop;
    std::string output;  // everything written and not yet received
    std::string unsent;  // what the connection did not want to read
    std::size_t writes = 0;
    std::size_t held_back = 0;  // of what was written: it has not arrived
    bool closed = false;
    bool shut = false;
    bool paused = false;
    int rejected = 0;
    std::exception_ptr unhandled;

private:
    std::size_t write_some(std::span<std::string_view const> parts) noexcept override
    {
        ++writes;
        std::size_t taken = 0;
        for (auto const part : parts) {
            auto const size = std::min(part.size(), room_);
            output += part.substr(0, size);
            taken += size;
            if (room_ != std::numeric_limits<std::size_t>::max())
                room_ -= size;
        }
        return taken;
    }
    std::size_t unacknowledged() const noexcept override { return held_back; }
    void pause_reading() noexcept override { paused = true; }
    void resume_reading() override { paused = false; }
    void shut_down_sending() noexcept override { shut = true; }
    void close() noexcept override { closed = true; }
    void ended(connection&) noexcept override { talk_.reset(); }

    http::limits bounds_;
    trusted_proxies proxies_;
    loop_locals locals_;
    connection_service service_;
    std::optional<connection> talk_;
    std::size_t room_ = std::numeric_limits<std::size_t>::max();
};

// "GET /path" as a whole request.
inline std::string plain_request(std::string_view request_line, std::string_view more_fields = {})
{
    std::string text{request_line};
    text.append(" HTTP/1.1\r\nHost: example.org\r\n").append(more_fields).append("\r\n");
    return text;
}

inline std::string request_with_body(std::string_view request_line, std::string_view body,
                                     std::string_view more_fields = {})
{
    auto fields = "Content-Length: " + std::to_string(body.size()) + "\r\n";
    return plain_request(request_line, fields.append(more_fields)).append(body);
}

}  // namespace redstart::http
