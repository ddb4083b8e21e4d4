// The subscriber: all subscriptions of one loop, on one connection of their own.
//
// The connection is made for the first subscription, made anew while there is any, and closed some time after the last
// has ended. Several subscriptions to one feed are one at the server. What is said on the connection is decided by
// engine::subscriptions; here are time, sockets and who waits.

#pragma once

#include "redstart/client/command_metrics.hpp"
#include "redstart/client/connection.hpp"
#include "redstart/client/mailbox.hpp"
#include "redstart/client/options.hpp"
#include "redstart/client/shared_feed.hpp"
#include "redstart/engine/subscriptions.hpp"
#include "redstart/net/loop.hpp"
#include "redstart/task/task_group.hpp"

#include <map>
#include <memory>
#include <optional>
#include <source_location>

namespace redstart {

// The command that subscribes to such feeds.
std::string_view subscribe_name(engine::feed_kind kind) noexcept;

// One loop's thread, but for the constructor and the destructor.
class subscriber final : private connection::owner, private idle_hook {
public:
    // Metrics may be null. All outlive it.
    subscriber(loop& home, client_options const& options, command_metrics* connections,
               subscription_metrics* metrics);
    subscriber(subscriber const&) = delete;
    subscriber& operator=(subscriber const&) = delete;
    ~subscriber();  // stop() first

    // Returns when the server has confirmed. Throws what it was refused of, or timed_out.
    task<std::unique_ptr<mailbox>> subscribe(engine::feed what, subscription_options options,
                                             std::source_location where);

    void refuse_new() noexcept { stopping_ = true; }
    // Ends all subscriptions, which keep what they hold, and closes the connection.
    task<> stop();

    // For shared feeds and mailboxes.
    void retire(shared_feed& empty) noexcept;  // and destroys it
    task<> wait_until_left(engine::feed const& what);
    bool is_home() const noexcept { return home_.is_current(); }

private:
    void enter(engine::feed const& what, mailbox& reader);
    failure why_not(failure const& ended, engine::feed_kind kind, std::source_location where) const;
    template <class Action>
    void for_each_feed(Action action);

    task<> keep_connected();
    task<> try_dial();
    task<> attend();
    task<> look_after_silence();
    bool is_silent() noexcept;
    bool is_idle() noexcept;

    void adopt(std::unique_ptr<connection> fresh);
    void drop(std::string_view reason);
    void flush();

    void before_idle() override { flush(); }
    bool on_bytes(char const*& at, char const* end) override;
    void on_writable() override;
    void on_lost(failure_code code, std::string_view reason) override;
    void on_new_credentials(credentials const& who) override;

    loop& home_;
    client_options const& options_;
    command_metrics* connections_;
    subscription_metrics* metrics_;
    engine::subscriptions state_;
    std::map<engine::feed, shared_feed> feeds_;
    std::unique_ptr<connection> connection_;
    std::unique_ptr<connection> retired_;  // it may still be on the call stack
    std::optional<failure> unreachable_;   // why nothing could be connected to
    task_group work_;
    event stirred_;  // the connection is gone, or something is to be asked again
    event changed_;  // the server has said something, or there is no connection
    boot_clock::time_point heard_at_{};
    boot_clock::time_point idle_since_{};
    bool asked_ = false;  // a PING has been sent since anything was heard
    bool blocked_ = false;
    bool running_ = false;
    bool was_connected_ = false;
    bool stopping_ = false;
};

}  // namespace redstart
