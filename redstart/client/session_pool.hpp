// A pool of sessions: connections of their own for what cannot share one, on one loop.
//
// Whoever asks gets the one used last, or waits in line for the next that is given back or made. Connections are made
// by the pool and not by those who ask: who gives up leaves, and the connection that was begun for him is kept for
// others. A session is used again only if nothing on it is unanswered.

#pragma once

#include "redstart/client/pool_counters.hpp"
#include "redstart/client/session.hpp"
#include "redstart/task/task_group.hpp"

#include <cstddef>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace redstart {

// How long the answer of a command is still awaited whose caller has given up.
inline constexpr boot_clock::duration unblock_grace = std::chrono::milliseconds{250};

// One loop's thread, but for the constructor, the destructor and statistics().
class session_pool final : private session::owner, private idle_hook {
public:
    // A session in use; given back when it is destroyed. Before the pool is.
    class lease {
    public:
        lease() noexcept = default;
        lease(lease&& other) noexcept
            : pool_{other.pool_}, held_{std::exchange(other.held_, nullptr)}
        {
        }
        lease& operator=(lease&& other) noexcept
        {
            std::swap(pool_, other.pool_);
            std::swap(held_, other.held_);
            return *this;
        }
        ~lease() { give_back(); }

        explicit operator bool() const noexcept { return held_ != nullptr; }
        session& operator*() const noexcept { return *held_; }
        session* operator->() const noexcept { return held_; }

        void give_back() noexcept
        {
            if (auto* const held = std::exchange(held_, nullptr))
                pool_->take_back(*held);
        }
        // It ends here: what was done on the connection is in doubt.
        void close() noexcept
        {
            if (auto* const held = std::exchange(held_, nullptr))
                pool_->retire(*held);
        }

    private:
        friend session_pool;
        lease(session_pool& pool, session& held) noexcept : pool_{&pool}, held_{&held} {}

        session_pool* pool_ = nullptr;
        session* held_ = nullptr;
    };

    // Why there is none: timed_out, cancelled, overloaded, stopped, or what the last attempt to connect failed of.
    struct refusal {
        failure_code code{};
        std::string reason;
    };

    // Who asks for a session. Told from the reactor or from others' calls; must not resume anybody.
    class request {
    public:
        request(request const&) = delete;
        request& operator=(request const&) = delete;

        virtual void on_session(lease granted) noexcept = 0;
        virtual void on_refused(refusal why) noexcept = 0;

    protected:
        request() noexcept = default;
        ~request() = default;

    private:
        friend session_pool;
        request* next_ = nullptr;
        request* previous_ = nullptr;
        boot_clock::time_point asked_at_{};
    };

    // `side` carries CLIENT UNBLOCK. `metrics` may be null. All outlive the pool.
    session_pool(loop& home, client_options const& options, link& side, metrics_registry* metrics);
    session_pool(session_pool const&) = delete;
    session_pool& operator=(session_pool const&) = delete;
    ~session_pool();  // stop() first

    // Answers at once or later, exactly once unless it leaves().
    void ask(request& asking) noexcept;
    // Gives up waiting.
    refusal leave(request& waiting, waiter::ending why) noexcept;

    // As ask(), awaited. Fails as a refusal says, with not_sent.
    task<lease> acquire();

    // The caller of the command on it has given up: asks the server to let go of it, at most for unblock_grace, and
    // gives the session back, or closes it if no answer came.
    void unblock(lease blocked) noexcept;

    // Opens what the options want to be ready, from now on.
    void keep_ready() noexcept;

    pool_statistics statistics() const noexcept { return counters_.read(); }

    void refuse_new() noexcept { stopping_ = true; }
    bool is_stopping() const noexcept { return stopping_; }
    // Refuses those who wait, unblocks those at the server, closes all. Waits for sessions in use, at most for `grace`.
    task<> stop(boot_clock::duration grace);

private:
    using sessions = std::list<session>;

    void move(session& one, sessions& to) noexcept;
    lease hand_out(session& one) noexcept;
    void take_back(session& returned) noexcept;
    void retire(session& ended) noexcept;
    void serve_next(session& free) noexcept;
    void enqueue(request& asking) noexcept;
    void unlink(request& leaving) noexcept;
    void refuse_all(refusal const& why) noexcept;

    std::size_t open() const noexcept { return idle_.size() + in_use_.size(); }
    std::size_t wanted() const noexcept;
    void dial_if_wanted() noexcept;
    task<> keep_dialling();
    task<bool> dial();
    task<std::optional<failure>> try_begin(session& fresh);
    void note_unreachable(failure const& why) noexcept;

    void start_tending() noexcept;
    task<> tend();
    void close_expired() noexcept;

    task<> unblock_session(lease blocked);
    task<> until_unblocked(session& blocked);
    task<> unblock_all();

    void on_session_lost(session& which) noexcept override;
    void before_idle() override;
    void note_sizes() noexcept;

    loop& home_;
    client_options const& options_;
    link& side_;
    pool_counters counters_;
    sessions new_;   // being begun
    sessions idle_;  // used last, first
    sessions in_use_;
    sessions ended_;            // closed and destroyed when the turn ends
    request* first_ = nullptr;  // of those who wait
    request* last_ = nullptr;
    std::size_t waiting_ = 0;
    std::size_t dials_ = 0;
    std::optional<failure> unreachable_;  // what the last attempt to connect failed of
    task_group work_;
    event all_back_;  // nothing is in use
    bool ready_wanted_ = false;
    bool tending_ = false;
    bool stopping_ = false;
};

}  // namespace redstart
