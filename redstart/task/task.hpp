// task<T>: a lazy coroutine that is awaited once and gives a T or throws.
//
// It inherits the context of whoever awaits it (one pointer). Starting and finishing are symmetric
// transfers, so a chain of any length uses no stack. A task that has started must finish before it
// is destroyed: that is asserted, because the operation that it waits for still points into its
// frame.

#pragma once

#include "redstart/task/context.hpp"
#include "redstart/task/frame_pool.hpp"

#include <cassert>
#include <concepts>
#include <coroutine>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace redstart {

template <class T>
class task;

class promise_base {
public:
    struct final_awaiter {
        bool await_ready() const noexcept { return false; }
        template <class Promise>
        std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> done) noexcept
        {
            return done.promise().continuation_;
        }
        void await_resume() const noexcept {}
    };

    std::suspend_always initial_suspend() const noexcept { return {}; }
    final_awaiter final_suspend() const noexcept { return {}; }
    void unhandled_exception() noexcept { failure_ = std::current_exception(); }

    context const& ambient() const noexcept { return *ambient_; }
    void begin(std::coroutine_handle<> continuation, context const& inherited) noexcept
    {
        continuation_ = continuation;
        ambient_ = &inherited;
    }
    bool has_begun() const noexcept { return ambient_ != nullptr; }

    static void* operator new(std::size_t size) { return frame_pool::take(size); }
    static void operator delete(void* frame, std::size_t size) { frame_pool::give(frame, size); }

protected:
    void rethrow_failure() const
    {
        if (failure_) [[unlikely]]
            std::rethrow_exception(failure_);
    }

private:
    std::coroutine_handle<> continuation_ = std::noop_coroutine();
    context const* ambient_ = nullptr;
    std::exception_ptr failure_;
};

template <class T>
class task_promise : public promise_base {
public:
    task<T> get_return_object() noexcept;

    template <class Value = T>  // the default lets co_return take a braced list
        requires std::constructible_from<T, Value&&>
    void return_value(Value&& value)
    {
        value_.emplace(std::forward<Value>(value));
    }
    T take()
    {
        rethrow_failure();
        return std::move(*value_);
    }

private:
    std::optional<T> value_;
};

template <>
class task_promise<void> : public promise_base {
public:
    task<void> get_return_object() noexcept;

    void return_void() const noexcept {}
    void take() const { rethrow_failure(); }
};

template <class T = void>
class [[nodiscard("a task does nothing until it is awaited")]] task {
public:
    using promise_type = task_promise<T>;
    using value_type = T;

    task(task&& other) noexcept : handle_{std::exchange(other.handle_, nullptr)} {}
    task& operator=(task&& other) noexcept
    {
        if (this != &other) {
            destroy();
            handle_ = std::exchange(other.handle_, nullptr);
        }
        return *this;
    }
    ~task() { destroy(); }

    // The context lives with the awaiting side: `within` and its like put a changed one in their
    // own awaiter.
    class awaiter {
    public:
        explicit awaiter(std::coroutine_handle<promise_type> handle) noexcept : handle_{handle} {}
        bool await_ready() const noexcept { return false; }
        template <contextual Promise>
        std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> awaiting) noexcept
        {
            return begin(awaiting, awaiting.promise().ambient());
        }
        std::coroutine_handle<> begin(std::coroutine_handle<> awaiting,
                                      context const& inherited) noexcept
        {
            assert(handle_ && "a task that was moved from cannot be awaited");
            assert(!handle_.promise().has_begun() && "a task is awaited once");
            handle_.promise().begin(awaiting, inherited);
            return handle_;
        }
        T await_resume() { return handle_.promise().take(); }

    private:
        std::coroutine_handle<promise_type> handle_;
    };

    awaiter operator co_await() && noexcept { return awaiter{handle_}; }

private:
    friend promise_type;
    explicit task(std::coroutine_handle<promise_type> handle) noexcept : handle_{handle} {}

    void destroy() noexcept
    {
        if (!handle_)
            return;
        assert((!handle_.promise().has_begun() || handle_.done()) &&
               "a task was destroyed while it was under way");
        handle_.destroy();
    }

    std::coroutine_handle<promise_type> handle_;
};

template <class T>
task<T> task_promise<T>::get_return_object() noexcept
{
    return task<T>{std::coroutine_handle<task_promise>::from_promise(*this)};
}

inline task<void> task_promise<void>::get_return_object() noexcept
{
    return task<void>{std::coroutine_handle<task_promise>::from_promise(*this)};
}

template <class T>
constexpr bool is_task = false;
template <class T>
constexpr bool is_task<task<T>> = true;

// What is called with these and gives a task.
template <class Function, class... Arguments>
concept task_function = std::invocable<Function&, Arguments...> &&
                        is_task<std::invoke_result_t<Function&, Arguments...>>;

}  // namespace redstart
