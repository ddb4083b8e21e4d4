// What every coroutine knows without being told: its loop, its deadline, who may cancel it and
// whose trace it belongs to.
//
// A context is borrowed down a chain of awaits and never outlives the frame or root that owns it.
// Inheriting it costs one pointer copy per call.

#pragma once

#include "redstart/base/clock.hpp"
#include "redstart/base/failure.hpp"
#include "redstart/observe/trace_context.hpp"
#include "redstart/task/cancellation.hpp"
#include "redstart/task/scheduler.hpp"

#include <concepts>
#include <coroutine>
#include <source_location>

namespace redstart {

struct context {
    scheduler* loop = nullptr;
    boot_clock::time_point deadline = no_deadline;
    cancellation* cancel = nullptr;        // null: nobody cancels this
    trace_context const* trace = nullptr;  // null: nothing is being traced

    bool is_cancelled() const noexcept { return cancel && cancel->is_requested(); }
};

// A coroutine of this library: its promise has a context that those whom it awaits inherit.
template <class Promise>
concept contextual = requires(Promise& promise) {
    { promise.ambient() } -> std::same_as<context const&>;
};

// co_await this_context() gives a copy, to read the deadline or the loop, or to change it for
// somebody below.
class this_context {
public:
    bool await_ready() const noexcept { return false; }
    template <contextual Promise>
    bool await_suspend(std::coroutine_handle<Promise> awaiting) noexcept
    {
        found_ = awaiting.promise().ambient();
        return false;
    }
    context await_resume() const noexcept { return found_; }

private:
    context found_;
};

// The failure that ends a wait which was cancelled, or whose deadline passed.
failure cancelled_failure(std::source_location where = std::source_location::current());
failure timed_out_failure(std::source_location where = std::source_location::current());

}  // namespace redstart
