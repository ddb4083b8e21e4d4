// A limiter that says what happens when its server fails, and that remembers whom it refused.
//
//     guarded_limiter calls{token_bucket{db, {.name = "api"}}, {.fallback = limit_fallback::open}};
//     auto const decided = co_await calls.acquire(client_address);
//
// Refused: a subject that was refused is refused here, without a round trip, until it would be let in: whoever hammers
// costs the server nothing. It is exact, as what is used can only grow, but for what makes room otherwise: a limiter's
// key that is deleted, a limit that is raised elsewhere, or a server's clock that is set forward. The time is counted
// from before the question was sent, on our boot clock. At most `remembered` subjects, of at most 256 bytes.
//
// Failing: when the server does not answer within `timeout`, or with an error, `fallback` decides. Then it is not asked
// for a `pause`, after which one call asks again; but for an error that is of one subject's key, which is no limiter's:
// then others are asked about as ever. What was asked may have been charged all the same. What the caller causes is
// thrown on and no failure of the server: a cancellation, a deadline of his own, arguments that make no sense, a client
// that was stopped.
//
// In the shadow: a limit that is only tried. It decides, remembers and counts as ever, and lets everybody through; whom
// it would have refused the decision calls `shadowed`. So a limit can be watched before it is enforced. Those who come
// are the same as without it, so more are counted than there would be if they had been told to wait.

#pragma once

#include "redstart/base/clock.hpp"
#include "redstart/codec/described.hpp"
#include "redstart/toolkit/limits/limiter.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <source_location>
#include <string_view>

namespace redstart::toolkit {

enum class limit_fallback : std::uint8_t {
    closed,  // the failure is thrown on, and circuit_open in the pause: for logins
    open,    // all are allowed: for limits that shape traffic
    local,   // a token bucket of this process, with its share of the limit
};
BOOST_DESCRIBE_ENUM(limit_fallback, closed, open, local)

struct guard_options {
    limit_fallback fallback = limit_fallback::closed;
    boot_clock::duration timeout = std::chrono::milliseconds{250};  // above 0
    boot_clock::duration pause = std::chrono::seconds{1};           // above 0
    // local: how many processes share the limit; each allows limit / instances of it, and at least 1. A cost above that
    // share must wait until the server is asked again.
    std::uint32_t instances = 1;
    // Subjects that are remembered as refused, and for `local` as many with a bucket of their own while the server
    // fails; 0 for none. Some 80 bytes each, taken at once, and the text of those above 15 bytes. Take twice as many as
    // are refused at a time: near the bound some are forgotten early. One that is forgotten is asked for, and has a
    // full bucket.
    std::size_t remembered = 16'384;
    // Refuses nobody, and does not throw on what `closed` would: allowed, and `shadowed` instead.
    bool shadow = false;
};

// Since it was made.
struct guard_counts {
    std::uint64_t asked = 0;  // questions to the server
    std::uint64_t refused_from_memory = 0;
    std::uint64_t failed = 0;       // of what was asked
    std::uint64_t fallen_back = 0;  // decided without the server, or thrown on
    std::uint64_t shadowed = 0;     // let through that would have been refused, also from memory
};
BOOST_DESCRIBE_STRUCT(guard_counts, (), (asked, refused_from_memory, failed, fallen_back, shadowed))

// A value whose copies share what they remember and count. Any thread that the limiter allows. Tasks keep what they
// need of it.
class guarded_limiter {
public:
    // Throws a failure (invalid_argument) if an option is out of its range.
    explicit guarded_limiter(limiter guarded, guard_options options = {},
                             std::source_location where = std::source_location::current());

    task<limit_decision> acquire(
        std::string_view subject, std::uint32_t cost = 1,
        std::source_location where = std::source_location::current()) const;
    // Asks the server even about those who are remembered.
    task<limit_decision> peek(std::string_view subject,
                              std::source_location where = std::source_location::current()) const;

    // What acquire() refuses from memory, if it does: without a coroutine. In the shadow nothing.
    std::optional<limit_decision> refusal(std::string_view subject, std::uint32_t cost = 1) const;

    guard_counts counts() const noexcept;
    limit_policy policy() const;

private:
    struct state;
    std::shared_ptr<state> state_;
};

}  // namespace redstart::toolkit
