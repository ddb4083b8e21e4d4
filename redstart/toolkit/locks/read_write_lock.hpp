// A lock that many may read under, or one may write under.
//
//     read_write_lock prices{db, {.name = "prices", .terms = {.wait = 5s}}};
//     auto held = co_await prices.acquire_shared("EUR");
//     auto const done = co_await prices.run_exclusive("EUR", [&](held_lock const& held) -> task<> { ... });
//     co_await prices.stop();                   // before the client is stopped
//
// Keys: <prefix>:rwlock:<name>:{<what>}, the writer's lock as in lock.hpp; with :fence behind it his last fence; with
// :readers a sorted set of the readers' tokens and when each ends by the server's clock. News of releases: the channel
// <prefix>:rwlock:<name>.
//
// All that lock.hpp says of renewal, loss, waiting, release, fences and failures holds here, too; so does what it
// cannot promise. Readers have no fence: a reader who lost the lock without noticing may see half of a writer's work.
// Cost: one round trip, O(log n + ended) of n readers.
//
// A writer who is told to wait for readers keeps new ones out for twice `poll`, or until he asks again: so he comes in
// when those have left who were there. Among writers and readers who wait nobody has a place in a line. One who holds
// it and asks again, in either way, waits for himself: it is not recursive, and is not upgraded.
//
// When the server's clock jumps forwards, readers end early, and a writer may come in beside them.

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

struct read_write_lock_options {
    std::string prefix = "redstart";  // see key_space.hpp
    std::string name = "default";     // locks of different names never meet
    lock_terms terms{};               // of those who say nothing else; without `wait` they ask once
    // At most so long nobody asks who waits: 1 ms to a minute.
    std::chrono::milliseconds poll = std::chrono::seconds{1};
};

struct read_write_report {
    lock_report readers{};
    lock_report writer{};
};
BOOST_DESCRIBE_STRUCT(read_write_report, (), (readers, writer))

// One owner, not movable; as lock_source in every respect.
class read_write_lock {
public:
    // Throws a failure (invalid_argument) if an option is out of its range.
    read_write_lock(client& db, read_write_lock_options options,
                    std::source_location where = std::source_location::current());
    read_write_lock(read_write_lock const&) = delete;
    read_write_lock& operator=(read_write_lock const&) = delete;
    ~read_write_lock();

    // Asks until it may read, or write, for as long as the terms say and the ambient context allows. Nothing if others
    // did not let it all the time.
    task<std::optional<held_lock>> acquire_shared(
        std::string_view what, std::source_location where = std::source_location::current())
    {
        return acquire_shared(what, options_.terms, where);
    }
    task<std::optional<held_lock>> acquire_shared(
        std::string_view what, lock_terms terms,
        std::source_location where = std::source_location::current());
    task<std::optional<held_lock>> acquire_exclusive(
        std::string_view what, std::source_location where = std::source_location::current())
    {
        return acquire_exclusive(what, options_.terms, where);
    }
    task<std::optional<held_lock>> acquire_exclusive(
        std::string_view what, lock_terms terms,
        std::source_location where = std::source_location::current());

    // As lock_source::run, to read and to write.
    template <class Body>
    auto run_shared(std::string_view what, Body body,
                    std::source_location where = std::source_location::current())
    {
        return toolkit_detail::run_held<toolkit_detail::held_result<Body>>(
            acquire_shared(what, where), std::move(body), where);
    }
    template <class Body>
    auto run_exclusive(std::string_view what, Body body,
                       std::source_location where = std::source_location::current())
    {
        return toolkit_detail::run_held<toolkit_detail::held_result<Body>>(
            acquire_exclusive(what, where), std::move(body), where);
    }

    // As lock_source::report, of the readers and the writer.
    task<read_write_report> report(std::string_view what) const;

    // As lock_source::stop.
    task<> stop();

    read_write_lock_options const& options() const noexcept { return options_; }

private:
    toolkit_detail::lock_place readers(std::string_view what) const;
    toolkit_detail::lock_place writer(std::string_view what) const;

    client& db_;
    read_write_lock_options options_;
    key_space keys_;
    std::unique_ptr<toolkit_detail::lock_keepers> keepers_;
};

}  // namespace redstart::toolkit
