// Counts by time: how many in each of the last minutes, hours or days.
//
//     time_buckets calls{db, {.name = "calls", .width = 1min, .buckets = 60}};
//     co_await calls.add("/search");
//     std::int64_t const lately = co_await calls.sum("/search", 5);        // this minute, and the four before it
//
// One hash for each series, <prefix>:buckets:<name>:<width>us:{<series>}: the fields are numbers of buckets (the
// server's time divided by the width), the values their counts. At most `buckets` of them: when a new one begins, those
// that are too old are removed. The hash goes by itself when its newest bucket has become too old.
//
// The newest bucket has only begun, so a sum over n of them covers between n - 1 and n widths. Counts are exact within
// int64; an addition that would overflow one is refused by the server.
//
// The server's clock decides. When it is set back, what was counted in buckets that lie ahead is not in a sum, and is
// forgotten when the next bucket begins; when it jumps forwards, the old counts go early.
//
// Cost: one round trip; add O(1), and O(buckets) where a new bucket begins; sum and last O(n of them). Deadline and
// cancellation are the ambient ones, failures are thrown on. An add that is maybe_applied may count.

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

struct time_buckets_options {
    std::string prefix = "redstart";  // see key_space.hpp
    std::string name = "default";     // as a prefix, to 39 bytes; different names share nothing
    std::chrono::microseconds width = std::chrono::minutes{1};  // 1 ms to 366 days
    // that are kept, the same wherever the series is used: 1 to 1000
    std::uint32_t buckets = 60;
};

struct time_bucket {
    std::chrono::sys_time<std::chrono::microseconds> start{};  // by the server's clock
    std::int64_t count = 0;

    bool operator==(time_bucket const&) const = default;
};

// What an operator may want to know of one series.
struct time_buckets_report {
    // in which something was counted, those too old among them that are not removed yet
    std::int64_t buckets = 0;
    std::int64_t sum = 0;     // over all that are kept, as sum() gives it
    std::int64_t newest = 0;  // in the bucket of now
    // Absent: nothing was counted lately, or somebody took it away; the next addition gives it back.
    std::optional<std::int64_t> ttl_ms = std::nullopt;
};
BOOST_DESCRIBE_STRUCT(time_buckets_report, (), (buckets, sum, newest, ttl_ms))

// A value that refers to its client, which outlives it and every task made here. Used on the loops of that client's
// runtime, by any number of coroutines at once. The name of a series is any bytes, and is copied by the call.
class time_buckets {
public:
    // Throws a failure (invalid_argument) if an option is out of its range.
    time_buckets(client& db, time_buckets_options options,
                 std::source_location where = std::source_location::current());

    // Counts in the bucket of now, and gives what is in it.
    task<std::int64_t> add(std::string_view series, std::int64_t delta = 1,
                           std::source_location where = std::source_location::current()) const;

    // Of the newest n buckets, at most those that are kept. A sum beyond int64 is its nearest value.
    task<std::int64_t> sum(std::string_view series, std::uint32_t n,
                           std::source_location where = std::source_location::current()) const;

    // The newest n buckets, the oldest first; 0 where nothing was counted.
    task<std::vector<time_bucket>> last(
        std::string_view series, std::uint32_t n,
        std::source_location where = std::source_location::current()) const;

    // False if there was no such series.
    task<bool> erase(std::string_view series,
                     std::source_location where = std::source_location::current()) const;

    // One round trip; not one moment of all of it. O(buckets).
    task<time_buckets_report> report(std::string_view series) const;

    time_buckets_options const& options() const noexcept { return options_; }

private:
    client* db_;
    time_buckets_options options_;
    key_space keys_;
};

}  // namespace redstart::toolkit
