// The timers of a loop: a wheel of 4,096 buckets of one millisecond.
//
// Starting and stopping a timer is O(1) and allocates nothing. A timer fires at or after its
// deadline, never before, and at most a millisecond late when the loop is idle. One that is further
// away than a turn of the wheel (4 s) stays in its bucket and is looked at once per turn.

#pragma once

#include "redstart/base/clock.hpp"

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>

namespace redstart {

// A timer, embedded in whoever waits. It calls its function once; the function may destroy it.
class timer_node {
public:
    using function = void (*)(timer_node&);

    explicit constexpr timer_node(function fire) noexcept : fire_{fire} {}
    timer_node(timer_node const&) = delete;
    timer_node& operator=(timer_node const&) = delete;

    bool is_running() const noexcept { return next_ != nullptr; }

protected:
    ~timer_node() { assert(!is_running() && "a timer is destroyed while it runs"); }

private:
    friend class timer_wheel;
    timer_node* next_ = nullptr;
    timer_node* previous_ = nullptr;
    std::int64_t tick_ = 0;
    function fire_;
};

class timer_wheel {
public:
    timer_wheel() noexcept;
    timer_wheel(timer_wheel const&) = delete;
    timer_wheel& operator=(timer_wheel const&) = delete;

    // Restarts a running timer. A deadline of no_deadline never fires and is not kept.
    void add(timer_node& timer, boot_clock::time_point deadline) noexcept;
    void remove(timer_node& timer) noexcept;

    // Fires everything that is due at `now`, in no particular order. Timers added while firing wait
    // for a later tick.
    void advance(boot_clock::time_point now) noexcept;

    // When to call advance() next: no later than the earliest deadline, perhaps earlier.
    // no_deadline if nothing runs.
    boot_clock::time_point next() const noexcept;

private:
    static constexpr std::size_t bucket_count = 4096;
    static constexpr std::int64_t mask = bucket_count - 1;

    struct anchor : timer_node {
        constexpr anchor() noexcept : timer_node{nullptr} {}
        ~anchor() { next_ = previous_ = nullptr; }
    };

    static void link(timer_node& head, timer_node& timer) noexcept;
    static void unlink(timer_node& timer) noexcept;
    void take_due(std::size_t bucket, std::int64_t tick, timer_node& due) noexcept;
    std::int64_t next_marked(std::int64_t after) const noexcept;
    void clear_if_empty(std::size_t bucket) noexcept;

    std::array<anchor, bucket_count> buckets_;
    std::array<std::uint64_t, bucket_count / 64> marked_{};  // which buckets hold a timer
    std::int64_t last_tick_ = 0;
    std::size_t running_ = 0;
};

}  // namespace redstart
