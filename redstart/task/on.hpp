// on(loop, task): runs a task on another loop and comes back with its result.
//
// The deadline and the trace go along; a cancellation is forwarded, and the task is awaited all the
// same. The caller's frame stays until the other loop has let go of it. Costs one message there and
// one back.

#pragma once

#include "redstart/task/branch.hpp"

namespace redstart {

// The journey itself, without the type of the result.
class hop : private branch_owner, private cancel_node {
protected:
    hop(scheduler& target) noexcept
        : cancel_node{&on_cancel}, depart_{*this, &hop::arrive},
          cancel_message_{*this, &hop::cancel_there}, return_{*this, &hop::come_back},
          target_{target}
    {
    }
    ~hop() = default;

    void start(branch work, context const& ambient, std::coroutine_handle<> awaiting) noexcept;

private:
    struct message : ready_node {
        message(hop& journey, void (hop::*what)() noexcept) noexcept
            : ready_node{&message::call}, owner{journey}, action{what}
        {
        }
        static void call(ready_node& node)
        {
            auto& mine = static_cast<message&>(node);
            (mine.owner.*mine.action)();
        }
        hop& owner;
        void (hop::*action)() noexcept;
    };

    static void on_cancel(cancel_node& self) noexcept;
    std::coroutine_handle<> ended(branch::handle which) noexcept override;

    // At the target.
    void arrive() noexcept;
    void cancel_there() noexcept;
    // At home.
    void come_back() noexcept;
    void cancel_returned() noexcept;

    message depart_;
    message cancel_message_;
    message return_;
    scheduler& target_;
    scheduler* home_ = nullptr;
    cancellation cancel_;  // the target's
    context context_;
    std::optional<branch> work_;
    std::coroutine_handle<> awaiting_;
    bool cancel_under_way_ = false;
    bool ended_ = false;
};

template <class T>
class [[nodiscard("nothing runs until it is awaited")]] on : private hop {
public:
    on(scheduler& target, task<T> work) noexcept : hop{target}, work_{std::move(work)} {}

    bool await_ready() const noexcept { return false; }
    template <contextual Promise>
    void await_suspend(std::coroutine_handle<Promise> awaiting)
    {
        start(run_into(std::move(work_), result_), awaiting.promise().ambient(), awaiting);
    }
    T await_resume() { return result_.take(); }

private:
    task<T> work_;
    result<T> result_;
};

}  // namespace redstart
