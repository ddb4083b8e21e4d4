#include "redstart/http/connection_harness.hpp"
#include "redstart/http/middleware.hpp"

#include <gtest/gtest.h>

namespace redstart::http {
namespace {

int status_for_host(std::string_view host, std::vector<std::string> names = {})
{
    app routes;
    routes.use(allowed_hosts(std::move(names)));
    routes.get("/it", [](context&) -> task<response> { co_return response::text("done"); });
    scripted_client client{routes};
    return client.ask("GET /it HTTP/1.1\r\nHost: " + std::string{host} + "\r\n\r\n").status;
}

TEST(AllowedHosts, AnswersToAddressesAndToThisMachine)
{
    for (auto const* host :
         {"127.0.0.1", "127.0.0.1:8080", "192.0.2.1:80", "[::1]", "[::1]:8080", "[2001:db8::1]:1",
          "localhost", "localhost:8080", "LocalHost", "localhost.", "localhost.:8080",
          "app.localhost", "a.b.localhost:8080"})
        EXPECT_EQ(status_for_host(host), 200) << host;
}

TEST(AllowedHosts, RefusesNamesThatTheirOwnerMayPointAnywhere)
{
    for (auto const* host :
         {"attacker.example", "attacker.example:8080", "localhost.attacker.example", "notlocalhost",
          "127.0.0.1.attacker.example", "localhost:80.attacker.example", "[::1].x", "1.2.3", ""})
        EXPECT_NE(status_for_host(host), 200) << host;
    EXPECT_EQ(status_for_host("attacker.example"), 421);
}

TEST(AllowedHosts, AnswersToTheNamesThatItWasGiven)
{
    EXPECT_EQ(status_for_host("scores.example:443", {"board.example", "scores.example"}), 200);
    EXPECT_EQ(status_for_host("Scores.Example.", {"scores.example"}), 200);
    EXPECT_EQ(status_for_host("x.scores.example", {"scores.example"}), 421);
    EXPECT_EQ(status_for_host("localhost", {"scores.example"}), 200);
}

TEST(AllowedHosts, GoesByTheTargetIfThatNamesAHost)
{
    app routes;
    routes.use(allowed_hosts());
    routes.get("/it", [](context&) -> task<response> { co_return response::text("done"); });
    scripted_client client{routes};
    auto const answer =
        client.ask("GET http://attacker.example/it HTTP/1.1\r\nHost: attacker.example\r\n\r\n");
    EXPECT_EQ(answer.status, 421);
    EXPECT_EQ(answer.header("Content-Type"), "application/problem+json");
}

}  // namespace
}  // namespace redstart::http
