// What time it is at the server, between two readings of its clock.
//
// The server read its clock somewhere between our question and its answer, so its time now is known within that much;
// from then on our boot clock goes on counting. Nothing depends on what our own machine thinks the date is.

#pragma once

#include "redstart/base/clock.hpp"

#include <chrono>

namespace redstart::toolkit::toolkit_detail {

// A value; one thread at a time. Server times are microseconds since 1970.
class clock_reading {
public:
    static constexpr boot_clock::duration good_for = std::chrono::seconds{1};

    bool is_known() const noexcept { return known_; }
    // Nobody has asked within the last second. After asked() nobody else needs to, if it is known at all.
    bool is_due(boot_clock::time_point now) const noexcept
    {
        return !known_ || now - asked_at_ >= good_for;
    }
    void asked(boot_clock::time_point now) noexcept { asked_at_ = now; }

    void heard(std::chrono::microseconds told, boot_clock::time_point asked,
               boot_clock::time_point answered) noexcept
    {
        asked_at_ = asked;
        least_ = told - rounded(answered);
        most_ = told - rounded(asked);
        known_ = true;
    }

    // The server's clock shows no less, and no more.
    std::chrono::microseconds earliest(boot_clock::time_point now) const noexcept
    {
        return least_ + rounded(now);
    }
    std::chrono::microseconds latest(boot_clock::time_point now) const noexcept
    {
        return most_ + rounded(now) + std::chrono::microseconds{1};
    }

private:
    static std::chrono::microseconds rounded(boot_clock::time_point at) noexcept
    {
        return std::chrono::floor<std::chrono::microseconds>(at.time_since_epoch());
    }

    boot_clock::time_point asked_at_{};
    std::chrono::microseconds least_{};  // the server's time less ours
    std::chrono::microseconds most_{};
    bool known_ = false;
};

}  // namespace redstart::toolkit::toolkit_detail
