// A loop that is driven by hand, with a clock that is set by hand: for tests that must neither
// sleep nor race.

#pragma once

#include "redstart/task/root.hpp"
#include "redstart/task/scheduler.hpp"

#include <algorithm>
#include <cassert>
#include <optional>

namespace redstart {

class manual_scheduler : public scheduler {
public:
    manual_scheduler() : running_{*this} {}
    ~manual_scheduler() { run(); }

    // Runs turns until nothing is ready and the inbox is empty. Time stands still. Of several on
    // one thread, the one that runs is the current one.
    void run()
    {
        running const here{*this};
        do
            forget_clock();
        while (run_turn() || !inbox_empty());
    }

    // Lets time pass in steps from timer to timer, running what becomes ready at each.
    void advance(boot_clock::duration by)
    {
        auto const end = clock_ + by;
        run();
        while (next_timer() <= end) {
            clock_ = std::max(clock_, next_timer());
            run();
        }
        clock_ = end;
        run();
    }

    boot_clock::time_point clock() const noexcept { return clock_; }
    std::size_t wakes() const noexcept { return wakes_; }  // how often posting had to wake it

    // Runs `work` as far as it goes without time passing; the result says whether it has ended.
    template <class T>
    void start(task<T> work, result<T>& into)
    {
        start_root(*this, std::move(work), [&into](result<T>&& given) { into = std::move(given); });
        run();
    }

    // Runs `work`, which must end without time passing or messages from elsewhere.
    template <class T>
    T run(task<T> work)
    {
        std::optional<result<T>> answer;
        start_root(*this, std::move(work),
                   [&answer](result<T>&& given) { answer.emplace(std::move(given)); });
        run();
        assert(answer && "the task waits for something");
        return answer->take();
    }

protected:
    boot_clock::time_point read_clock() noexcept override { return clock_; }
    void wake() noexcept override { ++wakes_; }

private:
    boot_clock::time_point clock_{std::chrono::hours{1}};
    std::size_t wakes_ = 0;
    running running_;
};

}  // namespace redstart
