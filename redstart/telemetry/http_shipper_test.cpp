#include "redstart/telemetry/http_shipper.hpp"

#include "redstart/telemetry/http_sink_test.hpp"
#include "redstart/telemetry/resource.hpp"
#include "redstart/telemetry/start_exporter.hpp"

#include <gmock/gmock.h>
#include <google/protobuf/io/gzip_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <gtest/gtest.h>
#include <opentelemetry/proto/collector/trace/v1/trace_service.pb.h>

#include <future>
#include <map>

namespace redstart::telemetry {

namespace {

using namespace std::chrono_literals;
namespace messages = opentelemetry::proto;
using trace_request = messages::collector::trace::v1::ExportTraceServiceRequest;

constexpr std::chrono::milliseconds plenty = 30s;  // only a defect makes a test wait for it

otlp_options to(http_sink const& sink)
{
    otlp_options options;
    options.endpoint = sink.url("/v1/traces");
    return options;
}

span_record whole_span()
{
    span_record span;
    span.name = "GET /rank/{player}";
    span.kind = span_kind::server;
    for (std::uint8_t i = 0; i < 16; ++i)
        span.identity.trace_id[i] = static_cast<std::uint8_t>(0xa0 + i);
    span.identity.span_id = {1, 2, 3, 4, 5, 6, 7, 8};
    span.identity.flags = trace_context::sampled_flag;
    span.identity.trace_state = "vendor=one,other=two";
    span.parent_span_id = {8, 7, 6, 5, 4, 3, 2, 1};
    span.start = std::chrono::system_clock::time_point{1'700'000'000'123'456'789ns};
    span.duration = 1'500'000ns;
    span.failed = true;
    span.failure_text = "503";
    span.attributes = {{"http.route", "/rank/{player}"},
                       {"server.port", std::int64_t{8080}},
                       {"share", 0.25},
                       {"cached", true}};
    return span;
}

trace_request decoded(std::string const& body)
{
    trace_request request;
    EXPECT_TRUE(request.ParseFromString(body));
    return request;
}

std::map<std::string, messages::common::v1::AnyValue> by_key(auto const& attributes)
{
    std::map<std::string, messages::common::v1::AnyValue> found;
    for (auto const& attribute : attributes)
        found[attribute.key()] = attribute.value();
    return found;
}

shipment ship_one(otlp_options const& options, std::chrono::milliseconds timeout = plenty)
{
    auto const shipper = make_http_shipper(options, {});
    return shipper->ship(std::vector{whole_span()}, timeout);
}

}  // namespace

TEST(http_shipper, posts_protobuf_to_the_endpoint)
{
    http_sink sink;
    sink.answer_status(200);
    auto options = to(sink);
    options.headers = {{"authorization", "Bearer a%20b+c=="}, {"x-tenant", "seven"}};
    EXPECT_EQ(ship_one(options).outcome, shipment_outcome::accepted);
    auto const request = sink.requests().at(0);
    EXPECT_THAT(request.head, testing::StartsWith("POST /v1/traces HTTP/1.1\r\n"));
    for (auto const* const header :
         {"\r\nContent-Type: application/x-protobuf\r\n", "\r\nx-tenant: seven\r\n",
          "\r\nauthorization: Bearer a%20b+c==\r\n", "\r\nUser-Agent: redstart/"})
        EXPECT_THAT(request.head, testing::HasSubstr(header));
    EXPECT_THAT(request.head, testing::Not(testing::HasSubstr("Expect")));
    EXPECT_EQ(decoded(request.body).resource_spans_size(), 1);
}

TEST(http_shipper, spans_arrive_whole)
{
    http_sink sink;
    sink.answer_status(200);
    ship_one(to(sink));
    auto const request = decoded(sink.requests().at(0).body);
    auto const& scope = request.resource_spans(0).scope_spans(0);
    EXPECT_EQ(scope.scope().name(), "redstart");
    EXPECT_NE(scope.scope().version(), "");
    EXPECT_EQ(scope.schema_url(), conventions_url);

    auto const& span = scope.spans(0);
    EXPECT_EQ(span.name(), "GET /rank/{player}");
    EXPECT_EQ(span.kind(), messages::trace::v1::Span::SPAN_KIND_SERVER);
    EXPECT_EQ(span.trace_id(), "\xa0\xa1\xa2\xa3\xa4\xa5\xa6\xa7\xa8\xa9\xaa\xab\xac\xad\xae\xaf");
    EXPECT_EQ(span.span_id(), "\1\2\3\4\5\6\7\10");
    EXPECT_EQ(span.parent_span_id(), "\10\7\6\5\4\3\2\1");
    EXPECT_EQ(span.trace_state(), "vendor=one,other=two");
    EXPECT_EQ(span.flags() & 0xffU, 1U);
    EXPECT_EQ(span.start_time_unix_nano(), 1'700'000'000'123'456'789U);
    EXPECT_EQ(span.end_time_unix_nano(), 1'700'000'000'124'956'789U);
    EXPECT_EQ(span.status().code(), messages::trace::v1::Status::STATUS_CODE_ERROR);
    EXPECT_EQ(span.status().message(), "503");
    auto values = by_key(span.attributes());
    EXPECT_EQ(values["http.route"].string_value(), "/rank/{player}");
    EXPECT_EQ(values["server.port"].int_value(), 8080);
    EXPECT_EQ(values["share"].double_value(), 0.25);
    EXPECT_TRUE(values["cached"].bool_value());
    EXPECT_EQ(values["cached"].value_case(), messages::common::v1::AnyValue::kBoolValue);
}

TEST(http_shipper, a_root_that_went_well_has_neither_parent_nor_status)
{
    http_sink sink;
    sink.answer_status(200);
    auto span = whole_span();
    span.kind = span_kind::client;
    span.parent_span_id = {};
    span.failed = false;
    make_http_shipper(to(sink), {})->ship(std::vector{span}, plenty);
    auto const request = decoded(sink.requests().at(0).body);
    auto const& arrived = request.resource_spans(0).scope_spans(0).spans(0);
    EXPECT_EQ(arrived.kind(), messages::trace::v1::Span::SPAN_KIND_CLIENT);
    EXPECT_EQ(arrived.parent_span_id(), "");
    EXPECT_EQ(arrived.status().code(), messages::trace::v1::Status::STATUS_CODE_UNSET);
}

TEST(http_shipper, the_resource_is_the_one_given_and_nothing_else)
{
    http_sink sink;
    sink.answer_status(200);
    attributes const resource{{"process.pid", std::int64_t{7}}, {"service.name", "leaderboard"}};
    make_http_shipper(to(sink), resource)->ship(std::vector{whole_span(), whole_span()}, plenty);
    auto const request = decoded(sink.requests().at(0).body);
    ASSERT_EQ(request.resource_spans_size(), 1);
    EXPECT_EQ(request.resource_spans(0).schema_url(), conventions_url);
    ASSERT_EQ(request.resource_spans(0).scope_spans_size(), 1);
    EXPECT_EQ(request.resource_spans(0).scope_spans(0).spans_size(), 2);
    auto values = by_key(request.resource_spans(0).resource().attributes());
    EXPECT_EQ(values.size(), 2U);
    EXPECT_EQ(values["service.name"].string_value(), "leaderboard");
    EXPECT_EQ(values["process.pid"].int_value(), 7);
}

TEST(http_shipper, text_that_is_not_utf8_is_mended)
{
    http_sink sink;
    sink.answer_status(200);
    auto span = whole_span();
    span.name = "a\xff";
    span.attributes = {{"url.path", "/\xc3\x28"}};
    make_http_shipper(to(sink), {{"host.name", "h\x80"}})->ship(std::vector{span}, plenty);
    auto const request = decoded(sink.requests().at(0).body);
    auto const& arrived = request.resource_spans(0).scope_spans(0).spans(0);
    EXPECT_EQ(arrived.name(), "a\xef\xbf\xbd");
    EXPECT_EQ(arrived.attributes(0).value().string_value(), "/\xef\xbf\xbd(");
    EXPECT_EQ(by_key(request.resource_spans(0).resource().attributes())["host.name"].string_value(),
              "h\xef\xbf\xbd");
}

TEST(http_shipper, gzip_is_sent_as_such)
{
    http_sink sink;
    sink.answer_status(200);
    auto options = to(sink);
    options.gzip = true;
    EXPECT_EQ(ship_one(options).outcome, shipment_outcome::accepted);
    auto const request = sink.requests().at(0);
    EXPECT_THAT(request.head, testing::HasSubstr("\r\nContent-Encoding: gzip\r\n"));
    google::protobuf::io::ArrayInputStream packed{request.body.data(),
                                                  static_cast<int>(request.body.size())};
    google::protobuf::io::GzipInputStream unpacked{&packed};
    trace_request message;
    ASSERT_TRUE(message.ParseFromZeroCopyStream(&unpacked));
    EXPECT_EQ(message.resource_spans(0).scope_spans(0).spans(0).name(), "GET /rank/{player}");
}

TEST(http_shipper, what_each_answer_means)
{
    struct row {
        int status;
        shipment_outcome outcome;
    };
    using enum shipment_outcome;
    for (auto const& [status, outcome] :
         {row{200, accepted}, row{202, accepted}, row{400, failed}, row{401, failed},
          row{404, failed}, row{413, failed}, row{429, try_again}, row{500, failed},
          row{502, try_again}, row{503, try_again}, row{504, try_again}}) {
        http_sink sink;
        sink.answer_status(status);
        auto const sent = ship_one(to(sink));
        EXPECT_EQ(sent.outcome, outcome) << status;
        EXPECT_EQ(sent.error_type, outcome == accepted ? "" : std::to_string(status));
        EXPECT_EQ(sent.wait, 0ms);
    }
}

TEST(http_shipper, a_receiver_may_ask_for_a_pause)
{
    for (auto const& [header, wait] : {std::pair{"Retry-After: 7\r\n", 7'000ms},
                                       {"retry-after: 4000000000\r\n", 60'000ms},
                                       {"Retry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\n", 0ms}}) {
        http_sink sink;
        sink.answer_status(503, header);
        EXPECT_EQ(ship_one(to(sink)).wait, wait) << header;
    }
}

TEST(http_shipper, a_receiver_may_reject_some_spans)
{
    messages::collector::trace::v1::ExportTraceServiceResponse response;
    response.mutable_partial_success()->set_rejected_spans(2);
    http_sink sink;
    sink.answer_status(200, "Content-Type: application/x-protobuf\r\n",
                       response.SerializeAsString());
    auto const sent = ship_one(to(sink));
    EXPECT_EQ(sent.outcome, shipment_outcome::accepted);
    EXPECT_EQ(sent.rejected, 2U);
}

TEST(http_shipper, a_refused_connection_is_worth_another_try)
{
    otlp_options options;
    {
        http_sink const gone;
        options = to(gone);
    }
    auto const sent = ship_one(options);
    EXPECT_EQ(sent.outcome, shipment_outcome::try_again);
    EXPECT_EQ(sent.error_type, "connection_failed");
}

TEST(http_shipper, a_connection_that_is_closed_without_an_answer)
{
    http_sink sink;
    sink.answer("");
    auto const sent = ship_one(to(sink));
    EXPECT_EQ(sent.outcome, shipment_outcome::try_again);
    EXPECT_EQ(sent.error_type, "connection_lost");
}

TEST(http_shipper, a_receiver_that_never_answers_costs_the_timeout)
{
    http_sink sink;
    auto const sent = ship_one(to(sink), 20ms);
    EXPECT_EQ(sent.outcome, shipment_outcome::try_again);
    EXPECT_EQ(sent.error_type, "timeout");
}

TEST(http_shipper, cancel_ends_a_request_under_way)
{
    http_sink sink;
    auto const shipper = make_http_shipper(to(sink), {});
    auto sent = std::async(std::launch::async,
                           [&] { return shipper->ship(std::vector{whole_span()}, 1h); });
    ASSERT_TRUE(sink.wait_for_requests(1));
    shipper->cancel();
    EXPECT_EQ(sent.get().error_type, "cancelled");
    EXPECT_EQ(shipper->ship(std::vector{whole_span()}, 1h).error_type, "cancelled");
    EXPECT_EQ(sink.requests().size(), 1U);
}

TEST(http_shipper, requests_share_a_connection_and_survive_a_failure)
{
    http_sink sink;
    sink.answer_status(200);
    sink.answer_status(503);
    sink.answer("");
    sink.answer_status(200);
    auto const shipper = make_http_shipper(to(sink), {});
    std::vector<shipment_outcome> outcomes;
    for (int i = 0; i < 4; ++i)
        outcomes.push_back(shipper->ship(std::vector{whole_span()}, plenty).outcome);
    using enum shipment_outcome;
    EXPECT_THAT(outcomes, testing::ElementsAre(accepted, try_again, try_again, accepted));
    std::vector<int> connections;
    for (auto const& request : sink.requests())
        connections.push_back(request.connection);
    EXPECT_THAT(connections, testing::ElementsAre(0, 0, 0, testing::Gt(0)));
}

TEST(http_shipper, an_exporter_ships_through_it)
{
    http_sink sink;
    for (int i = 0; i < 3; ++i)
        sink.answer_status(200);
    options wanted;
    wanted.export_spans = true;
    wanted.otlp = to(sink);
    wanted.batch.schedule_delay = 24h;
    wanted.batch.max_export_batch_size = 10;
    metrics_registry metrics;
    auto const out = *start_exporter(wanted, {.metrics = metrics, .log = {}, .grpc = {}});
    out->take(std::vector(25, whole_span()));
    EXPECT_TRUE(out->shutdown(boot_clock::now() + 30s));
    std::vector<int> sizes;
    for (auto const& request : sink.requests())
        sizes.push_back(decoded(request.body).resource_spans(0).scope_spans(0).spans_size());
    EXPECT_THAT(sizes, testing::ElementsAre(10, 10, 5));
}

TEST(http_shipper, shutdown_is_bounded_whatever_the_receiver_does)
{
    http_sink sink;
    options wanted;
    wanted.export_spans = true;
    wanted.otlp = to(sink);
    wanted.otlp.timeout = 24h;
    wanted.batch.export_timeout = 24h;
    metrics_registry metrics;
    std::vector<std::string> lines;
    auto const log = [&](std::string_view line) { lines.emplace_back(line); };
    auto const out = *start_exporter(wanted, {.metrics = metrics, .log = log, .grpc = {}});
    out->take(std::vector(600, whole_span()));
    ASSERT_TRUE(sink.wait_for_requests(1));
    EXPECT_FALSE(out->shutdown(boot_clock::now() + 1ms));
    EXPECT_THAT(lines, testing::ElementsAre("512 spans did not reach " + sink.url("/v1/traces") +
                                            " (cancelled)"));
}

TEST(start_exporter, nothing_starts_unless_it_is_asked_for)
{
    metrics_registry metrics;
    auto const none = start_exporter({}, {.metrics = metrics, .log = {}, .grpc = {}});
    ASSERT_TRUE(none);
    EXPECT_EQ(*none, nullptr);
    EXPECT_TRUE(metrics.read().empty());
}

TEST(start_exporter, grpc_needs_a_program_that_has_it)
{
    options wanted;
    wanted.export_spans = true;
    wanted.otlp.protocol = otlp_protocol::grpc;
    metrics_registry metrics;
    auto const without = start_exporter(wanted, {.metrics = metrics, .log = {}, .grpc = {}});
    ASSERT_FALSE(without);
    EXPECT_EQ(without.error(), "OTEL_EXPORTER_OTLP_PROTOCOL=grpc: this program was built without "
                               "gRPC, use http/protobuf");
    auto const refusing =
        [](otlp_options const&,
           attributes const&) -> std::expected<std::unique_ptr<span_shipper>, std::string> {
        return std::unexpected{"no such file: /ca.pem"};
    };
    auto const refused = start_exporter(wanted, {.metrics = metrics, .log = {}, .grpc = refusing});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), "no such file: /ca.pem");
}

}  // namespace redstart::telemetry
