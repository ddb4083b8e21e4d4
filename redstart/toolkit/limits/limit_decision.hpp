// What every rate limiter answers, and what it tells of itself.
//
// All of them are called alike: acquire(subject, cost = 1) takes all of the cost or nothing, and peek(subject) takes
// nothing, is always allowed, and tells what remains. A peek, which is a cost of 0, writes nothing to the server: it
// neither removes what has ended, nor gives a key its expiry back, nor counts as a call after the clock was set. The
// subject is any bytes, also none, and is copied by the call.

#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace redstart::toolkit {

struct limit_decision {
    bool allowed = false;
    bool never = false;  // the cost is above the limit: waiting does not help
    // Allowed only because the limiter just watches: the rest is what a refusal would have told. See guarded_limiter.
    bool shadowed = false;
    std::uint32_t limit = 0;
    std::uint32_t remaining = 0;  // of the limit, after this call
    // When this call would be allowed, if nobody comes in between: 0 when it was, the policy's window when never.
    std::chrono::microseconds retry_after{};
    // Until there is more than `remaining`; 0 when that is all.
    std::chrono::microseconds more_after{};
    std::chrono::microseconds reset_after{};  // until the whole limit is there again

    bool operator==(limit_decision const&) const = default;
};

struct limit_policy {
    std::string name;
    std::uint32_t limit = 0;             // most that one call may cost
    std::chrono::microseconds window{};  // the time in which so much comes back

    bool operator==(limit_policy const&) const = default;
};

}  // namespace redstart::toolkit
