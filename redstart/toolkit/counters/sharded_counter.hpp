// A counter for more additions than one key, and one server of a cluster, can take: its value is spread over several.
//
//     sharded_counter views{db, {.name = "views", .shards = 16}};
//     co_await views.add("front page");
//     std::int64_t const so_far = co_await views.get("front page");
//
// A counter is `shards` keys, <prefix>:counter:<name>:{<counter>#<shard>}, each in a cluster slot of its own. An
// addition goes to one of them by chance; get() reads all of them in one round trip, and gives their sum. Additions
// that come meanwhile are in it or not: it is not one moment, but nothing that was answered before get() is missing.
//
// So there are no bounds here, and add() does not know the value: use counter.hpp for those. With an operation id the
// shard is chosen by the id, and counter.hpp tells what is remembered, for how long. `shards` may be raised later; when
// it is lowered, what stands in the shards above is no longer counted. With another number of shards an id leads to
// another shard, which does not know it: an operation that is repeated across such a change may count twice.
//
// Cost: add one round trip, O(1), with an id as counter.hpp says; get, erase and report one round trip and O(shards).
// Deadline and cancellation are the ambient ones, failures are thrown on. A failed add that is maybe_applied may count;
// a failed erase may have erased a part.

#pragma once

#include "redstart/toolkit/counters/counter.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>

namespace redstart::toolkit {

struct sharded_counter_options {
    std::string prefix = "redstart";  // see key_space.hpp
    std::string name = "default";     // as in counter_options, which it shall not be shared with
    std::uint32_t shards = 16;        // 1 to 1024
    std::optional<std::chrono::milliseconds> ttl = std::nullopt;  // of a shard, from its creation
};

// What an operator may want to know of one counter.
struct sharded_counter_report {
    std::int64_t value = 0;   // as get() gives it
    std::int64_t shards = 0;  // in which something was counted
    // Of these shards. Far from each other: the ids, or the few that add much, are spread badly.
    std::optional<std::int64_t> least = std::nullopt;
    std::optional<std::int64_t> greatest = std::nullopt;
    std::optional<std::int64_t> ttl_ms = std::nullopt;  // of the shard that ends first
    std::int64_t operations = 0;                        // ids that are kept, in all shards
};
BOOST_DESCRIBE_STRUCT(sharded_counter_report, (),
                      (value, shards, least, greatest, ttl_ms, operations))

// A value that refers to its client, as counter.hpp says of its own.
class sharded_counter {
public:
    // Throws a failure (invalid_argument) if an option is out of its range.
    sharded_counter(client& db, sharded_counter_options options,
                    std::source_location where = std::source_location::current());

    // A shard that would overflow refuses: that failure is invalid_argument, its outcome `refused`.
    task<> add(std::string_view name, std::int64_t delta = 1,
               std::source_location where = std::source_location::current()) const;

    // The same, once for each operation id. False: it had been applied before.
    task<bool> add(std::string_view name, std::int64_t delta, std::string_view operation_id,
                   std::source_location where = std::source_location::current()) const;

    // 0 if nothing was counted. A sum beyond int64 is its nearest value.
    task<std::int64_t> get(std::string_view name,
                           std::source_location where = std::source_location::current()) const;

    // False if there was nothing.
    task<bool> erase(std::string_view name,
                     std::source_location where = std::source_location::current()) const;

    // One round trip; not one moment of all of it.
    task<sharded_counter_report> report(
        std::string_view name, std::source_location where = std::source_location::current()) const;

    sharded_counter_options const& options() const noexcept { return options_; }

private:
    sharded_counter_options options_;
    counter shards_;
};

}  // namespace redstart::toolkit
