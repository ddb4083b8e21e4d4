// A fixed window: at most `limit` in each window, for each subject. The cheapest of the limiters.
//
//     fixed_window calls{db, {.name = "api", .limit = 100, .window = 60s}};
//     auto const decided = co_await calls.acquire(client_address);
//
// A window begins with the first call that is charged, and not at the full minute, so subjects do not all start anew at
// once. The test comes before the charge: a refused call costs nothing and does not make anybody wait longer. What is
// NOT guaranteed is any span of that length: the end of one window and the beginning of the next may together admit
// 2 x limit. Where that matters, take sliding_window.
//
// One string, "<used>:<end in microseconds>", under <prefix>:fixed:<name>:<length>us:{<subject>}; one script, one round
// trip, O(1). The script sets the key's time to live, to the window's end and a little more, and gives one back to a
// key that had lost it. A peek writes nothing.
//
// Time is the server's, and its clock may be set, or be another one after a failover:
// - Backwards: the window lasts for at most its length from the first call after the jump, so nobody is locked out,
//   and admits no more than its limit.
// - Forwards: the window ends at once, so each such jump admits up to `limit` more.
// A server that lost the key, evicted it or took over without it admits as many more.
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

struct fixed_window_options {
    std::string prefix = "redstart";  // see key_space.hpp
    // 1 to 40 printable ASCII bytes without blanks, { } and %. Limiters of different names do not share what they
    // count.
    std::string name = "default";
    std::uint32_t limit = 100;                                   // at least 1
    std::chrono::microseconds window = std::chrono::minutes{1};  // 1 ms to 366 days
};

// A value that refers to its client, which outlives it and every task made here. Used on the loops of that client's
// runtime, by any number of coroutines at once, and by any number of processes: they count together. A new limit
// applies to what was counted; a new length starts with a new window.
class fixed_window {
public:
    // Throws a failure (invalid_argument) if an option is out of its range.
    fixed_window(client& db, fixed_window_options options,
                 std::source_location where = std::source_location::current());

    task<limit_decision> acquire(
        std::string_view subject, std::uint32_t cost = 1,
        std::source_location where = std::source_location::current()) const;
    task<limit_decision> peek(std::string_view subject,
                              std::source_location where = std::source_location::current()) const;

    fixed_window_options const& options() const noexcept { return options_; }
    limit_policy policy() const;

private:
    client* db_;
    fixed_window_options options_;
    key_space keys_;
};

}  // namespace redstart::toolkit
