// Large values through a client: replies that come past the buffer, callers who leave in the middle of one, and lanes
// that are avoided meanwhile.

#include "redstart/client/probe_test.hpp"
#include "redstart/command/strings.hpp"
#include "redstart/task/task_group.hpp"
#include "redstart/task/within.hpp"

#include <gtest/gtest.h>

namespace redstart {

// How the bytes of one text came.
struct two_ways {
    std::size_t in_tokens = 0;
    std::size_t past_the_parser = 0;
};

template <>
struct decoder<two_ways> {
    decode_step feed(wire::token const& t, text_assembly&)
    {
        counted_.in_tokens += t.text.size();
        return t.more ? decode_step::more : decode_step::done;
    }
    std::size_t read_from(byte_source& from, std::size_t left)
    {
        std::string text;
        auto const got = append_from(from, left, text);
        counted_.past_the_parser += got;
        return got;
    }
    two_ways take() const noexcept { return counted_; }

private:
    two_ways counted_;
};

}  // namespace redstart

namespace redstart::client_test {
namespace {

std::string bulk(std::string_view text)
{
    return "$" + std::to_string(text.size()) + "\r\n" + std::string{text} + "\r\n";
}

std::string const large(300'000, 'v');

TEST_F(scripted, takes_large_replies_and_what_stands_around_them)
{
    auto const replies = "*3\r\n" + bulk(large) + "_\r\n" + bulk(large + "2") + bulk("small");
    server.plays(settled()
                     .hears(words({"MGET", "a", "b", "c"}) + words({"GET", "d"}))
                     .says(replies)
                     .hears(words({"GET", "e"}))
                     .says(bulk("last")));
    connect();
    auto const [several, one] = run(
        [&]() -> task<
                  std::tuple<std::vector<std::optional<std::string>>, std::optional<std::string>>> {
            co_return co_await db->exec(mget(std::vector<std::string>{"a", "b", "c"}), get("d"));
        });
    EXPECT_TRUE(several ==
                (std::vector<std::optional<std::string>>{large, std::nullopt, large + "2"}));
    EXPECT_EQ(one, "small");
    EXPECT_EQ(exec(get("e")), "last");
}

TEST_F(scripted, reads_a_large_reply_past_its_buffer)
{
    std::string const larger(8'000'000, 'v');
    server.plays(settled()
                     .hears(words({"GET", "a"}) + words({"GET", "b"}))
                     .says(bulk(larger) + bulk("next")));
    connect();
    run([&]() -> task<> {
        auto const [a, b] = co_await db->exec(raw<two_ways>("GET", "a"), get("b"));
        EXPECT_EQ(a.in_tokens + a.past_the_parser, larger.size());
        EXPECT_GT(a.past_the_parser, a.in_tokens);
        EXPECT_EQ(b, "next");
    });
}

TEST_F(scripted, takes_a_large_reply_that_comes_in_pieces)
{
    auto said = settled().hears(words({"GET", "a"}) + words({"GET", "b"}));
    auto const replies = bulk(large) + bulk("next");
    for (std::size_t begin = 0; begin < replies.size(); begin += 29'989)
        said.says(std::string_view{replies}.substr(begin, 29'989));
    server.plays(said);
    connect();
    run([&]() -> task<> {
        auto const [a, b] = co_await db->exec(get("a"), get("b"));
        EXPECT_TRUE(a == large);
        EXPECT_EQ(b, "next");
    });
}

TEST_F(scripted, does_not_decode_a_large_reply_of_another_kind)
{
    server.plays(settled()
                     .hears(words({"GET", "n"}) + words({"GET", "a"}))
                     .says(bulk(large) + bulk("next")));
    connect();
    constexpr key_of<std::int64_t> number{"n"};
    run([&]() -> task<> {
        task_group others{loops.at(0)};
        others.spawn([](client& through) -> task<> {
            EXPECT_EQ(co_await through.exec(get("a")), "next");
        }(*db));
        auto const came = co_await db->try_exec(get(number));
        EXPECT_EQ(came.error().code(), failure_code::decode_failed);
        co_await others.join();
    });
}

task<> never_answered(client& through)
{
    co_await through.exec(get("large"));
    ADD_FAILURE() << "it was cancelled";
}

task<> answered(client& through, std::string name)
{
    EXPECT_EQ(co_await through.exec(get(name)), name);
}

// The rest of the reply goes nowhere: least of all to where its beginning went.
TEST_F(scripted, survives_a_caller_who_leaves_in_the_middle_of_a_large_reply)
{
    auto const whole = bulk(large);
    for (std::size_t const begun : {5u, 20u, 70'000u, 131'000u, 250'000u, 300'009u}) {
        server.plays(settled()
                         .hears(words({"GET", "a"}) + words({"GET", "large"}))
                         .says(bulk("a") + whole.substr(0, begun))
                         .hears(words({"GET", "c"}))
                         .says(whole.substr(begun) + bulk("c")));
        connect();
        run([&]() -> task<> {
            task_group others{loops.at(0)};
            others.spawn(never_answered(*db));
            EXPECT_EQ(co_await db->exec(get("a")), "a");
            co_await others.stop();
            EXPECT_EQ(co_await db->exec(get("c")), "c") << begun;
        });
        stop();
    }
}

// Without regard to what they carry, the lane with fewer commands would be taken, and the last command wait.
TEST_F(scripted, avoids_a_lane_on_which_a_large_reply_is_under_way)
{
    auto const asked = [](std::vector<std::string_view> const& names) {
        std::string all;
        for (auto const name : names)
            all += words({"GET", name});
        return all;
    };
    server.plays(settled()
                     .hears(asked({"1", "3", "5", "last"}))
                     .says(bulk("1") + bulk("3") + bulk("5") + bulk("last")));
    server.plays(settled()
                     .hears(asked({"2", "large"}))
                     .says(bulk("2") + "$300000\r\nbegin")
                     .hears_the_end());
    client_options options;
    options.lanes = 2;
    connect(options);
    run([&]() -> task<> {
        co_await db->connect();
        task_group others{loops.at(0)}, large{loops.at(0)};
        others.spawn(answered(*db, "1"));
        others.spawn([](client& through) -> task<> {
            co_await answered(through, "2");
            co_await answered(through, "last");
        }(*db));
        others.spawn(answered(*db, "3"));
        large.spawn(never_answered(*db));
        others.spawn(answered(*db, "5"));
        co_await others.join();
        co_await large.stop();
    });
}

}  // namespace
}  // namespace redstart::client_test
