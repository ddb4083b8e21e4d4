// A token bucket of one process, for when the server cannot be asked. Private to toolkit.

#pragma once

#include "redstart/base/clock.hpp"
#include "redstart/toolkit/limits/limit_decision.hpp"

#include <cstdint>

namespace redstart::toolkit::toolkit_detail {

// The share of one of `instances` in a limit: whole tokens and nanoseconds, rounded so that all of them together do not
// exceed it, unless it is less than one token for each.
struct local_share {
    local_share(limit_policy const& policy, std::uint32_t instances) noexcept;

    std::uint32_t burst;
    boot_clock::duration token;  // in this time one comes back
};

// A value; one thread at a time. It is full from `until` on, and when made.
struct local_bucket {
    limit_decision take(local_share const& share, std::uint32_t cost, boot_clock::time_point now);

    boot_clock::time_point until{};
};

}  // namespace redstart::toolkit::toolkit_detail
