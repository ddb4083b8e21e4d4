#include "redstart/net/listener.hpp"

#include "redstart/net/probe_test.hpp"
#include "redstart/task/on.hpp"
#include "redstart/testing/plain_peer.hpp"
#include "redstart/testing/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <vector>

namespace redstart::net_test {
namespace {

using net::endpoint;
using net::listener;
using testing::plain_peer;

endpoint any_port() { return {.host = "127.0.0.1", .port = 0, .unix_path = {}}; }

// Accepts and keeps.
struct reception {
    explicit reception(loop& home, endpoint const& at, net::listen_options options = {})
        : door{home, at, options}
    {
        door.start([this](net::stream arrived) {
            guests.push_back(std::move(arrived));
            changed.set();
        });
    }
    std::vector<net::stream> guests;
    event changed;
    listener door;
};

class listening : public ::testing::Test {
protected:
    loop& home() { return loops.at(0); }
    template <class Body>
    void run(Body body)
    {
        loops.run(body());
    }
    failure cannot_listen_at(endpoint const& at)
    {
        return loops.run(failure_of([](loop& where, endpoint there) -> task<> {
            listener const none{where, there};
            co_return;
        }(home(), at)));
    }

    runtime loops{{.loops = 1}};
};

TEST_F(listening, accepts)
{
    run([&]() -> task<> {
        reception open{home(), any_port()};
        plain_peer const first{open.door.address()};
        plain_peer second{open.door.address()};
        co_await until(open.changed, [&] { return open.guests.size() == 2; });
        open.guests[1].write_some("welcome");
        EXPECT_EQ(second.receive(7), "welcome");
        EXPECT_EQ(open.guests[0].peer_address(), "127.0.0.1");
    });
}

TEST_F(listening, tells_where)
{
    run([&]() -> task<> {
        listener const tcp{home(), any_port()};
        EXPECT_EQ(tcp.address().host, "127.0.0.1");
        EXPECT_NE(tcp.address().port, 0);
        listener const six{home(), {.host = "::1", .port = 0, .unix_path = {}}};
        EXPECT_EQ(six.address().host, "::1");
        listener const named{home(), {.host = "localhost", .port = 0, .unix_path = {}}};
        EXPECT_EQ(named.address().host, "127.0.0.1");
        listener const nameless{home(), {}};
        EXPECT_EQ(nameless.address().host, "127.0.0.1") << "never every address by default";
        co_return;
    });
}

TEST_F(listening, accepts_on_a_unix_socket)
{
    testing::temporary_folder const folder;
    endpoint const at{.host = {}, .port = 0, .unix_path = folder.path() / "socket"};
    run([&]() -> task<> {
        reception open{home(), at};
        EXPECT_EQ(open.door.address(), at);
        plain_peer const guest{at};
        co_await until(open.changed, [&] { return open.guests.size() == 1; });
        EXPECT_EQ(open.guests[0].peer_address(), "");
    });
}

struct stat stat_of(std::string const& path)
{
    struct stat found{};
    EXPECT_EQ(::lstat(path.c_str(), &found), 0) << path;
    return found;
}

TEST_F(listening, keeps_the_file_of_its_socket_private_and_removes_it)
{
    testing::temporary_folder const folder;
    endpoint const at{.host = {}, .port = 0, .unix_path = folder.path() / "socket"};
    run([&]() -> task<> {
        auto const before = ::umask(0);
        {
            listener const open{home(), at};
            EXPECT_EQ(stat_of(at.unix_path).st_mode, mode_t{S_IFSOCK | S_IRUSR | S_IWUSR});
        }
        ::umask(before);
        EXPECT_FALSE(std::filesystem::exists(at.unix_path));
        co_return;
    });
}

TEST_F(listening, replaces_a_socket_that_nobody_listens_on)
{
    testing::temporary_folder const folder;
    endpoint at{.host = {}, .port = 0, .unix_path = folder.path() / "socket"};
    testing::listen_at(at).close();
    ASSERT_TRUE(std::filesystem::exists(at.unix_path));
    run([&]() -> task<> {
        reception open{home(), at};
        plain_peer const guest{at};
        co_await until(open.changed, [&] { return open.guests.size() == 1; });
    });
}

TEST_F(listening, leaves_a_socket_that_somebody_listens_on)
{
    testing::temporary_folder const folder;
    endpoint at{.host = {}, .port = 0, .unix_path = folder.path() / "socket"};
    auto const other = testing::listen_at(at);
    auto const taken = "cannot listen on " + net::to_string(at) + ": Address already in use";
    EXPECT_EQ(cannot_listen_at(at).reason(), taken);
    plain_peer const guest{at};
    EXPECT_TRUE(testing::readable_within(other.get(), testing::patience));
}

TEST_F(listening, leaves_a_file_that_is_no_socket)
{
    testing::temporary_folder const folder;
    endpoint const at{.host = {}, .port = 0, .unix_path = folder.path() / "data"};
    std::ofstream{at.unix_path} << "of value";
    EXPECT_NE(cannot_listen_at(at).reason().find("in use"), std::string::npos);
    EXPECT_TRUE(S_ISREG(stat_of(at.unix_path).st_mode));
}

TEST_F(listening, does_not_remove_what_took_the_place_of_its_socket)
{
    testing::temporary_folder const folder;
    endpoint const at{.host = {}, .port = 0, .unix_path = folder.path() / "socket"};
    run([&]() -> task<> {
        {
            listener const open{home(), at};
            std::filesystem::rename(at.unix_path, folder.path() / "moved");
            std::ofstream{at.unix_path} << "another";
        }
        EXPECT_TRUE(std::filesystem::exists(at.unix_path));
        co_return;
    });
}

TEST_F(listening, says_that_a_port_is_taken)
{
    run([&]() -> task<> {
        listener const first{home(), any_port()};
        auto const at = first.address();
        auto const why = co_await failure_of([](loop& where, endpoint there) -> task<> {
            listener const second{where, there};
            co_return;
        }(home(), at));
        EXPECT_EQ(why.code(), failure_code::connect_failed);
        EXPECT_EQ(why.reason(),
                  "cannot listen on " + net::to_string(at) + ": Address already in use");
    });
}

TEST_F(listening, says_what_is_wrong_with_an_address)
{
    auto const foreign = cannot_listen_at({.host = "192.0.2.1", .port = 0, .unix_path = {}});
    EXPECT_EQ(foreign.reason(), "cannot listen on 192.0.2.1:0: Cannot assign requested address");
    auto const name = cannot_listen_at({.host = "not an address", .port = 1, .unix_path = {}});
    EXPECT_EQ(name.reason(), "cannot listen on not an address:1: Invalid argument");
    auto const missing =
        cannot_listen_at({.host = {}, .port = 0, .unix_path = "/no/such/folder/s"});
    EXPECT_EQ(missing.reason(),
              "cannot listen on unix:/no/such/folder/s: No such file or directory");
    auto const too_long =
        cannot_listen_at({.host = {}, .port = 0, .unix_path = "/tmp/" + std::string(200, 'x')});
    EXPECT_NE(too_long.reason().find("File name too long"), std::string::npos);
}

TEST_F(listening, may_be_closed_while_it_accepts)
{
    run([&]() -> task<> {
        auto open = std::make_unique<listener>(home(), any_port());
        auto const at = open->address();
        event arrived;
        open->start([&](net::stream const&) {
            open.reset();
            arrived.set();
        });
        plain_peer guest{at};
        co_await within(patience, wait_for(arrived));
        EXPECT_THROW(plain_peer{at}, std::exception) << "nobody listens any more";
        EXPECT_EQ(guest.receive_rest(), "");
    });
}

TEST_F(listening, accepts_nothing_after_close)
{
    run([&]() -> task<> {
        reception open{home(), any_port()};
        auto const at = open.door.address();
        plain_peer const guest{at};
        open.door.close();
        co_await a_few_turns();
        EXPECT_TRUE(open.guests.empty());
        EXPECT_THROW(plain_peer{at}, std::exception);
    });
}

TEST_F(listening, waits_while_no_descriptor_is_left)
{
    skip_if_the_sanitizer_needs_descriptors();
    if (IsSkipped())
        return;
    run([&]() -> task<> {
        listener door{home(), any_port()};
        plain_peer const guest{door.address()};
        event arrived;
        {
            no_descriptors_left const poor;
            door.start([&](net::stream const&) { arrived.set(); });
            co_await a_few_turns();
            EXPECT_FALSE(arrived.is_set());
        }
        co_await within(patience, wait_for(arrived));
    });
}

TEST(listening_on_loops, shares_a_port)
{
    runtime loops{{.loops = 2}};
    loops.run([](runtime& both) -> task<> {
        constexpr std::size_t guests = 40;
        net::listen_options const shared{.share_port = true};
        reception here{both.at(0), any_port(), shared};
        auto const at = here.door.address();
        std::unique_ptr<reception> there;
        co_await on(both.at(1),
                    [](auto& made, loop& second, endpoint same, auto options) -> task<> {
                        made = std::make_unique<reception>(second, same, options);
                        co_return;
                    }(there, both.at(1), at, shared));
        std::vector<plain_peer> peers;
        for (std::size_t i = 0; i < guests; ++i)
            peers.emplace_back(at);
        for (auto& peer : peers)
            peer.close();
        std::size_t elsewhere = 0;
        // The kernel spreads them as it likes; together they have all.
        while (here.guests.size() + elsewhere < guests) {
            co_await a_few_turns();
            elsewhere = co_await on(both.at(1), [](reception& other) -> task<std::size_t> {
                co_return other.guests.size();
            }(*there));
        }
        EXPECT_EQ(here.guests.size() + elsewhere, guests);
        co_await on(both.at(1), [](auto& made) -> task<> {
            made.reset();
            co_return;
        }(there));
    }(loops));
}

}  // namespace
}  // namespace redstart::net_test
