#include "redstart/task/cancellation.hpp"

#include <utility>

namespace redstart {

void cancellation::connect(cancellation& parent) noexcept
{
    if (parent.requested_)
        requested_ = true;
    else
        parent.add(from_parent_);
}

void cancellation::request() noexcept
{
    if (std::exchange(requested_, true))
        return;
    while (list_.next_ != &list_) {
        auto& node = *list_.next_;
        node.unlink();
        if (node.cancel_)
            node.cancel_(node);
        else
            take_over(static_cast<child_link&>(node).child);
    }
}

// Its listeners come next, in their order, where the child stood: the order is that of a walk down
// the tree.
void cancellation::take_over(cancellation& child) noexcept
{
    child.requested_ = true;
    auto& theirs = child.list_;
    if (theirs.next_ == &theirs)
        return;
    theirs.previous_->next_ = list_.next_;
    list_.next_->previous_ = theirs.previous_;
    list_.next_ = theirs.next_;
    theirs.next_->previous_ = &list_;
    theirs.next_ = theirs.previous_ = &theirs;
}

}  // namespace redstart
