// Exponential backoff with full jitter: each pause is drawn evenly from zero to a ceiling that
// doubles up to a limit.
//
// Full jitter spreads a crowd of clients over the whole interval after a common failure; adding a
// little noise to a fixed pause would keep the crowd together (Brooker, "Exponential Backoff And
// Jitter").

#pragma once

#include "redstart/base/clock.hpp"

#include <cstdint>

namespace redstart {

// A value without sense is corrected: no ceiling is below a nanosecond, so that it can double, and
// `first` is no more than `limit`.
struct backoff_options {
    boot_clock::duration first = std::chrono::milliseconds{10};  // ceiling of the first pause
    boot_clock::duration limit = std::chrono::seconds{1};        // no ceiling grows beyond it
};

// A value; one thread at a time.
class backoff {
public:
    explicit backoff(backoff_options options = {}) noexcept;

    boot_clock::duration
    next() noexcept;  // the next pause, from zero to ceiling(), which then doubles
    boot_clock::duration ceiling() const noexcept { return ceiling_; }
    void reset() noexcept { ceiling_ = options_.first; }

private:
    backoff_options options_;
    boot_clock::duration ceiling_{};
};

}  // namespace redstart
