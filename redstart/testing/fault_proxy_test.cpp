#include "redstart/testing/fault_proxy.hpp"

#include "redstart/testing/plain_peer.hpp"

#include <gtest/gtest.h>

namespace redstart::testing {
namespace {

using namespace std::chrono_literals;
using direction = fault_proxy::direction;

// A client and a server with the proxy between them.
class between_peers : public ::testing::Test {
protected:
    net::endpoint at{.host = "127.0.0.1", .port = 0, .unix_path = {}};
    descriptor listening = listen_at(at);
    fault_proxy proxy{at};
    plain_peer client{proxy.endpoint()};
    plain_peer server = accept_peer(listening);

    static bool hears_nothing(plain_peer const& peer)
    {
        return !readable_within(peer.number(), 20ms);
    }
};

TEST_F(between_peers, forwards_both_ways_and_counts)
{
    client.send("hello");
    EXPECT_EQ(server.receive(5), "hello");
    server.send("hi");
    EXPECT_EQ(client.receive(2), "hi");
    EXPECT_EQ(proxy.forwarded(direction::to_server), 5u);
    EXPECT_EQ(proxy.forwarded(direction::to_client), 2u);
    EXPECT_EQ(proxy.accepted(), 1u);
    EXPECT_EQ(proxy.open_connections(), 1u);
}

TEST_F(between_peers, forwards_much)
{
    std::string const much(3'000'000, 'x');
    client.send(much.substr(0, 100'000));
    EXPECT_EQ(server.receive(100'000).size(), 100'000u);
    server.send(much.substr(0, 100'000));
    EXPECT_EQ(client.receive(100'000).size(), 100'000u);
}

TEST_F(between_peers, hands_on_the_end_of_one_side_alone)
{
    client.send("last words");
    client.shut_down_sending();
    EXPECT_EQ(server.receive_rest(), "last words");
    server.send("answer");
    server.close();
    EXPECT_EQ(client.receive_rest(), "answer");
}

TEST_F(between_peers, hands_on_a_reset)
{
    server.reset();
    EXPECT_THROW(client.receive_rest(), std::exception);
}

TEST_F(between_peers, cuts_now)
{
    proxy.cut();
    EXPECT_EQ(client.receive_rest(), "");
    EXPECT_EQ(server.receive_rest(), "");
    EXPECT_EQ(proxy.open_connections(), 0u);
}

TEST_F(between_peers, resets_now)
{
    proxy.cut(fault_proxy::ending::reset);
    EXPECT_THROW(client.receive_rest(), std::exception);
    EXPECT_THROW(server.receive_rest(), std::exception);
}

TEST_F(between_peers, cuts_after_so_many_bytes_once)
{
    proxy.cut_after(direction::to_client, 3);
    client.send("ignored");
    EXPECT_EQ(server.receive(7), "ignored");
    EXPECT_TRUE(proxy.is_about_to_cut());
    server.send("12345");
    EXPECT_EQ(client.receive_rest(), "123");
    EXPECT_FALSE(proxy.is_about_to_cut());

    plain_peer again{proxy.endpoint()};
    auto other = accept_peer(listening);
    other.send("12345");
    EXPECT_EQ(again.receive(5), "12345");
}

TEST_F(between_peers, cuts_before_the_first_byte)
{
    proxy.cut_after(direction::to_server, 0);
    client.send("x");
    EXPECT_EQ(server.receive_rest(), "");
    EXPECT_EQ(proxy.forwarded(direction::to_server), 0u);
}

TEST_F(between_peers, does_not_cut_when_no_more_bytes_come)
{
    proxy.cut_after(direction::to_client, 5);
    server.send("12345");
    EXPECT_EQ(client.receive(5), "12345");
    EXPECT_TRUE(proxy.is_about_to_cut());
    EXPECT_EQ(proxy.open_connections(), 1u);
}

TEST_F(between_peers, stalls_one_direction_until_it_is_healed)
{
    proxy.stall(direction::to_server);
    client.send("late");
    EXPECT_TRUE(hears_nothing(server));
    server.send("meanwhile");
    EXPECT_EQ(client.receive(9), "meanwhile");
    proxy.heal();
    EXPECT_EQ(server.receive(4), "late");
}

TEST_F(between_peers, freezes_only_what_is_connected)
{
    proxy.freeze();
    client.send("late");
    server.send("later");
    EXPECT_TRUE(hears_nothing(server));
    EXPECT_TRUE(hears_nothing(client));
    plain_peer again{proxy.endpoint()};
    again.send("now");
    EXPECT_EQ(accept_peer(listening).receive(3), "now");
    proxy.heal();
    EXPECT_EQ(server.receive(4), "late");
    EXPECT_EQ(client.receive(5), "later");
}

TEST_F(between_peers, hides_the_end_of_a_stalled_side)
{
    proxy.stall(direction::to_client);
    server.close();
    EXPECT_TRUE(hears_nothing(client));
    proxy.heal();
    EXPECT_EQ(client.receive_rest(), "");
}

TEST_F(between_peers, delays)
{
    proxy.delay(direction::to_client, 40ms);
    auto const before = std::chrono::steady_clock::now();
    server.send("later");
    EXPECT_EQ(client.receive(5), "later");
    EXPECT_GE(std::chrono::steady_clock::now() - before, 40ms);
}

TEST_F(between_peers, hands_on_in_pieces)
{
    proxy.cut_into_pieces(direction::to_client, 1);
    server.send("0123456789");
    EXPECT_LT(client.receive_available(10).size(), 10u);
}

TEST_F(between_peers, slips_in_a_line_feed_once)
{
    proxy.corrupt_after(3);
    server.send("12345");
    EXPECT_EQ(client.receive(6), "123\n45");
    EXPECT_FALSE(proxy.is_about_to_corrupt());
    server.send("678");
    EXPECT_EQ(client.receive(3), "678");
}

TEST_F(between_peers, corrupts_what_comes_next_and_nothing_before)
{
    proxy.corrupt_after(5);
    client.send("to the server");
    EXPECT_EQ(server.receive(13), "to the server");
    server.send("12345");
    EXPECT_EQ(client.receive(5), "12345");
    EXPECT_TRUE(proxy.is_about_to_corrupt());
    server.send("6");
    EXPECT_EQ(client.receive(2), "\n6");
}

TEST_F(between_peers, swallows_all_and_ends_what_lost_something)
{
    proxy.swallow();
    std::string const much(1'000'000, 'x');
    client.send(much);
    server.send("lost");
    EXPECT_TRUE(hears_nothing(server));
    EXPECT_TRUE(hears_nothing(client));
    EXPECT_EQ(proxy.forwarded(direction::to_server), 0u);
    EXPECT_EQ(proxy.forwarded(direction::to_client), 0u);
    proxy.heal();
    EXPECT_EQ(proxy.open_connections(), 0u);
}

TEST_F(between_peers, keeps_what_is_silent_while_it_swallows)
{
    proxy.swallow();
    proxy.heal();
    client.send("hello");
    EXPECT_EQ(server.receive(5), "hello");
}

TEST_F(between_peers, refuses_and_takes_connections_again_at_the_same_port)
{
    proxy.refuse();
    EXPECT_THROW(plain_peer{proxy.endpoint()}, std::exception);
    client.send("x");
    EXPECT_EQ(server.receive(1), "x") << "what is connected stays so";
    proxy.heal();
    plain_peer again{proxy.endpoint()};
    again.send("y");
    EXPECT_EQ(accept_peer(listening).receive(1), "y");
}

TEST_F(between_peers, ends_a_connection_to_a_server_that_is_not_there)
{
    listening.close();
    plain_peer refused{proxy.endpoint()};
    EXPECT_EQ(refused.receive_rest(), "");
}

}  // namespace
}  // namespace redstart::testing
