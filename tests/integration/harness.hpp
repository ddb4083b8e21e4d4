// What the tests with real servers share: which servers there are, and a client on each.
//
// Servers are started once per program and set of arguments, and emptied before every test. A test
// that pauses or kills a server has one of its own.

#pragma once

#include "redstart/client/client.hpp"
#include "redstart/command/keys.hpp"
#include "redstart/command/script.hpp"
#include "redstart/command/server.hpp"
#include "redstart/command/sorted_set_ranges.hpp"
#include "redstart/command/strings.hpp"
#include "redstart/task/on.hpp"
#include "redstart/task/race.hpp"
#include "redstart/task/sleep.hpp"
#include "redstart/task/task_group.hpp"
#include "redstart/task/when_all.hpp"
#include "redstart/task/within.hpp"
#include "redstart/testing/certificates.hpp"
#include "redstart/testing/fault_proxy.hpp"
#include "redstart/testing/server_fixture.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace redstart::integration {

using namespace std::chrono_literals;
using testing::server_fixture;

// A server, and how it is reached.
struct setup {
    std::string program = "valkey-server";
    bool unix_socket = false;
    bool knows_hello = true;  // otherwise it speaks RESP2 only
    bool tls = false;
    bool operator==(setup const&) const = default;
};

inline std::ostream& operator<<(std::ostream& out, setup const& one)
{
    return out << one.program.substr(0, one.program.find('-'))
               << (one.unix_socket ? "_unix"
                   : one.tls       ? "_tls"
                                   : "_tcp")
               << (one.knows_hello ? "_resp3" : "_resp2");
}

// The same servers without HELLO, each once, when that is what the environment asks for.
inline std::vector<setup> in_this_run(std::vector<setup> const& wanted)
{
    std::vector<setup> all;
    for (auto one : wanted) {
        one.knows_hello = one.knows_hello && testing::servers_know_hello();
        if (std::ranges::find(all, one) == all.end())
            all.push_back(std::move(one));
    }
    return all;
}

inline std::vector<setup> every_setup()
{
    return in_this_run({{"valkey-server", false, true},
                        {"valkey-server", true, true},
                        {"redis-server", false, true},
                        {"redis-server", true, true},
                        {"valkey-server", false, true, true},
                        {"valkey-server", true, false},
                        {"redis-server", false, false}});
}

inline std::string setup_name(::testing::TestParamInfo<setup> const& info)
{
    std::ostringstream name;
    name << info.param;
    return std::move(name).str();
}

// Made once per program of tests.
struct certificates {
    testing::temporary_folder folder;
    testing::certificate_authority authority{folder.path(), "authority"};
    testing::certificate server = authority.issue("server");

    static certificates const& shared()
    {
        static certificates const only;
        return only;
    }
};

inline testing::server_options options_for(setup const& one)
{
    testing::server_options options{.program = one.program, .knows_hello = one.knows_hello};
    auto const& shared = certificates::shared();
    if (one.tls)
        options.tls = {.own = shared.server, .ca_file = shared.authority.file()};
    return options;
}

// An emptied server that all tests of this program share.
inline server_fixture& shared_server(testing::server_options const& options)
{
    using key = std::tuple<std::string, std::vector<std::string>, std::optional<bool>, bool>;
    static std::map<key, std::unique_ptr<server_fixture>> servers;
    auto& found =
        servers[{options.program, options.arguments, options.knows_hello, options.tls.has_value()}];
    if (!found)
        found = std::make_unique<server_fixture>(options);
    return *found;
}

inline client_options options_to(server_fixture const& server, setup const& how)
{
    client_options options;
    options.server = how.unix_socket ? server.unix_socket() : how.tls ? server.tls() : server.tcp();
    options.tls = {.enabled = how.tls, .ca_file = certificates::shared().authority.file()};
    options.command_timeout = 20s;  // a slow machine is no failure
    options.reconnect = {.first = 1ms, .limit = 20ms};
    return options;
}

template <class Reply>
task<Reply> exec_in(client& db, command<Reply> sent)
{
    co_return co_await db.exec(std::move(sent));
}

template <class Reply>
task<failure> failure_in(client& db, command<Reply> sent)
{
    auto came = co_await db.try_exec(std::move(sent));
    if (came)
        throw std::logic_error{"it should have failed"};
    co_return came.error();
}

// The sum of a family's counters.
inline std::uint64_t counter_value(metrics_registry const& registry, std::string_view name)
{
    double sum = 0;
    for (auto const& family : registry.read())
        if (family.family.name == name)
            for (auto const& series : family.series)
                sum += series.value;
    return static_cast<std::uint64_t>(sum);
}

// Runtime and client for one test.
class connected {
public:
    explicit connected(client_options options, std::size_t loop_count = 1)
        : loops{{.loops = loop_count}}, db{loops, std::move(options)}
    {
    }
    connected(connected const&) = delete;
    connected& operator=(connected const&) = delete;
    ~connected() { loops.run(db.stop(1s)); }

    template <class Reply>
    Reply exec(command<Reply> sent)
    {
        return loops.run(exec_in(db, std::move(sent)));
    }
    template <class Reply>
    failure fails(command<Reply> sent)
    {
        return loops.run(failure_in(db, std::move(sent)));
    }
    // Runs a coroutine lambda that may capture by reference.
    template <class Body>
    auto run(Body body)
    {
        return loops.run(body());
    }

    runtime loops;
    client db;
};

// One emptied shared server and a client of it, for every setup.
class contract : public ::testing::TestWithParam<setup> {
protected:
    contract()
    {
        auto peer = server.connect();
        peer.ask({"FLUSHALL"});
        peer.ask({"SCRIPT", "FLUSH"});
    }

    client_options options() const { return options_to(server, GetParam()); }

    template <class Reply>
    Reply exec(command<Reply> sent)
    {
        return with.exec(std::move(sent));
    }
    template <class Reply>
    failure fails(command<Reply> sent)
    {
        return with.fails(std::move(sent));
    }

    server_fixture& server = shared_server(options_for(GetParam()));
    connected with{options()};
    client& db = with.db;
};

}  // namespace redstart::integration
