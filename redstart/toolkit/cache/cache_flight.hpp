// Flights: the loads of one loop that are under way, at most one for each name.
//
// A name belongs to one loop, so its flight needs no lock; who asks on another loop travels there (cache_loads). A
// flight ends for all who wait for it at once, with a value or with what the loader threw. It is cancelled when the
// last of them has left, and then is off the list already: nobody joins a cancelled flight.

#pragma once

#include "redstart/task/task_group.hpp"
#include "redstart/toolkit/cache/cache_store.hpp"
#include "redstart/toolkit/cache/load_gate.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

namespace redstart::toolkit::toolkit_detail {

// A value of the cache's type, shared by all who wait for it; null: the source has none.
using shared_value = std::shared_ptr<void const>;

struct loaded_value {
    shared_value value{};
    std::optional<std::string> text{};  // none: it cannot be written
};

// How a value is loaded, and how one is read from an entry: null if the text is none.
struct cache_source {
    std::move_only_function<task<loaded_value>(std::string const& name)> load;
    shared_value (*read)(std::string_view text) = nullptr;
};

struct flight_request {
    std::string name;
    cache_source source;
    cache_entry_options as{};  // its ttl filled in
    tag_list tokens{};         // of its tags, if all are known already
    bool server_answers = true;
    std::optional<std::string> seen{};  // of the entry, as lease_question has it
    shared_value usable{};  // the value of that entry: it serves if another process loads
};

// One loop's thread.
class cache_flights {
public:
    cache_flights(cache_store& store, scheduler& loop);

    // Waits for the flight of that name, or begins one. Throws what the loader threw; timed_out and cancelled by the
    // ambient context, of which the flight itself hears nothing; `stopped` once stop() has begun.
    task<shared_value> join(flight_request asked);

    // Who comes later begins a flight of his own. Those who wait go on waiting.
    void forget(std::string const& name);
    void forget_tagged(std::string const& tag);

    // Cancels all flights; those who wait hear `stopped`.
    task<> stop();

private:
    struct flight {
        explicit flight(flight_request&& by) : asked{std::move(by)} {}
        flight_request asked;
        event done;
        cancellation* cancel = nullptr;  // while it runs
        std::size_t waiting = 0;
        bool abandoned = false;
        shared_value value{};
        std::exception_ptr failure{};
    };
    using shared_flight = std::shared_ptr<flight>;
    class seat;  // of somebody who waits

    shared_flight board(flight_request&& asked, trace_context const* trace);
    task<> run(shared_flight of);
    void abandon(flight& left) noexcept;
    void remove(flight const& which) noexcept;

    cache_store& store_;
    load_gate gate_;
    std::unordered_map<std::string, shared_flight> flights_;
    task_group group_;
};

}  // namespace redstart::toolkit::toolkit_detail
