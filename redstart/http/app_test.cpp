#include "redstart/http/app.hpp"

#include "redstart/http/connection_harness.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace redstart::http {
namespace {

using testing::HasSubstr;

handler says(std::string text)
{
    return [text](context&) -> task<response> { co_return response::text(text); };
}

// Writes its name into the log before and after what it wraps.
middleware notes(std::string& log, std::string name)
{
    return [&log, name](context& c, next go_on) -> task<response> {
        log += name;
        auto answer = co_await go_on(c);
        log += "/" + name;
        co_return answer;
    };
}

TEST(App, AnswersByRoute)
{
    app routes;
    routes.get("/", says("root"));
    routes.get("/rank/{player}", [](context& c) -> task<response> {
        co_return response::text(std::string{c.param("player")} + "@" + std::string{c.route()});
    });
    scripted_client client{routes};
    EXPECT_EQ(client.ask(plain_request("GET /")).body, "root");
    EXPECT_EQ(client.ask(plain_request("GET /rank/a%20b?x=1")).body, "a b@/rank/{player}");
    auto const missing = client.ask(plain_request("GET /nothing"));
    EXPECT_EQ(missing.status, 404);
    EXPECT_EQ(missing.header("Content-Type"), "application/problem+json");
    EXPECT_THAT(missing.body, HasSubstr("\"status\":404"));
}

TEST(App, AnswersForMethodsThatAreMissing)
{
    app routes;
    routes.get("/a", says("got")).put("/a", says("put")).post("/b", says("posted"));
    scripted_client client{routes};
    auto const refused = client.ask(plain_request("DELETE /a"));
    EXPECT_EQ(refused.status, 405);
    EXPECT_EQ(refused.header("Allow"), "GET, HEAD, PUT, OPTIONS");
    EXPECT_EQ(client.ask(plain_request("GET /b")).header("Allow"), "POST, OPTIONS");
    auto const options = client.ask(plain_request("OPTIONS /a"));
    EXPECT_EQ(options.status, 204);
    EXPECT_EQ(options.header("Allow"), "GET, HEAD, PUT, OPTIONS");
    EXPECT_EQ(options.header("Content-Length"), std::nullopt);
    EXPECT_EQ(client.ask(plain_request("OPTIONS *")).header("Allow"),
              "GET, HEAD, POST, PUT, OPTIONS");
    EXPECT_EQ(client.ask(plain_request("OPTIONS /nothing")).status, 404);
    EXPECT_EQ(client.ask(plain_request("BREW /a")).status, 501);
    EXPECT_EQ(client.ask(plain_request("get /a")).status, 501);
    EXPECT_EQ(client.ask(plain_request("TRACE /a")).status, 405);
}

TEST(App, AnswersHeadByGetWithoutTheBody)
{
    app routes;
    routes.get("/a", says("hello")).head("/b", says("own")).get("/b", says("other"));
    scripted_client client{routes};
    client.send(plain_request("HEAD /a"));
    auto const head = client.receive(true);
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.header("Content-Length"), "5");
    EXPECT_EQ(client.output, "");
    client.send(plain_request("HEAD /b"));
    EXPECT_EQ(client.receive(true).header("Content-Length"), "3");
    client.send(plain_request("HEAD /nothing"));
    EXPECT_EQ(client.receive(true).status, 404);
    EXPECT_EQ(client.ask(plain_request("GET /a")).body, "hello")
        << "nothing of a body was left behind";
}

TEST(App, RunsMiddlewareFromTheOutsideIn)
{
    std::string log;
    app routes;
    routes.use(notes(log, "a"));
    auto& outer = routes.group("/x").use(notes(log, "b"));
    auto& inner = outer.group("/{y}");
    inner.get("/z", says("deep"));
    inner.use(notes(log, "d"));  // later than the route, and yet around it
    outer.use(notes(log, "c"));
    routes.get("/z", says("flat"));
    routes.get("/fails", [](context&) -> task<response> {
        throw problem{409};
        co_return response{};
    });
    scripted_client client{routes};
    EXPECT_EQ(client.ask(plain_request("GET /x/1/z")).body, "deep");
    EXPECT_EQ(std::exchange(log, {}), "abcd/d/c/b/a");
    EXPECT_EQ(client.ask(plain_request("GET /z")).body, "flat");
    EXPECT_EQ(std::exchange(log, {}), "a/a");
    EXPECT_EQ(client.ask(plain_request("GET /x/nothing")).status, 404);
    EXPECT_EQ(std::exchange(log, {}), "a/a") << "of its groups, only those of a route";
    EXPECT_EQ(client.ask(plain_request("GET /fails")).status, 409);
    EXPECT_EQ(log, "a") << "what is thrown goes past it";
}

