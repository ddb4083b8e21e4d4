// One settled connection: a stream whose handshake has succeeded, and the buffer that its replies are read into.

#pragma once

#include "redstart/client/options.hpp"
#include "redstart/command/byte_source.hpp"
#include "redstart/net/stream.hpp"
#include "redstart/task/event.hpp"

#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace redstart {

class connection final : private net::stream_handler,
                         private credentials_provider::follower,
                         private byte_source {
public:
    // Whose bytes these are. Called from the reactor; must not resume coroutines or destroy the connection.
    class owner {
    public:
        // Consumes what it can from [at, end). False: the connection is of no use any more.
        virtual bool on_bytes(char const*& at, char const* end) = 0;
        // Takes from `rest` what goes straight to where it belongs, if what comes next is of that kind.
        virtual void on_rest(byte_source&) {}
        virtual void on_writable() = 0;
        virtual void on_lost(failure_code code, std::string_view reason) = 0;
        // The client logs in as somebody else from now on: AUTH is to be sent in order with the rest, and the
        // connection closed if that is refused. Not from the reactor. An owner that does nothing stays who it was.
        virtual void on_new_credentials(credentials const& /*who*/) {}

    protected:
        ~owner() = default;
    };

    // Asks for credentials, resolves, connects and shakes hands, within the options' dial_timeout and the ambient
    // deadline. What it fails of: connect_failed, authentication_failed, protocol_error, timed_out or cancelled.
    // `options` outlives the call.
    static task<std::expected<std::unique_ptr<connection>, failure>> try_dial(
        loop& where, client_options const& options, dial_purpose purpose);

    // `seen` pushes of the options' credentials were known when `who` was fetched.
    connection(loop& home, client_options const& options, credentials who, std::uint64_t seen);
    connection(connection const&) = delete;
    connection& operator=(connection const&) = delete;
    ~connection() { unfollow(); }

    engine::server_identity const& identity() const noexcept { return handshake_->identity(); }

    // Hands bytes to `whose` from now on. False if the connection broke before anybody owned it, or
    // said what nobody had asked: the first reply would be given to the wrong command.
    bool attach(owner& whose) noexcept;

    // What the socket takes now; on_writable() follows when that is less than all.
    std::size_t write_some(std::string_view bytes) noexcept { return stream_.write_some(bytes); }
    std::size_t write_some(std::span<std::string_view const> parts) noexcept
    {
        return stream_.write_some(parts);
    }

    void close() noexcept;  // no callback follows

private:
    static task<std::unique_ptr<connection>> open(loop& where, client_options const& options);
    static task<std::expected<std::unique_ptr<connection>, failure>> try_open(
        loop& where, client_options const& options);
    task<> shake_hands();
    void pump_handshake(engine::handshake::action next);
    void fail_handshake(failure_code code, std::string_view why);
    failure handshake_failure() const;

    void unfollow() noexcept;
    void log_in_again(credentials const& who) override;

    std::span<char> read_buffer() override;
    void on_read(std::size_t bytes) override;
    std::size_t read(std::span<char> into) noexcept override;
    void on_writable() override;
    void on_closed(std::string_view reason) override;

    loop& home_;
    std::shared_ptr<credentials_provider> credentials_;  // null: nobody logs in
    std::uint64_t seen_;
    net::stream stream_;
    std::optional<engine::handshake> handshake_;
    engine::handshake::action state_ = engine::handshake::action::read;
    event settled_;
    owner* owner_ = nullptr;
    std::vector<char> in_;
    std::size_t held_ = 0;
    bool has_bypassed_ = false;  // what came last went past in_, and more may
    std::size_t handshake_sent_ = 0;
    failure_code lost_code_ = failure_code::connect_failed;
    std::string lost_because_;
};

}  // namespace redstart
