// One suspended wait: it ends because it is finished, because its deadline passes, or because it is
// cancelled.
//
// It ends exactly once: whatever comes first wins, and the others are undone before the coroutine
// is put on the ready list. Lives in the frame of whoever waits; one loop's thread.

#pragma once

#include "redstart/task/context.hpp"

#include <coroutine>
#include <cstdint>

namespace redstart {

class waiter : private resume_node, private timer_node, private cancel_node {
public:
    enum class ending : std::uint8_t { pending, finished, timed_out, cancelled };

    waiter(waiter const&) = delete;
    waiter& operator=(waiter const&) = delete;

    ending ended_by() const noexcept { return ending_; }

protected:
    waiter() noexcept : timer_node{&on_timer}, cancel_node{&on_cancel} {}
    ~waiter() = default;

    // False when there is nothing to wait for: already cancelled, or the deadline has passed.
    bool may_begin(context const& ambient, boot_clock::time_point deadline) noexcept;

    // Waits until finish(), until `deadline` or the ambient one, or until the ambient cancellation
    // is requested.
    void begin(context const& ambient, boot_clock::time_point deadline,
               std::coroutine_handle<> waiting) noexcept;

    bool has_begun() const noexcept { return loop_ != nullptr; }

    // From now on it is this deadline that counts, or the ambient one: the wait has come to another
    // stage. Only while it lasts.
    void prolong(context const& ambient, boot_clock::time_point deadline) noexcept;

    // Ends the wait; the coroutine runs from the ready list. Without effect once it has ended.
    void finish() noexcept { end(ending::finished); }

    // Called once when the deadline or a cancellation ended the wait, before the coroutine runs:
    // leave whatever list or queue this stands in. Return false to stay suspended until finish(),
    // because an answer must be awaited.
    virtual bool given_up(ending why) noexcept = 0;

    scheduler& loop() const noexcept { return *loop_; }

    // Throws what ended the wait if it was not finish().
    void throw_unless_finished(std::source_location where) const;

private:
    static void on_timer(timer_node& self) noexcept;
    static void on_cancel(cancel_node& self) noexcept;
    void end(ending why) noexcept;
    void give_up(ending why) noexcept;

    scheduler* loop_ = nullptr;
    ending ending_ = ending::pending;
};

}  // namespace redstart
