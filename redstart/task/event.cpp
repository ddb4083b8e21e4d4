#include "redstart/task/event.hpp"

#include <cassert>

namespace redstart {

event::~event()
{
    assert(first_ == nullptr && "an event is destroyed while somebody waits for it");
}

void event::set() noexcept
{
    set_ = true;
    while (first_) {
        auto& waiting = *first_;
        unlink(waiting);
        waiting.finish();
    }
}

void event::unlink(wait_awaiter& leaving) noexcept
{
    (leaving.previous_ ? leaving.previous_->next_ : first_) = leaving.next_;
    (leaving.next_ ? leaving.next_->previous_ : last_) = leaving.previous_;
    leaving.next_ = leaving.previous_ = nullptr;
}

bool event::wait_awaiter::start(context const& ambient, std::coroutine_handle<> awaiting) noexcept
{
    if (!may_begin(ambient, no_deadline))
        return false;
    previous_ = event_.last_;
    (event_.last_ ? event_.last_->next_ : event_.first_) = this;
    event_.last_ = this;
    begin(ambient, no_deadline, awaiting);
    return true;
}

bool event::wait_awaiter::given_up(ending) noexcept
{
    event_.unlink(*this);
    return true;
}

}  // namespace redstart
