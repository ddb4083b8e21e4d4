// Tokens in advance: a process takes several of a bucket at once and gives them out itself, so that most calls need no
// round trip.
//
//     leased_bucket calls{token_bucket{db, {.name = "api", .count = 10'000, .period = 1s}}, {.tokens = 100}};
//     auto const decided = co_await calls.acquire(tenant);
//
// Whenever a subject's tokens here do not suffice, up to `tokens` are taken from its bucket, for one round trip on one
// key, and kept for at most `keep`. Every token was taken from the bucket before it is given out, so all processes
// together never give out more than the bucket did. What is inexact is when: what was taken may be used up to `keep`
// later, so a span W may see burst + W * count / period and up to `tokens` more for each process; and what is not used
// in time is lost, so callers may be refused up to so many too early. Take few where the limit is small.
//
// While one call fetches tokens of a subject, others who find too few ask for their own cost alone. A call that fails
// or is cancelled loses what it may have taken.

#pragma once

#include "redstart/base/clock.hpp"
#include "redstart/toolkit/limits/limiter.hpp"
#include "redstart/toolkit/limits/token_bucket.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <source_location>
#include <string_view>

namespace redstart::toolkit {

struct lease_options {
    std::uint32_t tokens = 10;  // taken at once; 1 to the burst of the bucket
    boot_clock::duration keep = std::chrono::seconds{1};  // above 0
    // Of so many subjects tokens are kept, some 100 bytes each; of those who come while it is full, and of names above
    // 256 bytes, each token is asked for. Nobody makes others lose what is kept of them by coming with many names.
    std::size_t subjects = 1024;
};

// A value whose copies share their tokens. Any thread that its client allows.
class leased_bucket {
public:
    // Throws a failure (invalid_argument) if an option is out of its range.
    leased_bucket(token_bucket bucket, lease_options options,
                  std::source_location where = std::source_location::current());

    // What remains, and when, is as of the last time that the bucket was asked, and what is left of it here.
    task<limit_decision> acquire(
        std::string_view subject, std::uint32_t cost = 1,
        std::source_location where = std::source_location::current()) const;
    // Asks the bucket, and does not count what is kept here.
    task<limit_decision> peek(std::string_view subject,
                              std::source_location where = std::source_location::current()) const;

    limit_policy policy() const;

private:
    struct state;
    std::shared_ptr<state> state_;
};

}  // namespace redstart::toolkit
