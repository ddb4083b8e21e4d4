#include "redstart/task/waiter.hpp"

#include <algorithm>
#include <cassert>

namespace redstart {

bool waiter::may_begin(context const& ambient, boot_clock::time_point deadline) noexcept
{
    assert(ambient.loop->is_current() && "a coroutine stays on its loop");
    auto const until = std::min(ambient.deadline, deadline);
    if (ambient.is_cancelled())
        ending_ = ending::cancelled;
    else if (until != no_deadline && until <= ambient.loop->now())
        ending_ = ending::timed_out;
    return ending_ == ending::pending;
}

void waiter::begin(context const& ambient, boot_clock::time_point deadline,
                   std::coroutine_handle<> waiting) noexcept
{
    loop_ = ambient.loop;
    resume_node::set(waiting);
    loop_->start(*this, std::min(ambient.deadline, deadline));
    if (ambient.cancel)
        ambient.cancel->add(*this);
}

void waiter::prolong(context const& ambient, boot_clock::time_point deadline) noexcept
{
    assert(ending_ == ending::pending && "a wait that has ended is not prolonged");
    loop_->start(*this, std::min(ambient.deadline, deadline));
}

void waiter::end(ending why) noexcept
{
    assert(loop_->is_current() && "a wait ends on the loop where it began");
    if (ending_ != ending::pending)
        return;
    ending_ = why;
    loop_->stop(*this);
    cancel_node::unlink();
    loop_->ready(*this);
}

void waiter::give_up(ending why) noexcept
{
    loop_->stop(*this);
    cancel_node::unlink();
    if (given_up(why))
        end(why);
}

void waiter::on_timer(timer_node& self) noexcept
{
    static_cast<waiter&>(self).give_up(ending::timed_out);
}

void waiter::on_cancel(cancel_node& self) noexcept
{
    static_cast<waiter&>(self).give_up(ending::cancelled);
}

void waiter::throw_unless_finished(std::source_location where) const
{
    if (ending_ == ending::timed_out)
        throw timed_out_failure(where);
    if (ending_ == ending::cancelled)
        throw cancelled_failure(where);
}

}  // namespace redstart
