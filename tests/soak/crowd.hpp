// The callers of one or several clients, spread over the loops.

#pragma once

#include "redstart/net/runtime.hpp"
#include "tests/soak/caller.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>

namespace redstart::soak {

class crowd {
public:
    explicit crowd(journal& shared) : journal_{shared} {}
    crowd(crowd const&) = delete;
    crowd& operator=(crowd const&) = delete;
    ~crowd() = default;  // await_end() first

    // Begins at once. `client_name` is a part of the names of keys.
    void add(client& db, std::string const& client_name, std::size_t callers, std::uint64_t seed);

    // Until all have ended: when the journal says so, or the time is over. A caller that does not end then, though
    // every command has a deadline, was forgotten: that ends the program.
    void await_end(std::chrono::steady_clock::time_point time_is_up);

    std::deque<caller> const& callers() const noexcept { return callers_; }
    tally total() const;

private:
    journal& journal_;
    std::deque<caller> callers_;
    std::mutex mutex_;
    std::condition_variable ended_;
    std::size_t running_ = 0;
};

}  // namespace redstart::soak