TEST(App, LeavesTheMiddlewareAroundABareGroupOut)
{
    std::string log;
    app routes;
    routes.use(notes(log, "a"));
    auto& outer = routes.group("/x").use(notes(log, "b"));
    outer.bare_group("/y")
        .use(notes(log, "c"))
        .get("/z", says("bare"))
        .group("/in")
        .use(notes(log, "d"))
        .get("", says("deep"));
    EXPECT_THROW(routes.bare_group("y"), std::logic_error);
    scripted_client client{routes};
    EXPECT_EQ(client.ask(plain_request("GET /x/y/z")).body, "bare");
    EXPECT_EQ(std::exchange(log, {}), "c/c");
    EXPECT_EQ(client.ask(plain_request("GET /x/y/in")).body, "deep");
    EXPECT_EQ(std::exchange(log, {}), "cd/d/c");
    EXPECT_EQ(client.ask(plain_request("POST /x/y/z")).status, 405);
    EXPECT_EQ(log, "a/a") << "what no route matches is the app's";
}

TEST(App, LetsMiddlewareAnswerAndChangeAnswers)
{
    bool reached = false;
    app routes;
    routes.use([](context& c, next go_on) -> task<response> {
        if (c.query("stop"))
            co_return response::text("stopped", 403);
        auto answer = co_await go_on(c);
        answer.headers.set("X-Seen", "yes");
        co_return answer;
    });
    routes.get("/a", [&](context& c) -> task<response> {
        reached = true;
        c.headers().set("X-Context", "1");
        co_return response::text("a");
    });
    scripted_client client{routes};
    EXPECT_EQ(client.ask(plain_request("GET /a?stop=")).status, 403);
    EXPECT_FALSE(reached);
    auto const answer = client.ask(plain_request("GET /a"));
    EXPECT_EQ(answer.header("X-Seen"), "yes");
    EXPECT_EQ(answer.header("X-Context"), "1");
    EXPECT_EQ(client.ask(plain_request("GET /b")).header("X-Context"), std::nullopt);
}

TEST(App, LetsTheResponseWinOverTheContext)
{
    app routes;
    routes.get("/a", [](context& c) -> task<response> {
        c.headers().set("X-A", "context");
        c.headers().set("X-B", "context");
        auto answer = response::text("<p>");
        answer.headers.set("x-a", "response");
        answer.headers.set("Content-Type", "text/html");
        co_return answer;
    });
    scripted_client client{routes};
    auto const answer = client.ask(plain_request("GET /a"));
    EXPECT_EQ(answer.header("X-A"), "response");
    EXPECT_EQ(answer.header("X-B"), "context");
    EXPECT_EQ(answer.header("Content-Type"), "text/html");
    EXPECT_EQ(answer.head.find("context\r\n"), answer.head.rfind("context\r\n")) << answer.head;
    EXPECT_EQ(answer.head.find("text/plain"), std::string::npos);
}

TEST(App, LeavesOutAMediaTypeThatWouldEndItsLine)
{
    app routes;
    routes.get("/a", [](context&) -> task<response> {
        co_return response::with_body(200, "text/plain\r\nSet-Cookie: a=b", "x");
    });
    scripted_client client{routes};
    auto const answer = client.ask(plain_request("GET /a"));
    EXPECT_EQ(answer.header("Set-Cookie"), std::nullopt);
    EXPECT_EQ(answer.header("Content-Type"), std::nullopt);
    EXPECT_EQ(answer.body, "x");
}

TEST(App, RefusesToBeSetUpWrongly)
{
    app routes;
    routes.get("/a/{b}", says(""));
    EXPECT_THROW(routes.group("/a").get("/{c}", says("")), std::logic_error);
    EXPECT_THROW(routes.group("a"), std::logic_error);
    EXPECT_THROW(routes.group("/a/"), std::logic_error);
    routes.group("/a").post("/{c}", says(""));
    routes.seal();
    EXPECT_THROW(routes.get("/late", says("")), std::logic_error);
    EXPECT_THROW(routes.use(notes(*std::make_unique<std::string>(), "")), std::logic_error);
    EXPECT_THROW(routes.group("/late"), std::logic_error);
}

}  // namespace
}  // namespace redstart::http
