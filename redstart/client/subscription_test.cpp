#include "redstart/client/subscription.hpp"

#include "redstart/client/probe_test.hpp"
#include "redstart/command/pubsub.hpp"
#include "redstart/task/race.hpp"
#include "redstart/task/task_group.hpp"
#include "redstart/task/within.hpp"

namespace redstart::client_test {
namespace {

constexpr channel_of<std::int64_t> numbers{"numbers"};

std::string push(std::vector<std::string_view> const& all)
{
    auto text = words(all);
    text.front() = '>';
    return text;
}
std::string confirmed(std::string_view verb, std::string_view name)
{
    return ">3\r\n$" + std::to_string(verb.size()) + "\r\n" + std::string{verb} + "\r\n$" +
           std::to_string(name.size()) + "\r\n" + std::string{name} + "\r\n:1\r\n";
}
std::string said(std::string_view channel, std::string_view body)
{
    return push({"message", channel, body});
}

std::string const subscribe_news = words({"SUBSCRIBE", "news"});
std::string const news_confirmed = confirmed("subscribe", "news");
std::string const leave_news = words({"UNSUBSCRIBE", "news"});

// A script that begins with a subscription to news.
script subscribed() { return settled().hears(subscribe_news).says(news_confirmed); }

client_options checked_every(boot_clock::duration check, boot_clock::duration timeout = 20s)
{
    client_options options;
    options.subscription_check = check;
    options.command_timeout = timeout;
    return options;
}

class a_subscription : public scripted {
protected:
    template <class Body>
    std::string body_of(std::optional<message<Body>> const& one)
    {
        return one ? (one->after_gap ? "!" : "") + one->text : "nothing";
    }
    template <class Subscribing>
    failure failure_of(Subscribing subscribing)
    {
        return loops.run([](Subscribing given) -> task<failure> {
            try {
                static_cast<void>(co_await std::move(given));
            } catch (failure const& why) {
                co_return why;
            }
            throw std::logic_error{"it should have failed"};
        }(std::move(subscribing)));
    }
};

TEST_F(a_subscription, is_confirmed_before_it_is_there_and_then_hears)
{
    server.plays(settled()
                     .hears(subscribe_news)
                     .says_slowly(news_confirmed)
                     .says(said("news", "one") + said("news", "two")));
    connect();
    run([&]() -> task<> {
        auto news = co_await db->subscribe("news");
        EXPECT_EQ(body_of(co_await news.next()), "one");
        EXPECT_EQ(body_of(co_await news.next()), "two");
        EXPECT_EQ(news.stats().delivered, 2u);
    });
}

TEST_F(a_subscription, shares_the_one_at_the_server_and_has_messages_of_its_own)
{
    server.plays(subscribed()
                     .hears(words({"PSUBSCRIBE", "x*"}))
                     .says(confirmed("psubscribe", "x*") + said("news", "one"))
                     .hears(leave_news + words({"PING", "1"}))
                     .says(confirmed("unsubscribe", "news") + "$1\r\n1\r\n"));
    connect();
    run([&]() -> task<> {
        auto first = co_await db->subscribe("news");
        auto second = co_await db->subscribe("news");
        auto const both_are_there = co_await db->psubscribe("x*");
        EXPECT_EQ(body_of(co_await first.next()), "one");
        EXPECT_EQ(body_of(co_await second.next()), "one");
        co_await first.close();
        co_await second.close();
        EXPECT_EQ(body_of(co_await second.next()), "nothing");
    });
    EXPECT_EQ(server.accepted(), 1u);
}

TEST_F(a_subscription, that_goes_away_is_ended_at_the_server)
{
    server.plays(subscribed().hears(leave_news + words({"PING", "1"})));
    connect();
    run([&]() -> task<> { auto news = co_await db->subscribe("news"); });
    EXPECT_EQ(server.complaints(), "");
}

TEST_F(a_subscription, is_made_anew_after_a_loss_and_marks_it)
{
    server.plays(subscribed().says(said("news", "one")).resets());
    server.plays(settled().hangs_up());
    server.plays(subscribed().says(said("news", "two") + said("news", "three")));
    connect();
    run([&]() -> task<> {
        auto news = co_await db->subscribe("news");
        std::string all;
        for (int i = 0; i < 3; ++i)
            all += body_of(co_await news.next()) + " ";
        EXPECT_TRUE(all == "one !two three " || all.starts_with("!two three")) << all;
        EXPECT_EQ(news.stats().gaps, 1u);
        EXPECT_EQ(news.stats().reconnects, 1u);
    });
}

TEST_F(a_subscription, that_the_server_refuses_says_so)
{
    server.plays(settled().hears(subscribe_news).says("-NOPERM not this channel\r\n"));
    connect();
    auto const why = failure_of(db->subscribe("news"));
    EXPECT_EQ(why.code(), failure_code::server_error);
    EXPECT_EQ(why.server_code(), "NOPERM");
    EXPECT_EQ(why.command(), "SUBSCRIBE");
    EXPECT_EQ(why.outcome(), outcome::refused);
    EXPECT_TRUE(std::string_view{why.where().file_name()}.ends_with("subscription_test.cpp"));
}

TEST_F(a_subscription, that_is_refused_after_a_loss_ends_behind_what_it_holds)
{
    server.plays(subscribed().says(said("news", "one")).hangs_up());
    server.plays(settled().hears(subscribe_news).says("-NOPERM not any more\r\n"));
    connect();
    run([&]() -> task<> {
        auto news = co_await db->subscribe("news");
        EXPECT_EQ(body_of(co_await news.next()), "one");
        for (int twice = 0; twice < 2; ++twice)
            try {
                co_await news.next();
                ADD_FAILURE() << "it should have failed";
            } catch (failure const& why) {
                EXPECT_EQ(why.server_code(), "NOPERM");
            }
        co_await news.close();
    });
}

TEST_F(a_subscription, that_is_not_confirmed_in_time_fails_and_is_taken_back)
{
    server.plays(settled()
                     .hears(subscribe_news)
                     .hears(words({"PSUBSCRIBE", "o*"}))
                     .says(news_confirmed + confirmed("psubscribe", "o*"))
                     .hears(leave_news + words({"PING", "1"})));
    connect(checked_every(10s, 0s));
    auto const other = run([&]() -> task<subscription<std::string>> {
        try {
            static_cast<void>(co_await within(20ms, db->subscribe("news")));
            ADD_FAILURE() << "it should have failed";
        } catch (failure const& why) {
            EXPECT_EQ(why.code(), failure_code::timed_out);
            EXPECT_EQ(why.command(), "SUBSCRIBE");
        }
        co_return co_await db->psubscribe("o*");
    });
    EXPECT_EQ(server.complaints(), "");
    stop();
}

TEST_F(a_subscription, for_which_there_is_no_connection_says_why_there_is_none)
{
    for (int i = 0; i < 3; ++i)
        server.plays(script{}.hears(hello).says("-WRONGPASS no\r\n"));
    connect();
    EXPECT_EQ(failure_of(db->subscribe("news")).code(), failure_code::authentication_failed)
        << "at once";
    EXPECT_EQ(failure_of(db->psubscribe("n*")).command(), "PSUBSCRIBE");
    EXPECT_EQ(failure_of(db->ssubscribe("news")).command(), "SSUBSCRIBE");
}

TEST_F(a_subscription, outlives_the_client_and_gives_what_it_holds)
{
    server.plays(subscribed().says(said("news", "one") + said("news", "two")));
    connect();
    auto news = loops.run([](client& through) -> task<subscription<std::string>> {
        auto made = co_await through.subscribe("news");
        co_await made.next();
        co_return made;
    }(*db));
    stop();
    run([&]() -> task<> {
        EXPECT_EQ(body_of(co_await news.next()), "two");
        EXPECT_EQ(body_of(co_await news.next()), "nothing");
        EXPECT_EQ(body_of(co_await news.next()), "nothing");
        co_await news.close();
    });
}

TEST_F(a_subscription, whose_client_stops_wakes_who_waits_for_it)
{
    server.plays(subscribed().hears(words({"PSUBSCRIBE", "never"})));
    connect();
    run([&]() -> task<> {
        auto news = co_await db->subscribe("news");
        task_group waiting{loops.at(0)};
        std::string heard;
        std::optional<failure_code> refused;
        auto const wait = [&]() -> task<> { heard = body_of(co_await news.next()); };
        auto const subscribe = [&]() -> task<> {
            try {
                auto const never = co_await db->psubscribe("never");
            } catch (failure const& why) {
                refused = why.code();
            }
        };
        waiting.spawn(wait());
        waiting.spawn(subscribe());
        co_await sleep_for(1ms);
        co_await db->stop(0ms);
        co_await waiting.join();
        EXPECT_EQ(heard, "nothing");
        EXPECT_EQ(refused, failure_code::stopped);
    });
    EXPECT_EQ(failure_of(db->subscribe("news")).code(), failure_code::stopped);
}

TEST_F(a_subscription, loses_nothing_with_a_wait_that_is_cancelled)
{
    std::string all;
    for (int i = 0; i < 200; ++i)
        all += said("numbers", std::to_string(i));
    server.plays(settled()
                     .hears(words({"SUBSCRIBE", "numbers"}))
                     .says(confirmed("subscribe", "numbers"))
                     .says_slowly(all));
    connect();
    run([&]() -> task<> {
        auto ticks = co_await db->subscribe(numbers);
        std::int64_t expected = 0;
        for (int turn = 0; expected < 200; ++turn) {
            auto const won = co_await race(ticks.next(), [](int length) -> task<> {
                if (length > 0)
                    co_await sleep_for(std::chrono::microseconds{100 * length});
            }(turn % 4));
            if (won.index() == 0)
                EXPECT_EQ(std::get<0>(won)->body(), expected++);
        }
        EXPECT_EQ(ticks.stats().gaps, 0u);
    });
}

TEST_F(a_subscription, survives_what_is_no_body_of_its_channel)
{
    server.plays(settled()
                     .hears(words({"SUBSCRIBE", "numbers"}))
                     .says(confirmed("subscribe", "numbers") + said("numbers", "many") +
                           said("numbers", "7")));
    connect();
    run([&]() -> task<> {
        auto ticks = co_await db->subscribe(numbers);
        auto const odd = co_await ticks.next();
        EXPECT_EQ(odd->try_body().error().code(), failure_code::decode_failed);
        EXPECT_THROW(odd->body(), failure);
        EXPECT_EQ(odd->text, "many");
        EXPECT_EQ((co_await ticks.next())->body(), 7);
    });
}

TEST_F(a_subscription, that_is_full_can_end_instead_of_dropping)
{
    server.plays(subscribed()
                     .says(said("news", "1") + said("news", "2") + said("news", "3"))
                     .hears(leave_news + words({"PING", "1"})));
    connect();
    auto news = run([&]() -> task<subscription<std::string>> {
        co_return co_await db->subscribe("news",
                                         {.messages = 2, .when_full = overflow_policy::close});
    });
    EXPECT_EQ(server.complaints(), "") << "it has been left at the server";
    run([&]() -> task<> {
        EXPECT_EQ(body_of(co_await news.next()), "1");
        EXPECT_EQ(body_of(co_await news.next()), "2");
        try {
            co_await news.next();
            ADD_FAILURE() << "it should have failed";
        } catch (failure const& why) {
            EXPECT_EQ(why.code(), failure_code::overloaded);
        }
    });
}

TEST_F(a_subscription, on_a_silent_connection_asks_whether_it_lives)
{
    server.plays(subscribed()
                     .hears(words({"PING", "1"}))
                     .says("$1\r\n1\r\n")
                     .hears(words({"PING", "2"}))
                     .says("$1\r\n2\r\n")
                     .says(said("news", "one")));
    connect(checked_every(5ms));
    run([&]() -> task<> {
        auto news = co_await db->subscribe("news");
        auto const first = co_await news.next();
        EXPECT_EQ(first->text, "one");
    });
}

TEST_F(a_subscription, on_a_dead_connection_is_moved_to_a_new_one)
{
    server.plays(subscribed().hears(words({"PING", "1"})));
    server.plays(subscribed().says(said("news", "one")));
    connect(checked_every(5ms));
    run([&]() -> task<> {
        auto news = co_await db->subscribe("news");
        EXPECT_EQ(body_of(co_await news.next()), "!one");
    });
}

TEST_F(a_subscription, that_is_not_possible_now_is_asked_for_again_however_much_others_hear)
{
    auto const subscribe_all = words({"PSUBSCRIBE", "x*"});
    server.plays(subscribed()
                     .hears(subscribe_all)
                     .says("-BUSY running a script\r\n")
                     .keeps_saying(said("news", "one"))
                     .hears(subscribe_all)
                     .says("-BUSY still running it\r\n")
                     .keeps_saying(said("news", "two"))
                     .hears(subscribe_all)
                     .says(confirmed("psubscribe", "x*")));
    connect();
    run([&]() -> task<> {
        auto news = co_await db->subscribe("news");
        auto all = co_await db->psubscribe("x*");
    });
}

std::string logged_in_as(std::string_view password)
{
    return words({"HELLO", "3", "AUTH", "ada", password});
}

class a_subscription_of_a_user : public a_subscription {
protected:
    void connect_as_ada(client_options options = {})
    {
        options.credentials = who;
        connect(std::move(options));
    }

