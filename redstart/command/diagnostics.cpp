#include "redstart/command/diagnostics.hpp"

#include "redstart/command/reply_reading.hpp"

namespace redstart {

using namespace reply_reading;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::sys_seconds;

command<std::vector<latency_event>> latency_latest()
{
    return command<std::vector<latency_event>>{command_id::latency_latest};
}

command<std::vector<latency_sample>> latency_history(std::string_view event)
{
    return make_command<std::vector<latency_sample>>(command_id::latency_history, event);
}

command<latency_histograms> latency_histogram_of_all()
{
    return command<latency_histograms>{command_id::latency_histogram};
}

command<latency_histograms> latency_histogram_of(one_or_more<std::string_view> commands)
{
    return make_command<latency_histograms>(command_id::latency_histogram, commands);
}

command<std::int64_t> latency_reset() { return command<std::int64_t>{command_id::latency_reset}; }

command<std::int64_t> latency_reset(one_or_more<std::string_view> events)
{
    return make_command<std::int64_t>(command_id::latency_reset, events);
}

command<std::string> latency_doctor() { return command<std::string>{command_id::latency_doctor}; }

command<std::string> latency_graph(std::string_view event)
{
    return make_command<std::string>(command_id::latency_graph, event);
}

command<std::vector<slow_command>> slowlog_get(std::int64_t count)
{
    return make_command<std::vector<slow_command>>(command_id::slowlog_get, count);
}

command<std::int64_t> slowlog_len() { return command<std::int64_t>{command_id::slowlog_len}; }
command<ok> slowlog_reset() { return command<ok>{command_id::slowlog_reset}; }

command<memory_statistics> memory_stats()
{
    return command<memory_statistics>{command_id::memory_stats};
}

command<ok> memory_purge() { return command<ok>{command_id::memory_purge}; }
command<std::string> memory_doctor() { return command<std::string>{command_id::memory_doctor}; }

command<std::string> memory_malloc_stats()
{
    return command<std::string>{command_id::memory_malloc_stats};
}

// ---- Replies ------------------------------------------------------------------------------------

bool read_reply(reply_value const& whole, latency_event& out)
{
    std::int64_t at = 0;
    std::int64_t last = 0;
    std::int64_t longest = 0;
    bool const fits = read_row(whole, out.name, at, last, longest);
    out.last_at = sys_seconds{seconds{at}};
    out.last = milliseconds{last};
    out.longest = milliseconds{longest};
    return fits;
}

bool read_reply(reply_value const& whole, latency_sample& out)
{
    std::int64_t at = 0;
    std::int64_t took = 0;
    bool const fits = read_row(whole, at, took);
    out.at = sys_seconds{seconds{at}};
    out.took = milliseconds{took};
    return fits;
}

bool read_reply(reply_value const& whole, latency_histogram& out)
{
    auto const read_buckets = [&](reply_value const& buckets) {
        std::vector<std::pair<std::string, std::uint64_t>> raw;
        bool fits = read_value(buckets, raw);
        for (auto const& [limit, count] : raw) {
            std::int64_t limit_in_us = 0;
            fits = fits && codec::read_integer(limit, limit_in_us);
            out.up_to.emplace_back(limit_in_us, count);
        }
        return fits;
    };
    return record_reader{whole}
        .need("calls", out.calls)
        .need("histogram_usec", read_buckets)
        .fits();
}

bool read_reply(reply_value const& whole, slow_command& out)
{
    std::int64_t at = 0;
    std::int64_t took = 0;
    bool const fits =
        read_row(whole, out.id, at, took, out.arguments, out.address, out.connection_name);
    out.at = sys_seconds{seconds{at}};
    out.took = microseconds{took};
    return fits;
}

bool read_reply(reply_value const& whole, memory_statistics& out)
{
    return record_reader{whole}
        .need("total.allocated", out.total)
        .need("peak.allocated", out.peak)
        .need("startup.allocated", out.startup)
        .need("replication.backlog", out.replication_backlog)
        .may("clients.slaves", out.replicas)
        .may("clients.normal", out.connections)
        .may("aof.buffer", out.append_only_file)
        .need("overhead.total", out.overhead)
        .need("dataset.bytes", out.dataset)
        .need("dataset.percentage", out.dataset_percent)
        .need("peak.percentage", out.peak_percent)
        .need("keys.count", out.keys)
        .need("keys.bytes-per-key", out.per_key)
        .may("allocator.allocated", out.allocated)
        .may("allocator.active", out.active)
        .may("allocator.resident", out.resident)
        .may("fragmentation", out.fragmentation)
        .fits();
}

}  // namespace redstart
