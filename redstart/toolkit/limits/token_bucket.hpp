// A token bucket: `burst` at once, and `count` per `period` in the long run, for each subject.
//
//     token_bucket calls{db, {.name = "api", .count = 100, .period = 60s, .burst = 20}};
//     auto const decided = co_await calls.acquire(client_address);
//
// The bucket is full at first and fills evenly: callers are let in at their rate, and not all at the same moment. In
// any span W at most burst + W * count / period are admitted, see most_in(); of a bucket that hard_cap() makes, never
// more than the cap in any window.
//
// The generic cell rate algorithm (ITU-T I.371): one string under <prefix>:bucket:<name>:{<subject>}, namely when the
// bucket will be full again, in microseconds, and the fraction of one that the rate leaves over. So no rate is rounded,
// and nothing is in the caller's favour: after exactly retry_after there are enough tokens, and not a microsecond
// before. One script, one round trip, O(1). The key lives until the bucket is full; a lost time to live is given back.
// A refused call costs nothing, and a peek writes nothing.
//
// The server's clock may be set, or be another one after a failover:
// - Backwards: the bucket has at most as many tokens as it had, and none that the caller waits for longer than an empty
//   one takes to fill, counted from the first call after the jump. Nobody is locked out.
// - Forwards: the bucket is fuller than it should be. Each such jump admits up to `burst` more.
// A server that lost the key, evicted it or took over without it admits up to `burst` more.
//
// Deadline and cancellation are the ambient ones. A failure says whether tokens may have been taken (maybe_applied),
// and is thrown on; asking again takes again.

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

struct token_bucket_options {
    std::string prefix = "redstart";  // see key_space.hpp
    // 1 to 40 printable ASCII bytes without blanks, { } and %. Limiters of different names do not share what they
    // count.
    std::string name = "default";
    std::uint32_t count = 100;  // tokens that come back in a period; at least 1
    std::chrono::microseconds period = std::chrono::minutes{1};  // 1 ms to 366 days
    // What a full bucket holds; at least 1. It must fill within 366 days, and burst times the microseconds of the
    // period, once these are divided by what they share with count, is at most 2^51: so that all is computed exactly.
    std::uint32_t burst = 100;
};

// Of which no more than `limit` are admitted in any window: `burst` at once, which is 1 to limit - 1, and the rest of
// it evenly. The smaller the burst, the more a steady caller gets.
token_bucket_options hard_cap(std::uint32_t limit, std::chrono::microseconds window,
                              std::uint32_t burst,
                              std::source_location where = std::source_location::current());

// What acquire_up_to took.
struct token_grant {
    std::uint32_t taken = 0;
    limit_decision decision;  // allowed if it took as many as were needed: any, or the least

    bool operator==(token_grant const&) const = default;
};

// A value that refers to its client, which outlives it and every task made here. Used on the loops of that client's
// runtime, by any number of coroutines at once, and by any number of processes: they count together. The limit of its
// decisions is the burst. With a new rate or burst, a bucket is full when it would have been, to the microsecond, but
// no later than the new one takes to fill. So with a lower rate, or a larger burst, an empty bucket may have up to the
// new burst at once.
class token_bucket {
public:
    // Throws a failure (invalid_argument) if an option is out of its range.
    token_bucket(client& db, token_bucket_options options,
                 std::source_location where = std::source_location::current());

    task<limit_decision> acquire(
        std::string_view subject, std::uint32_t cost = 1,
        std::source_location where = std::source_location::current()) const;
    task<limit_decision> peek(std::string_view subject,
                              std::source_location where = std::source_location::current()) const;

    // Takes as many whole tokens as there are, at most `most`; when there is none it is refused. At most 0 is a peek,
    // which is allowed.
    task<token_grant> acquire_up_to(
        std::string_view subject, std::uint32_t most,
        std::source_location where = std::source_location::current()) const;

    // The same, but nothing when there are less than `least`. Throws if it is above `most`.
    task<token_grant> acquire_between(
        std::string_view subject, std::uint32_t least, std::uint32_t most,
        std::source_location where = std::source_location::current()) const;

    // The most that any span of this length, with both its ends, can admit.
    std::uint64_t most_in(std::chrono::microseconds span) const noexcept;

    token_bucket_options const& options() const noexcept { return options_; }
    limit_policy policy() const;

private:
    struct amount {
        std::uint32_t least;
        std::uint32_t most;
    };
    task<token_grant> take(std::string_view subject, amount wanted,
                           std::source_location const& where) const;

    client* db_;
    token_bucket_options options_;
    key_space keys_;
};

}  // namespace redstart::toolkit
