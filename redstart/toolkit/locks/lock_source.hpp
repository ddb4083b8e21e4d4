// Where held locks come from: what lock and semaphore have in common.

#pragma once

#include "redstart/client/client.hpp"
#include "redstart/toolkit/key_space.hpp"
#include "redstart/toolkit/locks/held_lock.hpp"
#include "redstart/toolkit/locks/lock_report.hpp"

#include <memory>
#include <source_location>
#include <string>
#include <string_view>

namespace redstart::toolkit {

namespace toolkit_detail {
class lock_keepers;
struct lock_place;
}  // namespace toolkit_detail

// One owner, not movable; it refers to its client. Used on the loops of that client's runtime, by any number of
// coroutines at once. What is locked is named by any bytes, and copied by the call. stop() is awaited before it is
// destroyed, and it outlives every task made here.
class lock_source {
public:
    lock_source(lock_source const&) = delete;
    lock_source& operator=(lock_source const&) = delete;

    // Asks once. Nothing if it is not to be had.
    task<std::optional<held_lock>> try_acquire(
        std::string_view what, std::source_location where = std::source_location::current());

    // Asks until it is to be had, for as long as the terms say and the ambient context allows. Nothing if others held
    // it all the time. It is renewed from then on, also while nobody looks.
    task<std::optional<held_lock>> acquire(
        std::string_view what, std::source_location where = std::source_location::current())
    {
        return acquire(what, terms_, where);
    }
    task<std::optional<held_lock>> acquire(
        std::string_view what, lock_terms terms,
        std::source_location where = std::source_location::current());

    // Acquires, runs `body(held_lock const&)`, which gives a task<T>, and releases, whatever became of it. Gives T, in
    // an optional that is empty if nothing was to be had; std::monostate for a body without a result. When the lock is
    // lost the body is cancelled and awaited, and the loss is thrown: a failure (conflict, maybe_applied). So it is
    // when the body ended too late to notice, or the server did not know the lock at the end.
    template <class Body>
    auto run(std::string_view what, lock_terms terms, Body body,
             std::source_location where = std::source_location::current())
    {
        return toolkit_detail::run_held<toolkit_detail::held_result<Body>>(
            acquire(what, terms, where), std::move(body), where);
    }
    template <class Body>
    auto run(std::string_view what, Body body,
             std::source_location where = std::source_location::current())
    {
        return run(what, terms_, std::move(body), where);
    }

    // How it stands with it on the server, whoever holds it. One round trip, O(log n) of those who hold it or wait.
    task<lock_report> report(std::string_view what,
                             std::source_location where = std::source_location::current()) const;

    // What is still held counts as lost and is not renewed; it ends by its time to live. No new acquisitions after
    // this; who waits or asks hears `stopped`, and for 250 ms what is granted to him is given back. On any loop.
    task<> stop();

protected:
    struct origin {
        std::string prefix;
        std::string kind;  // and name
        lock_terms terms;
        std::chrono::milliseconds poll;
    };
    lock_source(client& db, origin const& from, std::source_location where);
    ~lock_source();

    key_space const& keys() const noexcept { return keys_; }

private:
    virtual toolkit_detail::lock_place place_of(std::string_view what) const = 0;

    client& db_;
    lock_terms terms_;
    key_space keys_;
    std::unique_ptr<toolkit_detail::lock_keepers> keepers_;
};

}  // namespace redstart::toolkit
