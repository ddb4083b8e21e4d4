// Plain blocking sockets: the other side in tests of sockets, and a second opinion in tests of the
// client.
//
// Nothing here waits for ever: what takes longer than `patience` throws, so that a test fails
// instead of hanging.

#pragma once

#include "redstart/net/endpoint.hpp"
#include "redstart/testing/certificates.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

using SSL = struct ssl_st;

namespace redstart::testing {

inline constexpr std::chrono::milliseconds patience = std::chrono::seconds{20};

// A file descriptor with one owner.
class descriptor {
public:
    descriptor() noexcept = default;
    explicit descriptor(int owned) noexcept : number_{owned} {}
    descriptor(descriptor&& other) noexcept : number_{std::exchange(other.number_, -1)} {}
    descriptor& operator=(descriptor&& other) noexcept
    {
        std::swap(number_, other.number_);
        return *this;
    }
    ~descriptor() { close(); }

    int get() const noexcept { return number_; }
    explicit operator bool() const noexcept { return number_ >= 0; }
    void close() noexcept;

private:
    int number_ = -1;
};

// A socket that listens at `at`; port 0 picks a free one, and `at` is set to it. Several may share
// a TCP port, of which only those that listen get connections.
descriptor listen_at(net::endpoint& at);

// A TCP socket that keeps a port of 127.0.0.1 for itself without listening: connecting is refused.
descriptor reserve_port(net::endpoint& at);

// A port of 127.0.0.1 that is free now.
std::uint16_t free_port();

// True when there is something to read, or the end of it; false after `limit`.
bool readable_within(int descriptor, std::chrono::milliseconds limit);

// A connected socket. One thread. Throws std::runtime_error when something goes wrong.
class plain_peer {
public:
    explicit plain_peer(net::endpoint const& to);
    explicit plain_peer(descriptor connected) noexcept;
    plain_peer(plain_peer&& other) noexcept;
    plain_peer& operator=(plain_peer&& other) noexcept;
    ~plain_peer();

    // From now on all goes through TLS. The side of a server: waits for the handshake of the other.
    void begin_tls(certificate const& own);
    // Begins to use new keys, and asks the other side for that.
    void change_keys();

    void send(std::string_view bytes);
    std::string receive(std::size_t bytes);  // so many; fewer only when the peer closed
    // What is there; empty when the peer closed. TLS: waits for nothing; empty also when no record is there as a whole.
    std::string receive_available(std::size_t most);
    std::string receive_line();  // without CR LF
    std::string receive_rest();  // until the peer closes

    // Sends one command and reads its reply: the text of a string; of all else its first line, with
    // the type byte.
    std::string ask(std::initializer_list<std::string_view> words);

    void shut_down_sending() noexcept;
    void close() noexcept;    // with TLS, after saying so
    void cut_off() noexcept;  // without saying so
    void reset() noexcept;    // the peer sees "connection reset"

    int number() const noexcept { return socket_.get(); }
    descriptor release() noexcept { return std::move(socket_); }

private:
    struct closer {
        void operator()(SSL* session) const noexcept;
    };
    // of a call of TLS: SSL_ERROR_NONE, _WANT_READ or _WANT_WRITE; whatever else throws
    int why_not(int result);
    bool finished(int result);  // false, after a wait: to be called again
    std::size_t receive_some(char* into, std::size_t room);
    void send_encrypted(std::string_view bytes);

    descriptor socket_;
    std::unique_ptr<SSL, closer> secure_;  // null: plain bytes
};

// Accepts the next connection of a listening socket.
plain_peer accept_peer(descriptor const& listening);

}  // namespace redstart::testing
