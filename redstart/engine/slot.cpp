#include "redstart/engine/slot.hpp"

namespace redstart::engine {

void slot_list::push_back(slot& added) noexcept
{
    added.next_ = nullptr;
    added.previous_ = last_;
    (last_ ? last_->next_ : first_) = &added;
    last_ = &added;
}

void slot_list::push_front(slot& added) noexcept
{
    added.previous_ = nullptr;
    added.next_ = first_;
    (first_ ? first_->previous_ : last_) = &added;
    first_ = &added;
}

void slot_list::remove(slot& gone) noexcept
{
    (gone.previous_ ? gone.previous_->next_ : first_) = gone.next_;
    (gone.next_ ? gone.next_->previous_ : last_) = gone.previous_;
    gone.next_ = gone.previous_ = nullptr;
}

void slot_list::replace(slot& gone, slot& substitute) noexcept
{
    substitute.next_ = gone.next_;
    substitute.previous_ = gone.previous_;
    (gone.previous_ ? gone.previous_->next_ : first_) = &substitute;
    (gone.next_ ? gone.next_->previous_ : last_) = &substitute;
    gone.next_ = gone.previous_ = nullptr;
}

}  // namespace redstart::engine
