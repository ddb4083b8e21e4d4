// One TLS session, without a socket: private to net.
//
// It turns what came from the peer into plain bytes, and plain bytes into what is to be sent. Both sides are buffers
// here, so OpenSSL never waits for a socket in the middle of a record, and nothing has to be offered to it twice.

#pragma once

#include "redstart/net/tls.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

using SSL = struct ssl_st;

namespace redstart::net {

class tls_session {
public:
    // The side of the client. Reads the files that are named. Throws std::runtime_error, which names the file and what
    // is wrong with it, never what is in it.
    tls_session(tls_options const& options, std::string const& host);
    tls_session(tls_session const&) = delete;
    tls_session& operator=(tls_session const&) = delete;
    ~tls_session() = default;

    enum class status : std::uint8_t {
        more,    // there is more to be had at once
        wants,   // nothing without more from the peer
        ended,   // the peer has said that it sends nothing more
        failed,  // see problem()
    };

    // To be called again after what came, until it is `more`: then it is settled.
    status shake_hands() noexcept;

    // Where to put what came from the peer, and that so much came. Only when all before was used up: status::wants.
    std::span<char> input_room() noexcept { return input_; }
    void came(std::size_t bytes) noexcept;

    struct plain {
        std::size_t bytes;
        status then;
    };
    // Decrypts into `room`: as much as fits.
    plain read(std::span<char> room) noexcept;

    // Encrypts some of `parts`, without their first `skip` bytes, and says how many: 0 after the end.
    std::size_t write(std::span<std::string_view const> parts, std::size_t skip) noexcept;
    // That nothing more will be written.
    void say_goodbye() noexcept;

    // What is to be sent next, and that so much of it was sent. What was taken from a caller is never given back.
    std::string_view output() const noexcept { return std::string_view{out_}.substr(out_begin_); }
    void sent(std::size_t bytes) noexcept;

    std::string const& problem() const noexcept { return problem_; }

private:
    struct closer {
        void operator()(SSL* session) const noexcept;
    };
    friend struct tls_bytes;

    status status_of(int result) noexcept;

    std::vector<char> input_;
    std::string_view unread_;  // in input_
    std::string out_;
    std::size_t out_begin_ = 0;
    std::string gathered_;  // parts that make one record
    std::string expected_name_;
    std::string problem_;
    std::unique_ptr<SSL, closer> session_;
};

}  // namespace redstart::net
