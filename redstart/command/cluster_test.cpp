// What servers know of clusters, commands and modules.

#include "redstart/command/cluster_admin.hpp"
#include "redstart/command/command_list.hpp"
#include "redstart/command/probe_test.hpp"
#include "redstart/command/strings.hpp"

#include <gtest/gtest.h>

namespace redstart::command_test {
namespace {

TEST(commands_of_clusters, ask_about_them)
{
    expect_sent(cluster_info(), {"CLUSTER", "INFO"});
    expect_sent(cluster_myid(), {"CLUSTER", "MYID"});
    expect_sent(cluster_myshardid(), {"CLUSTER", "MYSHARDID"});
    expect_sent(cluster_keyslot("k"), {"CLUSTER", "KEYSLOT", "k"});
    expect_sent(cluster_countkeysinslot(7), {"CLUSTER", "COUNTKEYSINSLOT", "7"});
    expect_sent(cluster_getkeysinslot(7, 9), {"CLUSTER", "GETKEYSINSLOT", "7", "9"});
    expect_sent(cluster_slots(), {"CLUSTER", "SLOTS"});
    expect_sent(cluster_shards(), {"CLUSTER", "SHARDS"});
    expect_sent(cluster_nodes(), {"CLUSTER", "NODES"});
    expect_sent(cluster_replicas("id"), {"CLUSTER", "REPLICAS", "id"});
    expect_sent(cluster_count_failure_reports("id"), {"CLUSTER", "COUNT-FAILURE-REPORTS", "id"});
    expect_sent(cluster_links(), {"CLUSTER", "LINKS"});
    expect_sent(cluster_slot_stats({1, 2}), {"CLUSTER", "SLOT-STATS", "SLOTSRANGE", "1", "2"});
    expect_sent(cluster_slot_stats(slot_metric::cpu, 5),
                {"CLUSTER", "SLOT-STATS", "ORDERBY", "CPU-USEC", "LIMIT", "5", "DESC"});
}

TEST(commands_of_clusters, change_them)
{
    expect_sent(cluster_addslots({1, 2}), {"CLUSTER", "ADDSLOTS", "1", "2"});
    expect_sent(cluster_delslots(1), {"CLUSTER", "DELSLOTS", "1"});
    expect_sent(cluster_addslotsrange({slot_range{1, 5}, slot_range{7, 9}}),
                {"CLUSTER", "ADDSLOTSRANGE", "1", "5", "7", "9"});
    expect_sent(cluster_delslotsrange(slot_range{1, 5}), {"CLUSTER", "DELSLOTSRANGE", "1", "5"});
    expect_sent(cluster_flushslots(), {"CLUSTER", "FLUSHSLOTS"});
    expect_sent(cluster_setslot_migrating(1, "id"), {"CLUSTER", "SETSLOT", "1", "MIGRATING", "id"});
    expect_sent(cluster_setslot_importing(1, "id"), {"CLUSTER", "SETSLOT", "1", "IMPORTING", "id"});
    expect_sent(cluster_setslot_node(1, "id"), {"CLUSTER", "SETSLOT", "1", "NODE", "id"});
    expect_sent(cluster_setslot_stable(1), {"CLUSTER", "SETSLOT", "1", "STABLE"});
    expect_sent(cluster_meet("1.2.3.4", 7), {"CLUSTER", "MEET", "1.2.3.4", "7"});
    expect_sent(cluster_forget("id"), {"CLUSTER", "FORGET", "id"});
    expect_sent(cluster_replicate("id"), {"CLUSTER", "REPLICATE", "id"});
    expect_sent(cluster_failover(), {"CLUSTER", "FAILOVER"});
    expect_sent(cluster_failover(cluster_failover_kind::takeover),
                {"CLUSTER", "FAILOVER", "TAKEOVER"});
    expect_sent(cluster_reset(), {"CLUSTER", "RESET", "SOFT"});
    expect_sent(cluster_saveconfig(), {"CLUSTER", "SAVECONFIG"});
    expect_sent(cluster_set_config_epoch(3), {"CLUSTER", "SET-CONFIG-EPOCH", "3"});
    expect_sent(cluster_bumpepoch(), {"CLUSTER", "BUMPEPOCH"});
}

template <class T>
T read_one(std::string_view bytes)
{
    auto got = decoding<T>{}.of(bytes, bytes.size() / 3);
    EXPECT_TRUE(got.has_value()) << bytes;
    return got.value_or(T{});
}

std::string text_blob(std::string_view text)
{
    return "$" + std::to_string(text.size()) + "\r\n" + std::string{text} + "\r\n";
}

TEST(replies_about_clusters, are_lines_of_nodes)
{
    auto const nodes = read_one<cluster_node_list>(
        text_blob("aa 127.0.0.1:30004@31004,host1 slave bb 0 1426238317239 4 connected\n"
                  "bb [::1]:30002@31002 myself,master - 0 0 2 connected 5461-10922 7 [93-<-cc]\n"
                  "cc :0@0 handshake - 0 0 0 disconnected\n"));
    ASSERT_EQ(nodes.size(), 3u);
    EXPECT_EQ(nodes[0].hostname, "host1");
    EXPECT_EQ(nodes[0].primary, "bb");
    EXPECT_EQ(nodes[0].bus_port, 31004);
    EXPECT_EQ(nodes[1].host, "[::1]");
    EXPECT_EQ(nodes[1].port, 30002);
    EXPECT_EQ(nodes[1].primary, "");
    EXPECT_EQ(nodes[1].flags, (std::vector<std::string>{"myself", "master"}));
    EXPECT_EQ(nodes[1].slots, (std::vector<slot_range>{{5461, 10922}, {7, 7}}));
    EXPECT_EQ(nodes[1].config_epoch, 2u);
    EXPECT_TRUE(nodes[1].is_linked);
    EXPECT_EQ(nodes[2].host, "");
    EXPECT_FALSE(nodes[2].is_linked);
    for (auto const* const line :
         {"aa", "aa host:1 master - 0 0 0 connected", "aa h:x@1 master - 0 0 0 connected",
          "aa h:1@2 master - 0 0 0 connected x-y"})
        expect_mismatch<cluster_node_list>(text_blob(line));
    EXPECT_EQ(
        read_one<cluster_replica_list>("*1\r\n" + text_blob("aa h:1@2 slave bb 0 0 4 connected"))[0]
            .primary,
        "bb");
}

TEST(replies_about_clusters, are_slots_and_shards)
{
    for (auto const* const more : {"%1\r\n+ip\r\n+::1\r\n", "*2\r\n+ip\r\n+::1\r\n"}) {
        auto const row = read_one<cluster_slots_row>(
            std::string{"*4\r\n:0\r\n:5460\r\n*4\r\n+h\r\n:1\r\n+aa\r\n"} + more +
            "*4\r\n_\r\n:2\r\n+bb\r\n*0\r\n");
        EXPECT_EQ(row.slots, (slot_range{0, 5460}));
        ASSERT_EQ(row.nodes.size(), 2u);
        EXPECT_EQ(row.nodes[0].more.at(0).second, "::1");
        EXPECT_EQ(row.nodes[1].endpoint, "");
        EXPECT_EQ(row.nodes[1].port, 2);
    }
    expect_mismatch<cluster_slots_row>("*1\r\n:0\r\n");
    for (auto const* const bytes :
         {"%2\r\n+slots\r\n*4\r\n:0\r\n:1\r\n:7\r\n:9\r\n+nodes\r\n*1\r\n%7\r\n+id\r\n+aa\r\n+"
          "port\r\n"
          ":7\r\n+ip\r\n+i\r\n+endpoint\r\n+e\r\n+role\r\n+master\r\n+replication-offset\r\n:5\r\n"
          "+health\r\n+online\r\n",
          "*4\r\n+slots\r\n*4\r\n:0\r\n:1\r\n:7\r\n:9\r\n+nodes\r\n*1\r\n*14\r\n+id\r\n+aa\r\n+"
          "port\r\n"
          ":7\r\n+ip\r\n+i\r\n+endpoint\r\n+e\r\n+role\r\n+master\r\n+replication-offset\r\n:5\r\n"
          "+health\r\n+online\r\n"}) {
        auto const shard = read_one<cluster_shard>(bytes);
        EXPECT_EQ(shard.slots, (std::vector<slot_range>{{0, 1}, {7, 9}}));
        ASSERT_EQ(shard.nodes.size(), 1u);
        EXPECT_EQ(shard.nodes[0].port, 7);
        EXPECT_EQ(shard.nodes[0].tls_port, std::nullopt);
    }
    auto const statistics = read_one<slot_statistics>("*2\r\n:7\r\n%1\r\n+key-count\r\n:9\r\n");
    EXPECT_EQ(statistics.keys, 9u);
    EXPECT_EQ(statistics.bytes_in, std::nullopt);
}

TEST(commands_about_commands, are_sent)
{
    expect_sent(command_count(), {"COMMAND", "COUNT"});
    expect_sent(command_list(), {"COMMAND", "LIST"});
    expect_sent(command_list({.pattern = "x*"}), {"COMMAND", "LIST", "FILTERBY", "PATTERN", "x*"});
    expect_sent(command_list({.category = "geo"}),
                {"COMMAND", "LIST", "FILTERBY", "ACLCAT", "geo"});
    expect_sent(command_list({.module = "m"}), {"COMMAND", "LIST", "FILTERBY", "MODULE", "m"});
    expect_sent(command_infos(), {"COMMAND", "INFO"});
    expect_sent(command_infos({"get", "set"}), {"COMMAND", "INFO", "get", "set"});
    expect_sent(command_docs("get"), {"COMMAND", "DOCS", "get"});
    expect_sent(command_getkeys(get("k")), {"COMMAND", "GETKEYS", "GET", "k"});
    expect_sent(command_getkeysandflags(get("k")), {"COMMAND", "GETKEYSANDFLAGS", "GET", "k"});
    expect_sent(module_list(), {"MODULE", "LIST"});
    expect_sent(module_load("m.so"), {"MODULE", "LOAD", "m.so"});
    expect_sent(module_load("m.so", {"a", "b"}), {"MODULE", "LOAD", "m.so", "a", "b"});
    expect_sent(module_loadex("m.so", {.configuration = {{"a", "1"}}, .arguments = {"x"}}),
                {"MODULE", "LOADEX", "m.so", "CONFIG", "a", "1", "ARGS", "x"});
    expect_sent(module_unload("m"), {"MODULE", "UNLOAD", "m"});
}

TEST(replies_about_commands, are_structs)
{
    for (auto const* const bytes :
         {"*2\r\n*7\r\n+get\r\n:2\r\n*1\r\n+fast\r\n:1\r\n:1\r\n:1\r\n*1\r\n+@read\r\n*-1\r\n",
          "*2\r\n*10\r\n+get\r\n:2\r\n~1\r\n+fast\r\n:1\r\n:1\r\n:1\r\n~1\r\n+@read\r\n~0\r\n~"
          "0\r\n~0\r\n_\r\n"}) {
        auto const all = read_one<std::vector<std::optional<server_command>>>(bytes);
        ASSERT_EQ(all.size(), 2u);
        ASSERT_TRUE(all[0].has_value());
        EXPECT_EQ(all[0]->name, "get");
        EXPECT_EQ(all[0]->flags, (std::vector<std::string>{"fast"}));
        EXPECT_EQ(all[0]->categories, (std::vector<std::string>{"@read"}));
        EXPECT_FALSE(all[1].has_value());
    }
    auto const documents = read_one<command_documentations>(
        "*2\r\n+get\r\n*6\r\n+summary\r\n+gets\r\n+since\r\n+1.0.0\r\n+arguments\r\n*1\r\n*0\r\n");
    ASSERT_EQ(documents.size(), 1u);
    EXPECT_EQ(documents[0].summary, "gets");
    EXPECT_EQ(documents[0].arguments.items().size(), 1u);
    EXPECT_EQ(read_one<key_use>("*2\r\n+a\r\n~1\r\n+RO\r\n").flags,
              (std::vector<std::string>{"RO"}));
    EXPECT_EQ(read_one<module_info>("%2\r\n+name\r\n+m\r\n+ver\r\n:3\r\n").version, 3);
}

}  // namespace
}  // namespace redstart::command_test
