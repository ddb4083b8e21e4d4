// Tests of the toolkit run on four real servers: Valkey, Redis 7.0, a Valkey that is a cluster of one node, which
// refuses what touches two slots or keys that were not declared, and one that knows RESP2 only. Where the environment
// says that none knows more, the last is left out.

#pragma once

#include "redstart/client/client.hpp"
#include "redstart/command/server.hpp"
#include "redstart/testing/plain_peer.hpp"
#include "redstart/testing/server_fixture.hpp"

#include <gtest/gtest.h>

#include <exception>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace redstart::toolkit {

enum class server_kind : std::uint8_t { valkey, redis, cluster, resp2 };

inline std::string name_of(::testing::TestParamInfo<server_kind> const& tested)
{
    switch (tested.param) {
    case server_kind::valkey: return "valkey";
    case server_kind::redis: return "redis";
    case server_kind::cluster: return "cluster";
    default: return "resp2";
    }
}

// A cluster by itself, which begins to serve two seconds after its start.
inline testing::server_fixture& make_a_cluster(testing::server_fixture& node)
{
    auto peer = node.connect();
    EXPECT_EQ(peer.ask({"CLUSTER", "ADDSLOTSRANGE", "0", "16383"}), "+OK");
    while (peer.ask({"SET", "is it there", "yes"}) != "+OK")
        peer.ask({"WAIT", "1", "10"});  // for a replica that does not come: a pause of 10 ms
    return node;
}

// Started when first needed, by the main thread, and kept for all tests of the program.
inline testing::server_fixture& server_of(server_kind kind)
{
    static std::map<server_kind, testing::server_fixture> all;
    switch (kind) {
    case server_kind::valkey: return all.try_emplace(kind).first->second;
    case server_kind::redis:
        return all.try_emplace(kind, testing::server_options{"redis-server", {}}).first->second;
    case server_kind::cluster: {
        // The port of the bus would be its own and 10000, which may be more than there are.
        auto const bus = std::to_string(testing::free_port());
        auto const [at, is_new] =
            all.try_emplace(kind, testing::server_options{.arguments = {"--cluster-enabled", "yes",
                                                                        "--cluster-port", bus}});
        return is_new ? make_a_cluster(at->second) : at->second;
    }
    default:
        return all.try_emplace(kind, testing::server_options{.knows_hello = false}).first->second;
    }
}

inline std::vector<server_kind> servers_of_this_run()
{
    if (!testing::servers_know_hello())
        return {server_kind::valkey, server_kind::redis, server_kind::cluster};
    return {server_kind::valkey, server_kind::redis, server_kind::cluster, server_kind::resp2};
}

// A client on an empty server. Two loops, so that requests also meet from different connections.
class on_servers : public ::testing::TestWithParam<server_kind> {
protected:
    on_servers() : server{server_of(GetParam())}, loops{{.loops = 2}}, db{loops, to(server)} {}
    void SetUp() override { ask(flushdb()); }
    ~on_servers() override { loops.run(db.stop()); }

    static client_options to(testing::server_fixture const& at)
    {
        client_options options;
        options.server = at.unix_socket();
        return options;
    }

    template <class T>
    T run(task<T> work, std::size_t loop = 0)
    {
        return loops.run(std::move(work), loop);
    }

    template <class Reply>
    Reply ask(command<Reply> what)
    {
        return run([](client& to, command<Reply> sent) -> task<Reply> {
            co_return co_await to.exec(std::move(sent));
        }(db, std::move(what)));
    }

    // What running `work` throws, if that is a failure.
    template <class Work>
    std::optional<failure> failure_of(Work&& work)
    {
        try {
            static_cast<void>(run(work()));
        } catch (failure const& why) {
            return why;
        }
        return std::nullopt;
    }

    // The commands that `work` makes the client send, each with its arguments in quotes; not what scripts call.
    template <class Work>
    std::vector<std::string> sent_during(Work&& work)
    {
        auto monitor = server.connect();
        EXPECT_EQ(monitor.ask({"MONITOR"}), "+OK");
        run(work());
        ask(raw<std::string>("ECHO", "the end"));
        std::vector<std::string> sent;
        while (true) {
            auto line = monitor.receive_line();
            auto const origin = line.find("] ");
            if (line.find(" lua]") < origin)
                continue;
            line.erase(0, origin + 2);
            if (line == R"("ECHO" "the end")")
                return sent;
            sent.push_back(std::move(line));
        }
    }

    // A user with the rights that docs/guide/connecting.md names, but only on keys of that pattern, and a client of
    // his.
    client_options limited_to(std::string_view pattern)
    {
        ask(raw<ok>("ACL SETUSER", "limited", "reset", "on", ">secret",
                    std::string{"~"}.append(pattern), "&redstart:*", "+@read", "+@write",
                    "-@dangerous", "+eval", "+evalsha", "+time", "+info", "+@connection",
                    "+@pubsub"));
        auto options = to(server);
        options.credentials = static_credentials("limited", "secret");
        return options;
    }

    // That a script which touches a key of another pattern would be noticed.
    bool forbids_other_keys_in_scripts(client& limited)
    {
        auto const why = failure_of([&] {
            return [](client& to) -> task<ignored> {
                co_return co_await to.exec(
                    raw<ignored>("EVAL", "return redis.call('GET', 'x')", 0));
            }(limited);
        });
        return why && why->code() == failure_code::server_error;
    }

    testing::server_fixture& server;
    runtime loops;
    client db;
};

#define REDSTART_ON_SERVERS(suite) \
    INSTANTIATE_TEST_SUITE_P(on, suite, ::testing::ValuesIn(servers_of_this_run()), name_of)

}  // namespace redstart::toolkit
