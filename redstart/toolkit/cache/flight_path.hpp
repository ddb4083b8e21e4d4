// What one flight does: ask for the lease, load, fill the entry; or wait for another process that does.

#pragma once

#include "redstart/toolkit/cache/cache_flight.hpp"

namespace redstart::toolkit::toolkit_detail {

// They outlive the flight.
struct flight_parts {
    cache_store& store;
    load_gate& gate;
    flight_request& asked;
};

// The value, or null if the source has none. Throws what the loader throws, and what a cancellation ends with. A
// failure of the server is counted, and hides no value: then the flight loads without a lease, and fills nothing.
task<shared_value> fly(flight_parts with);

}  // namespace redstart::toolkit::toolkit_detail
