#include "redstart/http/connection_harness.hpp"
#include "redstart/http/middleware.hpp"
#include "redstart/task/event.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <stdexcept>

namespace redstart::http {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::Key;
using testing::Not;

class recording_sink final : public span_sink {
public:
    void take(std::vector<span_record>&& finished) override
    {
        for (auto& each : finished)
            spans.push_back(std::move(each));
    }
    bool samples(trace_context const* parent, trace_context const&) const override
    {
        return parent ? parent->is_sampled() : sample_roots;
    }

    bool sample_roots = true;
    std::vector<span_record> spans;
};

using attribute_map = std::map<std::string_view, attribute_value>;

attribute_map attributes_of(span_record const& span)
{
    return {span.attributes.begin(), span.attributes.end()};
}

attribute_value text(std::string value) { return value; }
attribute_value number(std::int64_t value) { return value; }

class Tracing : public testing::Test {
protected:
    Tracing() { add_routes(routes_, {}); }

    void add_routes(app& routes, tracing_options options)
    {
        routes.use(tracing(&sink_, options));
        routes.get("/rank/{player}", [this](context&) -> task<response> {
            auto const ambient = co_await this_context();
            below_ = ambient.trace ? std::optional{*ambient.trace} : std::nullopt;
            co_return response::text("");
        });
        routes.get("/error", [](context&) -> task<response> {
            throw std::runtime_error{"secret"};
            co_return response{};
        });
        routes.get("/late", [](context&) -> task<response> { co_return response::text("", 503); });
    }

