// Whether the server may throw away what the toolkit keeps there, to be asked when a program starts:
//
//     if (auto const warning = co_await eviction_warning(db))
//         log(*warning);
//
// A cache may be evicted: that is what it is for. A lock that is evicted has two holders, a limiter or a counter begins
// anew, and a board has lost players. A Bloom filter only stops to help. With the policies volatile-* the server
// evicts nothing but keys that expire.

#pragma once

#include "redstart/client/client.hpp"

#include <optional>
#include <source_location>
#include <string>

namespace redstart::toolkit {

// A sentence for the log; nothing if the server evicts no key that matters, which it does not do without a limit of
// memory either, or if it tells no policy. From INFO, which also those may ask who may not ask CONFIG. One round trip;
// throws a failure. The client outlives the task.
task<std::optional<std::string>> eviction_warning(
    client& db, std::source_location where = std::source_location::current());

}  // namespace redstart::toolkit
