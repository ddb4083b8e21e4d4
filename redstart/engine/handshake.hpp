// The first exchange on a connection: protocol, user, name and database, in one round trip.
//
//   RESP3:  HELLO 3 [AUTH user password], [CLIENT SETNAME name], [SELECT n]
//   RESP2:  [AUTH ...], [CLIENT SETNAME name], [SELECT n], PING      the whole again, when the server knows no HELLO
//
// Pure: it is fed bytes and says what to do next. No command of a user is sent before it is settled. A refused name is
// no failure, since managed servers forbid CLIENT; a refused user or database is.

#pragma once

#include "redstart/base/failure.hpp"
#include "redstart/command/decoder.hpp"
#include "redstart/wire/parser.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace redstart::engine {

struct handshake_options {
    // Both empty: no login. A user alone is logged in with an empty password.
    std::string user;  // empty: the default user
    std::string password;
    std::string client_name;
    unsigned database = 0;
    bool resp3 = true;  // false: do not even try HELLO
};

// What the server says of itself; empty where it does not.
struct server_identity {
    std::string server;  // "redis" or "valkey"
    std::string version;
    std::string mode;  // "standalone", "cluster" or "sentinel"
    std::string role;  // "master" or "replica"
    unsigned protocol = 2;
    std::int64_t connection_id = 0;  // as CLIENT ID tells; 0 if it was not said
};

class handshake {
public:
    enum class action : std::uint8_t { read, write, ready, failed };

    explicit handshake(handshake_options options);

    // After construction and after action::write: what to send, before reading on.
    std::string_view output() const noexcept { return out_; }

    // Takes bytes; `at` moves past what was consumed.
    action received(char const*& at, char const* end);

    server_identity const& identity() const noexcept { return identity_; }
    failure_code code() const noexcept { return code_; }  // after action::failed
    std::string const& server_text() const noexcept { return server_text_; }
    std::string const& reason() const noexcept { return reason_; }

private:
    enum class step : std::uint8_t { hello, auth, set_name, select, ping };

    void write_resp3();
    void write_resp2();
    void add(step what, std::initializer_list<std::string_view> words);
    action reply_ended();
    action refused();
    action fail(failure_code code, std::string reason);
    bool read_hello(wire::token const& token);  // false: this is no map
    void read_field(wire::token const& token);
    bool logs_in() const noexcept { return !options_.user.empty() || !options_.password.empty(); }

    handshake_options options_;
    wire::parser parser_;
    std::string out_;
    std::vector<step> awaited_;
    std::size_t at_ = 0;
    bool discarding_ = false;  // HELLO is unknown: the other answers of the first try are dropped
    bool has_error_ = false;
    std::string error_;  // of the reply under way
    std::string field_;  // HELLO's map: the last key
    bool field_next_ = true;
    int depth_ = 0;
    server_identity identity_;
    failure_code code_{};
    std::string server_text_;
    std::string reason_;
};

}  // namespace redstart::engine
