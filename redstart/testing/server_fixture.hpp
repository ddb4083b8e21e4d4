// A real server for a test: valkey-server or redis-server on a free port and a unix socket.
//
//     server_fixture server{{.program = "redis-server", .arguments = {"--requirepass", "secret"}}};
//     client db{loops, parse_redis_url(server.url()).value()};
//
// It keeps nothing on disk unless its arguments say so. It ends with the fixture, and also when the
// test's process dies, however that happens.
//
// A whole program of tests runs on servers without HELLO, which speak RESP2 only, when the environment
// has REDSTART_TEST_SERVERS=without_hello.

#pragma once

#include "redstart/testing/plain_peer.hpp"
#include "redstart/testing/temporary_folder.hpp"

#include <sys/types.h>

#include <csignal>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace redstart::testing {

struct server_tls {
    certificate own;
    std::string ca_file;  // whose clients it knows
    bool wants_client_certificate = false;
};

struct server_options {
    std::string program = "valkey-server";  // searched in PATH
    std::vector<std::string> arguments{};   // after ours, so they win
    std::optional<bool> knows_hello{};      // if nothing is said: servers_know_hello()
    std::optional<server_tls> tls{};        // a further port, for TLS only
};

// What the environment says about all servers that do not say it themselves.
bool servers_know_hello();

// Started when constructed: it answers by then. One thread at a time, and the thread that started
// or restarted it outlives it, because the kernel ends the server together with that thread.
// Whatever fails throws, with the last words of the server.
class server_fixture {
public:
    explicit server_fixture(server_options options = {});
    server_fixture(server_fixture const&) = delete;
    server_fixture& operator=(server_fixture const&) = delete;
    ~server_fixture();

    static bool is_installed(std::string_view program);

    net::endpoint tcp() const;
    net::endpoint tls() const;  // if it has been given a certificate
    net::endpoint unix_socket() const;
    std::string url() const;       // redis://127.0.0.1:port
    std::string unix_url() const;  // unix:///path
    pid_t pid() const noexcept { return pid_; }
    std::string log() const;

    // A connection of its own, past the client under test.
    plain_peer connect() const { return plain_peer{unix_socket()}; }

    // Sends a signal that ends it, and waits until it has ended.
    void kill(int signal = SIGKILL);

    // Stops it in the middle of whatever it does, and lets it go on: SIGSTOP and SIGCONT.
    void pause();
    void resume();

    // Ends it if it runs, and starts it again with the same addresses, arguments and folder.
    void restart();

private:
    void start();
    bool start_once();
    bool await_answer();
    std::vector<std::string> command_line() const;

    server_options options_;
    temporary_folder folder_;
    std::uint16_t port_ = 0;
    std::uint16_t tls_port_ = 0;
    pid_t pid_ = -1;
};

}  // namespace redstart::testing
