// generator<T>: a coroutine that gives many values, each when it is asked for.
//
//   generator<int> count_to(int limit) { for (int i = 1; i <= limit; ++i) co_yield i; }
//
//   auto numbers = count_to(3);
//   while (auto number = co_await numbers.next()) use(*number);
//
// It may await between two values, and runs only while somebody awaits next(), under the context of that await:
// deadline, cancellation and trace may be others each time. What it throws comes out of next(), and ends it. It may be
// destroyed between two values; its locals are destroyed then.

#pragma once

#include "redstart/task/task.hpp"

#include <cassert>
#include <concepts>
#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

namespace redstart {

template <class T>
class [[nodiscard("a generator does nothing until next() is awaited")]] generator {
public:
    class promise_type;

    generator(generator&& other) noexcept : handle_{std::exchange(other.handle_, nullptr)} {}
    generator& operator=(generator&& other) noexcept
    {
        if (this != &other) {
            destroy();
            handle_ = std::exchange(other.handle_, nullptr);
        }
        return *this;
    }
    ~generator() { destroy(); }

    // The next value; none when there are no more, and from then on. The generator outlives the await, and one is
    // awaited at a time.
    task<std::optional<T>> next()
    {
        assert(handle_ && "a generator that was moved from gives nothing");
        return next_of(handle_);
    }

private:
    using handle = std::coroutine_handle<promise_type>;

    explicit generator(handle made) noexcept : handle_{made} {}

    static task<std::optional<T>> next_of(handle asked)
    {
        if (asked.done())
            co_return std::nullopt;
        co_return co_await typename promise_type::resumed{asked};
    }
    void destroy() noexcept
    {
        if (!handle_)
            return;
        assert(!handle_.promise().is_under_way() &&
               "a generator was destroyed while it was under way");
        handle_.destroy();
    }

    handle handle_;
};

template <class T>
class generator<T>::promise_type {
public:
    // Gives control back to whoever awaits next().
    struct pause {
        bool await_ready() const noexcept { return false; }
        std::coroutine_handle<> await_suspend(handle paused) noexcept
        {
            paused.promise().ambient_ = nullptr;
            return std::exchange(paused.promise().continuation_, nullptr);
        }
        void await_resume() const noexcept {}
    };

    // Runs the generator up to its next value.
    class resumed {
    public:
        explicit resumed(handle asked) noexcept : handle_{asked} {}
        bool await_ready() const noexcept { return false; }
        template <contextual Promise>
        handle await_suspend(std::coroutine_handle<Promise> awaiting) noexcept
        {
            auto& promise = handle_.promise();
            assert(!promise.is_under_way() && "next() is awaited by one at a time");
            promise.continuation_ = awaiting;
            promise.ambient_ = &awaiting.promise().ambient();
            return handle_;
        }
        std::optional<T> await_resume() { return handle_.promise().take(); }

    private:
        handle handle_;
    };

    generator get_return_object() noexcept { return generator{handle::from_promise(*this)}; }
    std::suspend_always initial_suspend() const noexcept { return {}; }
    pause final_suspend() const noexcept { return {}; }

    template <class Value = T>
        requires std::constructible_from<T, Value&&>
    pause yield_value(Value&& value)
    {
        value_.emplace(std::forward<Value>(value));
        return {};
    }
    void return_void() const noexcept {}
    void unhandled_exception() noexcept { failure_ = std::current_exception(); }

    context const& ambient() const noexcept { return *ambient_; }
    bool is_under_way() const noexcept { return ambient_ != nullptr; }

    static void* operator new(std::size_t size) { return frame_pool::take(size); }
    static void operator delete(void* frame, std::size_t size) { frame_pool::give(frame, size); }

private:
    std::optional<T> take()
    {
        if (failure_) [[unlikely]]
            std::rethrow_exception(std::exchange(failure_, nullptr));
        return std::exchange(value_, std::nullopt);
    }

    std::coroutine_handle<> continuation_;
    context const* ambient_ = nullptr;  // of the await of next(); null between two values
    std::optional<T> value_;
    std::exception_ptr failure_;
};

}  // namespace redstart