    recording_sink sink_;
    app routes_;
    std::optional<trace_context> below_;
};

constexpr auto parent_field =
    "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n";
constexpr auto unsampled_field =
    "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00\r\n";

TEST_F(Tracing, RecordsARequestAsTheConventionsSay)
{
    scripted_client client{routes_};
    client.ask("GET /rank/ada?sig=secret&top=3 HTTP/1.1\r\nHost: example.org:8080\r\nUser-Agent: "
               "test/1\r\n\r\n");
    ASSERT_EQ(sink_.spans.size(), 1u);
    auto const& span = sink_.spans.front();
    EXPECT_EQ(span.name, "GET /rank/{player}");
    EXPECT_EQ(span.kind, span_kind::server);
    EXPECT_FALSE(span.failed);
    EXPECT_TRUE(span.identity.is_valid());
    EXPECT_TRUE(span.identity.is_sampled());
    EXPECT_EQ(span.parent_span_id, (std::array<std::uint8_t, 8>{}));
    EXPECT_GE(span.duration, 0ns);
    EXPECT_LT(std::chrono::system_clock::now() - span.start, 1h);
    EXPECT_EQ(attributes_of(span), (attribute_map{{"http.request.method", text("GET")},
                                                  {"http.route", text("/rank/{player}")},
                                                  {"http.response.status_code", number(200)},
                                                  {"url.scheme", text("http")},
                                                  {"url.path", text("/rank/REDACTED")},
                                                  {"url.query", text("sig=REDACTED&top=REDACTED")},
                                                  {"client.address", text("192.0.2.7")},
                                                  {"network.peer.address", text("192.0.2.7")},
                                                  {"network.peer.port", number(4711)},
                                                  {"network.protocol.version", text("1.1")},
                                                  {"server.address", text("example.org")},
                                                  {"server.port", number(8080)},
                                                  {"user_agent.original", text("test/1")}}));
}

TEST_F(Tracing, HandsItsTraceToWhatTheHandlerAwaits)
{
    scripted_client client{routes_};
    client.ask(plain_request("GET /rank/ada", std::string{parent_field} + "tracestate: a=1\r\n"));
    ASSERT_TRUE(below_);
    auto const& span = sink_.spans.at(0);
    EXPECT_EQ(format_traceparent(span.identity).substr(3, 32), "4bf92f3577b34da6a3ce929d0e0e4736");
    EXPECT_EQ(span.parent_span_id.front(), 0x00);
    EXPECT_EQ(span.parent_span_id.back(), 0xb7);
    EXPECT_NE(span.identity.span_id, span.parent_span_id);
    EXPECT_EQ(below_->span_id, span.identity.span_id);
    EXPECT_EQ(below_->trace_id, span.identity.trace_id);
    EXPECT_EQ(below_->trace_state, "a=1");
    EXPECT_TRUE(below_->is_sampled());
}

TEST_F(Tracing, RecordsNothingThatIsNotSampled)
{
    scripted_client client{routes_};
    client.ask(plain_request("GET /rank/ada", unsampled_field));
    EXPECT_TRUE(sink_.spans.empty());
    ASSERT_TRUE(below_) << "but the decision is handed on";
    EXPECT_FALSE(below_->is_sampled());
    EXPECT_EQ(format_traceparent(*below_).substr(3, 32), "4bf92f3577b34da6a3ce929d0e0e4736");
    sink_.sample_roots = false;
    client.ask(plain_request("GET /rank/ada"));
    EXPECT_TRUE(sink_.spans.empty());
}

TEST_F(Tracing, BeginsATraceOfItsOwnWhenTheParentIsUnclear)
{
    scripted_client client{routes_};
    client.ask(
        plain_request("GET /rank/ada",
                      "traceparent: 00-zzf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n"));
    client.ask(plain_request("GET /rank/ada", std::string{parent_field} + parent_field));
    ASSERT_EQ(sink_.spans.size(), 2u);
    for (auto const& span : sink_.spans)
        EXPECT_EQ(span.parent_span_id, (std::array<std::uint8_t, 8>{}));
}

TEST_F(Tracing, DoesNotContinueStrangersWhenToldSo)
{
    app routes;
    add_routes(routes, {.continue_remote = false});
    sink_.sample_roots = false;
    scripted_client client{routes};
    client.ask(plain_request("GET /rank/ada", parent_field));
    EXPECT_TRUE(sink_.spans.empty()) << "he cannot make us record";
    ASSERT_TRUE(below_);
    EXPECT_NE(format_traceparent(*below_).substr(3, 32), "4bf92f3577b34da6a3ce929d0e0e4736");
}

TEST_F(Tracing, ShowsNothingThatAClientPutIntoAPathOrAQuery)
{
    app routes;
    routes.use(tracing(&sink_));
    auto const nothing = [](context&) -> task<response> { co_return response::text(""); };
    routes.get("/{a}/b/{c}", nothing).get("/files/{*path}", nothing).get("/", nothing);
    scripted_client client{routes};
    for (auto const& [target, path, query] : std::vector<std::array<std::string, 3>>{
             {"/s3cret/b/s3cret", "/REDACTED/b/REDACTED", ""},
             {"/files/s3cret/s3cret?top=s3cret", "/files/REDACTED", "top=REDACTED"},
             {"/?s3cret", "/", "REDACTED"},
             {"/?a=s3cret=s3cret&b=&&s3cret", "/", "a=REDACTED&b=REDACTED&REDACTED&REDACTED"},
             {"/nothing/s3cret?a=s3cret", "REDACTED", "a=REDACTED"}}) {
        sink_.spans.clear();
        client.ask(plain_request("GET " + target));
        auto found = attributes_of(sink_.spans.at(0));
        EXPECT_EQ(found["url.path"], text(path)) << target;
        if (query.empty())
            EXPECT_THAT(found, Not(Contains(Key("url.query"))));
        else
            EXPECT_EQ(found["url.query"], text(query)) << target;
        for (auto const& [name, value] : found)
            if (auto const* const shown = std::get_if<std::string>(&value))
                EXPECT_THAT(*shown, Not(testing::HasSubstr("s3cret"))) << name;
    }
}

TEST_F(Tracing, ShowsPathsAndQueriesWhenToldSo)
{
    app routes;
    add_routes(routes, {.show_values = true});
    scripted_client client{routes};
    client.ask(plain_request("GET /rank/a%20b?sig=secret&top=3&x"));
    client.ask(plain_request("GET /nothing/at"));
    ASSERT_EQ(sink_.spans.size(), 2u);
    EXPECT_EQ(attributes_of(sink_.spans[0])["url.path"], text("/rank/a%20b"));
    EXPECT_EQ(attributes_of(sink_.spans[0])["url.query"], text("sig=REDACTED&top=3&x"));
    EXPECT_EQ(attributes_of(sink_.spans[1])["url.path"], text("/nothing/at"));
}

TEST_F(Tracing, CutsLongTextsBetweenTwoCharacters)
{
    scripted_client client{routes_};
    for (auto const& [agent, shown] : std::vector<std::pair<std::string, std::size_t>>{
             {std::string(256, 'x'), 256},
             {std::string(257, 'x'), 256},
             {std::string(255, 'x') + "\xc3\xa9", 255},
             {std::string(253, 'x') + "\xf0\x9f\x98\x80", 253},
             {std::string(252, 'x') + "\xf0\x9f\x98\x80" + "x", 256},
             {std::string(1000, '\x80'), 253}}) {
        sink_.spans.clear();
        client.ask(plain_request("GET /rank/ada", "User-Agent: " + agent + "\r\n"));
        EXPECT_EQ(attributes_of(sink_.spans.at(0))["user_agent.original"],
                  text(agent.substr(0, shown)));
    }
}

TEST_F(Tracing, CallsServerErrorsFailedAndOthersNot)
{
    scripted_client client{routes_};
    client.ask(plain_request("GET /error"));
    client.ask(plain_request("GET /late"));
    client.ask(plain_request("GET /nothing"));
    client.ask(plain_request("BREW /rank/ada"));
    ASSERT_EQ(sink_.spans.size(), 4u);
    EXPECT_TRUE(sink_.spans[0].failed);
    EXPECT_EQ(sink_.spans[0].failure_text, "500");
    EXPECT_EQ(attributes_of(sink_.spans[0])["error.type"], text("500"));
    EXPECT_TRUE(sink_.spans[1].failed);
    EXPECT_EQ(attributes_of(sink_.spans[1])["http.response.status_code"], number(503));
    EXPECT_FALSE(sink_.spans[2].failed);
    EXPECT_EQ(sink_.spans[2].name, "GET");
    EXPECT_THAT(attributes_of(sink_.spans[2]), Not(Contains(Key("http.route"))));
    EXPECT_THAT(attributes_of(sink_.spans[2]), Not(Contains(Key("error.type"))));
    EXPECT_EQ(sink_.spans[3].name, "HTTP") << "a name that a client makes up never names a span";
    EXPECT_EQ(attributes_of(sink_.spans[3])["http.request.method"], text("_OTHER"));
    EXPECT_EQ(attributes_of(sink_.spans[3])["http.request.method_original"], text("BREW"));
}

TEST_F(Tracing, CallsNothingFailedThatAClientLeft)
{
    event never;
    routes_.get("/wait", [&](context&) -> task<response> {
        co_await never.wait();
        co_return response{};
    });
    scripted_client client{routes_};
    client.send(plain_request("GET /wait"));
    client.disconnect("reset");
    ASSERT_EQ(sink_.spans.size(), 1u);
    EXPECT_FALSE(sink_.spans[0].failed);
    EXPECT_EQ(attributes_of(sink_.spans[0])["http.response.status_code"], number(499));
    EXPECT_THAT(attributes_of(sink_.spans[0]), Not(Contains(Key("error.type"))));
}

TEST(TracingOff, ChangesNothing)
{
    app routes;
    routes.use(tracing(nullptr));
    bool traced = true;
    routes.get("/", [&](context&) -> task<response> {
        traced = (co_await this_context()).trace != nullptr;
        co_return response::text("x");
    });
    scripted_client client{routes};
    EXPECT_EQ(client.ask(plain_request("GET /", parent_field)).body, "x");
    EXPECT_FALSE(traced);
}

}  // namespace
}  // namespace redstart::http
