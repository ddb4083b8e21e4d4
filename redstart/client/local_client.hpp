// A client's part on one loop: its lanes, its pool and its subscriptions there, and what is told to observers.
//
// Which connection a command takes is decided here and nowhere else.

#pragma once

#include "redstart/client/lane.hpp"
#include "redstart/client/session_pool.hpp"
#include "redstart/client/subscriber.hpp"
#include "redstart/observe/span.hpp"

#include <atomic>
#include <list>
#include <memory>
#include <optional>
#include <vector>

namespace redstart {

// Who wants to know what the client does. Both outlive it; either may be null.
struct client_observers {
    metrics_registry* metrics = nullptr;
    span_sink* spans = nullptr;
};

// One loop's thread, but for the constructor and the destructor.
class local_client final : private idle_hook {
public:
    local_client(loop& home, client_options const& options, client_observers observers);
    local_client(local_client const&) = delete;
    local_client& operator=(local_client const&) = delete;
    ~local_client();  // stop() first

    // The lane for the next command: the least busy one of those that no large value is under way on, if there are any.
    lane& best_lane();
    // Connections of their own, for what cannot share one.
    session_pool& pool() noexcept { return *pool_; }

    subscriber& subscriptions() noexcept { return *subscriptions_; }

    client_options const& options() const noexcept { return options_; }
    command_metrics* metrics() noexcept { return metrics_ ? &*metrics_ : nullptr; }
    bool wants_spans() const noexcept { return observers_.spans != nullptr; }
    void deliver(span_record finished);
    retry_budget& budget() noexcept { return budget_; }
    circuit_breaker& breaker() noexcept { return breaker_; }

    // Threads that block for a reply of this loop. Any thread.
    std::atomic<std::uint32_t>& blocked_threads() noexcept { return blocked_threads_; }

    // A call that pauses before it is sent again is on no link, so it is kept here, for stop() to end its pause.
    class pause {
    public:
        virtual void end() noexcept = 0;

    protected:
        ~pause() = default;
    };
    using pause_list = std::list<pause*>;
    pause_list& pauses() noexcept { return pauses_; }
    bool is_stopping() const noexcept { return stopping_; }  // no pause begins any more

    std::uint32_t in_flight() const noexcept;

    void refuse_new() noexcept;
    // Takes no more commands, gives those in flight `grace`, fails what is left, and closes.
    task<> stop(boot_clock::duration grace);

private:
    void before_idle() override { hand_over_spans(); }
    void hand_over_spans();

    loop& home_;
    client_options const& options_;
    client_observers observers_;
    std::optional<command_metrics> metrics_;
    retry_budget budget_;
    circuit_breaker breaker_;
    std::vector<std::unique_ptr<lane>> lanes_;
    std::atomic<std::uint32_t> blocked_threads_{0};
    pause_list pauses_;
    std::optional<session_pool> pool_;
    std::optional<subscription_metrics> subscription_metrics_;
    std::optional<subscriber> subscriptions_;
    std::vector<span_record> spans_;
    bool stopping_ = false;
};

}  // namespace redstart
