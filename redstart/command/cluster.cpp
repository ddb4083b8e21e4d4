#include "redstart/command/cluster.hpp"

#include "redstart/command/reply_reading.hpp"

#include <array>

namespace redstart {

using namespace reply_reading;

namespace {

// Cuts the next word off, up to a separator.
std::string_view next_word(std::string_view& rest, char separator)
{
    auto const word = rest.substr(0, rest.find(separator));
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
    return word;
}

template <class Integer>
bool read_whole_number(std::string_view text, Integer& out)
{
    return codec::read_number(text, out);
}

// "5-9" or "5"; "[5->-id]" is on the move and says nothing here.
bool read_slots(std::string_view word, std::vector<slot_range>& out)
{
    if (word.starts_with('['))
        return true;
    auto const first = next_word(word, '-');
    auto& range = out.emplace_back();
    return read_whole_number(first, range.first) &&
           read_whole_number(word.empty() ? first : word, range.last);
}

// "127.0.0.1:6379@16379,name": the host may hold colons.
bool read_address(std::string_view address, cluster_node& out)
{
    auto where = next_word(address, ',');
    out.hostname = next_word(address, ',');
    auto const at = where.rfind('@');
    if (at == std::string_view::npos || !read_whole_number(where.substr(at + 1), out.bus_port))
        return false;
    where = where.substr(0, at);
    auto const colon = where.rfind(':');
    if (colon == std::string_view::npos)
        return false;
    out.host = where.substr(0, colon);
    return read_whole_number(where.substr(colon + 1), out.port);
}

bool read_node(std::string_view line, cluster_node& out)
{
    out.id = next_word(line, ' ');
    if (!read_address(next_word(line, ' '), out))
        return false;
    for (auto flags = next_word(line, ' '); !flags.empty();)
        out.flags.emplace_back(next_word(flags, ','));
    auto const primary = next_word(line, ' ');
    if (primary != "-")
        out.primary = primary;
    next_word(line, ' ');  // when a ping was sent
    next_word(line, ' ');  // when a pong came
    if (!read_whole_number(next_word(line, ' '), out.config_epoch))
        return false;
    out.is_linked = next_word(line, ' ') == "connected";
    while (!line.empty())
        if (!read_slots(next_word(line, ' '), out.slots))
            return false;
    return true;
}

}  // namespace

command<server_info> cluster_info() { return command<server_info>{command_id::cluster_info}; }
command<std::string> cluster_myid() { return command<std::string>{command_id::cluster_myid}; }

command<std::string> cluster_myshardid()
{
    return command<std::string>{command_id::cluster_myshardid};
}

command<std::uint16_t> cluster_keyslot(std::string_view key)
{
    return make_command<std::uint16_t>(command_id::cluster_keyslot, key);
}

command<std::int64_t> cluster_countkeysinslot(std::uint16_t slot)
{
    return make_command<std::int64_t>(command_id::cluster_countkeysinslot, slot);
}

command<std::vector<std::string>> cluster_getkeysinslot(std::uint16_t slot, std::int64_t count)
{
    return make_command<std::vector<std::string>>(command_id::cluster_getkeysinslot, slot, count);
}

command<std::vector<cluster_slots_row>> cluster_slots()
{
    return command<std::vector<cluster_slots_row>>{command_id::cluster_slots};
}

command<std::vector<cluster_shard>> cluster_shards()
{
    return command<std::vector<cluster_shard>>{command_id::cluster_shards};
}

command<cluster_node_list> cluster_nodes()
{
    return command<cluster_node_list>{command_id::cluster_nodes};
}

command<cluster_replica_list> cluster_replicas(std::string_view primary_id)
{
    return make_command<cluster_replica_list>(command_id::cluster_replicas, primary_id);
}

command<std::int64_t> cluster_count_failure_reports(std::string_view node_id)
{
    return make_command<std::int64_t>(command_id::cluster_count_failure_reports, node_id);
}

command<std::vector<cluster_link>> cluster_links()
{
    return command<std::vector<cluster_link>>{command_id::cluster_links};
}

command<std::vector<slot_statistics>> cluster_slot_stats(slot_range slots)
{
    return make_command<std::vector<slot_statistics>>(command_id::cluster_slot_stats, "SLOTSRANGE",
                                                      slots.first, slots.last);
}

command<std::vector<slot_statistics>> cluster_slot_stats(slot_metric most, std::uint32_t limit)
{
    constexpr std::array<std::string_view, 4> names{"KEY-COUNT", "CPU-USEC", "NETWORK-BYTES-IN",
                                                    "NETWORK-BYTES-OUT"};
    return make_command<std::vector<slot_statistics>>(command_id::cluster_slot_stats, "ORDERBY",
                                                      names[static_cast<std::size_t>(most)],
                                                      "LIMIT", limit, "DESC");
}

// ---- Replies ------------------------------------------------------------------------------------

bool read_reply(reply_value const& whole, slot_range& out)
{
    return read_row(whole, out.first, out.last);
}

bool read_reply(reply_value const& whole, cluster_address& out)
{
    // A node that does not know its own address says null.
    std::optional<std::string> endpoint;
    bool const fits = read_row(whole, endpoint, out.port, out.id);
    out.endpoint = std::move(endpoint).value_or("");
    return fits && (whole.items().size() < 4 || read_value(whole.items()[3], out.more));
}

bool read_reply(reply_value const& whole, cluster_slots_row& out)
{
    if (!read_reply(whole, out.slots))
        return false;
    for (auto const& node : whole.items().subspan(2))
        if (!read_reply(node, out.nodes.emplace_back()))
            return false;
    return true;
}

bool read_reply(reply_value const& whole, shard_node& out)
{
    return record_reader{whole}
        .need("id", out.id)
        .need("endpoint", out.endpoint)
        .need("ip", out.ip)
        .may("hostname", out.hostname)
        .may("port", out.port)
        .may("tls-port", out.tls_port)
        .need("role", out.role)
        .need("health", out.health)
        .need("replication-offset", out.replication_offset)
        .fits();
}

bool read_reply(reply_value const& whole, cluster_shard& out)
{
    auto const read_ranges = [&](reply_value const& flat) {
        for (std::size_t i = 0; i + 1 < flat.items().size(); i += 2) {
            auto& range = out.slots.emplace_back();
            if (!read_value(flat.items()[i], range.first) ||
                !read_value(flat.items()[i + 1], range.last))
                return false;
        }
        return flat.items().size() % 2 == 0;
    };
    return record_reader{whole}.need("slots", read_ranges).need("nodes", out.nodes).fits();
}

bool read_reply(reply_value const& whole, cluster_node_list& out)
{
    for (std::string_view rest = whole.text(); !rest.empty();)
        if (!read_node(next_word(rest, '\n'), out.emplace_back()))
            return false;
    return whole.is() == reply_value::kind::text;
}

bool read_reply(reply_value const& whole, cluster_replica_list& out)
{
    for (auto const& line : whole.items())
        if (!read_node(line.text(), out.emplace_back()))
            return false;
    return whole.is() == reply_value::kind::list;
}

bool read_reply(reply_value const& whole, cluster_link& out)
{
    std::int64_t created = 0;
    bool const fits = record_reader{whole}
                          .need("direction", out.direction)
                          .need("node", out.node)
                          .need("create-time", created)
                          .need("events", out.events)
                          .need("send-buffer-allocated", out.buffer_allocated)
                          .need("send-buffer-used", out.buffer_used)
                          .fits();
    out.created =
        std::chrono::sys_time<std::chrono::milliseconds>{std::chrono::milliseconds{created}};
    return fits;
}

bool read_reply(reply_value const& whole, slot_statistics& out)
{
    auto const items = whole.items();
    return read_row(whole, out.slot) && items.size() == 2 &&
           record_reader{items[1]}
               .need("key-count", out.keys)
               .may("cpu-usec", out.cpu_microseconds)
               .may("network-bytes-in", out.bytes_in)
               .may("network-bytes-out", out.bytes_out)
               .fits();
}

}  // namespace redstart
