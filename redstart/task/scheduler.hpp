// What a coroutine needs of its loop: a list of what is ready to run, timers, a clock and an inbox.
//
// Every wake-up in the library goes through the ready list. Nothing is resumed from inside a
// parser, a timer or another coroutine's resume, so no chain of wake-ups recurses and nobody is
// destroyed under his own feet.

#pragma once

#include "redstart/base/clock.hpp"
#include "redstart/task/timer_wheel.hpp"

#include <atomic>
#include <cassert>
#include <coroutine>
#include <cstddef>

namespace redstart {

// Something to run once on a loop. Its owner keeps it alive until it ran; it is in at most one list
// at a time.
class ready_node {
public:
    using function = void (*)(ready_node&);

    explicit constexpr ready_node(function run) noexcept : run_{run} {}
    ready_node(ready_node const&) = delete;
    ready_node& operator=(ready_node const&) = delete;

    void run() { run_(*this); }

private:
    friend class ready_list;
    friend class inbox;
    ready_node* next_ = nullptr;
    function run_;

protected:
    ~ready_node() = default;
};

// A coroutine to be resumed.
class resume_node : public ready_node {
public:
    constexpr resume_node() noexcept : ready_node{&resume} {}
    void set(std::coroutine_handle<> waiting) noexcept { waiting_ = waiting; }

private:
    static void resume(ready_node& self) { static_cast<resume_node&>(self).waiting_.resume(); }
    std::coroutine_handle<> waiting_;
};

// First in, first out; one thread.
class ready_list {
public:
    bool empty() const noexcept { return first_ == nullptr; }
    void push(ready_node& node) noexcept;
    ready_node& pop() noexcept;

private:
    ready_node* first_ = nullptr;
    ready_node* last_ = nullptr;
};

// What other threads want to be run here. Many writers without a lock, one reader.
class inbox {
public:
    // True if it was empty, so that the reader must be woken: one wake-up per burst.
    bool push(ready_node& node) noexcept;
    // Moves everything to `out` in the order in which it came.
    void take_all(ready_list& out) noexcept;
    bool empty() const noexcept { return top_.load(std::memory_order_acquire) == nullptr; }

private:
    std::atomic<ready_node*> top_{nullptr};
};

// Something that wants one call when a turn has nothing left to run, or has run all it may, such as
// a lane with unsent commands. Hooks are called in the order in which they asked. One that asks
// again while it is called waits for the next turn.
class idle_hook {
public:
    idle_hook() = default;
    idle_hook(idle_hook const&) = delete;
    idle_hook& operator=(idle_hook const&) = delete;

    virtual void before_idle() = 0;

protected:
    ~idle_hook() { assert(!hooked_ && "a hook is destroyed that a loop is about to call"); }

private:
    friend class scheduler;
    idle_hook* next_hook_ = nullptr;
    bool hooked_ = false;
};

class scheduler {
public:
    static constexpr std::size_t turn_limit = 256;  // wake-ups between two looks at the sockets

    scheduler() = default;
    scheduler(scheduler const&) = delete;
    scheduler& operator=(scheduler const&) = delete;

    // Read at most once per turn, and never carried over an idle wait.
    boot_clock::time_point now() noexcept
    {
        if (!clock_read_) {
            now_ = read_clock();
            clock_read_ = true;
        }
        return now_;
    }

    void ready(ready_node& node) noexcept  // this loop's thread, as all that follows but post()
    {
        assert(!runs_elsewhere() && "another loop's thread must post()");
        ready_.push(node);
    }
    bool has_ready() const noexcept { return !ready_.empty(); }
    void post(ready_node& node) noexcept;  // any thread; the loop outlives the call
    void call_before_idle(idle_hook& hook) noexcept;
    void forget(idle_hook& hook) noexcept;  // for a hook that is about to be destroyed

    void start(timer_node& timer, boot_clock::time_point deadline) noexcept;
    void stop(timer_node& timer) noexcept
    {
        assert(!runs_elsewhere() && "a timer is stopped on its loop's thread");
        wheel_.remove(timer);
    }

    bool is_current() const noexcept { return current() == this; }
    static scheduler* current() noexcept;  // the loop that this thread runs, or null

protected:
    ~scheduler();

    virtual boot_clock::time_point read_clock() noexcept { return boot_clock::now(); }
    virtual void wake() noexcept = 0;  // any thread: let the loop look at its inbox

    // One turn: due timers, the inbox, at most turn_limit wake-ups, and the hooks. True if more is left to do, so that
    // the loop must not sleep.
    bool run_turn();
    // Once per turn, and just before the loop waits: what runs right after a wait asks for the
    // time.
    void forget_clock() noexcept { clock_read_ = false; }
    boot_clock::time_point next_timer() const noexcept { return wheel_.next(); }
    bool inbox_empty() const noexcept { return inbox_.empty(); }

    // Marks this thread as the one that runs `loop`.
    class running {
    public:
        explicit running(scheduler& loop) noexcept;
        ~running();
        running(running const&) = delete;
        running& operator=(running const&) = delete;

    private:
        scheduler* before_;
    };

private:
    // Whether this thread runs another loop. A thread that runs none may set up and clear up.
    bool runs_elsewhere() const noexcept { return current() != nullptr && current() != this; }
    void run_hooks(bool turn_is_full);
    void remove_hook(idle_hook& hook, idle_hook* before) noexcept;

    ready_list ready_;
    inbox inbox_;
    timer_wheel wheel_;
    idle_hook* first_hook_ = nullptr;
    idle_hook* last_hook_ = nullptr;
    std::size_t hooks_ = 0;
    boot_clock::time_point now_{};
    bool clock_read_ = false;
};

}  // namespace redstart
