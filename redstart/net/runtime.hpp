// The loops of a program, one per core by default, each with a thread of its own.
//
// Clients, servers and task groups must be stopped before the runtime is: it ends its threads and owns nothing else.

#pragma once

#include "redstart/net/loop.hpp"
#include "redstart/task/root.hpp"

#include <memory>
#include <thread>
#include <vector>

namespace redstart {

class metrics_registry;

struct runtime_options {
    std::size_t loops = 0;  // 0: one per core that this process may use
    // Counts there how long the turns of each loop take: `redstart.loop.turn.duration`. Outlives the runtime; null:
    // nobody does.
    metrics_registry* metrics = nullptr;
};

class runtime {
public:
    explicit runtime(runtime_options options = {});
    runtime(runtime const&) = delete;
    runtime& operator=(runtime const&) = delete;
    ~runtime();  // stops

    std::size_t size() const noexcept { return loops_.size(); }
    loop& at(std::size_t index) noexcept { return *loops_[index]; }

    // Ends all threads. Whatever lives on the loops must have ended.
    void stop() noexcept;

    // Runs `work` on a loop and blocks until it has ended. Never on a loop's thread.
    template <class T>
    T run(task<T> work, std::size_t loop_index = 0)
    {
        return sync_wait(at(loop_index), std::move(work));
    }

private:
    std::vector<std::unique_ptr<loop>> loops_;
    std::vector<std::jthread> threads_;
};

}  // namespace redstart
