// How many may be at it at once: at most `limit` permits of a subject are held at any moment.
//
//     concurrency_limiter uploads{db, {.name = "uploads", .limit = 4, .hold = 30s}};
//     auto const stored = co_await uploads.run(user, [&]() -> task<file_id> { ... });
//     if (!stored) co_return busy();                   // there are four already
//
// A permit is a lease: whoever crashes without giving it back holds it for `hold` at most, and then it is reclaimed by
// the next who asks. run() renews it and gives it back. Who calls acquire(), renew() and release() himself is NOT
// counted any more when he goes on after his permit ended: stop at held.until, which is of our boot clock and counted
// from before the question was sent, or renew in time.
//
// One sorted set of tokens, scored by when they end, under <prefix>:permits:<name>:{<subject>}; one script, one round
// trip, O(log n + ended) of n permits that are held. The key lives as long as its last permit. A report writes nothing.
// Permits are 128 random bits: nobody gives back another's, and a release twice is as one.
//
// Time is the server's. If its clock is set back, permits of crashed holders last longer, up to an hour from the next
// call on; if it is set forward, permits end early, and more than `limit` may be at it. So they may when the server
// loses the key or a replica takes over without it.
//
// Deadline and cancellation are the ambient ones. A failure is thrown on. Where acquire may have been carried out
// (maybe_applied, so also when it is cancelled), the permit that nobody would know of is given back before that, for
// which there are 250 ms whatever the ambient ones say; if that fails too, it ends by itself.

#pragma once

#include "redstart/base/clock.hpp"
#include "redstart/client/client.hpp"
#include "redstart/codec/described.hpp"
#include "redstart/toolkit/kept_result.hpp"
#include "redstart/toolkit/key_space.hpp"

#include <chrono>
#include <cstdint>
#include <exception>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace redstart::toolkit {

namespace toolkit_detail {
template <class Body>
struct counted_body {
    static_assert(task_function<Body>, "a body takes nothing and gives a task");
    using result = given_by<Body>;
};
template <class Body>
using counted_result = typename counted_body<Body>::result;
}  // namespace toolkit_detail

struct concurrency_options {
    std::string prefix = "redstart";  // see key_space.hpp
    // 1 to 40 printable ASCII bytes without blanks, { } and %. Limiters of different names do not share what they
    // count.
    std::string name = "default";
    std::uint32_t limit = 10;                                   // 1 to 10,000
    std::chrono::milliseconds hold = std::chrono::seconds{30};  // of a permit: 10 ms to an hour
};

struct permit {
    std::string subject;
    std::string token;  // it is known to its holder alone
    boot_clock::time_point until{};
};

struct permit_decision {
    bool allowed = false;
    std::uint32_t limit = 0;
    std::uint32_t in_use = 0;  // with this one
    // When the first permit ends, if nobody gives one back before; 0 when allowed.
    std::chrono::microseconds retry_after{};
    permit held;  // when allowed
};

struct concurrency_report {
    std::uint32_t limit = 0;
    std::uint32_t in_use = 0;
    std::int64_t first_ends_in_us = 0;  // 0: none is held
    std::int64_t last_ends_in_us = 0;
};
BOOST_DESCRIBE_STRUCT(concurrency_report, (), (limit, in_use, first_ends_in_us, last_ends_in_us))

// A value that refers to its client, which outlives it and every task made here. Used on the loops of that client's
// runtime, by any number of coroutines at once, and by any number of processes: they count together. A new limit
// applies to what is held.
class concurrency_limiter {
public:
    // Throws a failure (invalid_argument) if an option is out of its range.
    concurrency_limiter(client& db, concurrency_options options,
                        std::source_location where = std::source_location::current());

    // Acquires, runs `body()`, which gives a task<T>, and gives the permit back, however the body ended; as long as it
    // runs, the permit is renewed every third of `hold`. Gives T, in an optional that is empty if it was refused;
    // std::monostate for a body without a result. What the body throws is thrown on. To give it back there are 250 ms,
    // whatever deadline and cancellation say; if that fails, the permit ends by itself, and the result stands.
    // This is a limit of load and no lock: if the permit is lost, the body goes on uncounted. See semaphore.hpp for one
    // that is ended then.
    template <class Body>
    task<toolkit_detail::kept_result<toolkit_detail::counted_result<Body>>> run(
        std::string_view subject, Body body,
        std::source_location where = std::source_location::current()) const;

    task<permit_decision> acquire(
        std::string_view subject,
        std::source_location where = std::source_location::current()) const;
    // Holds it for `hold` from now on; nothing if it has ended, and then it is held no more.
    task<std::optional<permit>> renew(
        permit held, std::source_location where = std::source_location::current()) const;
    // False if it had ended before.
    task<bool> release(permit held,
                       std::source_location where = std::source_location::current()) const;

    task<concurrency_report> report(
        std::string_view subject,
        std::source_location where = std::source_location::current()) const;

    concurrency_options const& options() const noexcept { return options_; }

private:
    client* db_;
    concurrency_options options_;
    key_space keys_;
};

namespace toolkit_detail {

// Renews it until it is cancelled.
task<> keep_permit(concurrency_limiter of, permit held, std::source_location where);
// Whatever the ambient context says, and without a failure.
task<> give_permit_back(concurrency_limiter of, permit held, std::source_location where);

template <class T, class Body>
task<kept_result<T>> run_counted(concurrency_limiter by, task<permit_decision> acquiring, Body body,
                                 std::source_location where)
{
    kept_result<T> value;
    auto const got = co_await std::move(acquiring);
    if (!got.allowed)
        co_return value;
    std::exception_ptr why;
    try {
        co_await race(keep<T>(body(), value), keep_permit(by, got.held, where));
    } catch (...) {
        why = std::current_exception();
    }
    co_await give_permit_back(by, got.held, where);
    if (!value)
        std::rethrow_exception(why);
    co_return value;
}

}  // namespace toolkit_detail

template <class Body>
task<toolkit_detail::kept_result<toolkit_detail::counted_result<Body>>> concurrency_limiter::run(
    std::string_view subject, Body body, std::source_location where) const
{
    return toolkit_detail::run_counted<toolkit_detail::counted_result<Body>>(
        *this, acquire(subject, where), std::move(body), where);
}

}  // namespace redstart::toolkit
