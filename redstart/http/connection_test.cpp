// A connection over time: keep-alive, pipelining, slow and vanishing clients, draining. The clock is set by hand.

#include "redstart/http/connection_harness.hpp"
#include "redstart/task/event.hpp"
#include "redstart/task/within.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace redstart::http {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class Connection : public testing::Test {
protected:
    Connection()
    {
        routes_.get("/a", [](context&) -> task<response> { co_return response::text("a"); });
        routes_.get("/b", [](context&) -> task<response> { co_return response::text("b"); });
        routes_.post("/echo", [](context& c) -> task<response> {
            co_return response::text(c.request().body);
        });
        routes_.get("/wait", [this](context&) -> task<response> {
            ++waiting_;
            co_await go_.wait();
            co_return response::text("waited");
        });
        routes_.get("/large", [](context&) -> task<response> {
            co_return response::text(std::string(200'000, 'x'));
        });
        routes_.get("/outcome", [this](context&) -> task<response> {
            try {
                co_await never_.wait();
            } catch (failure const& why) {
                ended_by_ = why.code();
                throw;
            }
            co_return response::text("");
        });
    }

    app routes_;
    event go_;
    event never_;
    int waiting_ = 0;
    std::optional<failure_code> ended_by_;
};

// ---- Keep-alive ----

TEST_F(Connection, IsKeptAliveByVersionAndWish)
{
    struct wish {
        std::string_view version;
        std::string_view field;
        bool kept;
        std::optional<std::string> told;
    };
    for (auto const& each :
         std::vector<wish>{{"1.1", "", true, std::nullopt},
                           {"1.1", "Connection: close\r\n", false, "close"},
                           {"1.1", "Connection: TE, Close\r\n", false, "close"},
                           {"1.1", "Connection: x\r\nConnection: close\r\n", false, "close"},
                           {"1.1", "Connection: closed\r\n", true, std::nullopt},
                           {"1.0", "", false, "close"},
                           {"1.0", "Connection: keep-alive\r\n", true, "keep-alive"},
                           {"1.0", "Connection: keep-alive, close\r\n", false, "close"},
                           {"1.0", "Proxy-Connection: keep-alive\r\n", false, "close"}}) {
        SCOPED_TRACE(std::string{each.version} + " " + std::string{each.field});
        scripted_client client{routes_};
        std::string request = "GET /a HTTP/";
        client.send(request.append(each.version)
                        .append("\r\nHost: x\r\n")
                        .append(each.field)
                        .append("\r\n"));
        EXPECT_EQ(client.receive().header("Connection"), each.told);
        EXPECT_EQ(client.shut, !each.kept);
        client.send(plain_request("GET /b"));
        EXPECT_EQ(!client.output.empty(), each.kept);
    }
}

TEST_F(Connection, AnswersHttp10WithoutAHost)
{
    scripted_client client{routes_};
    auto const answer = client.ask("GET /a HTTP/1.0\r\n\r\n");
    EXPECT_EQ(answer.body, "a");
    EXPECT_EQ(answer.header("Content-Length"), "1");
}

TEST_F(Connection, EndsAfterItsShareOfRequests)
{
    http::limits bounds;
    bounds.max_requests = 2;
    scripted_client client{routes_, bounds};
    EXPECT_EQ(client.ask(plain_request("GET /a")).header("Connection"), std::nullopt);
    EXPECT_EQ(client.ask(plain_request("GET /a")).header("Connection"), "close");
    EXPECT_TRUE(client.shut);
}

TEST_F(Connection, EndsWhenTheResponseWantsIt)
{
    routes_.get("/last", [](context&) -> task<response> {
        auto answer = response::text("bye");
        answer.close = true;
        co_return answer;
    });
    scripted_client client{routes_};
    EXPECT_EQ(client.ask(plain_request("GET /last")).header("Connection"), "close");
    EXPECT_TRUE(client.shut);
}

TEST_F(Connection, NeverSendsAnInterimStatusAsTheAnswer)
{
    routes_.get("/interim", [](context&) -> task<response> { co_return response::text("x", 101); });
    scripted_client client{routes_};
    EXPECT_EQ(client.ask(plain_request("GET /interim")).status, 500);
    EXPECT_EQ(client.ask(plain_request("GET /a")).status, 200);
}

// ---- Pipelining ----

TEST_F(Connection, AnswersPipelinedRequestsInOrderInOneWrite)
{
    scripted_client client{routes_};
    client.send(plain_request("GET /a") + plain_request("GET /b") +
                request_with_body("POST /echo", "hello") + plain_request("GET /a"));
    EXPECT_EQ(client.receive().body, "a");
    EXPECT_EQ(client.receive().body, "b");
    EXPECT_EQ(client.receive().body, "hello");
    EXPECT_EQ(client.receive().body, "a");
    EXPECT_EQ(client.output, "");
    EXPECT_EQ(client.writes, 1u);
}

TEST_F(Connection, RunsOneHandlerAtATimeAndSendsWhatIsReady)
{
    scripted_client client{routes_};
    client.send(plain_request("GET /a") + plain_request("GET /wait") + plain_request("GET /wait") +
                plain_request("GET /b"));
    EXPECT_EQ(client.receive().body, "a") << "it does not wait for the second";
    EXPECT_EQ(client.output, "");
    EXPECT_EQ(waiting_, 1);
    go_.set();
    client.loop.run();
    EXPECT_EQ(waiting_, 2);
    EXPECT_EQ(client.receive().body, "waited");
    EXPECT_EQ(client.receive().body, "waited");
    EXPECT_EQ(client.receive().body, "b");
}

TEST_F(Connection, ReadsNoFurtherThanItsBufferWhileAHandlerRuns)
{
    http::limits bounds;
    bounds.max_head = 1024;
    scripted_client client{routes_, bounds};
    client.send(plain_request("GET /wait"));
    for (int times = 0; times < 1000 && !client.paused; ++times)
        client.send(plain_request("GET /b"));
    EXPECT_TRUE(client.paused);
    EXPECT_EQ(client.output, "");
    go_.set();
    client.loop.run();
    EXPECT_FALSE(client.paused);
    client.send_unsent();
    EXPECT_EQ(client.receive().body, "waited");
    for (int count = 0; !client.output.empty(); ++count)
        ASSERT_EQ(client.receive().body, "b") << count;
}

TEST_F(Connection, DropsWhatFollowsTheLastRequest)
{
    scripted_client client{routes_};
    client.send(plain_request("GET /a", "Connection: close\r\n") + plain_request("GET /b"));
    EXPECT_EQ(client.receive().body, "a");
    EXPECT_EQ(client.output, "");
}

TEST_F(Connection, GivesTheMemoryOfALargeBodyBack)
{
    std::size_t kept = 0;
    routes_.get("/kept", [&kept](context& c) -> task<response> {
        kept = c.request().body.capacity();
        co_return response::text("");
    });
    scripted_client client{routes_};
    client.ask(request_with_body("POST /echo", std::string(500'000, 'x')));
    client.ask(plain_request("GET /kept"));
    EXPECT_LT(kept, 20'000u);
}

TEST_F(Connection, BoundsTheBodiesThatALoopHolds)
{
    http::limits bounds;
    bounds.max_buffered_bodies = 10'000;
    routes_.post("/hold", [this](context& c) -> task<response> {
        auto const taken = std::move(c.request().body);  // which does not make it less
        co_await go_.wait();
        co_return response::text(taken.substr(0, 1));
    });
    scripted_client holding{routes_, bounds};
    holding.send(request_with_body("POST /hold", std::string(6'000, 'x')));
    EXPECT_EQ(holding.buffered_bodies(), 6'000u);
    go_.set();
    holding.loop.run();
    EXPECT_EQ(holding.receive().body, "x");
    EXPECT_EQ(holding.buffered_bodies(), 0u);

    scripted_client client{routes_, bounds};
    client.buffered_bodies() = 6'000;  // of other connections
    EXPECT_EQ(client.ask(request_with_body("POST /echo", std::string(4'000, 'x'))).status, 200);
    auto const refused = client.ask(plain_request("POST /echo", "Content-Length: 4001\r\n"));
    EXPECT_EQ(refused.status, 503) << "before a byte of it has come";
    EXPECT_EQ(refused.header("Retry-After"), "1");
    EXPECT_EQ(refused.header("Connection"), "close");

    scripted_client chunks{routes_, bounds};
    chunks.buffered_bodies() = 6'000;
    chunks.send(plain_request("POST /echo", "Transfer-Encoding: chunked\r\n") + "fa1\r\n" +
                std::string(4'000, 'z'));
    EXPECT_EQ(chunks.output, "");
    EXPECT_EQ(chunks.buffered_bodies(), 10'000u);
    chunks.send("z\r\n0\r\n\r\n");
    EXPECT_EQ(chunks.receive().status, 503);
    EXPECT_EQ(chunks.buffered_bodies(), 6'000u);

    scripted_client leaves{routes_, bounds};
    leaves.send(plain_request("POST /echo", "Content-Length: 5000\r\n") + std::string(100, 'x'));
    EXPECT_EQ(leaves.buffered_bodies(), 100u) << "what has come, not what is declared";
    leaves.disconnect();
    EXPECT_EQ(leaves.buffered_bodies(), 0u);
}

// ---- 100-continue ----

TEST_F(Connection, AsksForABodyThatIsHeldBack)
{
    scripted_client client{routes_};
    auto const head = plain_request("POST /echo", "Expect: 100-Continue\r\nContent-Length: 5\r\n");
    client.send(head);
    EXPECT_EQ(std::exchange(client.output, {}), "HTTP/1.1 100 Continue\r\n\r\n");
    EXPECT_EQ(client.ask("hello").body, "hello");
    client.send(head + "hel");
    EXPECT_EQ(client.output, "") << "it is coming already";
    EXPECT_EQ(client.ask("lo").body, "hello");
}

TEST_F(Connection, DoesNotAskForABodyThatItWillNotTake)
{
    http::limits bounds;
    bounds.max_body = 4;
    scripted_client client{routes_, bounds};
    client.send(plain_request("POST /echo", "Expect: 100-continue\r\nContent-Length: 5\r\n"));
    EXPECT_EQ(client.receive().status, 413);
    scripted_client old{routes_};
    old.send("POST /echo HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    EXPECT_EQ(old.output, "");
    EXPECT_EQ(old.ask("hi").body, "hi");
    scripted_client bodiless{routes_};
    bodiless.send(plain_request("GET /a", "Expect: 100-continue\r\n"));
    EXPECT_EQ(bodiless.receive().status, 200);
}

// ---- Slow clients ----

TEST_F(Connection, GivesAHeadAnAbsoluteDeadline)
{
    scripted_client client{routes_};
    client.loop.advance(9s);
    auto const request = plain_request("GET /a");
    for (int second = 0; second < 9; ++second) {
        client.send(request.substr(static_cast<std::size_t>(second), 1));
        client.loop.advance(1s);
    }
    EXPECT_EQ(client.output, "");
    client.loop.advance(999ms);
    EXPECT_EQ(client.output, "") << "ten seconds from the first byte, whatever came since";
    client.loop.advance(1ms);
    auto const refused = client.receive();
    EXPECT_EQ(refused.status, 408);
    EXPECT_EQ(refused.header("Connection"), "close");
    EXPECT_EQ(client.rejected, 408);
}

TEST_F(Connection, GivesTheNextHeadADeadlineOfItsOwn)
{
    scripted_client client{routes_};
    client.send(plain_request("GET /a") + "GET");
    EXPECT_EQ(client.receive().status, 200);
    client.loop.advance(9s);
    client.send(" /b HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(client.receive().body, "b");
    client.loop.advance(74s);
    EXPECT_FALSE(client.closed) << "idle now, and for longer than a head may take";
}

TEST_F(Connection, ClosesWhenIdleTooLongWithoutAWord)
{
    scripted_client fresh{routes_};
    fresh.loop.advance(10s - 1ms);
    EXPECT_FALSE(fresh.closed);
    fresh.loop.advance(1ms);
    EXPECT_TRUE(fresh.closed) << "sooner than one that has asked something";
    EXPECT_FALSE(fresh.is_alive());
    EXPECT_EQ(fresh.output, "");
    scripted_client used{routes_};
    used.loop.advance(9s);
    used.ask(plain_request("GET /a"));
    used.loop.advance(74s);
    EXPECT_FALSE(used.closed);
    used.loop.advance(1s);
    EXPECT_TRUE(used.closed);
}

TEST_F(Connection, WantsABodyToComeAtALeastRate)
{
    scripted_client client{routes_};
    client.send(plain_request("POST /echo", "Content-Length: 100000\r\n"));
    client.loop.advance(15s - 1ms);
    EXPECT_EQ(client.output, "");
    client.loop.advance(1ms);
    EXPECT_EQ(client.receive().status, 408);

    scripted_client steady{routes_};
    steady.send(plain_request("POST /echo", "Content-Length: 40960\r\n"));
    for (int second = 0; second < 40; ++second) {
        steady.loop.advance(1s);
        steady.send(std::string(1024, 'x'));
    }
    EXPECT_EQ(steady.receive().body.size(), 40960u);

    scripted_client stops{routes_};
    stops.send(plain_request("POST /echo", "Content-Length: 40960\r\n") +
               std::string(10 * 1024, 'x'));
    stops.loop.advance(25s - 1ms);
    EXPECT_EQ(stops.output, "") << "ten seconds more were earned";
    stops.loop.advance(1ms);
    EXPECT_EQ(stops.receive().status, 408);
}

TEST_F(Connection, LetsNobodySaveUpTimeByBeingFastAtFirst)
{
    scripted_client sender{routes_};
    sender.send(plain_request("POST /echo", "Content-Length: 1000000\r\n") +
                std::string(999'999, 'x'));
    sender.loop.advance(30s - 1ms);
    EXPECT_EQ(sender.output, "") << "the grace, and as long again for what came in it";
    sender.loop.advance(1ms);
    EXPECT_EQ(sender.receive().status, 408);

    scripted_client reader{routes_};
    reader.take_at_most(1000);
    reader.send(plain_request("GET /large"));
    reader.take(150'000);
    reader.loop.advance(30s - 1ms);
    EXPECT_FALSE(reader.closed);
    reader.loop.advance(1ms);
    EXPECT_TRUE(reader.closed);
}

TEST_F(Connection, GivesUpAClientThatDoesNotRead)
{
    scripted_client client{routes_};
    client.take_at_most(1000);
    client.send(plain_request("GET /large") + plain_request("GET /b"));
    EXPECT_EQ(client.output.size(), 1000u);
    client.loop.advance(14s);
    client.take(10 * 1024);
    EXPECT_EQ(client.output.size(), 1000u + 10 * 1024);
    client.loop.advance(11s - 1ms);
    EXPECT_FALSE(client.closed) << "fifteen seconds, and ten more for what it took since";
    client.loop.advance(1ms);
    EXPECT_TRUE(client.closed);
    EXPECT_FALSE(client.is_alive());
}

TEST_F(Connection, AnswersNothingMoreWhileItsAnswersAreNotRead)
{
    scripted_client client{routes_};
    client.take_at_most(0);
    client.send(plain_request("GET /large"));
    client.send(plain_request("GET /wait"));
    EXPECT_EQ(waiting_, 0);
    client.take(300'000);
    EXPECT_EQ(client.receive().body.size(), 200'000u);
    EXPECT_EQ(waiting_, 1);
    go_.set();
    client.loop.run();
    client.take(1000);
    EXPECT_EQ(client.receive().body, "waited");
}

TEST_F(Connection, WritesTheRestBeforeItCloses)
{
    scripted_client client{routes_};
    client.take_at_most(100);
    client.send(plain_request("GET /large", "Connection: close\r\n"));
    EXPECT_FALSE(client.shut);
    client.take(150'000);
    EXPECT_FALSE(client.shut);
    client.take(150'000);
    EXPECT_TRUE(client.shut);
    EXPECT_EQ(client.receive().body.size(), 200'000u);
}

// A socket says that it takes more when a third of its room is free, which can be long after the last time.
TEST_F(Connection, KnowsThatSomebodyReadsThoughTheSocketTakesNoMore)
{
    scripted_client client{routes_, {.transfer_grace = 15s, .min_rate = 1000}};
    client.take_at_most(150'000);
    client.held_back = 150'000;
    client.send(plain_request("GET /large"));
    for (int look = 0; look < 8; ++look) {
        client.held_back -= 15'000;
        client.loop.advance(15s);
        client.loop.run();
        ASSERT_TRUE(client.is_alive()) << look;
    }
    client.loop.advance(15s);
    client.loop.run();
    EXPECT_FALSE(client.is_alive()) << "now nobody reads";
}

// ---- Lingering ----

TEST_F(Connection, ReadsOverWhatComesAfterARefusalForAWhile)
{
    http::limits bounds;
    bounds.max_body = 10;
    bounds.linger_bytes = 1000;
    scripted_client client{routes_, bounds};
    client.send(plain_request("POST /echo", "Content-Length: 5000\r\n"));
    EXPECT_EQ(client.receive().status, 413);
    EXPECT_TRUE(client.shut);
    EXPECT_FALSE(client.closed);
    client.send(std::string(1000, 'x'));
    EXPECT_FALSE(client.closed);
    client.send("x");
    EXPECT_TRUE(client.closed) << "enough";
    EXPECT_FALSE(client.is_alive());

    scripted_client silent{routes_, bounds};
    silent.send("nonsense\r\n");
    silent.loop.advance(2s - 1ms);
    EXPECT_FALSE(silent.closed);
    silent.loop.advance(1ms);
    EXPECT_TRUE(silent.closed);

    scripted_client polite{routes_, bounds};
    polite.ask(plain_request("GET /a", "Connection: close\r\n"));
    polite.disconnect();
    EXPECT_FALSE(polite.is_alive());
}

// ---- Deadlines and cancellation of handlers ----

TEST_F(Connection, GivesHandlersADeadline)
{
    scripted_client client{routes_};
    client.send(plain_request("GET /outcome"));
    client.loop.advance(30s - 1ms);
    EXPECT_EQ(client.output, "");
    client.loop.advance(1ms);
    auto const late = client.receive();
    EXPECT_EQ(late.status, 503);
    EXPECT_THAT(late.body, HasSubstr("backend-timeout"));
    EXPECT_EQ(ended_by_, failure_code::timed_out);
    EXPECT_TRUE(client.unhandled);
    EXPECT_EQ(client.ask(plain_request("GET /a")).body, "a") << "the connection goes on";
}

TEST_F(Connection, TakesTheDeadlineOfTheRoute)
{
    routes_.get("/quick",
                [this](context&) -> task<response> {
                    co_await never_.wait();
                    co_return response::text("");
                },
                {.request_deadline = 2s});
    scripted_client client{routes_};
    client.send(plain_request("GET /quick"));
    client.loop.advance(2s - 1ms);
    EXPECT_EQ(client.output, "");
    client.loop.advance(1ms);
    EXPECT_EQ(client.receive().status, 503);
}

TEST_F(Connection, CancelsTheHandlerWhenTheClientLeaves)
{
    scripted_client client{routes_};
    client.send(plain_request("GET /outcome") + plain_request("GET /wait"));
    EXPECT_TRUE(client.is_alive());
    client.disconnect("connection reset by peer");
    EXPECT_EQ(ended_by_, failure_code::cancelled);
    EXPECT_FALSE(client.is_alive());
    EXPECT_EQ(client.output, "");
    EXPECT_EQ(waiting_, 0) << "nothing further is begun for nobody";
    EXPECT_FALSE(client.unhandled) << "that it left is no failure";
}

TEST_F(Connection, AwaitsAHandlerThatDoesNotHearOfCancellation)
{
    bool finished = false;
    event release;
    routes_.get("/deaf", [&](context&) -> task<response> {
        auto deaf = co_await this_context();
        deaf.cancel = nullptr;
        co_await under(deaf, [](event& until) -> task<> { co_await until.wait(); }(release));
        finished = true;
        co_return response::text("");
    });
    scripted_client client{routes_};
    client.send(plain_request("GET /deaf"));
    client.disconnect();
    EXPECT_TRUE(client.is_alive());
    EXPECT_TRUE(client.closed);
    release.set();
    client.loop.run();
    EXPECT_TRUE(finished);
    EXPECT_FALSE(client.is_alive());
    EXPECT_EQ(client.output, "");
}

TEST_F(Connection, EndsWhenTheClientLeavesInTheMiddleOfAnything)
{
    for (auto const& sent : {std::string{}, std::string{"GET /a HT"},
                             plain_request("POST /echo", "Content-Length: 5\r\n") + "he",
                             plain_request("GET /a"), std::string{"nonsense\r\n"}}) {
        scripted_client client{routes_};
        client.send(sent);
        client.disconnect();
        EXPECT_FALSE(client.is_alive()) << sent;
    }
    scripted_client unread{routes_};
    unread.take_at_most(10);
    unread.send(plain_request("GET /large"));
    unread.disconnect();
    EXPECT_FALSE(unread.is_alive());
}

// ---- Clients that send nothing more ----

TEST_F(Connection, AnswersAClientThatHasEndedItsSide)
{
    scripted_client client{routes_};
    client.send(plain_request("GET /wait") + plain_request("GET /b") + "GET /a HTTP/1.1\r\nHo");
    client.end();
    EXPECT_TRUE(client.is_alive());
    EXPECT_FALSE(client.closed);
    go_.set();
    client.loop.run();
    EXPECT_EQ(client.receive().body, "waited");
    EXPECT_EQ(client.receive().body, "b");
    EXPECT_EQ(client.output, "") << "the third is not whole";
    EXPECT_TRUE(client.closed);
    EXPECT_FALSE(client.is_alive());
}

TEST_F(Connection, WritesWhatIsLeftForAClientThatHasEndedItsSide)
{
    for (std::string_view const field : {"", "Connection: close\r\n"}) {
        scripted_client client{routes_};
        client.take_at_most(100);
        client.send(plain_request("GET /large", field));
        client.send(plain_request("GET /b"));
        client.end();
        EXPECT_FALSE(client.closed);
        client.take(300'000);
        EXPECT_EQ(client.receive().body.size(), 200'000u);
        EXPECT_EQ(client.output.empty(), !field.empty()) << "the second was whole as well";
        EXPECT_TRUE(client.closed);
        EXPECT_FALSE(client.is_alive());
    }
}

TEST_F(Connection, EndsWithAClientThatWaitsForNothing)
{
    for (auto const& sent : {std::string{}, std::string{"GET /a HT"},
                             plain_request("POST /echo", "Content-Length: 5\r\n") + "he",
                             plain_request("GET /a"), std::string{"nonsense\r\n"}}) {
        scripted_client client{routes_};
        client.send(sent);
        client.end();
        EXPECT_TRUE(client.closed) << sent;
        EXPECT_FALSE(client.is_alive()) << sent;
    }
}

TEST_F(Connection, CancelsTheHandlerWhenAHalfClosedConnectionBreaks)
{
    scripted_client client{routes_};
    client.send(plain_request("GET /outcome"));
    client.end();
    EXPECT_EQ(ended_by_, std::nullopt);
    client.disconnect("broken pipe");
    EXPECT_EQ(ended_by_, failure_code::cancelled);
    EXPECT_FALSE(client.is_alive());
}

// It looks the same as one that has left altogether, whose handler would otherwise go on, and take what is waited for.
TEST_F(Connection, WaitsNotForEverForAClientThatHasEndedItsSide)
{
    for (bool const between_requests : {false, true}) {
        scripted_client client{routes_, {.half_closed_deadline = 5s}};
        if (between_requests)
            client.send(plain_request("GET /a"));
        client.send(plain_request("GET /outcome"));
        client.end();
        client.loop.advance(4900ms);
        client.loop.run();
        EXPECT_EQ(ended_by_, std::nullopt);
        client.loop.advance(200ms);
        client.loop.run();
        EXPECT_EQ(ended_by_, failure_code::cancelled);
        EXPECT_TRUE(client.closed);
        EXPECT_FALSE(client.is_alive());
        ended_by_.reset();
    }
}

// ---- Draining ----

TEST_F(Connection, DrainsAtOnceWhenIdle)
{
    scripted_client fresh{routes_};
    fresh.talk().drain();
    fresh.loop.run();
    EXPECT_FALSE(fresh.is_alive());
    scripted_client used{routes_};
    used.ask(plain_request("GET /a"));
    used.talk().drain();
    used.loop.run();
    EXPECT_FALSE(used.is_alive());
    EXPECT_EQ(used.output, "");
}

TEST_F(Connection, DrainsAfterTheRequestAtHand)
{
    scripted_client client{routes_};
    client.send(plain_request("GET /wait") + plain_request("GET /b"));
    client.talk().drain();
    client.loop.run();
    EXPECT_TRUE(client.is_alive());
    go_.set();
    client.loop.run();
    auto const answer = client.receive();
    EXPECT_EQ(answer.body, "waited");
    EXPECT_EQ(answer.header("Connection"), "close");
    EXPECT_EQ(client.output, "") << "the next was not begun, so its sender may try elsewhere";
    EXPECT_TRUE(client.shut);

    scripted_client half{routes_};
    half.send("GET /a HTTP/1.1\r\n");
    half.talk().drain();
    half.loop.run();
    EXPECT_EQ(half.ask("Host: x\r\n\r\n").header("Connection"), "close");
}

TEST_F(Connection, IsAbortedWithItsHandler)
{
    scripted_client client{routes_};
    client.send(plain_request("GET /outcome"));
    client.talk().abort();
    client.loop.run();
    EXPECT_EQ(ended_by_, failure_code::cancelled);
    EXPECT_FALSE(client.is_alive());
    EXPECT_TRUE(client.closed);
}

TEST_F(Connection, TurnsAwayWithAWord)
{
    scripted_client client{routes_};
    client.talk().turn_away({503, "too many connections are open"});
    auto const answer = client.receive();
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.header("Retry-After"), "1");
    client.send(plain_request("GET /a"));
    EXPECT_EQ(client.output, "");
    client.loop.advance(2s);
    EXPECT_FALSE(client.is_alive());
}

TEST_F(Connection, SaysTheDate)
{
    EXPECT_EQ(http_date(std::chrono::sys_seconds{784111777s}), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(http_date(std::chrono::sys_seconds{951825599s}), "Tue, 29 Feb 2000 11:59:59 GMT");
    scripted_client client{routes_};
    auto const date = client.ask(plain_request("GET /a")).header("Date");
    ASSERT_TRUE(date);
    EXPECT_EQ(date->size(), std::string_view{"Sun, 06 Nov 1994 08:49:37 GMT"}.size());
    EXPECT_THAT(*date, testing::EndsWith(" GMT"));
}

}  // namespace
}  // namespace redstart::http
