#include "redstart/engine/pubsub_probe_test.hpp"

#include <algorithm>
#include <memory>

namespace redstart::engine {
namespace {

using testing::channel;
using testing::channel_server;
using testing::pattern;
using testing::probe_listener;
using testing::receive;
using testing::settle;
using testing::shard;
using testing::write_all;
using texts = std::vector<std::string>;

class subscriptions_of : public ::testing::TestWithParam<wire::protocol> {
protected:
    channel_server server{GetParam()};
    subscriptions state;
    probe_listener news;
    probe_listener other;
};

INSTANTIATE_TEST_SUITE_P(both, subscriptions_of,
                         ::testing::Values(wire::protocol::resp2, wire::protocol::resp3),
                         [](auto const& info) {
                             return info.param == wire::protocol::resp2 ? "resp2" : "resp3";
                         });

TEST_P(subscriptions_of, every_kind_are_confirmed_and_then_hear)
{
    probe_listener by_pattern;
    probe_listener in_shard;
    state.open();
    EXPECT_FALSE(state.want(channel("news"), news));
    EXPECT_FALSE(state.want(pattern("n*"), by_pattern));
    EXPECT_FALSE(state.want(shard("part"), in_shard));
    EXPECT_EQ(state.live(), 0u);
    ASSERT_TRUE(settle(state, server));
    EXPECT_EQ(server.take_commands(),
              (texts{"SUBSCRIBE news", "PSUBSCRIBE n*", "SSUBSCRIBE part"}));
    EXPECT_EQ(state.live(), 3u);
    server.publish(channel("news"), "one");
    server.publish(pattern("n*"), "two");
    server.publish(shard("part"), "three");
    ASSERT_TRUE(settle(state, server));
    EXPECT_EQ(news.heard, (texts{"live", "news=one"}));
    EXPECT_EQ(by_pattern.heard, (texts{"live", "n*!=two"}));
    EXPECT_EQ(in_shard.heard, (texts{"live", "part=three"}));
}

TEST_P(subscriptions_of, wishes_without_a_connection_wait_for_it)
{
    state.want(channel("news"), news);
    state.want(channel("gone"), other);
    state.unwant(channel("gone"));
    EXPECT_EQ(state.output(), "");
    state.open();
    ASSERT_TRUE(settle(state, server));
    EXPECT_EQ(server.take_commands(), (texts{"SUBSCRIBE news"}));
    EXPECT_EQ(other.heard, texts{});
}

TEST_P(subscriptions_of, a_wish_taken_back_before_its_answer_is_undone_after_it)
{
    state.open();
    state.want(channel("news"), news);
    auto const asked = write_all(state);
    state.unwant(channel("news"));
    EXPECT_EQ(write_all(state), "") << "one command at a time";
    server.hear(asked);
    server.publish(channel("news"), "nobody wants this");
    ASSERT_TRUE(settle(state, server));
    EXPECT_EQ(server.take_commands(), (texts{"SUBSCRIBE news", "UNSUBSCRIBE news"}));
    EXPECT_TRUE(server.subscribed.empty());
    EXPECT_EQ(news.heard, texts{});
    EXPECT_FALSE(state.is_leaving(channel("news")));
}

TEST_P(subscriptions_of, a_wish_that_returns_while_it_is_undone_hears_only_what_is_new)
{
    state.open();
    state.want(channel("news"), news);
    ASSERT_TRUE(settle(state, server));
    state.unwant(channel("news"));
    auto const asked = write_all(state);
    EXPECT_TRUE(state.is_leaving(channel("news")));
    EXPECT_FALSE(state.want(channel("news"), other));
    server.publish(channel("news"), "old");
    server.hear(asked);
    ASSERT_TRUE(settle(state, server));
    server.publish(channel("news"), "new");
    ASSERT_TRUE(settle(state, server));
    EXPECT_EQ(other.heard, (texts{"live", "news=new"}));
    EXPECT_EQ(news.heard, texts{"live"});
}

TEST_P(subscriptions_of, a_wish_that_returns_before_anything_was_sent_is_live_at_once)
{
    state.open();
    state.want(channel("news"), news);
    ASSERT_TRUE(settle(state, server));
    server.take_commands();
    state.unwant(channel("news"));
    EXPECT_TRUE(state.want(channel("news"), other));
    ASSERT_TRUE(settle(state, server));
    EXPECT_EQ(server.take_commands(), texts{});
}

TEST_P(subscriptions_of, a_new_connection_is_told_all_that_is_wanted_and_what_was_live_has_a_gap)
{
    state.open();
    state.want(channel("news"), news);
    ASSERT_TRUE(settle(state, server));
    state.want(channel("late"), other);
    server.lose_connection();
    state.lose();
    EXPECT_EQ(news.take_heard(), (texts{"live", "gap"}));
    EXPECT_EQ(other.heard, texts{}) << "it had not been live";
    EXPECT_EQ(state.live(), 0u);
    server.take_commands();
    state.open();
    ASSERT_TRUE(settle(state, server));
    EXPECT_EQ(server.subscribed, (std::set{channel("late"), channel("news")}));
    EXPECT_EQ(server.take_commands().size(), 1u);
    EXPECT_EQ(news.heard, texts{"live"});
    EXPECT_EQ(other.heard, texts{"live"});
}

TEST_P(subscriptions_of, many_names_go_in_bounded_commands_and_a_shard_channel_alone)
{
    std::vector<std::unique_ptr<probe_listener>> all;
    auto const want = [&](feed const& what) {
        state.want(what, *all.emplace_back(std::make_unique<probe_listener>()));
    };
    for (int i = 0; i < 1000; ++i)
        want(channel("channel " + std::to_string(i)));
    for (int i = 0; i < 40; ++i)
        want(pattern(std::to_string(i) + std::string(3000, '*')));
    want(shard("a"));
    want(shard("b"));
    state.open();
    EXPECT_LT(state.output().size(), 128u * 1024) << "the rest waits until this has left";
    ASSERT_TRUE(settle(state, server));
    EXPECT_EQ(state.live(), 1042u);
    for (auto const& each : server.take_commands()) {
        EXPECT_LE(std::ranges::count(each, ' '), 2 * 64) << "a name here has one blank";
        EXPECT_LE(each.size(), 20'000u);
        EXPECT_TRUE(each.front() != 'S' || each[1] != 'S' || std::ranges::count(each, ' ') == 1);
    }
}

TEST_P(subscriptions_of, what_is_forbidden_is_refused_and_only_that)
{
    server.forbidden = {"secret"};
    probe_listener secret;
    state.want(channel("news"), news);
    state.want(channel("secret"), secret);
    state.want(channel("late"), other);
    state.open();
    ASSERT_TRUE(settle(state, server));
    EXPECT_EQ(news.heard, texts{"live"});
    EXPECT_EQ(other.heard, texts{"live"});
    EXPECT_EQ(secret.heard, texts{"refused NOPERM not this channel"});
    EXPECT_EQ(state.wanted(), 2u);
    server.forbidden.clear();
    state.want(channel("secret"), secret);
    ASSERT_TRUE(settle(state, server));
    EXPECT_EQ(secret.heard.back(), "live");
}

TEST_P(subscriptions_of, what_is_not_possible_now_is_asked_again_later)
{
    state.open();
    state.want(channel("leaves"), news);
    ASSERT_TRUE(settle(state, server));
    server.busy = true;
    state.want(channel("enters"), other);
    state.unwant(channel("leaves"));
    state.ping();
    ASSERT_TRUE(settle(state, server));
    EXPECT_TRUE(state.has_put_off());
    EXPECT_EQ(other.heard, texts{});
    EXPECT_EQ(server.take_commands().size(), 3u) << "and not at once again";
    server.busy = false;
    while (state.has_put_off()) {
        state.ask_again();
        ASSERT_TRUE(settle(state, server));
    }
    EXPECT_EQ(server.subscribed, std::set{channel("enters")});
    EXPECT_EQ(other.heard, texts{"live"});
}

TEST_P(subscriptions_of, a_shard_channel_that_moves_away_is_asked_for_again_and_has_a_gap)
{
    state.open();
    state.want(shard("part"), news);
    ASSERT_TRUE(settle(state, server));
    server.publish(shard("part"), "before");
    server.move_away("part");
    server.publish(shard("part"), "missed");
    ASSERT_TRUE(settle(state, server));
    server.publish(shard("part"), "after");
    ASSERT_TRUE(settle(state, server));
    EXPECT_EQ(news.heard, (texts{"live", "part=before", "gap", "live", "part=after"}));
}

TEST_P(subscriptions_of, a_ping_is_answered_with_and_without_subscriptions)
{
    state.open();
    state.ping();
    EXPECT_TRUE(state.awaits_answer());
    ASSERT_TRUE(settle(state, server));
    EXPECT_FALSE(state.awaits_answer());
    state.want(channel("news"), news);
    state.ping();
    ASSERT_TRUE(settle(state, server));
    state.ping();
    ASSERT_TRUE(settle(state, server));
    EXPECT_FALSE(state.awaits_answer());
    EXPECT_EQ(news.heard, texts{"live"});
}

// With RESP2 a server takes no login while there are subscriptions, so none is sent there.
class logging_in_among_subscriptions : public ::testing::Test {
protected:
    channel_server server{wire::protocol::resp3};
    subscriptions state;
    probe_listener news;
    probe_listener other;
};

TEST_F(logging_in_among_subscriptions, takes_its_place_and_ends_none)
{
    state.open();
    state.want(channel("news"), news);
    state.log_in({.user = "ada", .password = "right"});
    state.want(channel("other"), other);
    ASSERT_TRUE(settle(state, server));
    EXPECT_EQ(server.take_commands(), (texts{"AUTH ada right", "SUBSCRIBE news other"}));
    state.ping();
    state.log_in({.user = "ada", .password = "right"});
    ASSERT_TRUE(settle(state, server));
    EXPECT_FALSE(state.awaits_answer());
    EXPECT_EQ(news.heard, texts{"live"});
    EXPECT_EQ(other.heard, texts{"live"});
}

TEST_F(logging_in_among_subscriptions, waits_for_an_unsubscribe_and_the_last_one_wins)
{
    state.open();
    state.want(channel("news"), news);
    ASSERT_TRUE(settle(state, server));
    state.unwant(channel("news"));
    auto const leaves = write_all(state);
    state.log_in({.user = "ada", .password = "wrong"});
    state.log_in({.user = "ada", .password = "right"});
    EXPECT_EQ(write_all(state), "") << "its answer could not be told from the others";
    server.take_commands();
    server.hear(leaves);
    ASSERT_TRUE(settle(state, server));
    EXPECT_EQ(server.take_commands(), (texts{"UNSUBSCRIBE news", "AUTH ada right"}));
}

TEST_F(logging_in_among_subscriptions, that_is_refused_ends_the_connection)
{
    state.open();
    state.want(channel("news"), news);
    ASSERT_TRUE(settle(state, server));
    state.log_in({.user = "ada", .password = "wrong"});
    EXPECT_FALSE(settle(state, server));
    EXPECT_EQ(state.protocol_error(), "the server refused the new login");
    state.log_in({.user = "ada", .password = "wrong"});
    state.lose();
    server.lose_connection();
    server.take_commands();
    state.open();
    ASSERT_TRUE(settle(state, server)) << "the next connection logs in by itself";
    EXPECT_EQ(server.take_commands(), texts{"SUBSCRIBE news"});
    EXPECT_EQ(news.heard, (texts{"live", "gap", "live"}));
}

// A listener that takes its feed back as soon as it hears of a gap.
class fickle_listener final : public feed_listener {
public:
    explicit fickle_listener(subscriptions& of) : of_{of} {}
    std::size_t gaps = 0;

private:
    void on_message(std::string_view, std::string_view) noexcept override {}
    void on_live() noexcept override {}
    void on_gap() noexcept override
    {
        ++gaps;
        of_.unwant(shard("part"));
    }
    void on_refused(std::string_view) noexcept override {}

    subscriptions& of_;
};

TEST_P(subscriptions_of, a_feed_may_be_taken_back_because_of_its_gap)
{
    fickle_listener fickle{state};
    state.open();
    state.want(shard("part"), fickle);
    ASSERT_TRUE(settle(state, server));
    server.move_away("part");
    ASSERT_TRUE(settle(state, server));
    EXPECT_EQ(fickle.gaps, 1u);
    EXPECT_EQ(state.wanted(), 0u);
    EXPECT_FALSE(state.is_leaving(shard("part")));
    EXPECT_TRUE(server.subscribed.empty());
}

TEST_P(subscriptions_of, a_large_body_that_comes_in_parts_is_whole)
{
    state.open();
    state.want(channel("news"), news);
    ASSERT_TRUE(settle(state, server));
    std::string const body(200'000, 'x');
    server.publish(channel("news"), body);
    auto const answers = server.take_answers();
    std::string held;
    for (std::size_t at = 0; at < answers.size(); at += 1000) {
        held += answers.substr(at, 1000);
        char const* from = held.data();
        ASSERT_TRUE(state.received(from, held.data() + held.size()));
        held.erase(0, static_cast<std::size_t>(from - held.data()));
    }
    EXPECT_EQ(news.heard.back(), "news=" + body);
}

// Whatever a server may say that nobody asked for: the connection is given up, or it changes nothing.
TEST_P(subscriptions_of, odd_answers_end_the_connection_and_nothing_else)
{
    for (auto const* const odd :
         {"+OK\r\n", ":1\r\n", "$-1\r\n", "*0\r\n", "*1\r\n$3\r\nfoo\r\n", "+PONG\r\n",
          "$1\r\n7\r\n", "$1\r\n0\r\n", "-ERR what\r\n", "?\r\n", "%0\r\n",
          "*3\r\n$9\r\nsubscribe\r\n$5\r\nother\r\n:1\r\n", "*3\r\n$9\r\nsubscribe\r\n*0\r\n:1\r\n",
          "*-1\r\n"}) {
        subscriptions fresh;
        probe_listener heard;
        fresh.want(channel("news"), heard);
        fresh.open();
        server.lose_connection();
        ASSERT_TRUE(settle(fresh, server));
        EXPECT_FALSE(receive(fresh, odd)) << odd;
        EXPECT_NE(fresh.protocol_error(), "") << odd;
        fresh.lose();
        fresh.open();
        server.lose_connection();
        EXPECT_TRUE(settle(fresh, server));
        EXPECT_EQ(heard.heard, (texts{"live", "gap", "live"})) << odd;
    }
}

TEST_P(subscriptions_of, odd_pushes_are_skipped)
{
    state.open();
    state.want(channel("news"), news);
    ASSERT_TRUE(settle(state, server));
    for (auto const* const odd :
         {">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n", ">0\r\n", ">1\r\n_\r\n",
          ">3\r\n$7\r\nmessage\r\n$5\r\nother\r\n$1\r\nx\r\n",
          ">2\r\n$7\r\nmessage\r\n$4\r\nnews\r\n", ">3\r\n$11\r\nunsubscribe\r\n_\r\n:0\r\n",
          ">5\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$1\r\nx\r\n$1\r\nx\r\n$1\r\nx\r\n"})
        EXPECT_TRUE(receive(state, odd)) << odd;
    server.publish(channel("news"), "x");
    ASSERT_TRUE(settle(state, server));
    EXPECT_EQ(news.heard, (texts{"live", "news=x"}));
}

// One story, with the connection cut at a given byte of it, counted over both directions.
class cut_story {
public:
    cut_story(wire::protocol spoken, std::size_t cut) : server{spoken}, room_{cut} {}

    void tell()
    {
        server.forbidden = {"secret"};
        state.open();
        state.want(channel("a"), a);
        state.want(channel("secret"), secret);
        talk();
        state.want(pattern("b"), b);
        talk();
        server.publish(channel("a"), "1");
        state.ping();
        talk();
        state.unwant(pattern("b"));
        talk();
        server.publish(channel("a"), "2");
        talk();
    }
    bool was_cut() const { return was_cut_; }

    channel_server server;
    subscriptions state;
    probe_listener a;
    probe_listener b;
    probe_listener secret;

private:
    void talk()
    {
        for (int i = 0; i < 12; ++i) {
            server.hear(what_arrives(write_all(state)));
            cut_if_due();
            auto const some = what_arrives(server.take_answers());
            char const* at = some.data();
            EXPECT_TRUE(state.received(at, at + some.size()));
            cut_if_due();
        }
    }
    std::string what_arrives(std::string all)
    {
        is_due_ = !was_cut_ && all.size() > room_;
        all.resize(is_due_ ? room_ : all.size());
        room_ -= was_cut_ ? 0 : all.size();
        return all;
    }
    void cut_if_due()
    {
        if (!std::exchange(is_due_, false))
            return;
        was_cut_ = true;
        server.lose_connection();
        state.lose();
        state.open();
    }

    std::size_t room_;  // bytes until the cut
    bool is_due_ = false;
    bool was_cut_ = false;
};

TEST_P(subscriptions_of, any_cut_is_followed_by_the_same_end_and_told_to_whom_it_hit)
{
    std::size_t losses = 0;
    for (std::size_t cut = 0;; ++cut) {
        cut_story story{GetParam(), cut};
        story.tell();
        EXPECT_EQ(story.server.subscribed, std::set{channel("a")}) << cut;
        EXPECT_EQ(story.secret.heard, texts{"refused NOPERM not this channel"}) << cut;
        EXPECT_EQ(story.state.live(), 1u) << cut;
        auto const& heard = story.a.heard;
        bool const has_lost =
            std::ranges::count(heard, "a=1") + std::ranges::count(heard, "a=2") < 2;
        EXPECT_TRUE(!has_lost || std::ranges::count(heard, "gap") == 1) << cut;
        EXPECT_EQ(heard.front(), "live");
        losses += has_lost ? 1 : 0;
        if (!story.was_cut() || HasFailure())
            break;
    }
    EXPECT_GT(losses, 10u) << "this story would not notice";
}

}  // namespace
}  // namespace redstart::engine
