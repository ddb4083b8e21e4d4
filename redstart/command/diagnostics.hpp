// What a server knows of its own slowness and of its memory: LATENCY, SLOWLOG and MEMORY.

#pragma once

#include "redstart/command/command.hpp"
#include "redstart/command/reply_value.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace redstart {

// ---- LATENCY: events that took longer than latency-monitor-threshold ----------------------------

struct latency_event {
    std::string name{};  // "command", "fork", "aof-write", …
    std::chrono::sys_seconds last_at{};
    std::chrono::milliseconds last{};
    std::chrono::milliseconds longest{};
};
bool read_reply(reply_value const& whole, latency_event& out);
// The latest of each kind.
command<std::vector<latency_event>> latency_latest();

struct latency_sample {
    std::chrono::sys_seconds at{};
    std::chrono::milliseconds took{};
};
bool read_reply(reply_value const& whole, latency_sample& out);
// At most 160 of one kind, the oldest first.
command<std::vector<latency_sample>> latency_history(std::string_view event);

struct latency_histogram {
    std::uint64_t calls = 0;
    // How many took no longer than this, each with those before it.
    std::vector<std::pair<std::chrono::microseconds, std::uint64_t>> up_to{};
};
bool read_reply(reply_value const& whole, latency_histogram& out);
using latency_histograms = std::vector<std::pair<std::string, latency_histogram>>;
// By command, of all that were called, or of these; what was not called is left out.
command<latency_histograms> latency_histogram_of_all();
command<latency_histograms> latency_histogram_of(one_or_more<std::string_view> commands);

// How many kinds of events were forgotten: all, or of these.
command<std::int64_t> latency_reset();
command<std::int64_t> latency_reset(one_or_more<std::string_view> events);

// For people: advice, and the history of one kind as a drawing.
command<std::string> latency_doctor();
command<std::string> latency_graph(std::string_view event);

// ---- SLOWLOG: commands that took longer than slowlog-log-slower-than ----------------------------

struct slow_command {
    std::int64_t id = 0;
    std::chrono::sys_seconds at{};
    std::chrono::microseconds took{};      // to run it, without what its connection cost
    std::vector<std::string> arguments{};  // its name first; the server cuts long ones short
    std::string address{};
    std::string connection_name{};
};
bool read_reply(reply_value const& whole, slow_command& out);

// The newest first; -1: all.
command<std::vector<slow_command>> slowlog_get(std::int64_t count = 10);
command<std::int64_t> slowlog_len();
command<ok> slowlog_reset();

// ---- MEMORY -------------------------------------------------------------------------------------

// In bytes, unless it says otherwise.
struct memory_statistics {
    std::uint64_t total = 0;
    std::uint64_t peak = 0;
    std::uint64_t startup = 0;
    std::uint64_t replication_backlog = 0;
    std::uint64_t replicas = 0;
    std::uint64_t connections = 0;
    std::uint64_t append_only_file = 0;
    std::uint64_t overhead = 0;  // all of the above, and of every key
    std::uint64_t dataset = 0;
    double dataset_percent = 0;  // of what was taken since the start
    double peak_percent = 0;     // of the total
    std::uint64_t keys = 0;      // how many
    std::uint64_t per_key = 0;
    std::uint64_t allocated = 0;
    std::uint64_t active = 0;
    std::uint64_t resident = 0;
    double fragmentation = 0;  // a ratio
};
bool read_reply(reply_value const& whole, memory_statistics& out);
command<memory_statistics> memory_stats();

// What a key and its value take, in bytes; absent if there is no such key. Of a collection, `samples` elements are
// looked at, and 0 is all of them. O(samples).
template <any_key Key>
command<std::optional<std::uint64_t>> memory_usage(Key const& k, std::uint64_t samples = 5)
{
    return make_command<std::optional<std::uint64_t>>(command_id::memory_usage, k, "SAMPLES",
                                                      samples);
}

// Asks the allocator to give back what it can.
command<ok> memory_purge();

// For people: advice, and what the allocator says about itself.
command<std::string> memory_doctor();
command<std::string> memory_malloc_stats();

}  // namespace redstart
