#include "redstart/task/on.hpp"

namespace redstart {

void hop::start(branch work, context const& ambient, std::coroutine_handle<> awaiting) noexcept
{
    home_ = ambient.loop;
    awaiting_ = awaiting;
    context_ = ambient;
    context_.loop = &target_;
    context_.cancel = &cancel_;
    work_.emplace(std::move(work));
    if (ambient.is_cancelled())
        cancel_.request();
    else if (ambient.cancel)
        ambient.cancel->add(*this);
    target_.post(depart_);
}

void hop::on_cancel(cancel_node& self) noexcept
{
    auto& journey = static_cast<hop&>(self);
    journey.cancel_under_way_ = true;
    journey.target_.post(journey.cancel_message_);
}

void hop::arrive() noexcept { work_->start(context_, *this); }

void hop::cancel_there() noexcept
{
    cancel_.request();
    cancel_message_.action = &hop::cancel_returned;
    home_->post(cancel_message_);
}

std::coroutine_handle<> hop::ended(branch::handle) noexcept
{
    home_->post(return_);
    return std::noop_coroutine();
}

void hop::come_back() noexcept
{
    cancel_node::unlink();
    ended_ = true;
    if (!cancel_under_way_)
        awaiting_.resume();
}

void hop::cancel_returned() noexcept
{
    cancel_under_way_ = false;
    if (ended_)
        awaiting_.resume();
}

}  // namespace redstart
