// within, shielded and under: run a task with a changed context. No frame of their own; the context
// lives in the awaiter.

#pragma once

#include "redstart/task/task.hpp"

#include <algorithm>
#include <cassert>

namespace redstart {

// Awaits `inner` under a context that Change derives from the ambient one.
template <class T, class Change>
class [[nodiscard("nothing runs until it is awaited")]] changed_context {
public:
    changed_context(task<T> inner, Change change) noexcept
        : inner_{std::move(inner)}, awaiter_{std::move(inner_).operator co_await()}, change_{change}
    {
    }

    bool await_ready() const noexcept { return false; }
    template <contextual Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> awaiting) noexcept
    {
        context_ = change_(awaiting.promise().ambient());
        return awaiter_.begin(awaiting, context_);
    }
    T await_resume() { return awaiter_.await_resume(); }

private:
    task<T> inner_;
    typename task<T>::awaiter awaiter_;
    Change change_;
    context context_;
};

// Under a given context, whose deadline, cancellation and trace outlive the await. Its loop is the
// ambient one: on() is the way to another.
template <class T>
auto under(context const& given, task<T> inner) noexcept
{
    return changed_context{std::move(inner), [given]([[maybe_unused]] context const& ambient) {
                               assert(given.loop == ambient.loop && "a task stays on its loop");
                               return given;
                           }};
}

// Everything below must end within `limit`, or within the ambient deadline if that is sooner; what
// waits longer fails with timed_out. Code that computes without waiting is not interrupted.
template <class T>
auto within(boot_clock::duration limit, task<T> inner) noexcept
{
    return changed_context{std::move(inner), [limit](context const& ambient) {
                               auto changed = ambient;
                               changed.deadline = std::min(
                                   ambient.deadline, deadline_after(ambient.loop->now(), limit));
                               return changed;
                           }};
}

// Neither the ambient cancellation nor the ambient deadline reaches `inner`, which has `limit` of
// its own: for release, rollback and other work that must be tried even when its caller has given
// up.
template <class T>
auto shielded(boot_clock::duration limit, task<T> inner) noexcept
{
    return changed_context{std::move(inner), [limit](context const& ambient) {
                               auto changed = ambient;
                               changed.cancel = nullptr;
                               changed.deadline = deadline_after(ambient.loop->now(), limit);
                               return changed;
                           }};
}

}  // namespace redstart
