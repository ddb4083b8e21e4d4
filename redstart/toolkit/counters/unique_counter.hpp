// How many different ones there were: visitors, addresses, words. An estimate, in at most 12 KiB for each bucket.
//
//     unique_counter visitors{db, {.name = "visitors", .ttl = days{90}}};
//     co_await visitors.add("shop", "2026-11-25", address);
//     std::int64_t const of_the_week = co_await visitors.count("shop", seven_days);
//
// What is counted lies in buckets that the caller names, for instance by days: HyperLogLogs under
// <prefix>:unique:<name>:{<counter>}:<bucket>, all buckets of a counter in one cluster slot. Whoever is in several
// buckets counts once in the count over them.
//
// The standard error is 0.81 % (Heule et al., "HyperLogLog in Practice"; Flajolet's bound for the 16,384 registers that
// the server keeps): of 1,000,000, two counts in three are off by at most 8,100, and one in twenty by more than 16,000.
// Small numbers are nearly exact. The error over several buckets is that of one. Who was counted cannot be told, or
// taken out again.
//
// Adding is repeatable: an element counts once however often it comes. `ttl` is given to a bucket when it is created,
// and given back to one that had lost it. Cost: one round trip; add O(elements), count and merge of several O(buckets)
// with a high constant (the server goes through all registers of each), erase O(1). All elements of one add_all are one
// script, for which everybody else waits: add very many in parts. Deadline and cancellation are the ambient ones,
// failures are thrown on.

#pragma once

#include "redstart/client/client.hpp"
#include "redstart/codec/described.hpp"
#include "redstart/toolkit/key_space.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

namespace redstart::toolkit {

struct unique_counter_options {
    std::string prefix = "redstart";  // see key_space.hpp
    std::string name = "default";     // as a prefix, to 57 bytes; different names share nothing
    std::optional<std::chrono::milliseconds> ttl = std::nullopt;  // 1 ms to 100 years
    std::size_t max_buckets = 400;  // in one count or merge, more are refused: 1 to 4000
};

// What an operator may want to know of one bucket.
struct unique_counter_report {
    bool exists = false;
    std::int64_t count = 0;  // the estimate
    std::int64_t bytes = 0;  // of its registers: few while it is small, then 12,304
    std::optional<std::int64_t> ttl_ms = std::nullopt;
};
BOOST_DESCRIBE_STRUCT(unique_counter_report, (), (exists, count, bytes, ttl_ms))

// A value that refers to its client, which outlives it and every task made here. Used on the loops of that client's
// runtime, by any number of coroutines at once. A counter's name and its elements are any bytes; a bucket is 1 to 32
// letters, digits, - and _, or others are refused (invalid_argument, not_sent). All are copied by the call.
class unique_counter {
public:
    // Throws a failure (invalid_argument) if an option is out of its range.
    unique_counter(client& db, unique_counter_options options,
                   std::source_location where = std::source_location::current());

    // True if the count may have changed.
    task<bool> add(std::string_view name, std::string_view bucket, std::string_view element,
                   std::source_location where = std::source_location::current()) const;
    task<bool> add_all(std::string_view name, std::string_view bucket,
                       std::vector<std::string> const& elements,
                       std::source_location where = std::source_location::current()) const;

    // How many different ones there are in all of these, about; 0 in none.
    task<std::int64_t> count(std::string_view name, std::vector<std::string> const& buckets,
                             std::source_location where = std::source_location::current()) const;

    // Adds what `from` hold to the bucket `into`: a month out of days, say. May be repeated.
    task<> merge(std::string_view name, std::string_view into, std::vector<std::string> const& from,
                 std::source_location where = std::source_location::current()) const;

    // False if there was no such bucket.
    task<bool> erase(std::string_view name, std::string_view bucket,
                     std::source_location where = std::source_location::current()) const;

    // One round trip; not one moment of all of it.
    task<unique_counter_report> report(
        std::string_view name, std::string_view bucket,
        std::source_location where = std::source_location::current()) const;

    unique_counter_options const& options() const noexcept { return options_; }

private:
    using bucket_key = key<hyperloglog<std::string>>;
    bucket_key key_of(std::string_view name, std::string_view bucket,
                      std::source_location const& where) const;
    std::vector<bucket_key> keys_of(std::string_view name, std::vector<std::string> const& buckets,
                                    std::source_location const& where) const;

    client* db_;
    unique_counter_options options_;
    key_space keys_;
};

}  // namespace redstart::toolkit
