#include "redstart/http/middleware.hpp"

#include "redstart/http/connection_harness.hpp"
#include "redstart/task/event.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

namespace redstart::http {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

handler throws(std::exception_ptr what)
{
    return [what](context&) -> task<response> {
        std::rethrow_exception(what);
        co_return response{};
    };
}

failure backend_failure(failure_code code)
{
    return failure{{.code = code,
                    .outcome = outcome::not_sent,
                    .command = {},
                    .reason = "secret",
                    .server_text = {}}};
}

// ---- recover ----

TEST(Recover, ShowsAProblemAndLogsWhatItHides)
{
    std::vector<std::exception_ptr> logged;
    app routes;
    routes.use(
        recover([&](context&, std::exception_ptr why) { logged.push_back(std::move(why)); }));
    routes.get("/error", throws(std::make_exception_ptr(std::runtime_error{"secret"})));
    routes.get("/backend",
               throws(std::make_exception_ptr(backend_failure(failure_code::overloaded))));
    routes.get("/planned", throws(std::make_exception_ptr(problem{409, "taken"})));
    routes.get("/sync",
               [](context&) -> task<response> { throw std::runtime_error{"before it began"}; });
    scripted_client client{routes};
    auto const error = client.ask(plain_request("GET /error"));
    EXPECT_EQ(error.status, 500);
    EXPECT_THAT(error.body, Not(HasSubstr("secret")));
    EXPECT_EQ(logged.size(), 1u);
    auto const backend = client.ask(plain_request("GET /backend"));
    EXPECT_EQ(backend.status, 503);
    EXPECT_THAT(backend.body, HasSubstr("urn:redstart:problem:overloaded"));
    EXPECT_EQ(logged.size(), 2u);
    EXPECT_EQ(client.ask(plain_request("GET /planned")).status, 409);
    EXPECT_EQ(client.ask(plain_request("GET /nothing")).status, 404);
    EXPECT_EQ(logged.size(), 2u) << "what was planned is nothing to look at";
    EXPECT_EQ(client.ask(plain_request("GET /sync")).status, 500);
    EXPECT_EQ(logged.size(), 3u);
    EXPECT_FALSE(client.unhandled);
}

TEST(Recover, DoesNotLogThatAClientLeft)
{
    int logged = 0;
    event never;
    app routes;
    routes.use(recover([&](context&, std::exception_ptr) { ++logged; }));
    routes.get("/wait", [&](context&) -> task<response> {
        co_await never.wait();
        co_return response{};
    });
    scripted_client client{routes};
    client.send(plain_request("GET /wait"));
    client.disconnect();
    EXPECT_FALSE(client.is_alive());
    EXPECT_EQ(logged, 0);
}

// ---- access_log ----

TEST(AccessLog, WritesOneRecordPerRequest)
{
    std::vector<std::string> lines;
    app routes;
    routes.use(access_log([&](access_record const& each) {
        EXPECT_GE(each.duration, 0ns);
        lines.push_back(std::string{each.client} + " " + std::string{each.method} + " " +
                        std::string{each.target} + " [" + std::string{each.route} + "] " +
                        std::string{each.version} + " " + std::to_string(each.status) + " " +
                        std::to_string(each.request_bytes) + " " +
                        std::to_string(each.response_bytes));
    }));
    routes.post("/x/{a}", [](context& c) -> task<response> {
        co_return response::text(std::exchange(c.request().body, {}) + "!");
    });
    routes.get("/error", throws(std::make_exception_ptr(std::runtime_error{""})));
    scripted_client client{routes};
    client.ask(request_with_body("POST /x/1?q=2", "hello"));
    client.ask(plain_request("GET /nothing"));
    client.ask(plain_request("GET /error"));
    EXPECT_THAT(lines, testing::ElementsAre("192.0.2.7 POST /x/1?q=2 [/x/{a}] 1.1 200 5 6",
                                            "192.0.2.7 GET /nothing [] 1.1 404 0 96",
                                            "192.0.2.7 GET /error [/error] 1.1 500 0 0"));
}

// ---- request_metrics ----

// "route method status version" of each duration series, with its count.
std::vector<std::string> durations(metrics_registry const& registry)
{
    std::vector<std::string> all;
    for (auto const& family : registry.read()) {
        if (family.family.name != "http.server.request.duration")
            continue;
        EXPECT_EQ(family.family.unit, "s");
        for (auto const& series : family.series) {
            std::string line;
            for (auto const& [name, value] : series.labels)
                line += name + "=" + value + " ";
            std::uint64_t count = 0;
            for (auto const each : series.histogram.counts)
                count += each;
            EXPECT_EQ(series.histogram.bounds.size(), http_buckets().size());
            all.push_back(line + std::to_string(count));
        }
    }
    return all;
}

double active_requests(metrics_registry const& registry, std::string const& name = "GET")
{
    metric_labels const wanted{{"http.request.method", name}, {"url.scheme", "http"}};
    for (auto const& family : registry.read())
        for (auto const& series : family.series)
            if (family.family.name == "http.server.active_requests" && series.labels == wanted)
                return series.value;
    return -1;
}

TEST(RequestMetrics, CountByRouteMethodAndStatus)
{
    metrics_registry registry;
    app routes;
    routes.use(request_metrics(registry));
    routes.get("/x/{a}", [](context&) -> task<response> { co_return response::text("x"); });
    routes.get("/error", throws(std::make_exception_ptr(std::runtime_error{""})));
    scripted_client client{routes};
    client.ask(plain_request("GET /x/1"));
    client.ask(plain_request("GET /x/2"));
    client.ask("GET /x/3 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    client.ask(plain_request("GET /error"));
    client.ask(plain_request("GET /nothing/1"));
    client.ask(plain_request("GET /nothing/2"));
    client.ask(plain_request("BREW /x/1"));
    client.ask(plain_request("SIP /x/1"));
    EXPECT_THAT(
        durations(registry),
        testing::UnorderedElementsAre(
            "http.request.method=GET http.response.status_code=200 network.protocol.version=1.1 "
            "url.scheme=http "
            "http.route=/x/{a} 2",
            "http.request.method=GET http.response.status_code=200 network.protocol.version=1.0 "
            "url.scheme=http "
            "http.route=/x/{a} 1",
            "http.request.method=GET http.response.status_code=500 network.protocol.version=1.1 "
            "url.scheme=http "
            "http.route=/error 1",
            "http.request.method=GET http.response.status_code=404 network.protocol.version=1.1 "
            "url.scheme=http 2",
            "http.request.method=_OTHER http.response.status_code=501 network.protocol.version=1.1 "
            "url.scheme=http 2"));
    EXPECT_EQ(active_requests(registry), 0);
    EXPECT_EQ(active_requests(registry, "_OTHER"), 0);
}

TEST(RequestMetrics, CountWhatIsUnderWay)
{
    metrics_registry registry;
    event go;
    app routes;
    routes.use(request_metrics(registry));
    routes.get("/wait", [&](context&) -> task<response> {
        co_await go.wait();
        co_return response{};
    });
    scripted_client client{routes};
    client.send(plain_request("GET /wait"));
    EXPECT_EQ(active_requests(registry), 1);
    go.set();
    client.loop.run();
    EXPECT_EQ(active_requests(registry), 0);
}

// Once with recover() inside, which answers, and once without, so that the cancellation goes past everything.
TEST(RequestMetrics, CountAClientThatLeftAsNoFailure)
{
    for (bool const recovers : {true, false}) {
        metrics_registry registry;
        std::vector<int> logged;
        event never;
        app routes;
        routes.use(request_metrics(registry));
        routes.use(access_log([&](access_record const& each) { logged.push_back(each.status); }));
        if (recovers)
            routes.use(recover());
        routes.get("/wait", [&](context&) -> task<response> {
            co_await never.wait();
            co_return response{};
        });
        for (bool const client_leaves : {true, false}) {
            scripted_client client{routes};
            client.send(plain_request("GET /wait"));
            if (client_leaves)
                client.disconnect("reset");
            else
                client.talk().abort();
            client.loop.run();
        }
        EXPECT_THAT(logged, testing::ElementsAre(499, 503)) << "the second was the server's doing";
        EXPECT_THAT(durations(registry),
                    testing::UnorderedElementsAre(HasSubstr("status_code=499"),
                                                  HasSubstr("status_code=503")));
    }
}

TEST(RequestMetrics, AddUpOverLoops)
{
    metrics_registry registry;
    app routes;
    routes.use(request_metrics(registry));
    routes.get("/", [](context&) -> task<response> { co_return response{}; });
    for (int loop = 0; loop < 3; ++loop) {
        scripted_client client{routes};
        client.ask(plain_request("GET /"));
    }
    auto const all = durations(registry);
    ASSERT_EQ(all.size(), 1u);
    EXPECT_THAT(all.front(), testing::EndsWith(" 3"));
}

// ---- bearer_token ----

TEST(BearerToken, LetsInWhoeverHasIt)
{
    app routes;
    routes.get("/open", [](context&) -> task<response> { co_return response::text("open"); });
    routes.group("/closed").use(bearer_token("s3cret")).get("/x", [](context&) -> task<response> {
        co_return response::text("in");
    });
    scripted_client client{routes};
    auto const ask = [&](std::string_view field) {
        return client.ask(plain_request(
            "GET /closed/x", field.empty() ? "" : "Authorization: " + std::string{field} + "\r\n"));
    };
    EXPECT_EQ(client.ask(plain_request("GET /open")).status, 200);
    EXPECT_EQ(ask("Bearer s3cret").body, "in");
    EXPECT_EQ(ask("bearer  s3cret").body, "in");
    auto const silent = ask("");
    EXPECT_EQ(silent.status, 401);
    EXPECT_EQ(silent.header("WWW-Authenticate"), "Bearer");
    EXPECT_EQ(ask("Basic s3cret").header("WWW-Authenticate"), "Bearer");
    for (auto const* const wrong :
         {"Bearer s3creT", "Bearer s3cre", "Bearer s3cretx", "Bearer s3cret x", "Bearer "}) {
        auto const refused = ask(wrong);
        EXPECT_EQ(refused.status, 401) << wrong;
    }
    EXPECT_EQ(ask("Bearer nonsense").header("WWW-Authenticate"), "Bearer error=\"invalid_token\"");
    EXPECT_EQ(
        client
            .ask(plain_request("GET /closed/x",
                               "Authorization: Bearer s3cret\r\nAuthorization: Bearer s3cret\r\n"))
            .status,
        401);
    EXPECT_THROW(bearer_token(""), std::invalid_argument);
}

// ---- rate_limit ----

seen_response limited_by(rate_decision decision)
{
    app routes;
    routes.use(rate_limit([=](context&) -> task<rate_decision> { co_return decision; }));
    routes.get("/", [](context&) -> task<response> { co_return response::text("in"); });
    scripted_client client{routes};
    return client.ask(plain_request("GET /"));
}

TEST(RateLimit, TellsWhereTheClientStands)
{
    auto const answer = limited_by({.allowed = true,
                                    .limit = 100,
                                    .remaining = 50,
                                    .reset_after = 29'001ms,
                                    .window = 60s,
                                    .policy = "by \"ip\"\\"});
    EXPECT_EQ(answer.body, "in");
    EXPECT_EQ(answer.header("RateLimit-Policy"), R"("by \"ip\"\\";q=100;w=60)");
    EXPECT_EQ(answer.header("RateLimit"), R"("by \"ip\"\\";r=50;t=30)");
    EXPECT_EQ(answer.header("Retry-After"), std::nullopt);
}

TEST(RateLimit, RefusesWithATimeToComeBack)
{
    auto const refused = limited_by({.allowed = false,
                                     .limit = 10,
                                     .remaining = 0,
                                     .retry_after = 1'500ms,
                                     .reset_after = 60s,
                                     .window = 60s});
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(refused.header("Retry-After"), "2");
    EXPECT_EQ(refused.header("RateLimit"), R"("default";r=0;t=2)")
        << "never later than Retry-After";
    EXPECT_EQ(refused.header("RateLimit-Policy"), R"("default";q=10;w=60)");
    EXPECT_EQ(refused.header("Content-Type"), "application/problem+json");
    EXPECT_THAT(refused.body,
                HasSubstr("https://iana.org/assignments/http-problem-types#quota-exceeded"));
    EXPECT_THAT(refused.body, HasSubstr(R"("violated-policies":["default"])"));
    EXPECT_EQ(limited_by({.allowed = false, .retry_after = 0ns}).header("Retry-After"), "1")
        << "at least a second";
    EXPECT_EQ(limited_by({.allowed = false, .retry_after = 3s}).header("Retry-After"), "3");
}

TEST(RateLimit, KeepsToTheIntegersOfStructuredFields)
{
    auto const answer =
        limited_by({.limit = ~std::uint64_t{0}, .remaining = 1'000'000'000'000'000});
    EXPECT_EQ(answer.header("RateLimit-Policy"), R"("default";q=999999999999999)");
    EXPECT_EQ(answer.header("RateLimit"), R"("default";r=999999999999999;t=0)");
}

TEST(RateLimit, ShowsEveryPolicy)
{
    app routes;
    routes.use(rate_limit([](context&) -> task<rate_decision> {
        co_return rate_decision{.limit = 9, .remaining = 8, .window = 1s, .policy = "burst"};
    }));
    routes.use(rate_limit([](context&) -> task<rate_decision> {
        co_return rate_decision{.allowed = false, .limit = 5, .window = 1h, .policy = "hourly"};
    }));
    routes.get("/", [](context&) -> task<response> { co_return response{}; });
    scripted_client client{routes};
    auto const answer = client.ask(plain_request("GET /"));
    EXPECT_EQ(answer.status, 429);
    EXPECT_THAT(answer.head, HasSubstr("RateLimit-Policy: \"burst\";q=9;w=1\r\n"));
    EXPECT_THAT(answer.head, HasSubstr("RateLimit-Policy: \"hourly\";q=5;w=3600\r\n"));
    EXPECT_THAT(answer.body, HasSubstr("hourly"));
}

TEST(RateLimit, ThrowsOnWhatItsDecisionThrew)
{
    app routes;
    routes.use(rate_limit([](context&) -> task<rate_decision> {
        throw backend_failure(failure_code::connect_failed);
        co_return rate_decision{};
    }));
    routes.get("/", [](context&) -> task<response> { co_return response{}; });
    scripted_client client{routes};
    EXPECT_EQ(client.ask(plain_request("GET /")).status, 503);
}

// ---- same_origin ----

TEST(SameOrigin, RefusesWhatABrowserSendsForAnotherSite)
{
    app routes;
    routes.use(same_origin());
    auto const done = [](context&) -> task<response> { co_return response::text("done"); };
    routes.get("/it", done);
    routes.post("/it", done);
    auto const status = [&](std::string const& head, std::string const& fields) {
        scripted_client client{routes};
        return client.ask(request_with_body(head, "{}", fields)).status;
    };
    EXPECT_EQ(status("POST /it", ""), 200);
    EXPECT_EQ(status("POST /it", "Sec-Fetch-Site: same-origin\r\n"), 200);
    EXPECT_EQ(status("POST /it", "Sec-Fetch-Site: none\r\n"), 200);
    EXPECT_EQ(status("POST /it", "Sec-Fetch-Site: cross-site\r\n"), 403);
    EXPECT_EQ(status("POST /it", "Sec-Fetch-Site: same-site\r\n"), 403);
    EXPECT_EQ(status("POST /it", "Origin: https://evil.example\r\n"), 403);
    EXPECT_EQ(status("POST /it", "Origin: null\r\n"), 403);
    EXPECT_EQ(status("POST /it", "Origin: http://example.org\r\n"), 200);
    scripted_client reader{routes};
    EXPECT_EQ(reader.ask(plain_request("GET /it", "Sec-Fetch-Site: cross-site\r\n")).status, 200);
}

}  // namespace
}  // namespace redstart::http
