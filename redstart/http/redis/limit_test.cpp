// The middleware on a real server, through a real HTTP server.

#include "redstart/http/redis/limit.hpp"

#include "redstart/client/client.hpp"
#include "redstart/http/app.hpp"
#include "redstart/http/server.hpp"
#include "redstart/testing/plain_peer.hpp"
#include "redstart/testing/server_fixture.hpp"
#include "redstart/toolkit/limits/fixed_window.hpp"
#include "redstart/toolkit/limits/guarded_limiter.hpp"
#include "redstart/toolkit/limits/limit_rules.hpp"
#include "redstart/toolkit/limits/sliding_counter.hpp"
#include "redstart/toolkit/limits/sliding_window.hpp"
#include "redstart/toolkit/limits/token_bucket.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace redstart::http {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class Limit : public ::testing::Test {
protected:
    Limit()
    {
        client_options reached;
        reached.server = data_.unix_socket();
        db_.emplace(loops_, reached);
    }
    ~Limit() override
    {
        if (web_)
            loops_.run(web_->stop());
        loops_.run(db_->stop());
    }

    void serve(limit_key key = by_client)
    {
        serve(toolkit::sliding_window{*db_, {.name = "two", .limit = 2, .window = 60s}},
              std::move(key));
    }
    void serve(toolkit::limiter calls, limit_key key = by_client, limit_watch watch = {})
    {
        routes_.use(limit(std::move(calls), std::move(key), std::move(watch)));
        routes_.get("/", [](context&) -> task<response> { co_return response::text("in"); });
        web_.emplace(loops_, routes_,
                     server_options{.listen = {.host = "127.0.0.1", .port = 0, .unix_path = {}}});
        loops_.run(web_->start());
    }

    std::string ask(std::string_view user = "ada")
    {
        testing::plain_peer peer{web_->address()};
        std::string request = "GET / HTTP/1.0\r\nX-User: ";
        peer.send(request.append(user).append("\r\n\r\n"));
        return peer.receive_rest();
    }

    // Two go in, the third does not, and all are told so.
    void expect_two_in_a_minute()
    {
        auto const first = ask();
        EXPECT_THAT(first, StartsWith("HTTP/1.1 200"));
        EXPECT_THAT(first, HasSubstr("RateLimit-Policy: \"two\";q=2;w=60\r\n"));
        EXPECT_THAT(first, HasSubstr("RateLimit: \"two\";r=1;t="));
        EXPECT_THAT(ask(), StartsWith("HTTP/1.1 200"));
        auto const refused = ask("bob");
        EXPECT_THAT(refused, StartsWith("HTTP/1.1 429")) << "it goes by the address alone";
        EXPECT_THAT(refused, HasSubstr("RateLimit: \"two\";r=0;t="));
        EXPECT_THAT(refused, HasSubstr("Retry-After: "));
    }

    testing::server_fixture data_;
    runtime loops_{{.loops = 1}};
    std::optional<client> db_;
    app routes_;
    std::optional<server> web_;
};

TEST_F(Limit, RefusesAboveTheWindowAndTellsWhereAClientStands)
{
    serve();
    expect_two_in_a_minute();
}

TEST_F(Limit, TakesAFixedWindow)
{
    serve(toolkit::fixed_window{*db_, {.name = "two", .limit = 2, .window = 60s}});
    expect_two_in_a_minute();
}

TEST_F(Limit, TakesASlidingCounter)
{
    serve(toolkit::sliding_counter{*db_, {.name = "two", .limit = 2, .window = 60s}});
    expect_two_in_a_minute();
}

TEST_F(Limit, TakesATokenBucket)
{
    serve(toolkit::token_bucket{*db_, {.name = "two", .count = 2, .period = 60s, .burst = 2}});
    expect_two_in_a_minute();
}

