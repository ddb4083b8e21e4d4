#include "redstart/http/context.hpp"

#include "redstart/http/connection_harness.hpp"

#include <boost/describe/class.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace redstart::http {

struct posted_score {
    std::string player;
    int score = 0;
    std::vector<int> rounds;
};
BOOST_DESCRIBE_STRUCT(posted_score, (), (player, score, rounds))

namespace {

using testing::HasSubstr;

class Context : public testing::Test {
protected:
    Context()
    {
        routes_.post("/scores", [](context& c) -> task<response> {
            auto const given = c.bind<posted_score>();
            co_return response::text(given.player + "=" + std::to_string(given.score));
        });
        routes_.get("/players/{id}", [](context& c) -> task<response> {
            auto const id = c.param<std::uint16_t>("id");
            auto const limit = c.query<int>("limit").value_or(-1);
            co_return response::text(std::to_string(id) + "," + std::to_string(limit));
        });
        routes_.get("/wrong/{id}", [](context& c) -> task<response> {
            co_return response::text(std::string{c.param("name")});
        });
    }

    app routes_;
};

TEST_F(Context, BindsJson)
{
    scripted_client client{routes_};
    auto const body = R"({"player":"ada","score":7,"rounds":[1]})";
    EXPECT_EQ(client.ask(request_with_body("POST /scores", body)).body, "ada=7");
    for (auto const* type : {"application/json; charset=utf-8", "application/vnd.x+JSON",
                             "application/x-www-form-urlencoded"}) {
        auto const field = "Content-Type: " + std::string{type} + "\r\n";
        EXPECT_EQ(client.ask(request_with_body("POST /scores", body, field)).status, 200) << type;
    }
}

TEST_F(Context, PointsAtTheWrongMember)
{
    scripted_client client{routes_};
    auto const wrong = client.ask(
        request_with_body("POST /scores", R"({"player":"ada","score":"7","rounds":[]})"));
    EXPECT_EQ(wrong.status, 400);
    EXPECT_THAT(wrong.body, HasSubstr(R"("pointer":"#/score")"));
    EXPECT_THAT(wrong.body, HasSubstr("urn:redstart:problem:invalid-body"));
    EXPECT_THAT(client
                    .ask(request_with_body("POST /scores",
                                           R"({"player":"ada","score":7,"rounds":[1,2.5]})"))
                    .body,
                HasSubstr(R"("pointer":"#/rounds/1")"));
    EXPECT_THAT(
        client.ask(request_with_body("POST /scores", R"({"player":"ada","rounds":[]})")).body,
        HasSubstr("score"));
    for (auto const* const body :
         {"", "{", "[]", "nonsense", R"({"player":"ada","score":7,"rounds":[]} x)"})
        EXPECT_EQ(client.ask(request_with_body("POST /scores", body)).status, 400) << body;
}

TEST_F(Context, ConvertsParameters)
{
    scripted_client client{routes_};
    EXPECT_EQ(client.ask(plain_request("GET /players/7?limit=-3")).body, "7,-3");
    EXPECT_EQ(client.ask(plain_request("GET /players/65535")).body, "65535,-1");
    for (auto const* const target :
         {"/players/65536", "/players/-1", "/players/x",
          "/players/7?limit=", "/players/7?limit=1e3", "/players/7?limit=%zz"}) {
        auto const refused = client.ask(plain_request(std::string{"GET "} + target));
        EXPECT_EQ(refused.status, 400) << target;
        EXPECT_EQ(refused.header("Content-Type"), "application/problem+json");
    }
    EXPECT_THAT(client.ask(plain_request("GET /players/x")).body, HasSubstr(R"("parameter":"id")"));
}

TEST_F(Context, TellsTheProgrammerAboutAMissingParameter)
{
    scripted_client client{routes_};
    EXPECT_EQ(client.ask(plain_request("GET /wrong/7")).status, 500);
    ASSERT_TRUE(client.unhandled);
    EXPECT_THROW(std::rethrow_exception(client.unhandled), std::logic_error);
}

TEST_F(Context, KnowsTheClient)
{
    routes_.get("/me", [](context& c) -> task<response> {
        co_return response::text(std::string{c.client_address()} + " by " +
                                 std::string{c.request().peer_address});
    });
    scripted_client client{routes_, {}, trusted_proxies{{"192.0.2.0/24"}}};
    EXPECT_EQ(
        client.ask(plain_request("GET /me", "X-Forwarded-For: 1.1.1.1, 203.0.113.9\r\n")).body,
        "203.0.113.9 by 192.0.2.7");
    EXPECT_EQ(client.ask(plain_request("GET /me")).body, "192.0.2.7 by 192.0.2.7");
}

}  // namespace
}  // namespace redstart::http
