#include "redstart/command/cluster_admin.hpp"

namespace redstart {

namespace {

template <class... Words>
command<ok> set_slot(std::uint16_t slot, Words const&... words)
{
    return make_command<ok>(command_id::cluster_setslot, slot, words...);
}

}  // namespace

command<ok> cluster_addslots(one_or_more<std::int64_t> slots)
{
    return make_command<ok>(command_id::cluster_addslots, slots);
}

command<ok> cluster_delslots(one_or_more<std::int64_t> slots)
{
    return make_command<ok>(command_id::cluster_delslots, slots);
}

command<ok> cluster_addslotsrange(one_or_more<slot_range> ranges)
{
    return make_command<ok>(command_id::cluster_addslotsrange, ranges);
}

command<ok> cluster_delslotsrange(one_or_more<slot_range> ranges)
{
    return make_command<ok>(command_id::cluster_delslotsrange, ranges);
}

command<ok> cluster_flushslots() { return command<ok>{command_id::cluster_flushslots}; }

command<ok> cluster_setslot_migrating(std::uint16_t slot, std::string_view to_node)
{
    return set_slot(slot, "MIGRATING", to_node);
}

command<ok> cluster_setslot_importing(std::uint16_t slot, std::string_view from_node)
{
    return set_slot(slot, "IMPORTING", from_node);
}

command<ok> cluster_setslot_node(std::uint16_t slot, std::string_view node)
{
    return set_slot(slot, "NODE", node);
}

command<ok> cluster_setslot_stable(std::uint16_t slot) { return set_slot(slot, "STABLE"); }

command<ok> cluster_meet(std::string_view ip, std::uint16_t port)
{
    return make_command<ok>(command_id::cluster_meet, ip, port);
}

command<ok> cluster_forget(std::string_view node_id)
{
    return make_command<ok>(command_id::cluster_forget, node_id);
}

command<ok> cluster_replicate(std::string_view node_id)
{
    return make_command<ok>(command_id::cluster_replicate, node_id);
}

command<ok> cluster_failover(cluster_failover_kind kind)
{
    command<ok> built{command_id::cluster_failover};
    if (kind != cluster_failover_kind::in_agreement)
        built.add(kind == cluster_failover_kind::force ? "FORCE" : "TAKEOVER");
    return built;
}

command<ok> cluster_reset(cluster_reset_kind kind)
{
    return make_command<ok>(command_id::cluster_reset,
                            kind == cluster_reset_kind::hard ? "HARD" : "SOFT");
}

command<ok> cluster_saveconfig() { return command<ok>{command_id::cluster_saveconfig}; }

command<ok> cluster_set_config_epoch(std::uint64_t epoch)
{
    return make_command<ok>(command_id::cluster_set_config_epoch, epoch);
}

command<std::string> cluster_bumpepoch()
{
    return command<std::string>{command_id::cluster_bumpepoch};
}

}  // namespace redstart
