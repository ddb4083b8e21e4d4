// A branch: the outermost frame of work that runs beside its owner, with a context of its own.
//
// when_all, race, task_group, spawn and on are built of it. It starts from the ready list and ends
// by telling its owner, who decides what runs next and destroys it.

#pragma once

#include "redstart/task/task.hpp"

#include <cassert>
#include <coroutine>
#include <exception>
#include <optional>
#include <utility>
#include <variant>

namespace redstart {

class branch_owner;

class [[nodiscard]] branch {
public:
    class promise_type;
    using handle = std::coroutine_handle<promise_type>;

    class promise_type : public resume_node {
    public:
        struct final_awaiter {
            bool await_ready() const noexcept { return false; }
            std::coroutine_handle<> await_suspend(handle ended) const noexcept;
            void await_resume() const noexcept {}
        };

        branch get_return_object() noexcept { return branch{handle::from_promise(*this)}; }
        std::suspend_always initial_suspend() const noexcept { return {}; }
        final_awaiter final_suspend() const noexcept { return {}; }
        void return_void() const noexcept {}
        [[noreturn]] void unhandled_exception() const noexcept { std::terminate(); }
        context const& ambient() const noexcept { return context_; }
        std::size_t index() const noexcept { return index_; }

        static void* operator new(std::size_t size) { return frame_pool::take(size); }
        static void operator delete(void* frame, std::size_t size)
        {
            frame_pool::give(frame, size);
        }

    private:
        friend branch;
        context context_;
        branch_owner* owner_ = nullptr;
        std::size_t index_ = 0;  // the owner's name for it
    };

    branch(branch&& other) noexcept : handle_{std::exchange(other.handle_, nullptr)} {}
    branch& operator=(branch&&) = delete;
    ~branch()
    {
        assert((!handle_ || !handle_.promise().owner_ || handle_.done()) &&
               "a branch was destroyed while it was under way");
        if (handle_)
            handle_.destroy();
    }

    // Puts it on the ready list of the context's loop.
    void start(context const& own, branch_owner& owner, std::size_t index = 0) noexcept;

    // Gives up ownership: the owner destroys the handle that ended() names.
    handle release() noexcept { return std::exchange(handle_, nullptr); }

private:
    explicit branch(handle created) noexcept : handle_{created} {}
    handle handle_;
};

class branch_owner {
public:
    // Called when the branch has ended and nothing of it runs any more. Gives what to run next.
    virtual std::coroutine_handle<> ended(branch::handle which) noexcept = 0;

protected:
    ~branch_owner() = default;
};

// What a task came to: a value, a failure, or nothing yet.
class result_base {
public:
    bool has_failed() const noexcept { return failure_ != nullptr; }
    std::exception_ptr failure() const noexcept { return failure_; }
    void fail(std::exception_ptr why) noexcept { failure_ = std::move(why); }

private:
    std::exception_ptr failure_;
};

template <class T>
class result : public result_base {
public:
    using stored = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

    template <class... Value>
    void set(Value&&... value)
    {
        value_.emplace(std::forward<Value>(value)...);
    }
    bool is_set() const noexcept { return has_failed() || value_.has_value(); }
    stored take_stored() { return std::move(*value_); }
    T take()
    {
        if (has_failed())
            std::rethrow_exception(failure());
        if constexpr (!std::is_void_v<T>)
            return std::move(*value_);
    }

private:
    std::optional<stored> value_;
};

// Runs `work` and keeps what it came to in `into`, which the owner keeps alive.
template <class T>
branch run_into(task<T> work, result<T>& into)
{
    try {
        if constexpr (std::is_void_v<T>) {
            co_await std::move(work);
            into.set();
        } else {
            into.set(co_await std::move(work));
        }
    } catch (...) {
        into.fail(std::current_exception());
    }
}

}  // namespace redstart
