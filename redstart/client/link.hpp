// A link: commands on one connection, which may be absent for a while.
//
// Commands of all coroutines that use it are encoded as they come and leave together: when the loop has nothing else to
// run, or sooner when many are queued, so that the server works while the rest is still encoded. While there is no
// connection they wait, each until its own deadline. Who makes the connection, and when, is its owner's affair.

#pragma once

#include "redstart/client/command_metrics.hpp"
#include "redstart/client/connection.hpp"
#include "redstart/client/login_slot.hpp"
#include "redstart/client/options.hpp"
#include "redstart/engine/multiplexer.hpp"
#include "redstart/net/loop.hpp"

#include <atomic>
#include <memory>
#include <optional>

namespace redstart {

// One loop's thread, but for the constructor and the destructor.
class link final : private idle_hook, private connection::owner {
public:
    enum class admission : std::uint8_t { accepted, overloaded, stopped };

    // Told from inside a submit or the reactor: may spawn and set events, must not resume or destroy.
    class owner {
    public:
        virtual void on_wanted() noexcept = 0;  // a command waits, and there is no connection
        virtual void on_lost() noexcept = 0;    // there was one, and it is gone
        // So many calls in a row timed out as the options allow, and not a byte came.
        virtual void on_silence() noexcept = 0;

    protected:
        ~owner() = default;
    };

    // What surrounds a link. Outlives it.
    struct surroundings {
        loop& home;
        client_options const& options;
        command_metrics* metrics = nullptr;  // may be null
        // How many threads block until a command of theirs is answered. Null: nothing waits for them.
        std::atomic<std::uint32_t> const* blocked_threads = nullptr;
    };

    link(surroundings around, owner& whose);
    link(link const&) = delete;
    link& operator=(link const&) = delete;
    ~link();  // close() first

    // Takes a slot and makes sure that it will leave. `flush_if_many` after the last slot of an exec, never inside one.
    admission submit(engine::slot& added) noexcept;
    // Takes again what the server did not know. Belongs to a call in flight, so a link that stops takes it too.
    admission resubmit(engine::slot& again) noexcept;
    void flush_if_many();

    // The caller of a slot gives up.
    outcome abandon(engine::slot& given_up);
    // A call timed out that had left.
    void note_timeout() noexcept;

    // Commands go out on this connection from now on.
    void adopt(std::unique_ptr<connection> fresh);
    // Closes the connection: what may have left fails, the rest waits for the next one.
    void drop(failure_code code, std::string_view reason);
    // Fails what has not left, with not_sent: for a link that gets no other connection.
    void fail_waiting(failure_code code, std::string_view reason)
    {
        commands_.fail_waiting(code, reason);
        note_flight();
    }
    // Replaces the connection when everything that was sent on it is answered. From a reply, too.
    void renew() noexcept;
    bool is_renewing() const noexcept { return renewing_; }
    // The server has answered with this error: the connection is renewed if it has lost its login, or leads to a server
    // that is a replica now, so that a name may lead elsewhere.
    void doubt(std::string_view server_code) noexcept;
    // Gives back the memory of a lost connection. Not from its callbacks.
    void bury() noexcept { retired_.reset(); }

    // No connection could be made. Commands wait on, but for a refused login, which no waiting makes right.
    void note_unreachable(failure const& why);
    // Why nothing could be connected to, if that is so now.
    failure const* unreachable_because() const noexcept
    {
        return unreachable_ ? &*unreachable_ : nullptr;
    }

    void refuse_new() noexcept { stopping_ = true; }
    // Waits until nobody waits for a reply on the connection, at most for `grace`.
    task<> drain(boot_clock::duration grace);
    // Fails what is left with `stopped` and closes the connection.
    void close();

    bool is_connected() const noexcept { return connection_ != nullptr; }
    bool is_silent() const noexcept
    {
        return connection_ && timeouts_ >= options_.timeouts_before_probe;
    }
    void forgive_silence() noexcept { timeouts_ = 0; }
    std::uint32_t in_flight() const noexcept { return commands_.in_flight(); }
    // A large value is under way, or the socket is full: a new command would wait behind it.
    bool is_occupied() const noexcept { return commands_.is_occupied(); }

private:
    // Ends the wait for the commands of other threads to leave together.
    struct gather_timer final : timer_node {
        explicit gather_timer(link& owner) noexcept
            : timer_node{[](timer_node& due) { static_cast<gather_timer&>(due).owner.flush(); }},
              owner{owner}
        {
        }
        link& owner;
    };

    void flush();
    bool waits_for_more() noexcept;
    void write_output();
    void note_flight();
    void log_in_again();

    void before_idle() override;
    bool on_bytes(char const*& at, char const* end) override;
    void on_rest(byte_source& rest) override { commands_.read_past_parser(rest); }
    void on_writable() override;
    void on_lost(failure_code code, std::string_view reason) override;
    void on_new_credentials(credentials const& who) override;

    loop& home_;
    client_options const& options_;
    command_metrics* metrics_;
    std::atomic<std::uint32_t> const* blocked_threads_;
    owner& owner_;
    engine::multiplexer commands_;
    std::unique_ptr<connection> connection_;
    std::unique_ptr<connection> retired_;  // it may still be on the call stack
    std::optional<failure> unreachable_;
    login_slot login_;
    std::optional<credentials> next_login_;  // waits for one that is under way, or for room
    event drained_;                          // nobody waits for a reply
    gather_timer gathering_{*this};
    std::uint32_t unflushed_ = 0;
    std::int64_t told_commands_ = 0;  // what the metrics know of what is in flight
    std::int64_t told_bytes_ = 0;
    unsigned timeouts_ = 0;  // in a row, without a byte from the server
    bool stopping_ = false;
    bool renewing_ = false;
};

}  // namespace redstart
