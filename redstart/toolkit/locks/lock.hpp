// Locks with a name, for programs that share one server: one holder at a time, as far as a server can promise that.
//
//     lock locks{db, {.prefix = "shop"}};
//     auto const done = co_await locks.run("order:7", {.ttl = 5s, .wait = 2s},
//                                          [&](held_lock const& held) -> task<receipt> {
//                                              co_return co_await charge(order, held.fence());
//                                          });
//     if (!done) co_return busy();              // others held it all the time
//     co_await locks.stop();                    // before the client is stopped
//
// Keys: <prefix>:lock:<name>:{<what>}, a string with the token of this acquisition, and the same with :fence behind it,
// the last fence, for a day. News of releases: the channel <prefix>:lock:<name>.
//
// Cost: one round trip and O(1) to acquire, and one to release. Renewals are sent at a third of the time to live, for
// all locks of a loop in one batch. Who waits is told by the release that he waits for, one of each loop, and asks
// again by himself at the end of the holder's time to live, and once in each `poll`.
//
// A fair lock goes to those who wait in the order in which they asked first, of all processes; who comes later, or asks
// once, does not get it before them. Two more keys, with :line and :alive behind the name, sorted sets of the tokens of
// those who wait; O(log w) of those. The release tells the first of them alone. He keeps his place by asking again: who
// has not for twice his `poll`, a second at least, is passed over by the next who asks; until then nobody gets a lock
// that it is his turn to take. If he did not die, but his loop or his connection stood still for so long, he begins
// anew at the end of the line. So do all when the server lost it, and he whose lock ended before he heard that he had
// it. Whoever stops waiting leaves the line with a round trip more, in the background.
//
// Promised, while the one server keeps what it was told and its clock runs evenly: two never hold a lock at once; a
// token is never used twice; asking twice with one token is as asking once; a fence grows with each acquisition, also
// when the server lost everything, if its clock is not behind its last fence.
// NOT promised, by any lock of this sort:
// - A replica that takes over may not know the newest lock: replication is asynchronous, and then two hold it. So do
//   they when the server's clock jumps forwards, or when it evicts or loses keys: give locks a server that does not.
//   When it jumps backwards, those who died hold a lock, or their place in its line, longer by that much.
// - A holder can be stopped between looking at the lock and acting (paging, a suspended machine, a slow network). He
//   learns of the loss when he looks again; what he sent may arrive after the next holder's.
// For that there is the fence: the resource keeps the greatest it has seen, and refuses what carries less. Only this
// makes it safe; without it a lock saves work, but does not protect.
//
// Failures: what the server or the connection fails of is thrown on. An acquisition that may have been carried out
// (maybe_applied: its answer was lost, or the caller was cancelled) is given back in the background, with 250 ms of its
// own; if that fails too, or overtakes the acquisition on another connection, the time to live ends it. A renewal that
// fails is tried again until the lock is lost by the local clock. That clock goes on while the machine sleeps.

#pragma once

#include "redstart/toolkit/locks/lock_source.hpp"

#include <chrono>
#include <source_location>
#include <string>
#include <string_view>

namespace redstart::toolkit {

struct lock_options {
    std::string prefix = "redstart";  // see key_space.hpp
    std::string name = "default";     // locks of different names never meet
    lock_terms terms{};               // of those who say nothing else
    // At most so long nobody asks who waits: 1 ms to a minute.
    std::chrono::milliseconds poll = std::chrono::seconds{1};
    // Who waits has a place in a line, by when he asked first. All who lock the same say the same here: between those
    // who do not the lock is held by one at a time as ever, but in no order, and they hear of each other's releases
    // only by asking.
    bool fair = false;
};

// See lock_source.hpp for what it does.
class lock final : public lock_source {
public:
    // Throws a failure (invalid_argument) if an option is out of its range.
    lock(client& db, lock_options options,
         std::source_location where = std::source_location::current());

    lock_options const& options() const noexcept { return options_; }

private:
    toolkit_detail::lock_place place_of(std::string_view what) const override;

    lock_options options_;
};

}  // namespace redstart::toolkit
