// A small loop with a thread of its own, without sockets: for tests of what crosses threads.
//
// Loops that post to each other are stopped, all of them, before the first one is destroyed.

#pragma once

#include "redstart/task/scheduler.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace redstart {

class thread_loop : public scheduler {
public:
    thread_loop() : thread_{[this] { serve(); }} {}
    ~thread_loop() { stop(); }

    void stop()
    {
        {
            std::lock_guard const lock{mutex_};
            stopping_ = true;
        }
        changed_.notify_one();
        if (thread_.joinable())
            thread_.join();
    }

private:
    void wake() noexcept override
    {
        {
            std::lock_guard const lock{mutex_};
            awake_ = true;
        }
        changed_.notify_one();
    }

    void serve()
    {
        running const here{*this};
        do {
            forget_clock();
            while (run_turn() || !inbox_empty())
                forget_clock();
        } while (wait());
    }

    // False when there is nothing more to wait for.
    bool wait()
    {
        std::unique_lock lock{mutex_};
        auto const is_needed = [this] { return awake_ || stopping_; };
        if (next_timer() == no_deadline)
            changed_.wait(lock, is_needed);
        else
            changed_.wait_for(lock, next_timer() - boot_clock::now(), is_needed);
        return std::exchange(awake_, false) || !stopping_;
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    bool awake_ = false;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace redstart