// Who has least left changes; a quota of one rule in the window of another would be a lie.
TEST_F(Limit, TellsOnePolicyOfSeveralRules)
{
    toolkit::limit_rules const calls{
        *db_,
        {.name = "both",
         .rules = {{.name = "at once", .count = 2, .period = 1ms, .burst = 2},
                   {.name = "day", .count = 3, .period = 24h, .burst = 3}}}};
    serve(calls);
    for (int i = 0; i < 4; ++i)
        EXPECT_THAT(ask(), HasSubstr("RateLimit-Policy: \"both\";q=2;w=1\r\n"));
    EXPECT_THAT(ask(), StartsWith("HTTP/1.1 429"));
}

TEST_F(Limit, CountsEverybodyWithoutAKeyAsOneAndBearsLongKeys)
{
    serve([](context& c) { return std::string{c.request().headers.get("X-User").value_or("")}; });
    for (auto const& user : {std::string{}, std::string(4000, 'x')}) {
        EXPECT_THAT(ask(user), StartsWith("HTTP/1.1 200"));
        EXPECT_THAT(ask(user), StartsWith("HTTP/1.1 200"));
        EXPECT_THAT(ask(user), StartsWith("HTTP/1.1 429"));
    }
}

TEST_F(Limit, CountsByTheKeyThatItIsGiven)
{
    serve([](context& c) { return std::string{c.request().headers.get("X-User").value_or("")}; });
    for (auto const* const user : {"ada", "bob"}) {
        EXPECT_THAT(ask(user), StartsWith("HTTP/1.1 200"));
        EXPECT_THAT(ask(user), StartsWith("HTTP/1.1 200"));
        EXPECT_THAT(ask(user), StartsWith("HTTP/1.1 429"));
    }
}

TEST_F(Limit, LetsEverybodyInWhenTheServerCannotCountIfItIsToldSo)
{
    serve(toolkit::guarded_limiter{
        toolkit::token_bucket{*db_, {.name = "two", .count = 2, .period = 1h, .burst = 2}},
        {.fallback = toolkit::limit_fallback::open, .timeout = 1min}});
    EXPECT_EQ(data_.connect().ask({"CONFIG", "SET", "maxmemory", "1"}), "+OK");
    for (int i = 0; i < 4; ++i)
        EXPECT_THAT(ask(), StartsWith("HTTP/1.1 200"));
}

TEST_F(Limit, TellsOfEachDecisionAndRefusesNobodyInTheShadow)
{
    std::string told;
    toolkit::guarded_limiter const calls{
        toolkit::sliding_window{*db_, {.name = "two", .limit = 2, .window = 1h}},
        {.timeout = 1min, .shadow = true}};
    serve(calls, by_client, [&](context& c, toolkit::limit_decision const& decided) {
        told.append(c.request().method == method::get ? "GET" : "?")
            .append(decided.shadowed ? " shadowed, " : " allowed, ");
    });
    for (int i = 0; i < 3; ++i)
        EXPECT_THAT(ask(), StartsWith("HTTP/1.1 200"));
    EXPECT_EQ(told, "GET allowed, GET allowed, GET shadowed, ");
}

TEST_F(Limit, TellsOfRefusals)
{
    std::string told;
    serve(toolkit::sliding_window{*db_, {.name = "one", .limit = 1, .window = 1h}}, by_client,
          [&](context&, toolkit::limit_decision const& decided) {
              told.append(decided.allowed ? "allowed, " : "refused, ");
          });
    ask();
    EXPECT_THAT(ask(), StartsWith("HTTP/1.1 429"));
    EXPECT_EQ(told, "allowed, refused, ");
}

TEST_F(Limit, LetsNobodyInWhenTheServerCannotCount)
{
    serve();
    EXPECT_THAT(ask(), StartsWith("HTTP/1.1 200"));
    EXPECT_EQ(data_.connect().ask({"CONFIG", "SET", "maxmemory", "1"}), "+OK");
    EXPECT_THAT(ask(), StartsWith("HTTP/1.1 503"));
}

}  // namespace
}  // namespace redstart::http
