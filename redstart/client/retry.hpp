// When a failed command is sent again.
//
// Only what was not carried out, because the server said so before it did anything, or what may be done twice without a
// difference: a read. A write may be, too, if that is asked for: SET leaves the same value twice, but the copy that was
// lost may still arrive late, and bring back what somebody has replaced by then. The pauses between are jittered, and a
// budget that successes fill keeps a crowd of callers from storming a server that has just failed all of them.

#pragma once

#include "redstart/base/backoff.hpp"
#include "redstart/base/failure.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace redstart {

struct retry_options {
    unsigned attempts = 3;    // after the first; 0: nothing is sent twice
    backoff_options pause{};  // before each, with full jitter
    // After a lost connection: idempotent writes too, not only reads.
    bool writes = false;
    // Repetitions that may be saved up on each loop, and how many commands that succeed earn one.
    unsigned budget = 100;
    unsigned earned_by = 10;
};

// Whether a command that failed so may be sent again. `server_code` is the first word of the server's error;
// `twice_is_once`: it makes no difference when the lost copy was carried out, or still will be.
bool is_worth_repeating(failure_code code, outcome result, std::string_view server_code,
                        bool twice_is_once) noexcept;

// Whether the server answers with this error before it runs anything of a command that takes several steps. BUSY is a
// word that scripts use as well, for a lock that is held, so it must be the server's own sentence.
bool came_before_anything_was_done(std::string_view server_text) noexcept;

// A token bucket that is filled by successes. One loop's thread.
class retry_budget {
public:
    explicit retry_budget(retry_options const& options) noexcept
        : price_{std::max(options.earned_by, 1U)}, most_{std::uint64_t{price_} * options.budget},
          saved_{most_}
    {
    }

    void earn() noexcept { saved_ += saved_ < most_ ? 1 : 0; }
    bool spend() noexcept
    {
        if (saved_ < price_)
            return false;
        saved_ -= price_;
        return true;
    }

private:
    std::uint64_t price_;
    std::uint64_t most_;
    std::uint64_t saved_;
};

}  // namespace redstart
