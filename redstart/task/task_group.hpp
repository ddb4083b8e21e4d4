// A task group owns background work: it starts it, hears of its failures, cancels it and waits for
// its end.
//
// There is no other way to run something in the background, so nothing is ever forgotten. One
// loop's thread. A task in a group gets the trace that it is spawned with (by value), but neither
// deadline nor cancellation of whoever spawns it.

#pragma once

#include "redstart/task/branch.hpp"
#include "redstart/task/event.hpp"

#include <functional>
#include <optional>

namespace redstart {

class task_group : private branch_owner {
public:
    // Called on the loop for every member that fails, other than by being cancelled with the group.
    // Must not throw.
    using failure_handler = std::function<void(std::exception_ptr)>;

    explicit task_group(scheduler& loop, failure_handler on_failure = {});
    task_group(task_group const&) = delete;
    task_group& operator=(task_group const&) = delete;
    ~task_group();  // it must be empty by now: await stop() or join() first

    // Starts `work` from the ready list. Once stop() or cancel() has begun the work is dropped
    // unstarted.
    void spawn(task<> work, trace_context const* trace = nullptr);

    std::size_t size() const noexcept { return running_; }
    bool is_stopping() const noexcept { return stopping_; }

    void cancel() noexcept;

    // Until no member is left; bounded by the ambient context. Without a failure_handler the first
    // failure is thrown, and nobody hears of the others.
    task<> join();

    // Gives members `grace` to end by themselves, or less if the ambient context ends sooner; then
    // cancels them, and waits until all have ended, whatever it takes. Throws no failure of theirs:
    // join() afterwards does.
    task<> stop(boot_clock::duration grace = {});

private:
    static branch run_member(task<> work, std::optional<trace_context> trace, task_group& group);

    std::coroutine_handle<> ended(branch::handle which) noexcept override;
    task<> wait_until_empty();
    void report(std::exception_ptr why) noexcept;

    scheduler& loop_;
    failure_handler on_failure_;
    cancellation cancel_;
    event empty_;
    std::size_t running_ = 0;
    bool stopping_ = false;
    std::exception_ptr first_failure_;
};

}  // namespace redstart
