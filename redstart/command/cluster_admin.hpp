// What makes and changes a cluster, one node at a time: for tools that administer clusters. Each node must be told by
// itself, and in the right order; valkey-cli --cluster does that.

#pragma once

#include "redstart/command/cluster.hpp"

#include <cstdint>
#include <string_view>

namespace redstart {

// Slots that this node serves from now on, or no longer. All or none.
command<ok> cluster_addslots(one_or_more<std::int64_t> slots);
command<ok> cluster_delslots(one_or_more<std::int64_t> slots);
command<ok> cluster_addslotsrange(one_or_more<slot_range> ranges);
command<ok> cluster_delslotsrange(one_or_more<slot_range> ranges);
// It serves none. The database must be empty.
command<ok> cluster_flushslots();

// A slot that moves: the source is `migrating` to the target's node, the target `importing` from the source's; then
// both, and all others, are told whose it is.
command<ok> cluster_setslot_migrating(std::uint16_t slot, std::string_view to_node);
command<ok> cluster_setslot_importing(std::uint16_t slot, std::string_view from_node);
command<ok> cluster_setslot_node(std::uint16_t slot, std::string_view node);
command<ok> cluster_setslot_stable(std::uint16_t slot);

// Gets to know another node, and through it the whole cluster. It answers at once.
command<ok> cluster_meet(std::string_view ip, std::uint16_t port);
// Does not know this node for a minute; by then, all others must have been told.
command<ok> cluster_forget(std::string_view node_id);
// Becomes a replica of a node.
command<ok> cluster_replicate(std::string_view node_id);

enum class cluster_failover_kind : std::uint8_t {
    in_agreement,  // with its primary: nothing is lost
    force,         // the primary is away; the others still vote
    takeover,      // without asking anyone
};
// This replica takes its primary's place. It answers at once.
command<ok> cluster_failover(cluster_failover_kind kind = cluster_failover_kind::in_agreement);

enum class cluster_reset_kind : std::uint8_t { soft, hard };  // hard: also a new id, and epoch 0
// Forgets the cluster. A primary must be empty.
command<ok> cluster_reset(cluster_reset_kind kind = cluster_reset_kind::soft);

// Writes nodes.conf.
command<ok> cluster_saveconfig();
// The epoch of a new node, before it has met any other.
command<ok> cluster_set_config_epoch(std::uint64_t epoch);
// "BUMPED 3" or "STILL 3".
command<std::string> cluster_bumpepoch();

}  // namespace redstart
