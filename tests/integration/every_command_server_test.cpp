// Commands about the server, its connections, users, slowness and memory, on every server.

#include "redstart/command/acl.hpp"
#include "redstart/command/config.hpp"
#include "redstart/command/connections.hpp"
#include "redstart/command/diagnostics.hpp"
#include "redstart/command/server.hpp"
#include "tests/integration/every_command.hpp"

namespace redstart::integration {
namespace {

using texts = std::vector<std::string>;

// Snapshots and the append-only file are written by one child process at a time.
void write_to_disk(command_runner& run)
{
    EXPECT_GT(run.exec(lastsave()).at.time_since_epoch(), 0s);
    auto const wait_for_child = [&] {
        while (run.exec(info("persistence")).integer("rdb_bgsave_in_progress") != 0 ||
               run.exec(info("persistence")).integer("aof_rewrite_in_progress") != 0)
            continue;
    };
    run.exec(save());
    run.exec(bgsave());
    wait_for_child();
    run.exec(bgrewriteaof());
    wait_for_child();
    run.exec(bgsave({.schedule = true}));
    wait_for_child();
}

void replicate(command_runner& run)
{
    auto const now = run.exec(role());
    EXPECT_EQ(now.is, server_role::kind::primary);
    EXPECT_TRUE(now.replicas.empty());
    EXPECT_EQ(run.fails(failover_abort()).server_code(), "ERR");
    EXPECT_EQ(run.fails(failover()).server_code(), "ERR") << "there is no replica";
    run.exec(replicaof("127.0.0.1", 1));
    auto const then = run.exec(role());
    EXPECT_EQ(then.is, server_role::kind::replica);
    EXPECT_EQ(then.primary_host, "127.0.0.1");
    EXPECT_EQ(then.primary_port, 1);
    run.exec(replicaof_no_one());
    EXPECT_EQ(run.exec(role()).is, server_role::kind::primary);
}

void set_and_restore_settings(command_runner& run)
{
    using settings = std::vector<std::pair<std::string, std::string>>;
    run.exec(config_set({{"slowlog-log-slower-than", 0}, {"latency-monitor-threshold", 1}}));
    EXPECT_EQ(run.exec(config_get("slowlog-log-slower-than")),
              (settings{{"slowlog-log-slower-than", "0"}}));
    EXPECT_EQ(run.exec(config_get({"save", "databases"})).size(), 2u);
    run.exec(config_resetstat());
    EXPECT_EQ(run.fails(config_rewrite()).server_code(), "ERR") << "it has no file";
}

}  // namespace

void run_server_commands(command_runner& run)
{
    EXPECT_EQ(run.exec(ping()), "PONG");
    EXPECT_EQ(run.exec(echo("text")), "text");
    EXPECT_GT(run.exec(info()).integer("used_memory"), 0);
    EXPECT_EQ(run.exec(info({"server", "memory"})).field("connected_clients"), std::nullopt);
    EXPECT_GT(run.exec(time()).now.time_since_epoch(), 1'000h);
    EXPECT_NE(run.exec(lolwut()), "");
    run.exec(set("k", "v"));
    EXPECT_EQ(run.exec(dbsize()), 1);
    run.exec(swapdb(0, 1));
    EXPECT_EQ(run.exec(dbsize()), 0);
    run.exec(swapdb(0, 1));
    run.exec(flushdb());
    run.exec(set("k", "v"));
    run.exec(flushall(flush_mode::in_background));
    EXPECT_EQ(run.exec(dbsize()), 0);
    set_and_restore_settings(run);
    write_to_disk(run);
    replicate(run);
}

void run_connection_commands(command_runner& run)
{
    auto const id = run.exec(client_id());
    auto const me = run.exec(client_info());
    EXPECT_EQ(me.id, id);
    EXPECT_EQ(me.user, "default");
    EXPECT_EQ(me.last_command, "client|info");
    EXPECT_EQ(run.exec(client_getname()), std::nullopt);
    EXPECT_EQ(run.exec(client_getredir()), -1);
    EXPECT_EQ(run.exec(client_trackinginfo()).flags, (texts{"off"}));
    EXPECT_EQ(run.exec(client_list(id)).at(0).id, id);
    EXPECT_GE(run.exec(client_list()).size(), 1u);
    EXPECT_TRUE(run.exec(client_list(connection_type::pubsub)).empty());
    EXPECT_FALSE(run.exec(client_unblock(id, unblocked_with::error)));

    auto other = run.server().connect();
    other.ask({"PING"});
    EXPECT_EQ(run.exec(client_kill({.id = id + 1'000'000})), 0);
    EXPECT_GE(run.exec(client_kill({.user = "default"})), 1) << "but not this one";
    run.exec(client_pause(10s, paused_commands::writes));
    run.exec(client_unpause());
    EXPECT_TRUE(run.exec(set("k", "v")));
}

void run_acl_commands(command_runner& run)
{
    EXPECT_FALSE(run.exec(acl_cat()).empty());
    EXPECT_EQ(std::ranges::count(run.exec(acl_cat("geo")), "geoadd"), 1);
    run.exec(acl_setuser("ann", {"on", ">secret", "~app:*", "+@read", "(+set ~own:*)"}));
    auto const ann = run.exec(acl_getuser("ann"));
    ASSERT_TRUE(ann.has_value());
    EXPECT_EQ(std::ranges::count(ann->flags, "on"), 1);
    EXPECT_EQ(ann->passwords.size(), 1u);
    EXPECT_EQ(ann->root.keys, "~app:*");
    ASSERT_EQ(ann->selectors.size(), 1u);
    EXPECT_EQ(ann->selectors[0].keys, "~own:*");
    EXPECT_EQ(run.exec(acl_getuser("none")).has_value(), false);

    auto const users = run.exec(acl_users());
    EXPECT_EQ(std::ranges::count(users, "ann"), 1);
    EXPECT_EQ(run.exec(acl_list()).size(), users.size());
    EXPECT_EQ(run.exec(acl_whoami()), "default");
    EXPECT_TRUE(run.exec(acl_dryrun("ann", get("app:1"))).is_allowed);
    auto const verdict = run.exec(acl_dryrun("ann", set("app:1", "v")));
    EXPECT_FALSE(verdict.is_allowed);
    EXPECT_NE(verdict.reason, "");
    EXPECT_EQ(run.exec(acl_genpass(64)).size(), 16u);

    run.exec(acl_log_reset());
    run.server().connect().ask({"AUTH", "ann", "wrong"});
    auto const refused = run.exec(acl_log());
    ASSERT_EQ(refused.size(), 1u);
    EXPECT_EQ(refused[0].reason, "auth");
    EXPECT_EQ(refused[0].user, "ann");
    EXPECT_EQ(refused[0].count, 1u);
    EXPECT_GE(refused[0].age, 0s);
    run.exec(acl_log_reset());
    EXPECT_EQ(run.exec(acl_deluser({"ann", "none"})), 1);
    EXPECT_EQ(run.fails(acl_load()).server_code(), "ERR") << "it has no file";
    EXPECT_EQ(run.fails(acl_save()).server_code(), "ERR");
}

// With the settings that run_server_commands() has left: every command is slow.
void run_diagnostic_commands(command_runner& run)
{
    run.exec(slowlog_reset());
    run.exec(set("k", "v"));
    auto const slow = run.exec(slowlog_get(-1));
    ASSERT_GE(slow.size(), 2u);
    EXPECT_EQ(slow[slow.size() - 2].arguments, (texts{"SET", "k", "v"}));
    EXPECT_GT(slow[0].at.time_since_epoch(), 1'000h);
    EXPECT_GE(run.exec(slowlog_len()), 3);

    run.exec(latency_reset());
    run.exec(raw<ignored>("EVAL", "for i = 1, 3e6 do end", 0));
    for (auto const& event : run.exec(latency_latest()))
        EXPECT_GE(event.longest, event.last) << event.name;
    for (auto const& sample : run.exec(latency_history("command")))
        EXPECT_GT(sample.took, 0ms);
    auto const histograms = run.exec(latency_histogram_of({"set", "none"}));
    ASSERT_EQ(histograms.size(), 1u);
    EXPECT_GE(histograms[0].second.calls, 1u);
    EXPECT_EQ(histograms[0].second.up_to.back().second, histograms[0].second.calls);
    EXPECT_GE(run.exec(latency_histogram_of_all()).size(), 2u);
    EXPECT_NE(run.exec(latency_doctor()), "");
    EXPECT_EQ(run.fails(latency_graph("none")).server_code(), "ERR");
    EXPECT_EQ(run.exec(latency_reset("none")), 0);

    auto const memory = run.exec(memory_stats());
    EXPECT_GT(memory.total, memory.startup);
    EXPECT_GE(memory.peak, memory.dataset);
    EXPECT_EQ(memory.keys, 1u);
    EXPECT_GT(memory.fragmentation, 0);
    EXPECT_GT(run.exec(memory_usage("k")), 10u);
    EXPECT_EQ(run.exec(memory_usage("none", 0)), std::nullopt);
    run.exec(memory_purge());
    EXPECT_NE(run.exec(memory_doctor()), "");
    EXPECT_NE(run.exec(memory_malloc_stats()), "");
    run.exec(config_set({{"slowlog-log-slower-than", 10'000}, {"latency-monitor-threshold", 0}}));
}

}  // namespace redstart::integration
