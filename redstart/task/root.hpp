// Roots: how work enters a loop from outside a coroutine, from any thread.
//
// The work starts from the loop's ready list with a context of its own: no deadline, no
// cancellation, no trace. Its result is handed to a function on the loop. sync_wait is that with a
// thread that waits.

#pragma once

#include "redstart/task/branch.hpp"

#include <cassert>
#include <memory>
#include <optional>
#include <semaphore>
#include <utility>

namespace redstart {

namespace root_detail {

template <class T, class Completion>
class root final : private branch_owner {
public:
    root(scheduler& loop, task<T> work, Completion done)
        : begin_{*this, &root::begin}, finish_{*this, &root::finish}, loop_{loop},
          done_{std::move(done)}, work_{run_into(std::move(work), result_)}
    {
    }

    void enter() noexcept { loop_.post(begin_); }

private:
    struct step : ready_node {
        step(root& owner, void (root::*what)()) noexcept
            : ready_node{&step::call}, self{owner}, action{what}
        {
        }
        static void call(ready_node& node)
        {
            auto& mine = static_cast<step&>(node);
            (mine.self.*mine.action)();
        }
        root& self;
        void (root::*action)();
    };

    void begin()
    {
        work_.start({.loop = &loop_, .deadline = no_deadline, .cancel = nullptr, .trace = nullptr},
                    *this);
    }
    std::coroutine_handle<> ended(branch::handle) noexcept override
    {
        loop_.ready(finish_);
        return std::noop_coroutine();
    }
    // The frame goes first, and with it what the task was given: whoever hears of the end may free
    // what that needs.
    void finish() noexcept
    {
        auto done = std::move(done_);
        auto came_to = std::move(result_);
        delete this;
        std::move(done)(std::move(came_to));
    }

    step begin_;
    step finish_;
    scheduler& loop_;
    Completion done_;
    result<T> result_;
    branch work_;
};

}  // namespace root_detail

// Starts `work` on `loop`; `done(result<T>&&)` is called there when it has ended and its frame is
// gone, and must not throw. Any thread; the loop must run until then.
template <class T, class Completion>
void start_root(scheduler& loop, task<T> work, Completion done)
{
    using root = root_detail::root<T, Completion>;
    auto entering = std::make_unique<root>(loop, std::move(work), std::move(done));
    entering.release()->enter();  // it owns itself until it calls `done`
}

// Runs `work` on `loop` and blocks the calling thread until it has ended, and its frame with it.
// Never on a loop's thread: that is asserted, since the loop would wait for itself.
template <class T>
T sync_wait(scheduler& loop, task<T> work)
{
    assert(scheduler::current() == nullptr && "sync_wait would block a loop");
    // Shared, since the loop may still be inside release() when this thread goes on.
    auto const ended = std::make_shared<std::binary_semaphore>(0);
    std::optional<result<T>> answer;
    start_root(loop, std::move(work), [&answer, ended](result<T>&& given) {
        answer.emplace(std::move(given));
        ended->release();
    });
    ended->acquire();
    return answer->take();
}

}  // namespace redstart
