#include "redstart/testing/scripted_server.hpp"

#include "redstart/testing/plain_peer.hpp"

#include <gtest/gtest.h>

namespace redstart::testing {
namespace {

TEST(scripted_server, plays_a_script)
{
    scripted_server server;
    server.plays(script{}.hears("question").says("ans").says("wer").hangs_up());
    plain_peer peer{server.endpoint()};
    peer.send("question");
    EXPECT_EQ(peer.receive_rest(), "answer");
    EXPECT_EQ(server.complaints(), "");
}

TEST(scripted_server, gives_each_connection_the_next_script)
{
    scripted_server server;
    server.plays(script{}.says("1"));
    server.plays(script{}.says("2"));
    plain_peer first{server.endpoint()};
    EXPECT_EQ(first.receive(1), "1");
    plain_peer second{server.endpoint()};
    EXPECT_EQ(second.receive(1), "2");
    plain_peer third{server.endpoint()};
    EXPECT_EQ(third.receive_rest(), "") << "there is none for it";
    EXPECT_EQ(server.complaints(), "");
    EXPECT_EQ(server.accepted(), 3u);
}

TEST(scripted_server, keeps_saying_something_until_it_is_told)
{
    scripted_server server;
    server.plays(script{}.keeps_saying("tick ").hears("enough").says("end").hangs_up());
    plain_peer peer{server.endpoint()};
    EXPECT_EQ(peer.receive(15), "tick tick tick ");
    peer.send("enough");
    EXPECT_TRUE(peer.receive_rest().ends_with("end"));
    EXPECT_EQ(server.complaints(), "");
}

TEST(scripted_server, complains_about_other_bytes_and_hangs_up)
{
    scripted_server server;
    server.plays(script{}.hears("abc").says("never"));
    plain_peer peer{server.endpoint()};
    peer.send("abd");
    EXPECT_EQ(peer.receive_rest(), "");
    EXPECT_EQ(server.complaints(), "connection 1, step 1: expected \"abc\", heard \"abd\"\n");
}

TEST(scripted_server, complains_when_the_peer_leaves_early)
{
    scripted_server server;
    server.plays(script{}.hears("abc\r\n"));
    plain_peer{server.endpoint()}.send("ab");
    EXPECT_EQ(server.complaints(), "connection 1, step 1: expected \"abc\\r\\n\", heard \"ab\"\n");
}

TEST(scripted_server, hears_the_end)
{
    scripted_server server;
    server.plays(script{}.hears_the_end());
    plain_peer{server.endpoint()}.close();
    EXPECT_EQ(server.complaints(), "");
    server.plays(script{}.hears_the_end());
    plain_peer{server.endpoint()}.send("x");
    EXPECT_EQ(server.complaints(), "connection 2, step 1: expected the end, heard \"x\"\n");
}

TEST(scripted_server, resets)
{
    scripted_server server;
    server.plays(script{}.resets());
    plain_peer peer{server.endpoint()};
    EXPECT_THROW(peer.receive_rest(), std::exception);
    EXPECT_EQ(server.complaints(), "");
}

TEST(scripted_server, ends_while_scripts_wait)
{
    scripted_server server;
    server.plays(script{}.hears("never"));
    plain_peer const peer{server.endpoint()};
    server.plays(script{}.hears("never"));
}

}  // namespace
}  // namespace redstart::testing
