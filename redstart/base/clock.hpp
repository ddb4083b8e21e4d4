// The clock of the library: CLOCK_BOOTTIME, which goes on while the machine sleeps.
//
// Leases and deadlines must not live longer because a laptop or a virtual machine was suspended, so
// the monotonic clock of std::chrono, which stops there, is never used to decide that something is
// still valid.

#pragma once

#include <chrono>

namespace redstart {

struct boot_clock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<boot_clock>;
    static constexpr bool is_steady = true;

    static time_point now() noexcept;
};

// The deadline of something that may wait for ever.
inline constexpr boot_clock::time_point no_deadline = boot_clock::time_point::max();

// The end of a wait that starts at `from`. Saturates at both ends, so that a wait of centuries is
// no overflow.
constexpr boot_clock::time_point deadline_after(boot_clock::time_point from,
                                                boot_clock::duration wait) noexcept
{
    auto const zero = boot_clock::duration::zero();
    if (wait > zero && from > no_deadline - wait)
        return no_deadline;
    if (wait < zero && from < boot_clock::time_point::min() - wait)
        return boot_clock::time_point::min();
    return from + wait;
}

}  // namespace redstart
