#include "redstart/client/batch.hpp"

#include "redstart/client/probe_test.hpp"
#include "redstart/command/server.hpp"
#include "redstart/command/strings.hpp"

#include <gtest/gtest.h>

namespace redstart::client_test {
namespace {

TEST_F(scripted, gives_one_result_for_each_command_of_a_batch)
{
    server.plays(settled()
                     .hears(words({"INCR", "n"}) + words({"GET", "k"}) + words({"INCR", "m"}))
                     .says("-WRONGTYPE x\r\n$1\r\nv\r\n:3\r\n"));
    connect();
    run([this]() -> task<> {
        batch work;
        auto const n = work.add(incr("n"));
        auto const k = work.add(get("k"));
        auto const m = work.add(incr("m"));
        auto replies = co_await db->exec(std::move(work));
        EXPECT_EQ(replies.size(), 3u);
        EXPECT_EQ(replies.failures(), 1u);
        EXPECT_THROW(replies.throw_first_failure(), failure);
        EXPECT_EQ(replies.take(n).error().server_code(), "WRONGTYPE");
        EXPECT_EQ(replies.take(k).value(), "v");
        EXPECT_EQ(replies.take(m).value(), 3);
    });
}

TEST_F(scripted, gives_one_result_for_each_of_several_commands)
{
    server.plays(settled()
                     .hears(words({"INCR", "n"}) + words({"GET", "k"}))
                     .says("-WRONGTYPE x\r\n$1\r\nv\r\n"));
    connect();
    run([this]() -> task<> {
        auto const [n, k] = co_await db->try_exec(incr("n"), get("k"));
        EXPECT_EQ(n.error().server_code(), "WRONGTYPE");
        EXPECT_EQ(n.error().command(), "INCR");
        EXPECT_EQ(k.value(), "v");
    });
}

TEST_F(scripted, sends_nothing_for_an_empty_batch)
{
    connect();
    run([this]() -> task<> {
        auto const replies = co_await db->exec(batch{});
        EXPECT_EQ(replies.size(), 0u);
        EXPECT_TRUE((co_await db->atomic(batch{})).size() == 0);
        EXPECT_TRUE((co_await db->exec(std::vector<command<std::int64_t>>{})).empty());
    });
    EXPECT_EQ(server.accepted(), 0u);
}

// Neither bound of what may be in flight keeps a large batch from being sent.
TEST_F(scripted, sends_a_batch_in_rounds_that_fit_in_flight)
{
    auto const three = words({"INCR", "0"}) + words({"INCR", "1"}) + words({"INCR", "2"});
    auto const three_more = words({"INCR", "3"}) + words({"INCR", "4"}) + words({"INCR", "5"});
    server.plays(settled()
                     .hears(three)
                     .says(":0\r\n:1\r\n:2\r\n")
                     .hears(three_more)
                     .says(":3\r\n:4\r\n:5\r\n")
                     .hears(words({"INCR", "6"}))
                     .says(":6\r\n"));
    client_options options;
    options.in_flight.commands = 3;
    connect(options);
    run([this]() -> task<> {
        std::vector<command<std::int64_t>> all;
        for (int i = 0; i < 7; ++i)
            all.push_back(incr(std::to_string(i)));
        auto const replies = co_await db->exec(std::move(all));
        for (std::int64_t i = 0; i < 7; ++i)
            EXPECT_EQ(replies[static_cast<std::size_t>(i)].value(), i);
    });
}

TEST_F(scripted, sends_a_large_command_of_a_batch_alone)
{
    std::string const large(100, 'x');
    server.plays(settled()
                     .hears(words({"SET", "a", large}))
                     .says("+OK\r\n")
                     .hears(words({"SET", "b", large}))
                     .says("+OK\r\n"));
    client_options options;
    options.in_flight.bytes = 200;
    connect(options);
    run([&]() -> task<> {
        std::vector<command<bool>> all;
        all.push_back(set("a", large));
        all.push_back(set("b", large));
        for (auto const& each : co_await db->exec(std::move(all)))
            EXPECT_TRUE(each.value());
    });
}

}  // namespace
}  // namespace redstart::client_test
