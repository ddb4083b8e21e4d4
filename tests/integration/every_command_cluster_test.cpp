// What servers know of commands, modules and channels, and CLUSTER on a node that is a cluster by itself.

#include "redstart/command/cluster_admin.hpp"
#include "redstart/command/command_list.hpp"
#include "redstart/command/pubsub.hpp"
#include "tests/integration/every_command.hpp"

#include <map>

namespace redstart::integration {
namespace {

using texts = std::vector<std::string>;
using counts = std::vector<std::pair<std::string, std::int64_t>>;

server_fixture& shared_node(setup const& how)
{
    // The port of the bus would be its own and 10000, which may be more than there are.
    static std::map<std::string, std::uint16_t> buses;
    auto& bus = buses[how.program + (how.knows_hello ? "" : " without HELLO")];
    if (bus == 0)
        bus = testing::free_port();
    auto options = options_for({.program = how.program, .knows_hello = how.knows_hello});
    options.arguments = {"--cluster-enabled", "yes", "--cluster-port", std::to_string(bus)};
    return shared_server(options);
}

void make_a_cluster(command_runner& on_node)
{
    on_node.exec(cluster_reset(cluster_reset_kind::hard));
    on_node.exec(cluster_set_config_epoch(7));
    on_node.exec(cluster_addslotsrange({slot_range{0, 99}, slot_range{200, 16'383}}));
    on_node.exec(cluster_addslots({100, 101}));
    EXPECT_EQ(on_node.exec(cluster_info()).integer("cluster_slots_assigned"), 16'286);
    on_node.exec(cluster_delslots(101));
    on_node.exec(cluster_delslotsrange(slot_range{100, 100}));
    auto const id = on_node.exec(cluster_myid());
    on_node.exec(cluster_setslot_node(100, id));
    on_node.exec(cluster_setslot_stable(100));
    on_node.exec(cluster_delslots(100));
    EXPECT_EQ(on_node.exec(cluster_bumpepoch()), "STILL 7");
    on_node.exec(cluster_saveconfig());
}

void ask_the_node(command_runner& on_node)
{
    auto const id = on_node.exec(cluster_myid());
    EXPECT_EQ(id.size(), 40u);
    auto const nodes = on_node.exec(cluster_nodes());
    ASSERT_EQ(nodes.size(), 1u);
    EXPECT_EQ(nodes[0].id, id);
    EXPECT_EQ(nodes[0].slots, (std::vector<slot_range>{{0, 99}, {200, 16'383}}));
    auto const rows = on_node.exec(cluster_slots());
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[0].slots, (slot_range{0, 99}));
    EXPECT_EQ(rows[0].nodes.at(0).id, id);
    auto const shards = on_node.exec(cluster_shards());
    ASSERT_EQ(shards.size(), 1u);
    EXPECT_EQ(shards[0].slots, nodes[0].slots);
    EXPECT_EQ(shards[0].nodes.at(0).role, "master");
    EXPECT_EQ(on_node.exec(cluster_keyslot("foo")), 12'182);
    EXPECT_EQ(on_node.exec(cluster_countkeysinslot(12'182)), 0);
    EXPECT_TRUE(on_node.exec(cluster_getkeysinslot(12'182, 5)).empty());
    EXPECT_TRUE(on_node.exec(cluster_replicas(id)).empty());
    EXPECT_EQ(on_node.exec(cluster_count_failure_reports(id)), 0);
    EXPECT_TRUE(on_node.exec(cluster_links()).empty());
    if (!on_node.is_valkey())
        return;
    EXPECT_EQ(on_node.exec(cluster_myshardid()).size(), 40u);
    auto const statistics = on_node.exec(cluster_slot_stats({5, 6}));
    ASSERT_EQ(statistics.size(), 2u);
    EXPECT_EQ(statistics[1].slot, 6);
    EXPECT_EQ(on_node.exec(cluster_slot_stats(slot_metric::keys, 3)).size(), 3u);
}

void refuse_what_needs_others(command_runner& on_node)
{
    std::string const nobody(40, 'a');
    EXPECT_EQ(on_node.fails(cluster_setslot_migrating(5, nobody)).server_code(), "ERR");
    EXPECT_EQ(on_node.fails(cluster_setslot_importing(100, nobody)).server_code(), "ERR");
    EXPECT_EQ(on_node.fails(cluster_forget(nobody)).server_code(), "ERR");
    EXPECT_EQ(on_node.fails(cluster_replicate(nobody)).server_code(), "ERR");
    EXPECT_EQ(on_node.fails(cluster_failover()).server_code(), "ERR");
    EXPECT_EQ(on_node.fails(cluster_meet("nowhere", 1)).server_code(), "ERR");
    on_node.exec(cluster_flushslots());
    EXPECT_TRUE(on_node.exec(cluster_slots()).empty());
}

}  // namespace

void run_cluster_commands(command_runner& run)
{
    // By its socket: how it is reached makes no difference to CLUSTER.
    setup const how{
        .program = run.how().program, .unix_socket = true, .knows_hello = run.how().knows_hello};
    auto& node = shared_node(how);
    connected with{options_to(node, how)};
    auto on_node = run.on(with, node);
    make_a_cluster(on_node);
    ask_the_node(on_node);
    refuse_what_needs_others(on_node);
}

void run_command_list_commands(command_runner& run)
{
    EXPECT_GT(run.exec(command_count()), 200);
    EXPECT_GT(run.exec(command_list()).size(), 300u);
    EXPECT_EQ(run.exec(command_list({.pattern = "xad*"})), (texts{"xadd"}));
    auto const infos = run.exec(command_infos({"get", "none", "xgroup"}));
    ASSERT_EQ(infos.size(), 3u);
    ASSERT_TRUE(infos[0] && infos[2]);
    EXPECT_EQ(infos[0]->arity, 2);
    EXPECT_EQ(std::ranges::count(infos[0]->flags, "readonly"), 1);
    EXPECT_FALSE(infos[1].has_value());
    EXPECT_EQ(infos[2]->subcommands.size(), 6u);
    EXPECT_GT(run.exec(command_infos()).size(), 200u);
    auto const documents = run.exec(command_docs({"get", "xgroup"}));
    ASSERT_EQ(documents.size(), 2u);
    EXPECT_EQ(documents[0].since, "1.0.0");
    EXPECT_EQ(documents[0].arguments.items().size(), 1u);
    EXPECT_EQ(documents[1].subcommands.size(), 6u);
    EXPECT_EQ(run.exec(command_getkeys(raw<ignored>("MSET", "a", 1, "b", 2))), (texts{"a", "b"}));
    auto const used = run.exec(command_getkeysandflags(get("k")));
    ASSERT_EQ(used.size(), 1u);
    EXPECT_EQ(used[0].key, "k");
    EXPECT_EQ(used[0].flags, (texts{"RO", "access"}));

    EXPECT_TRUE(run.exec(module_list()).empty());
    EXPECT_EQ(run.fails(module_load("/none")).server_code(), "ERR");
    EXPECT_EQ(run.fails(module_loadex("/none", {.arguments = {"x"}})).server_code(), "ERR");
    EXPECT_EQ(run.fails(module_unload("none")).server_code(), "ERR");
}

void run_pubsub_commands(command_runner& run)
{
    EXPECT_EQ(run.exec(publish("a", "nobody hears it")), 0);
    EXPECT_EQ(run.exec(spublish("a", "nobody hears it")), 0);
    EXPECT_TRUE(run.exec(pubsub_channels()).empty());
    EXPECT_TRUE(run.exec(pubsub_shardchannels("n*")).empty());
    EXPECT_EQ(run.exec(pubsub_numsub("a", "b")), (counts{{"a", 0}, {"b", 0}}));
    EXPECT_EQ(run.exec(pubsub_shardnumsub("a")), (counts{{"a", 0}}));
    EXPECT_EQ(run.exec(pubsub_numpat()), 0);
}

}  // namespace redstart::integration
