#include "redstart/client/blocked_command.hpp"

#include "redstart/client/call.hpp"

#include <utility>

namespace redstart {

namespace {

failure_code code_of(waiter::ending why) noexcept
{
    return why == waiter::ending::timed_out ? failure_code::timed_out : failure_code::cancelled;
}

}  // namespace

void blocked_command::on_session(session_pool::lease granted) noexcept
{
    held_ = std::move(granted);
    call_.send_on(held_->link());
}

void blocked_command::on_refused(session_pool::refusal why) noexcept
{
    call_.only_slot().fail(why.code, outcome::not_sent, why.reason);
    call_.slot_ended();
}

bool blocked_command::given_up(waiter::ending why) noexcept
{
    if (!held_) {
        auto const refusal = pool_.leave(*this, why);
        call_.only_slot().fail(refusal.code, outcome::not_sent, refusal.reason);
        return true;
    }
    given_up_ = why;
    pool_.unblock(std::move(held_));
    return false;
}

void blocked_command::ended() noexcept
{
    auto const held = std::move(held_);
    auto& slot = call_.only_slot();
    if (!slot.has_failed())
        return;
    bool const let_go = slot.server_code() == "UNBLOCKED";
    bool const broken = slot.failed_code() == failure_code::connection_lost;
    if (given_up_ != waiter::ending::pending && let_go)
        slot.fail(code_of(given_up_), outcome::refused, "the server gave it nothing");
    else if (given_up_ != waiter::ending::pending && broken)
        slot.fail(code_of(given_up_), outcome::maybe_applied, "the server did not say what it did");
    else if (let_go && pool_.is_stopping())
        slot.fail(failure_code::stopped, outcome::refused, "the client is stopping");
}

}  // namespace redstart
