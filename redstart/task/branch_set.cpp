#include "redstart/task/branch_set.hpp"

namespace redstart {

branch_set::branch_set(context const& ambient, policy chosen, std::size_t expected)
    : cancel_{ambient.cancel}, context_{ambient}, policy_{chosen}
{
    context_.cancel = &cancel_;
    members_.reserve(expected);
}

void branch_set::start_all(std::coroutine_handle<> awaiting) noexcept
{
    awaiting_ = awaiting;
    left_ = members_.size();
    for (std::size_t index = 0; index < members_.size(); ++index)
        members_[index].work.start(context_, *this, index);
}

std::coroutine_handle<> branch_set::ended(branch::handle which) noexcept
{
    auto const index = which.promise().index();
    bool const failed = members_[index].outcome->has_failed();
    if (first_ended_ == nobody)
        first_ended_ = index;
    if (failed && first_failed_ == nobody)
        first_failed_ = index;
    if (failed || policy_ == policy::cancel_on_end)
        cancel_.request();
    return --left_ == 0 ? awaiting_ : std::noop_coroutine();
}

void branch_set::rethrow_first_failure() const
{
    if (first_failed_ != nobody)
        std::rethrow_exception(members_[first_failed_].outcome->failure());
}

}  // namespace redstart
