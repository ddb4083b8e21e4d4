#include "redstart/net/probe_test.hpp"
#include "redstart/net/stream.hpp"
#include "redstart/task/task_group.hpp"
#include "redstart/testing/plain_peer.hpp"
#include "redstart/testing/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

namespace redstart::net_test {
namespace {

using namespace std::chrono_literals;
using net::endpoint;

class connecting : public ::testing::Test {
protected:
    failure fails(endpoint const& to)
    {
        return loops.run(failure_of(net::connect(loops.at(0), to)));
    }

    runtime loops{{.loops = 1}};
};

endpoint local(std::uint16_t port) { return {.host = "127.0.0.1", .port = port, .unix_path = {}}; }
endpoint path(std::string name) { return {.host = {}, .port = 0, .unix_path = std::move(name)}; }

TEST_F(connecting, fails_when_it_is_refused)
{
    auto const to = local(testing::free_port());
    auto const why = fails(to);
    EXPECT_EQ(why.code(), failure_code::connect_failed);
    EXPECT_EQ(why.outcome(), outcome::not_sent);
    EXPECT_EQ(why.reason(), net::to_string(to) + ": Connection refused");
}

TEST_F(connecting, fails_when_the_path_is_not_there)
{
    testing::temporary_folder const folder;
    auto const name = folder.path() / "none";
    auto const why = fails(path(name));
    EXPECT_EQ(why.code(), failure_code::connect_failed);
    EXPECT_EQ(why.reason(), "unix:" + name.native() + ": No such file or directory");
}

TEST_F(connecting, fails_when_the_path_is_too_long)
{
    auto const why = fails(path("/tmp/" + std::string(200, 'x')));
    EXPECT_EQ(why.code(), failure_code::connect_failed);
    EXPECT_NE(why.reason().find("name too long"), std::string::npos) << why.reason();
}

TEST_F(connecting, fails_when_the_name_is_unknown)
{
    auto const why = fails({.host = "no such host", .port = 1, .unix_path = {}});
    EXPECT_EQ(why.code(), failure_code::connect_failed);
    EXPECT_TRUE(why.reason().starts_with("no such host:1: ")) << why.reason();
}

TEST_F(connecting, resolves_names_and_tries_all_their_addresses)
{
    auto at = local(0);
    auto const listening = testing::listen_at(at);
    loops.run([](loop& home, endpoint to) -> task<> {
        auto const open = co_await net::connect(home, to);
        EXPECT_EQ(open.peer_port(), to.port);
    }(loops.at(0), {.host = "localhost", .port = at.port, .unix_path = {}}));
}

// Nobody accepts, and the queue of those who wait to be accepted is full.
struct deaf_listener {
    deaf_listener()
    {
        for (int i = 0; i < 3; ++i)
            waiting.push_back(start_connecting());
    }
    testing::descriptor start_connecting()
    {
        testing::descriptor made{::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(at.port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        auto const begun = ::connect(made.get(), reinterpret_cast<sockaddr*>(&to), sizeof to);
        EXPECT_TRUE(begun == 0 || errno == EINPROGRESS);
        return made;
    }
    static testing::descriptor listen_without_room(endpoint& at)
    {
        auto made = testing::listen_at(at);
        ::listen(made.get(), 0);
        return made;
    }
    endpoint at = local(0);
    testing::descriptor listening = listen_without_room(at);
    std::vector<testing::descriptor> waiting;
};

TEST_F(connecting, ends_at_the_deadline)
{
    deaf_listener const deaf;
    auto const attempt = [](loop& home, endpoint to) -> task<> {
        co_await within(30ms, net::connect(home, to));
    };
    auto const why = loops.run(failure_of(attempt(loops.at(0), deaf.at)));
    EXPECT_EQ(why.code(), failure_code::timed_out);
    EXPECT_EQ(why.outcome(), outcome::not_sent);
}

TEST_F(connecting, a_deaf_address_leaves_time_for_the_next)
{
    deaf_listener const deaf;
    auto at = local(0);
    auto const listening = testing::listen_at(at);
    loops.run([](loop& home, endpoint first, endpoint second) -> task<> {
        auto const open =
            co_await within(20s, [](loop& on_loop, std::vector<endpoint> to) -> task<net::stream> {
                auto const here = co_await this_context();
                auto brief = here;
                brief.deadline = deadline_after(here.loop->now(), 200ms);
                co_return co_await under(brief, net::connect_first(on_loop, std::move(to)));
            }(home, {std::move(first), second}));
        EXPECT_EQ(open.peer_port(), second.port);
    }(loops.at(0), deaf.at, at));
}

TEST_F(connecting, ends_when_it_is_cancelled)
{
    deaf_listener const deaf;
    auto const attempt = [](loop& home, endpoint to) -> task<failure> {
        cancellation stop;
        auto here = co_await this_context();
        here.cancel = &stop;
        event ended;
        std::optional<failure> why;
        task_group group{home};
        group.spawn([](context const& own, endpoint there, std::optional<failure>& out,
                       event& over) -> task<> {
            out = co_await failure_of([](context const& given, endpoint target) -> task<> {
                co_await under(given, net::connect(static_cast<loop&>(*given.loop), target));
            }(own, std::move(there)));
            over.set();
        }(here, std::move(to), why, ended));
        co_await a_few_turns();
        EXPECT_FALSE(ended.is_set());
        stop.request();
        co_await ended.wait();
        co_await group.join();
        co_return *why;
    };
    auto const why = loops.run(attempt(loops.at(0), deaf.at));
    EXPECT_EQ(why.code(), failure_code::cancelled);
}

TEST_F(connecting, fails_when_no_descriptor_is_left)
{
    skip_if_the_sanitizer_needs_descriptors();
    if (IsSkipped())
        return;
    auto at = local(0);
    auto const listening = testing::listen_at(at);
    for (auto const& to : {at, path("/tmp/none")}) {
        no_descriptors_left const poor;
        auto const why = fails(to);
        EXPECT_EQ(why.code(), failure_code::connect_failed);
        EXPECT_NE(why.reason().find("Too many open files"), std::string::npos) << why.reason();
    }
}

}  // namespace
}  // namespace redstart::net_test
