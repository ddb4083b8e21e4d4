// Counters: whole numbers under names, each within its bounds, with or without a time to live.
//
//     counter stock{db, {.name = "stock", .floor = 0}};
//     auto const sold = co_await stock.add("book:7", -1, order_id);        // {.value, .applied, .repeated, .ttl}
//     if (!sold.applied) co_return sold_out();
//
// One string for each counter, <prefix>:counter:<name>:{<counter>}, which holds its decimal digits: INCR and GET of
// other programs understand it. A missing counter is 0. Values are exact over all of int64.
//
// An addition that would pass the floor or the ceiling is refused as a whole: `applied` is false, and the counter is as
// it was. So is one that would overflow. The bounds hold for the direction of the step: what stands outside of them,
// because they were others once, may come nearer.
//
// With an operation id, an addition is applied once, however often it is sent: a repeat finds the id, which the server
// keeps beside the counter (…:{<counter>}:operations, one sorted set) for `remember` after it was applied, and at most
// max_operations of them, the oldest go first. A repeat tells the value of now. Only the id is compared: the same one
// with another step is a repeat all the same, and adds nothing. An addition that was refused is not remembered: sent
// again, it may be applied. An id outlives erase(), and the counter's own end. The server's clock decides how long an
// id is kept: when it jumps forwards, ids are forgotten early. If the ids are evicted, all are, and repeats count
// again.
//
// Without an id, a failure that is maybe_applied leaves open whether the addition counts: sent again, it may count
// twice. set and erase may be repeated.
//
// Cost: one round trip, O(1); with an id O(log of the ids kept), and at most 200 that are forgotten go with it. Several
// in one call are a round trip for each 8192 of them. `ttl` is given to a counter that is created, not prolonged by
// later additions, and given back to one that had lost it. set keeps it.
//
// Deadline and cancellation are the ambient ones. Failures are thrown on, nothing is retried. An entry may be lost with
// a server that had not yet replicated it, or be evicted: it is 0 then. A counter is one key, and one server does all
// of its additions: for those that are too many for that, see sharded_counter.hpp.

#pragma once

#include "redstart/client/client.hpp"
#include "redstart/codec/described.hpp"
#include "redstart/toolkit/key_space.hpp"

#include <chrono>
#include <cstdint>
#include <expected>
#include <limits>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

namespace redstart::toolkit {

struct counter_options {
    std::string prefix = "redstart";  // see key_space.hpp
    std::string name = "default";     // as a prefix, to 56 bytes; other bounds need another one
    std::int64_t floor = std::numeric_limits<std::int64_t>::min();    // 0 or less
    std::int64_t ceiling = std::numeric_limits<std::int64_t>::max();  // 0 or more
    std::optional<std::chrono::milliseconds> ttl = std::nullopt;      // 1 ms to 100 years
    std::chrono::milliseconds remember = std::chrono::minutes{10};    // 1 ms to 31 days
    std::uint32_t max_operations = 1000;  // ids kept for one counter: 1 to 100,000
};

struct counter_state {
    std::int64_t value = 0;  // after this addition
    bool applied = false;    // now, or when this operation came first; false: it would pass a bound
    bool repeated = false;   // the operation had been applied before, and was not again
    // Absent: it does not expire, or is not there.
    std::optional<std::chrono::milliseconds> ttl = std::nullopt;

    bool operator==(counter_state const&) const = default;
};

// One of several additions. Without an operation id it counts whenever it is sent.
struct counter_change {
    std::string name;
    std::int64_t delta = 1;
    std::optional<std::string> operation_id = std::nullopt;
};

// What an operator may want to know of one counter.
struct counter_report {
    bool exists = false;
    std::int64_t value = 0;
    std::optional<std::int64_t> ttl_ms = std::nullopt;
    std::int64_t operations = 0;  // ids that are kept
};
BOOST_DESCRIBE_STRUCT(counter_report, (), (exists, value, ttl_ms, operations))

// A value that refers to its client, which outlives it and every task made here. Used on the loops of that client's
// runtime, by any number of coroutines at once. A counter's name is any bytes; names, ids and options are copied by the
// call. Arguments that are refused throw a failure (invalid_argument, not_sent) from the call itself.
class counter {
public:
    static constexpr std::size_t longest_operation_id = 256;  // bytes

    // Throws a failure (invalid_argument) if an option is out of its range.
    counter(client& db, counter_options options,
            std::source_location where = std::source_location::current());

    // Adds `delta`, or refuses to. It may be negative, but not the smallest int64, which has no opposite. A delta of 0
    // adds nothing and is always applied.
    task<counter_state> add(std::string_view name, std::int64_t delta = 1,
                            std::source_location where = std::source_location::current()) const;

    // The same, once for each operation id: 1 to 256 bytes, unique among the additions to this counter.
    task<counter_state> add(std::string_view name, std::int64_t delta,
                            std::string_view operation_id,
                            std::source_location where = std::source_location::current()) const;

    // Several additions in one round trip, each by itself and with a result of its own, in their order.
    task<std::vector<std::expected<counter_state, failure>>> add_all(
        std::vector<counter_change> const& changes,
        std::source_location where = std::source_location::current()) const;

    // 0 if there is no such counter.
    task<std::int64_t> get(std::string_view name,
                           std::source_location where = std::source_location::current()) const;

    // Several in one round trip, in their order; not one moment of all of them.
    task<std::vector<std::int64_t>> get_all(
        std::vector<std::string> const& names,
        std::source_location where = std::source_location::current()) const;

    // Puts `value`, which is within the bounds, in place of what was there.
    task<> set(std::string_view name, std::int64_t value,
               std::source_location where = std::source_location::current()) const;

    // False if there was none.
    task<bool> erase(std::string_view name,
                     std::source_location where = std::source_location::current()) const;

    // Several in one round trip: how many of them there were.
    task<std::int64_t> erase_all(
        std::vector<std::string> const& names,
        std::source_location where = std::source_location::current()) const;

    // One round trip; not one moment of value, time to live and ids.
    task<counter_report> report(std::string_view name,
                                std::source_location where = std::source_location::current()) const;

    // Several in one round trip, in their order.
    task<std::vector<counter_report>> report_all(
        std::vector<std::string> const& names,
        std::source_location where = std::source_location::current()) const;

    counter_options const& options() const noexcept { return options_; }

private:
    client* db_;
    counter_options options_;
    key_space keys_;
};

}  // namespace redstart::toolkit
