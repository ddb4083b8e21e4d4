// The loads of a cache, on all loops: who asks travels to the loop that a name belongs to.

#pragma once

#include "redstart/toolkit/cache/cache_flight.hpp"

#include <memory>
#include <source_location>
#include <string>
#include <unordered_set>
#include <vector>

namespace redstart::toolkit::toolkit_detail {

class cache_loads {
public:
    explicit cache_loads(cache_store& store);
    cache_loads(cache_loads const&) = delete;
    cache_loads& operator=(cache_loads const&) = delete;

    cache_store& store() const noexcept { return store_; }

    // See cache_flights.
    task<shared_value> join(flight_request asked);
    // The same in the background, unless this loop is at it already. Failures are counted by the flight.
    void refresh(flight_request asked, trace_context const* trace);

    // Write and erase, after which nobody joins a load that began before.
    task<> write(std::vector<cache_writing> all, cache_entry_options as,
                 std::source_location where);
    task<bool> erase(std::string name, std::source_location where);

    task<> invalidate_tag(std::string tag, std::source_location where);

    task<> stop();

private:
    struct part {
        part(cache_store& store, scheduler& loop)
            : flights{store, loop}, background{loop, [](std::exception_ptr const&) {}}
        {
        }
        cache_flights flights;
        std::unordered_set<std::string> refreshing;
        task_group background;
    };

    std::size_t home_of(std::string const& name) const noexcept;
    task<> refresh_on(part& mine, flight_request asked);
    task<> forget(std::vector<std::string> names);
    static task<> forget_on(part& there, std::vector<std::string> names);
    static task<> forget_tagged_on(part& there, std::string const& tag);
    static task<> stop_on(part& there);

    cache_store& store_;
    std::vector<std::unique_ptr<part>> parts_;  // one for each loop
};

}  // namespace redstart::toolkit::toolkit_detail
