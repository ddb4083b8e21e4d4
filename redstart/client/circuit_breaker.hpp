// A circuit breaker: after so many failures in a row, calls fail at once for a while instead of waiting for a server
// that is not there.
//
// Then one call is let through to try. If it succeeds, all are; if it fails, none is for another while. Pure: it is
// told the time.

#pragma once

#include "redstart/base/clock.hpp"

#include <cstdint>

namespace redstart {

struct circuit_breaker_options {
    // Calls in a row that found no server, no answer in time or a server that cannot serve. 0: the circuit never opens.
    unsigned failures = 0;
    boot_clock::duration open_for = std::chrono::seconds{1};
};

// One loop's thread.
class circuit_breaker {
public:
    explicit circuit_breaker(circuit_breaker_options options) noexcept : options_{options} {}

    bool is_on() const noexcept { return options_.failures > 0; }
    bool is_open() const noexcept { return is_open_; }

    // Whether a call may go on. The one that may while the circuit is open must tell how it ended.
    bool lets_pass(boot_clock::time_point now) noexcept;

    void note_success() noexcept;
    bool note_failure(boot_clock::time_point now) noexcept;  // true: this opens it
    // It ended in a way that says nothing of the server: it was cancelled, or too much was in flight.
    void note_neither() noexcept { is_trying_ = false; }

private:
    circuit_breaker_options options_;
    unsigned in_a_row_ = 0;
    bool is_open_ = false;
    bool is_trying_ = false;
    boot_clock::time_point try_at_{};
};

}  // namespace redstart
