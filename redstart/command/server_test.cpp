// Commands about a server: the bytes of every builder, and replies in the shapes of both protocols.

#include "redstart/command/server.hpp"

#include "redstart/base/failure.hpp"
#include "redstart/command/acl.hpp"
#include "redstart/command/config.hpp"
#include "redstart/command/connections.hpp"
#include "redstart/command/diagnostics.hpp"
#include "redstart/command/probe_test.hpp"
#include "redstart/command/strings.hpp"

#include <gtest/gtest.h>

namespace redstart::command_test {
namespace {

using namespace std::chrono_literals;

template <class T>
T read(std::string_view bytes)
{
    auto got = decoding<T>{}.of(bytes, bytes.size() / 3);
    EXPECT_TRUE(got.has_value()) << bytes;
    return got.value_or(T{});
}

std::string blob(std::string_view text)
{
    return "$" + std::to_string(text.size()) + "\r\n" + std::string{text} + "\r\n";
}

TEST(commands_of_the_server, are_sent)
{
    expect_sent(ping(), {"PING"});
    expect_sent(echo("x"), {"ECHO", "x"});
    expect_sent(info(), {"INFO"});
    expect_sent(info("memory"), {"INFO", "memory"});
    expect_sent(info({"memory", "stats"}), {"INFO", "memory", "stats"});
    expect_sent(time(), {"TIME"});
    expect_sent(dbsize(), {"DBSIZE"});
    expect_sent(flushdb(), {"FLUSHDB"});
    expect_sent(flushall(flush_mode::in_background), {"FLUSHALL", "ASYNC"});
    expect_sent(swapdb(0, 1), {"SWAPDB", "0", "1"});
    expect_sent(save(), {"SAVE"});
    expect_sent(bgsave(), {"BGSAVE"});
    expect_sent(bgsave({.schedule = true}), {"BGSAVE", "SCHEDULE"});
    expect_sent(bgrewriteaof(), {"BGREWRITEAOF"});
    expect_sent(lastsave(), {"LASTSAVE"});
    expect_sent(role(), {"ROLE"});
    expect_sent(replicaof("host", 7), {"REPLICAOF", "host", "7"});
    expect_sent(replicaof_no_one(), {"REPLICAOF", "NO", "ONE"});
    expect_sent(failover(), {"FAILOVER"});
    expect_sent(failover({.host = "h", .port = 7, .timeout = 2s, .force = true}),
                {"FAILOVER", "TO", "h", "7", "FORCE", "TIMEOUT", "2000"});
    expect_sent(failover_abort(), {"FAILOVER", "ABORT"});
    expect_sent(lolwut(), {"LOLWUT"});
}

TEST(replies_about_the_server, are_fields_of_text)
{
    server_info const text{"# Server\r\nredis_version:7.0.15\r\nuptime:5\r\n\r\n# Memory\r\n"
                           "used_memory:12\r\nratio:1.5\r\nempty:\r\n"};
    EXPECT_EQ(text.field("redis_version"), "7.0.15");
    EXPECT_EQ(text.integer("used_memory"), 12);
    EXPECT_EQ(text.real("ratio"), 1.5);
    EXPECT_EQ(text.field("empty"), "");
    EXPECT_EQ(text.field("used"), std::nullopt) << "it is only the beginning of a name";
    EXPECT_EQ(text.integer("redis_version"), std::nullopt);
    EXPECT_EQ(server_info{}.field("a"), std::nullopt);
    EXPECT_EQ(read<server_info>("=9\r\ntxt:a:1\r\n\r\n").integer("a"), 1);
}

TEST(replies_about_the_server, are_times_and_roles)
{
    EXPECT_EQ(read<server_clock>("*2\r\n$1\r\n7\r\n$3\r\n250\r\n").now.time_since_epoch(),
              7'000'250us);
    EXPECT_EQ(read<save_time>(":7\r\n").at.time_since_epoch(), 7s);
    auto const primary = read<server_role>(
        "*3\r\n$6\r\nmaster\r\n:9\r\n*1\r\n*3\r\n$1\r\nh\r\n$1\r\n7\r\n$1\r\n8\r\n");
    EXPECT_EQ(primary.is, server_role::kind::primary);
    EXPECT_EQ(primary.offset, 9);
    ASSERT_EQ(primary.replicas.size(), 1u);
    EXPECT_EQ(primary.replicas[0].port, 7);
    auto const replica =
        read<server_role>("*5\r\n$5\r\nslave\r\n$1\r\nh\r\n:7\r\n$9\r\nconnected\r\n:5\r\n");
    EXPECT_EQ(replica.is, server_role::kind::replica);
    EXPECT_EQ(replica.primary_port, 7);
    EXPECT_EQ(replica.link, "connected");
    auto const sentinel = read<server_role>("*2\r\n$8\r\nsentinel\r\n*1\r\n$1\r\nm\r\n");
    EXPECT_EQ(sentinel.primary_names, (std::vector<std::string>{"m"}));
    expect_mismatch<server_role>("*1\r\n+other\r\n");
    expect_mismatch<server_role>("*0\r\n");
}

TEST(commands_of_settings, are_sent)
{
    expect_sent(config_get("max*"), {"CONFIG", "GET", "max*"});
    expect_sent(config_get({"a", "b"}), {"CONFIG", "GET", "a", "b"});
    expect_sent(config_set({{"maxmemory", 100}, {"save", ""}}),
                {"CONFIG", "SET", "maxmemory", "100", "save", ""});
    expect_sent(config_rewrite(), {"CONFIG", "REWRITE"});
    expect_sent(config_resetstat(), {"CONFIG", "RESETSTAT"});
}

TEST(commands_of_connections, are_sent)
{
    expect_sent(client_id(), {"CLIENT", "ID"});
    expect_sent(client_info(), {"CLIENT", "INFO"});
    expect_sent(client_getname(), {"CLIENT", "GETNAME"});
    expect_sent(client_getredir(), {"CLIENT", "GETREDIR"});
    expect_sent(client_trackinginfo(), {"CLIENT", "TRACKINGINFO"});
    expect_sent(client_list(), {"CLIENT", "LIST"});
    expect_sent(client_list(connection_type::pubsub), {"CLIENT", "LIST", "TYPE", "PUBSUB"});
    expect_sent(client_list({1, 2}), {"CLIENT", "LIST", "ID", "1", "2"});
    expect_sent(client_kill({.id = 7}), {"CLIENT", "KILL", "ID", "7"});
    expect_sent(client_kill({.address = "a:1",
                             .local_address = "b:2",
                             .user = "u",
                             .type = connection_type::normal,
                             .this_one_too = true}),
                {"CLIENT", "KILL", "ADDR", "a:1", "LADDR", "b:2", "USER", "u", "TYPE", "NORMAL",
                 "SKIPME", "NO"});
    EXPECT_THROW(static_cast<void>(client_kill({})), failure) << "it would close all";
    EXPECT_THROW(static_cast<void>(client_kill({.this_one_too = true})), failure);
    expect_sent(client_unblock(7), {"CLIENT", "UNBLOCK", "7"});
    expect_sent(client_unblock(7, unblocked_with::error), {"CLIENT", "UNBLOCK", "7", "ERROR"});
    expect_sent(client_pause(2s), {"CLIENT", "PAUSE", "2000"});
    expect_sent(client_pause(2s, paused_commands::writes), {"CLIENT", "PAUSE", "2000", "WRITE"});
    expect_sent(client_unpause(), {"CLIENT", "UNPAUSE"});
}

TEST(replies_about_connections, are_their_fields)
{
    auto const text =
        blob("id=17 addr=127.0.0.1:5 laddr=[::1]:6 fd=9 name= age=9 idle=2 flags=N db=3 "
             "sub=1 multi=-1 omem=8 cmd=client|info user=ann resp=3 new=x\n");
    auto const me = read<connection_info>(text);
    EXPECT_EQ(me.id, 17);
    EXPECT_EQ(me.local_address, "[::1]:6");
    EXPECT_EQ(me.name, "");
    EXPECT_EQ(me.age, 9s);
    EXPECT_EQ(me.idle, 2s);
    EXPECT_EQ(me.queued, -1);
    EXPECT_EQ(me.last_command, "client|info");
    EXPECT_EQ(me.user, "ann");
    EXPECT_EQ(me.protocol, 3);
    EXPECT_EQ(read<connection_list>(text).size(), 1u);
    auto const several = read<connection_list>(blob("id=1 db=2\nid=3 db=4\n"));
    ASSERT_EQ(several.size(), 2u);
    EXPECT_EQ(several[1].database, 4);
    EXPECT_EQ(read<connection_list>("$0\r\n\r\n").size(), 0u);
    expect_mismatch<connection_info>(blob("id=many\n"));
    expect_mismatch<connection_info>(blob("addr=a:1\n"));
    for (auto const* const bytes :
         {"*6\r\n+flags\r\n*1\r\n+off\r\n+redirect\r\n:-1\r\n+prefixes\r\n*0\r\n",
          "%3\r\n+flags\r\n~1\r\n+off\r\n+redirect\r\n:-1\r\n+prefixes\r\n*0\r\n"})
        EXPECT_EQ(read<tracking_info>(bytes).flags, (std::vector<std::string>{"off"}));
}

TEST(commands_of_users, are_sent)
{
    expect_sent(acl_cat(), {"ACL", "CAT"});
    expect_sent(acl_cat("geo"), {"ACL", "CAT", "geo"});
    expect_sent(acl_setuser("ann", {"on", "+@read"}), {"ACL", "SETUSER", "ann", "on", "+@read"});
    expect_sent(acl_deluser({"ann", "bob"}), {"ACL", "DELUSER", "ann", "bob"});
    expect_sent(acl_getuser("ann"), {"ACL", "GETUSER", "ann"});
    expect_sent(acl_list(), {"ACL", "LIST"});
    expect_sent(acl_users(), {"ACL", "USERS"});
    expect_sent(acl_whoami(), {"ACL", "WHOAMI"});
    expect_sent(acl_dryrun("ann", set("k", 1)), {"ACL", "DRYRUN", "ann", "SET", "k", "1"});
    expect_sent(acl_genpass(), {"ACL", "GENPASS", "256"});
    expect_sent(acl_load(), {"ACL", "LOAD"});
    expect_sent(acl_save(), {"ACL", "SAVE"});
    expect_sent(acl_log(), {"ACL", "LOG", "10"});
    expect_sent(acl_log_reset(), {"ACL", "LOG", "RESET"});
}

TEST(replies_about_users, are_structs)
{
    for (std::string const bytes :
         {"*12\r\n+flags\r\n*1\r\n+on\r\n+passwords\r\n*0\r\n+commands\r\n+-@all\r\n+keys\r\n+~"
          "a\r\n"
          "+channels\r\n$0\r\n\r\n+selectors\r\n*1\r\n*6\r\n+commands\r\n++set\r\n+keys\r\n+~c\r\n"
          "+channels\r\n$0\r\n\r\n",
          "%6\r\n+flags\r\n~1\r\n+on\r\n+passwords\r\n*0\r\n+commands\r\n+-@all\r\n+keys\r\n+~a\r\n"
          "+channels\r\n$0\r\n\r\n+selectors\r\n*1\r\n%3\r\n+commands\r\n++set\r\n+keys\r\n+~c\r\n"
          "+channels\r\n$0\r\n\r\n"}) {
        auto const user = read<std::optional<acl_user>>(bytes);
        ASSERT_TRUE(user.has_value());
        EXPECT_EQ(user->flags, (std::vector<std::string>{"on"}));
        EXPECT_EQ(user->root.keys, "~a");
        ASSERT_EQ(user->selectors.size(), 1u);
        EXPECT_EQ(user->selectors[0].commands, "+set");
    }
    EXPECT_FALSE(read<std::optional<acl_user>>("_\r\n").has_value());
    EXPECT_TRUE(read<acl_verdict>("+OK\r\n").is_allowed);
    EXPECT_EQ(read<acl_verdict>("+no\r\n").reason, "no");
}

TEST(commands_of_diagnostics, are_sent)
{
    expect_sent(latency_latest(), {"LATENCY", "LATEST"});
    expect_sent(latency_history("fork"), {"LATENCY", "HISTORY", "fork"});
    expect_sent(latency_histogram_of_all(), {"LATENCY", "HISTOGRAM"});
    expect_sent(latency_histogram_of({"get", "set"}), {"LATENCY", "HISTOGRAM", "get", "set"});
    expect_sent(latency_reset(), {"LATENCY", "RESET"});
    expect_sent(latency_reset("fork"), {"LATENCY", "RESET", "fork"});
    expect_sent(latency_doctor(), {"LATENCY", "DOCTOR"});
    expect_sent(latency_graph("fork"), {"LATENCY", "GRAPH", "fork"});
    expect_sent(slowlog_get(), {"SLOWLOG", "GET", "10"});
    expect_sent(slowlog_len(), {"SLOWLOG", "LEN"});
    expect_sent(slowlog_reset(), {"SLOWLOG", "RESET"});
    expect_sent(memory_stats(), {"MEMORY", "STATS"});
    expect_sent(memory_usage("k"), {"MEMORY", "USAGE", "k", "SAMPLES", "5"});
    expect_sent(memory_purge(), {"MEMORY", "PURGE"});
    expect_sent(memory_doctor(), {"MEMORY", "DOCTOR"});
    expect_sent(memory_malloc_stats(), {"MEMORY", "MALLOC-STATS"});
}

TEST(replies_of_diagnostics, are_structs)
{
    auto const event = read<latency_event>("*4\r\n+fork\r\n:7\r\n:20\r\n:30\r\n");
    EXPECT_EQ(event.name, "fork");
    EXPECT_EQ(event.last_at.time_since_epoch(), 7s);
    EXPECT_EQ(event.longest, 30ms);
    EXPECT_EQ(read<latency_sample>("*2\r\n:7\r\n:20\r\n").took, 20ms);
    for (auto const* const bytes :
         {"*2\r\n+get\r\n*4\r\n+calls\r\n:3\r\n+histogram_usec\r\n*4\r\n:33\r\n:1\r\n:66\r\n:3\r\n",
          "%1\r\n+get\r\n%2\r\n+calls\r\n:3\r\n+histogram_usec\r\n%2\r\n:33\r\n:1\r\n:66\r\n:"
          "3\r\n"}) {
        auto const all = read<latency_histograms>(bytes);
        ASSERT_EQ(all.size(), 1u);
        EXPECT_EQ(all[0].first, "get");
        EXPECT_EQ(all[0].second.calls, 3u);
        EXPECT_EQ(all[0].second.up_to.at(1), (std::pair{66us, std::uint64_t{3}}));
    }
    EXPECT_TRUE(read<latency_histograms>("*0\r\n").empty());
    auto const slow = read<slow_command>(
        "*6\r\n:72\r\n:7\r\n:15\r\n*2\r\n$6\r\nMEMORY\r\n$5\r\nPURGE\r\n$4\r\na:12\r\n$0\r\n\r\n");
    EXPECT_EQ(slow.took, 15us);
    EXPECT_EQ(slow.arguments, (std::vector<std::string>{"MEMORY", "PURGE"}));
}

}  // namespace
}  // namespace redstart::command_test
