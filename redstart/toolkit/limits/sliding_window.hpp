// A sliding window: at most `limit` in any span of `window`, for each subject. Exact, not an estimate.
//
//     sliding_window calls{db, {.name = "api", .limit = 100, .window = 60s}};
//     auto const decided = co_await calls.acquire(client_address);
//     if (!decided.allowed) co_return too_many(decided.retry_after);
//
// What was allowed is kept in a log, one sorted set for each subject, under
// <prefix>:window:<name>:<length>us:{<subject>}. An acquisition made at s counts at t while t - window < s <= t. The
// test comes before the charge, so a refused call costs nothing, and a caller who goes on asking is let in as soon as
// there is room. Time is the server's, in microseconds. Nothing is rounded in the caller's favour: after exactly
// retry_after there is room, and not a microsecond before.
//
// One script on one key, one round trip: O(log n + expired) of n logged calls; a refused call of cost > 1 looks at
// O(log n) of them. A logged call takes about 130 bytes of the server's memory, whatever its cost: hence the bound of
// 10,000. The script sets the key's time to live, to the window and a little more, and gives one back to a key that
// had lost it, so a log goes when nobody uses it. A peek writes nothing.
//
// The server's clock decides, and it may be set, or be another one after a failover:
// - Backwards: the log's time stands still for that moment and goes on from there at the right speed. Nothing is
//   admitted that should not be; what was logged before counts for at most one window from the first call after the
//   jump, however far the clock jumped. Nobody is locked out.
// - Forwards: what was logged seems older than it is. Each such jump admits up to `limit` more in the window around it.
// A log that lost its last entries, because a replica without them took over, admits as many more; a server that
// evicts keys may drop it whole.
//
// Deadline and cancellation are the ambient ones. A failure of acquire says whether the cost may have been charged
// (maybe_applied). It is thrown on: whether to fail open or closed, and whether to ask again, is the caller's choice.

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

struct sliding_window_options {
    std::string prefix = "redstart";  // see key_space.hpp
    // 1 to 40 printable ASCII bytes without blanks, { } and %. Limiters of different names do not share what they
    // count.
    std::string name = "default";
    std::uint32_t limit = 100;                                   // 1 to 10,000
    std::chrono::microseconds window = std::chrono::minutes{1};  // 1 ms to 366 days
};

// A value that refers to its client, which outlives it and every task made here. Used on the loops of that client's
// runtime, by any number of coroutines at once, and by any number of processes: they count together. A new limit
// applies to what has been logged; a new window starts with an empty log.
class sliding_window {
public:
    // Throws a failure (invalid_argument) if an option is out of its range.
    sliding_window(client& db, sliding_window_options options,
                   std::source_location where = std::source_location::current());

    // Takes `cost` of the subject's limit, all or nothing. Cost 0 takes nothing, is always allowed, and tells what
    // remains. The subject is any bytes, also none, and is copied by the call.
    task<limit_decision> acquire(
        std::string_view subject, std::uint32_t cost = 1,
        std::source_location where = std::source_location::current()) const;

    // Cost 0.
    task<limit_decision> peek(std::string_view subject,
                              std::source_location where = std::source_location::current()) const;

    sliding_window_options const& options() const noexcept { return options_; }
    limit_policy policy() const;

private:
    client* db_;
    sliding_window_options options_;
    key_space keys_;
};

}  // namespace redstart::toolkit
