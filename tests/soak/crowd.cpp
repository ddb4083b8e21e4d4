#include "tests/soak/crowd.hpp"

#include "redstart/task/root.hpp"

#include <cstdlib>
#include <iostream>

namespace redstart::soak {

namespace {

constexpr std::chrono::seconds patience{60};  // far beyond any deadline, on the slowest machine

}  // namespace

void crowd::add(client& db, std::string const& client_name, std::size_t callers, std::uint64_t seed)
{
    for (std::size_t i = 0; i < callers; ++i) {
        auto& added =
            callers_.emplace_back(db, client_name + "." + std::to_string(i), seed + i, journal_);
        {
            std::lock_guard const lock{mutex_};
            ++running_;
        }
        start_root(db.loops().at(i % db.loops().size()), added.run(), [this](result<void>&& came) {
            std::lock_guard const lock{mutex_};
            if (came.has_failed())
                journal_.violation("an operation threw what it should have told");
            --running_;
            // the first one that ends, too: what was wanted is done
            ended_.notify_all();
        });
    }
}

void crowd::await_end(std::chrono::steady_clock::time_point time_is_up)
{
    std::unique_lock lock{mutex_};
    auto const have_ended = [this] { return running_ == 0; };
    ended_.wait_until(lock, time_is_up, [this] { return journal_.left() <= 0; });
    journal_.time_is_up();
    if (ended_.wait_for(lock, patience, have_ended))
        return;
    std::cout << "VIOLATION: " << running_ << " callers wait for a command that never ends"
              << std::endl;
    std::abort();
}

tally crowd::total() const
{
    tally sum;
    for (auto const& each : callers_)
        for (std::size_t i = 0; i < operations().size(); ++i)
            sum += each.tally_of(i);
    return sum;
}

}  // namespace redstart::soak
