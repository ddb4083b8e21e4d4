// What a node of a cluster knows of the cluster: CLUSTER. What changes it stands in cluster_admin.hpp. On a server
// that is no node, all of it fails.

#pragma once

#include "redstart/command/command.hpp"
#include "redstart/command/reply_value.hpp"
#include "redstart/command/server_info.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace redstart {

struct slot_range {
    std::uint16_t first = 0;  // both are included
    std::uint16_t last = 0;
    bool operator==(slot_range const&) const = default;
    void append_to(wire::request& request) const { request.add(first).add(last); }
};
bool read_reply(reply_value const& whole, slot_range& out);

// cluster_state, cluster_slots_assigned, …
command<server_info> cluster_info();

// Ids of this node, and of the shard that it belongs to.
command<std::string> cluster_myid();
command<std::string> cluster_myshardid();

// The slot of a key, as the server counts it.
command<std::uint16_t> cluster_keyslot(std::string_view key);
// How many keys of a slot this node has, and some of them.
command<std::int64_t> cluster_countkeysinslot(std::uint16_t slot);
command<std::vector<std::string>> cluster_getkeysinslot(std::uint16_t slot, std::int64_t count);

struct cluster_address {
    std::string endpoint{};  // where clients shall connect to; empty: where they came from
    std::uint16_t port = 0;
    std::string id{};
    std::vector<std::pair<std::string, std::string>> more{};  // other names of it: "ip", "hostname"
};
bool read_reply(reply_value const& whole, cluster_address& out);

// Who serves a range of slots: the primary first, then its replicas.
struct cluster_slots_row {
    slot_range slots{};
    std::vector<cluster_address> nodes{};
};
bool read_reply(reply_value const& whole, cluster_slots_row& out);
command<std::vector<cluster_slots_row>> cluster_slots();

struct shard_node {
    std::string id{};
    std::string endpoint{};
    std::string ip{};
    std::string hostname{};
    std::optional<std::uint16_t> port{};
    std::optional<std::uint16_t> tls_port{};
    std::string role{};    // "master" or "replica"
    std::string health{};  // "online", "failed", "loading"
    std::int64_t replication_offset = 0;
};
bool read_reply(reply_value const& whole, shard_node& out);

struct cluster_shard {
    std::vector<slot_range> slots{};
    std::vector<shard_node> nodes{};
};
bool read_reply(reply_value const& whole, cluster_shard& out);
command<std::vector<cluster_shard>> cluster_shards();

// A line of CLUSTER NODES.
struct cluster_node {
    std::string id{};
    std::string host{};  // empty: not known yet
    std::uint16_t port = 0;
    std::uint16_t bus_port = 0;
    std::string hostname{};
    // "myself", "master", "slave", "fail?", "fail", "handshake", …
    std::vector<std::string> flags{};
    std::string primary{};  // of a replica: the id of its primary
    std::uint64_t config_epoch = 0;
    bool is_linked = false;
    std::vector<slot_range> slots{};  // without those that are on the move
};
struct cluster_node_list : std::vector<cluster_node> {};
bool read_reply(reply_value const& whole, cluster_node_list& out);
command<cluster_node_list> cluster_nodes();

// CLUSTER REPLICAS answers lines of the same kind, each a text of its own.
struct cluster_replica_list : std::vector<cluster_node> {};
bool read_reply(reply_value const& whole, cluster_replica_list& out);
command<cluster_replica_list> cluster_replicas(std::string_view primary_id);

// How many others say that this node fails.
command<std::int64_t> cluster_count_failure_reports(std::string_view node_id);

struct cluster_link {
    std::string direction{};  // "to" or "from"
    std::string node{};
    std::chrono::sys_time<std::chrono::milliseconds> created{};
    std::string events{};
    std::uint64_t buffer_allocated = 0;  // bytes
    std::uint64_t buffer_used = 0;
};
bool read_reply(reply_value const& whole, cluster_link& out);
command<std::vector<cluster_link>> cluster_links();

struct slot_statistics {
    std::uint16_t slot = 0;
    std::uint64_t keys = 0;
    std::optional<std::uint64_t> cpu_microseconds{};  // where the server counts it
    std::optional<std::uint64_t> bytes_in{};
    std::optional<std::uint64_t> bytes_out{};
};
bool read_reply(reply_value const& whole, slot_statistics& out);
// Valkey 8.
command<std::vector<slot_statistics>> cluster_slot_stats(slot_range slots);

enum class slot_metric : std::uint8_t { keys, cpu, bytes_in, bytes_out };
// The slots with the most of it.
command<std::vector<slot_statistics>> cluster_slot_stats(slot_metric most, std::uint32_t limit);

}  // namespace redstart
