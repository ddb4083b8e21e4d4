// An event that stays set: everybody who waits for it, and everybody who comes later, goes on. One
// loop's thread.

#pragma once

#include "redstart/task/waiter.hpp"

namespace redstart {

class event {
public:
    event() = default;
    event(event const&) = delete;
    event& operator=(event const&) = delete;
    ~event();  // nobody may wait any more

    bool is_set() const noexcept { return set_; }
    void set() noexcept;
    void reset() noexcept { set_ = false; }

    class [[nodiscard("nobody waits until it is awaited")]] wait_awaiter : private waiter {
    public:
        wait_awaiter(event& awaited, std::source_location where) noexcept
            : event_{awaited}, where_{where}
        {
        }
        bool await_ready() const noexcept { return event_.set_; }
        template <contextual Promise>
        bool await_suspend(std::coroutine_handle<Promise> awaiting) noexcept
        {
            return start(awaiting.promise().ambient(), awaiting);
        }
        void await_resume() const { throw_unless_finished(where_); }

    private:
        friend event;
        bool start(context const& ambient, std::coroutine_handle<> awaiting) noexcept;
        bool given_up(ending) noexcept override;

        event& event_;
        wait_awaiter* next_ = nullptr;
        wait_awaiter* previous_ = nullptr;
        std::source_location where_;
    };

    // Until it is set; timed_out and cancelled by the ambient context.
    wait_awaiter wait(std::source_location where = std::source_location::current()) noexcept
    {
        return wait_awaiter{*this, where};
    }

private:
    void unlink(wait_awaiter& leaving) noexcept;

    wait_awaiter* first_ = nullptr;
    wait_awaiter* last_ = nullptr;
    bool set_ = false;
};

}  // namespace redstart
