#include "redstart/toolkit/limits/local_bucket.hpp"

#include <algorithm>

namespace redstart::toolkit::toolkit_detail {

using std::chrono::microseconds;

// A full bucket comes back in the whole window, so the share of a second is the same however it is rounded.
local_share::local_share(limit_policy const& policy, std::uint32_t instances) noexcept
    : burst{std::max(1U, policy.limit / instances)},
      token{(boot_clock::duration{policy.window}.count() / burst) + 1}
{
}

limit_decision local_bucket::take(local_share const& share, std::uint32_t cost,
                                  boot_clock::time_point now)
{
    auto const holds = share.token * share.burst;
    auto lacks = std::clamp(until - now, boot_clock::duration::zero(), holds);
    auto there = static_cast<std::uint32_t>((holds - lacks) / share.token);
    limit_decision decided;
    decided.limit = share.burst;
    decided.never = cost > share.burst;
    decided.allowed = cost <= there;
    if (decided.allowed) {
        there -= cost;
        lacks += share.token * cost;
        until = now + lacks;
    }
    auto const wait = [&](std::uint32_t needed) {
        return std::chrono::ceil<microseconds>(lacks + share.token * needed - holds);
    };
    decided.remaining = there;
    decided.reset_after = std::chrono::ceil<microseconds>(lacks);
    if (decided.never)
        decided.retry_after = std::chrono::ceil<microseconds>(holds);
    else if (!decided.allowed)
        decided.retry_after = wait(cost);
    if (there < share.burst)
        decided.more_after = wait(there + 1);
    return decided;
}

}  // namespace redstart::toolkit::toolkit_detail
