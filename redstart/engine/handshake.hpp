// The first exchange on a connection: protocol, user, name and database, in one round trip.
//
//   HELLO 3 [AUTH user password], [CLIENT SETNAME name], CLIENT SETINFO twice, [SELECT n]
//   AUTH ..., HELLO 3, and so on      when HELLO wants to be told who it is by AUTH
//   [AUTH ...], ..., [SELECT n], PING     RESP2: when the server knows no HELLO, or is not to be asked
//
// Pure: it is fed bytes and says what to do next. No command of a user is sent before it is settled. Steps are required
// or optional: whatever CLIENT is refused is no failure, since managed servers forbid it; a refused user or database
// is.

#pragma once

#include "redstart/base/failure.hpp"
#include "redstart/command/decoder.hpp"
#include "redstart/wire/parser.hpp"
#include "redstart/wire/request.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace redstart::engine {

// Who logs in. Both empty: nobody does.
struct credentials {
    std::string user{};  // empty: the default user
    std::string password{};

    bool empty() const noexcept { return user.empty() && password.empty(); }
    bool operator==(credentials const&) const = default;
};

struct handshake_options {
    std::string client_name{};
    unsigned database = 0;
    bool resp3 = true;  // false: do not even try HELLO
    // tells the server name and version of this library, for its CLIENT LIST
    bool names_library = true;
};

std::string_view library_version() noexcept;

// AUTH, as it is sent before HELLO, without HELLO, and later when the credentials have changed.
wire::request auth_request(credentials const& who);

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

    explicit handshake(handshake_options options, credentials who = {});

    // After construction and after action::write: what to send, before reading on.
    std::string_view output() const noexcept { return out_; }

    // Takes bytes; `at` moves past what was consumed.
    action received(char const*& at, char const* end);

    server_identity const& identity() const noexcept { return identity_; }
    failure_code code() const noexcept { return code_; }  // after action::failed
    std::string const& server_text() const noexcept { return server_text_; }
    std::string const& reason() const noexcept { return reason_; }

private:
    // How to come to an understanding; each after the one before was refused.
    enum class attempt : std::uint8_t { hello, auth_then_hello, without_hello };
    enum class step : std::uint8_t { hello, auth, name, select, ping };

    void begin(attempt way);
    void add(step what, std::initializer_list<std::string_view> words);
    action reply_ended();
    action refused();
    action required_step_refused(std::string_view prefix);
    action fail(failure_code code, std::string reason);
    bool read_hello(wire::token const& token);  // false: this is no map
    void read_field(wire::token const& token);

    handshake_options options_;
    credentials who_;
    attempt way_{};
    attempt next_way_{};  // while discarding
    wire::parser parser_;
    std::string out_;
    std::vector<step> awaited_;
    std::size_t at_ = 0;
    bool discarding_ = false;  // HELLO was refused: the other answers to this attempt are dropped
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
