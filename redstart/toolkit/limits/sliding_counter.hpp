// A sliding counter: about `limit` in any span of `window`, for each subject, in constant memory.
//
//     sliding_counter calls{db, {.name = "api", .limit = 100'000, .window = 1h}};
//     auto const decided = co_await calls.acquire(client_address);
//
// Counts this window and the one before, whose calls are taken to lie evenly in it: what of it is not yet a window ago
// still counts, rounded up. It is an estimate and NOT a hard bound: after a burst at the end of one window, calls that
// are spread over the next are let in as the burst seems to go, and some span of that length admits up to just under
// 2 x limit. Where a bound is needed, take sliding_window, whose memory grows with its limit. Nor is it exact the other
// way: as long as anything of the window before counts, it counts at least 1, so steady callers get their limit less 1,
// and a limit of 1 admits one in every other window. Take fixed_window or token_bucket for small limits.
//
// One hash of three fields under <prefix>:sliding:<name>:<length>ms:{<subject>}; one script, one round trip, O(1).
// Windows begin where the server's clock is a multiple of the length. The test comes before the charge: a refused call
// costs nothing. The script sets the key's time to live, to the end of the next window and a little more, and gives one
// back to a key that had lost it. A peek writes nothing.
//
// The server's clock may be set, or be another one after a failover:
// - Backwards into an earlier window: all that was counted, up to the limit, counts as if made now, so nobody is locked
//   out for more than two windows, and nothing is admitted that should not be. Within the window: what is left of the
//   one before counts a little longer.
// - Forwards: what was counted seems older. Each such jump admits up to `limit` more.
//
// Deadline and cancellation are the ambient ones. A failure says whether the cost may have been charged
// (maybe_applied), and is thrown on; asking again charges again.

#pragma once

#include "redstart/client/client.hpp"
#include "redstart/toolkit/key_space.hpp"
#include "redstart/toolkit/limits/limit_decision.hpp"

#include <chrono>
#include <cstdint>
#include <source_location>
#include <string>
#include <string_view>

namespace redstart::toolkit {

struct sliding_counter_options {
    std::string prefix = "redstart";  // see key_space.hpp
    // 1 to 40 printable ASCII bytes without blanks, { } and %. Limiters of different names do not share what they
    // count.
    std::string name = "default";
    // At least 1. Times the milliseconds of the window at most 2^51, so that the estimate is computed exactly.
    std::uint32_t limit = 100;
    std::chrono::milliseconds window = std::chrono::minutes{1};  // 1 ms to 366 days
};

// A value that refers to its client, which outlives it and every task made here. Used on the loops of that client's
// runtime, by any number of coroutines at once, and by any number of processes: they count together. A new limit
// applies to what was counted; a new length starts with nothing counted.
class sliding_counter {
public:
    // Throws a failure (invalid_argument) if an option is out of its range.
    sliding_counter(client& db, sliding_counter_options options,
                    std::source_location where = std::source_location::current());

    task<limit_decision> acquire(
        std::string_view subject, std::uint32_t cost = 1,
        std::source_location where = std::source_location::current()) const;
    task<limit_decision> peek(std::string_view subject,
                              std::source_location where = std::source_location::current()) const;

    sliding_counter_options const& options() const noexcept { return options_; }
    limit_policy policy() const;

private:
    client* db_;
    sliding_counter_options options_;
    key_space keys_;
};

}  // namespace redstart::toolkit
