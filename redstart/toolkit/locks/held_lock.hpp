// A lock that is held: what an acquisition gives, and what ends it.
//
// It is a lease: the server forgets it after its time to live, unless it is renewed in time. Whether it is still valid
// is decided here, by the boot clock, and without asking: from the moment before the request left, 99 % of the time to
// live less 2 ms. So a holder who was stopped, suspended or cut off knows that he has lost it as soon as he looks.

#pragma once

#include "redstart/base/clock.hpp"
#include "redstart/base/failure.hpp"
#include "redstart/task/task.hpp"
#include "redstart/toolkit/kept_result.hpp"

#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <source_location>
#include <type_traits>

namespace redstart::toolkit {

namespace toolkit_detail {
struct holding;
}

// On what terms something is acquired and held.
struct lock_terms {
    // After so long without a renewal the server gives it to others: 10 ms to a day.
    std::chrono::milliseconds ttl = std::chrono::seconds{10};
    // How long to wait while others hold it: 0 (ask once) to a day. For a server that does not answer the client's own
    // time-outs count.
    std::chrono::milliseconds wait{};
    // After so long it is lost, whatever the holder does: up to a day; 0: never.
    std::chrono::milliseconds max_hold{};
    bool renew = true;  // every third of the time to live; otherwise it is lost after that time
};

enum class release_result : std::uint8_t {
    released,
    expired,  // nobody holds it any more; it may have been somebody else's meanwhile
    stolen,   // somebody else holds it, and goes on doing so
};

// Movable, of one owner. It belongs to the loop on which it was acquired: used there by its coroutines, and destroyed
// there. It ends before the lock that it is of is stopped. One that ends without release() is released in the
// background. Moved from or released it is not lost any more, but it must not be used.
class [[nodiscard("it is released when this object ends")]] held_lock {
public:
    explicit held_lock(std::shared_ptr<toolkit_detail::holding> what) noexcept;
    held_lock(held_lock&&) noexcept = default;
    held_lock& operator=(held_lock&& other) noexcept;
    ~held_lock();

    // Greater than that of every earlier holder: hand it to what is protected, which refuses what is less than it has
    // seen. 0 for a permit of a semaphore and for a shared lock, which do not exclude each other.
    std::int64_t fence() const noexcept;

    // By the local clock, at this moment, or because the server said so when it was to be renewed. Never a promise for
    // the moment after.
    bool lost() const noexcept;
    // Until when it is valid if it is not renewed again.
    boot_clock::time_point valid_until() const noexcept;

    // Does not return: throws a failure (conflict, maybe_applied) when the lock is lost; the ambient ones before that.
    task<> until_lost(std::source_location where = std::source_location::current()) const;

    // Gives it back, and says what was found. One round trip, for which there are 250 ms whatever the caller's
    // deadline and cancellation say. Throws what sending failed of: then the time to live ends it. Once.
    task<release_result> release(std::source_location where = std::source_location::current());

    // Releases after work that has been done, and throws: the loss of the lock, if it was lost before or unseen, else
    // why the work failed, if it did. For run().
    task<> finish(bool done, std::exception_ptr why, std::source_location where);

private:
    std::shared_ptr<toolkit_detail::holding> what_;
};

namespace toolkit_detail {

// Gives nothing if nothing was acquired. The body is cancelled when the lock is lost; a body that has finished before
// that has finished, also if the caller was cancelled meanwhile.
template <class T, class Body>
task<kept_result<T>> run_held(task<std::optional<held_lock>> acquiring, Body body,
                              std::source_location where)
{
    kept_result<T> value;
    auto held = co_await std::move(acquiring);
    if (!held)
        co_return value;
    std::exception_ptr why;
    try {
        co_await race(keep<T>(body(std::as_const(*held)), value), held->until_lost(where));
    } catch (...) {
        why = std::current_exception();
    }
    co_await held->finish(value.has_value(), why, where);
    co_return value;
}

template <class Body>
struct held_body {
    static_assert(task_function<Body, held_lock const&>,
                  "a body takes a held_lock const& and gives a task");
    using result = given_by<Body, held_lock const&>;
};
template <class Body>
using held_result = typename held_body<Body>::result;

}  // namespace toolkit_detail

}  // namespace redstart::toolkit
