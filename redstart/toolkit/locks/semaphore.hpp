// A semaphore: at most so many holders of a permit at a time, in all programs that share one server.
//
//     semaphore imports{db, {.name = "imports", .permits = 4, .terms = {.wait = 30s}}};
//     auto const done = co_await imports.run("warehouse", [&](held_lock const&) -> task<> { ... });
//     co_await imports.stop();                  // before the client is stopped
//
// Key: <prefix>:semaphore:<name>:{<what>}, a sorted set of the tokens of those who hold a permit and when each ends by
// the server's clock. News of releases: the channel <prefix>:semaphore:<name>.
//
// A permit is a lease as a lock is, and all that lock.hpp says of renewal, loss, waiting, release and failures holds
// here, too; so does what it cannot promise. A permit has no fence, and need not have one: its holders do not exclude
// each other. Cost: one round trip, O(log n + ended) of n holders. The number of permits is the caller's: who gives
// another one decides by that when he asks, and takes nothing from those who hold one.
//
// When the server's clock jumps forwards, permits end early, and more are given; when it jumps backwards, those of
// holders who died end later by that much.

#pragma once

#include "redstart/toolkit/locks/lock_source.hpp"

#include <chrono>
#include <cstdint>
#include <source_location>
#include <string>
#include <string_view>

namespace redstart::toolkit {

struct semaphore_options {
    std::string prefix = "redstart";  // see key_space.hpp
    std::string name = "default";     // semaphores of different names never meet
    std::uint32_t permits = 1;        // 1 to 10,000
    lock_terms terms{};               // of those who say nothing else
    // At most so long nobody asks who waits: 1 ms to a minute.
    std::chrono::milliseconds poll = std::chrono::seconds{1};
};

// See lock_source.hpp for what it does, with a permit.
class semaphore final : public lock_source {
public:
    // Throws a failure (invalid_argument) if an option is out of its range.
    semaphore(client& db, semaphore_options options,
              std::source_location where = std::source_location::current());

    semaphore_options const& options() const noexcept { return options_; }

private:
    toolkit_detail::lock_place place_of(std::string_view what) const override;

    semaphore_options options_;
};

}  // namespace redstart::toolkit
