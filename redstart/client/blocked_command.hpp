// The part of a call whose command may wait at the server: on a session of its own, and how it gives up without losing
// anything.
//
// It waits for a session within the client's time-out, then at the server for as long as the command says and that
// time-out once more. If its caller gives up there, the server is asked to let go of it (CLIENT UNBLOCK), and the
// answer is awaited a little longer: an element that comes makes the call succeed; UNBLOCKED says that nothing was
// taken.

#pragma once

#include "redstart/client/session_pool.hpp"
#include "redstart/task/waiter.hpp"

namespace redstart {

class call;

// Owned by its call. One loop's thread.
class blocked_command final : private session_pool::request {
public:
    blocked_command(call& whose, session_pool& pool) noexcept : call_{whose}, pool_{pool} {}

    // Asks for a session; the command is sent as soon as there is one, which may be now.
    void ask() noexcept { pool_.ask(*this); }
    bool has_session() const noexcept { return static_cast<bool>(held_); }

    // False: it still awaits an answer, and the call ends with that.
    bool given_up(waiter::ending why) noexcept;
    // The command's slot has ended.
    void ended() noexcept;

private:
    void on_session(session_pool::lease granted) noexcept override;
    void on_refused(session_pool::refusal why) noexcept override;

    call& call_;
    session_pool& pool_;
    session_pool::lease held_;
    waiter::ending given_up_ = waiter::ending::pending;
};

}  // namespace redstart
