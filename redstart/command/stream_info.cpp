#include "redstart/command/stream_info.hpp"

#include "redstart/command/reply_reading.hpp"

namespace redstart {

using namespace reply_reading;
using std::chrono::milliseconds;

namespace {

// Servers write -1 for what has never happened.
template <class T>
auto unless_never(std::optional<T>& out)
{
    return [&out](reply_value const& found) {
        auto const number = found.integer();
        if (number && *number >= 0)
            out = T{milliseconds{*number}};
        return number.has_value();
    };
}

bool read_entry(reply_value const& whole, std::optional<stream_entry<>>& out)
{
    if (whole.is_null())
        return true;
    auto& entry = out.emplace();
    return read_row(whole, entry.id, entry.body);
}

bool read_entries(reply_value const& list, std::vector<stream_entry<>>& out)
{
    for (auto const& row : list.items()) {
        auto& entry = out.emplace_back();
        if (!read_row(row, entry.id, entry.body))
            return false;
    }
    return list.is() == reply_value::kind::list;
}

// Of a group with the consumer, of a consumer without it.
bool read_pending(reply_value const& list, std::string const& consumer,
                  std::vector<delivered_entry>& out)
{
    for (auto const& row : list.items()) {
        auto& entry = out.emplace_back();
        entry.consumer = consumer;
        std::uint64_t delivered = 0;
        bool const fits =
            row.items().size() == 3
                ? read_row(row, entry.id, delivered, entry.deliveries)
                : read_row(row, entry.id, entry.consumer, delivered, entry.deliveries);
        if (!fits)
            return false;
        entry.delivered = std::chrono::system_clock::time_point{milliseconds{delivered}};
    }
    return list.is() == reply_value::kind::list;
}

}  // namespace

bool read_reply(reply_value const& whole, stream_info& out)
{
    return record_reader{whole}
        .need("length", out.length)
        .need("groups", out.groups)
        .need("last-generated-id", out.last_id)
        .need("first-entry", [&](reply_value const& v) { return read_entry(v, out.first); })
        .need("last-entry", [&](reply_value const& v) { return read_entry(v, out.last); })
        .may("entries-added", out.entries_added)
        .may("max-deleted-entry-id", out.max_deleted_id)
        .need("radix-tree-keys", out.radix_tree_keys)
        .need("radix-tree-nodes", out.radix_tree_nodes)
        .fits();
}

bool read_reply(reply_value const& whole, stream_group& out)
{
    return record_reader{whole}
        .need("name", out.name)
        .need("consumers", out.consumers)
        .need("pending", out.pending)
        .need("last-delivered-id", out.last_delivered)
        .may("entries-read", out.entries_read)
        .may("lag", out.lag)
        .fits();
}

bool read_reply(reply_value const& whole, stream_consumer& out)
{
    return record_reader{whole}
        .need("name", out.name)
        .need("pending", out.pending)
        .need("idle",
              [&](reply_value const& v) { return read_duration<milliseconds>(v, out.idle); })
        .may("inactive", unless_never(out.inactive))
        .fits();
}

bool read_reply(reply_value const& whole, stream_consumer_details& out)
{
    return record_reader{whole}
        .need("name", out.name)
        .need("seen-time",
              [&](reply_value const& v) { return read_time<milliseconds>(v, out.seen); })
        .may("active-time", unless_never(out.active))
        .need("pel-count", out.pending)
        .need("pending",
              [&](reply_value const& v) { return read_pending(v, out.name, out.pending_entries); })
        .fits();
}

bool read_reply(reply_value const& whole, stream_group_details& out)
{
    return record_reader{whole}
        .need("name", out.name)
        .need("last-delivered-id", out.last_delivered)
        .may("entries-read", out.entries_read)
        .may("lag", out.lag)
        .need("pel-count", out.pending)
        .need("pending",
              [&](reply_value const& v) { return read_pending(v, {}, out.pending_entries); })
        .need("consumers", out.consumers)
        .fits();
}

bool read_reply(reply_value const& whole, stream_details& out)
{
    return record_reader{whole}
        .need("length", out.length)
        .need("last-generated-id", out.last_id)
        .may("entries-added", out.entries_added)
        .may("max-deleted-entry-id", out.max_deleted_id)
        .need("entries", [&](reply_value const& v) { return read_entries(v, out.entries); })
        .need("groups", out.groups)
        .fits();
}

}  // namespace redstart
