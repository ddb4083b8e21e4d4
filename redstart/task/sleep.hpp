// sleep_for and sleep_until: wait for time to pass. Fails with timed_out when the ambient deadline
// comes first, and with cancelled at once when that is requested.

#pragma once

#include "redstart/task/waiter.hpp"

namespace redstart {

class [[nodiscard("no time passes until it is awaited")]] sleep_until : private waiter {
public:
    explicit sleep_until(boot_clock::time_point at,
                         std::source_location where = std::source_location::current()) noexcept
        : at_{at}, where_{where}
    {
    }

    bool await_ready() const noexcept { return false; }
    template <contextual Promise>
    bool await_suspend(std::coroutine_handle<Promise> awaiting) noexcept
    {
        return start(awaiting.promise().ambient(), awaiting);
    }
    void await_resume() const;

protected:
    sleep_until(boot_clock::duration duration, std::source_location where) noexcept
        : for_{duration}, relative_{true}, where_{where}
    {
    }

private:
    bool start(context const& ambient, std::coroutine_handle<> awaiting) noexcept;
    bool given_up(ending) noexcept override { return true; }

    boot_clock::time_point at_{};
    boot_clock::duration for_{};
    bool relative_ = false;
    bool limited_ = false;  // the ambient deadline comes before the end of the sleep
    std::source_location where_;
};

class [[nodiscard("no time passes until it is awaited")]] sleep_for : public sleep_until {
public:
    explicit sleep_for(boot_clock::duration duration,
                       std::source_location where = std::source_location::current()) noexcept
        : sleep_until{duration, where}
    {
    }
};

}  // namespace redstart
