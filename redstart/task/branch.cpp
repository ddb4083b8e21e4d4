#include "redstart/task/branch.hpp"

namespace redstart {

std::coroutine_handle<> branch::promise_type::final_awaiter::await_suspend(
    handle ended) const noexcept
{
    return ended.promise().owner_->ended(ended);
}

void branch::start(context const& own, branch_owner& owner, std::size_t index) noexcept
{
    auto& promise = handle_.promise();
    promise.context_ = own;
    promise.owner_ = &owner;
    promise.index_ = index;
    promise.set(handle_);
    own.loop->ready(promise);
}

}  // namespace redstart
