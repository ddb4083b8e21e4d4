#include "redstart/task/sleep.hpp"

namespace redstart {

bool sleep_until::start(context const& ambient, std::coroutine_handle<> awaiting) noexcept
{
    if (relative_)
        at_ = deadline_after(ambient.loop->now(), for_);
    limited_ = ambient.deadline < at_;
    if (!may_begin(ambient, at_))
        return false;
    begin(ambient, at_, awaiting);
    return true;
}

void sleep_until::await_resume() const
{
    if (ended_by() == ending::timed_out && !limited_)
        return;  // the time has come, which is what was asked for
    throw_unless_finished(where_);
}

}  // namespace redstart