    std::shared_ptr<rotating_credentials> who =
        std::make_shared<rotating_credentials>(credentials{"ada", "one"});
};

TEST_F(a_subscription_of_a_user, logs_in_again_and_misses_nothing)
{
    server.plays(script{}
                     .hears(logged_in_as("one"))
                     .says(hello_map)
                     .hears(subscribe_news)
                     .says(news_confirmed)
                     .hears(words({"AUTH", "ada", "two"}))
                     .says(said("news", "one") + "+OK\r\n" + said("news", "two")));
    connect_as_ada();
    run([&]() -> task<> {
        auto news = co_await db->subscribe("news");
        who->set({"ada", "two"});
        EXPECT_EQ(body_of(co_await news.next()), "one");
        EXPECT_EQ(body_of(co_await news.next()), "two");
    });
}

TEST_F(a_subscription_of_a_user, whose_new_login_is_refused_moves_to_a_new_connection)
{
    server.plays(script{}
                     .hears(logged_in_as("one"))
                     .says(hello_map)
                     .hears(subscribe_news)
                     .says(news_confirmed)
                     .hears(words({"AUTH", "ada", "two"}))
                     .says("-WRONGPASS invalid username-password pair\r\n")
                     .hears_the_end());
    server.plays(script{}
                     .hears(logged_in_as("two"))
                     .says(hello_map)
                     .hears(subscribe_news)
                     .says(news_confirmed + said("news", "one")));
    connect_as_ada();
    run([&]() -> task<> {
        auto news = co_await db->subscribe("news");
        who->set({"ada", "two"});
        EXPECT_EQ(body_of(co_await news.next()), "!one");
    });
}

// A server that speaks RESP2 takes no AUTH on a connection with subscriptions.
TEST_F(a_subscription_of_a_user, moves_to_a_new_connection_where_it_cannot_log_in_again)
{
    auto const logged_in_with = [](std::string_view password) {
        return script{}
            .hears(words({"AUTH", "ada", password}) + words({"PING"}))
            .says("+OK\r\n+PONG\r\n")
            .hears(subscribe_news)
            .says(words({"subscribe", "news"}).replace(1, 1, "3") + ":1\r\n");
    };
    server.plays(logged_in_with("one").hears_the_end());
    server.plays(logged_in_with("two").says(words({"message", "news", "one"})));
    client_options resp2;
    resp2.login.resp3 = false;
    connect_as_ada(resp2);
    run([&]() -> task<> {
        auto news = co_await db->subscribe("news");
        who->set({"ada", "two"});
        EXPECT_EQ(body_of(co_await news.next()), "!one");
    });
}

TEST_F(a_subscription, that_was_the_last_leaves_no_connection_behind)
{
    server.plays(subscribed()
                     .hears(leave_news + words({"PING", "1"}))
                     .says(confirmed("unsubscribe", "news") + "$1\r\n1\r\n")
                     .hears_the_end());
    connect(checked_every(5ms));
    run([&]() -> task<> {
        auto news = co_await db->subscribe("news");
        co_await news.close();
    });
    EXPECT_EQ(server.complaints(), "");
    server.plays(subscribed().says(said("news", "one")));
    run([&]() -> task<> {
        auto news = co_await db->subscribe("news");
        EXPECT_EQ(body_of(co_await news.next()), "one");
    });
}

}  // namespace
}  // namespace redstart::client_test
