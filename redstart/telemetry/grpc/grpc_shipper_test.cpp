#include "redstart/telemetry/grpc/grpc_shipper.hpp"

#include "redstart/telemetry/start_exporter.hpp"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <opentelemetry/proto/collector/trace/v1/trace_service.grpc.pb.h>

#include <atomic>
#include <condition_variable>
#include <future>
#include <map>
#include <mutex>

namespace redstart::telemetry {

namespace {

using namespace std::chrono_literals;
namespace collector = opentelemetry::proto::collector::trace::v1;

// Records what arrives and answers as it is told, or only when the caller gives up.
class grpc_sink final : public collector::TraceService::Service {
public:
    grpc_sink()
    {
        grpc::ServerBuilder builder;
        builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
        builder.RegisterService(this);
        server_ = builder.BuildAndStart();
    }
    ~grpc_sink() override { server_->Shutdown(std::chrono::system_clock::now()); }

    otlp_options options() const
    {
        otlp_options made;
        made.protocol = otlp_protocol::grpc;
        made.endpoint = "http://127.0.0.1:" + std::to_string(port_);
        return made;
    }

    grpc::Status Export(grpc::ServerContext* context,
                        collector::ExportTraceServiceRequest const* request,
                        collector::ExportTraceServiceResponse* response) override
    {
        {
            std::lock_guard const lock{mutex_};
            requests.push_back(*request);
            for (auto const& [name, value] : context->client_metadata())
                metadata[{name.data(), name.size()}] = {value.data(), value.size()};
        }
        arrived_.notify_all();
        while (hanging && !context->IsCancelled())
            std::this_thread::yield();
        response->mutable_partial_success()->set_rejected_spans(rejected);
        return answer;
    }
    bool wait_for_request()
    {
        std::unique_lock lock{mutex_};
        return arrived_.wait_for(lock, 30s, [&] { return !requests.empty(); });
    }

    grpc::Status answer = grpc::Status::OK;
    int rejected = 0;
    std::atomic<bool> hanging = false;
    std::vector<collector::ExportTraceServiceRequest> requests;
    std::map<std::string, std::string> metadata;

private:
    int port_ = 0;
    std::mutex mutex_;
    std::condition_variable arrived_;
    std::unique_ptr<grpc::Server> server_;
};

std::vector<span_record> one_span()
{
    span_record span;
    span.name = "GET";
    span.kind = span_kind::client;
    span.identity = trace_context{}.child();
    span.attributes = {{"db.operation.name", "GET"}, {"server.port", std::int64_t{6379}}};
    return {span};
}

shipment ship_over_grpc(otlp_options const& options, std::chrono::milliseconds timeout = 30s)
{
    auto const shipper = make_grpc_shipper(options, {{"service.name", "leaderboard"}});
    EXPECT_TRUE(shipper) << shipper.error();
    return (*shipper)->ship(one_span(), timeout);
}

}  // namespace

TEST(grpc_shipper, spans_arrive_with_headers_as_metadata)
{
    grpc_sink sink;
    auto options = sink.options();
    options.headers = {{"X-Tenant", "seven"}, {"authorization", "Bearer a%20b"}};
    EXPECT_EQ(ship_over_grpc(options).outcome, shipment_outcome::accepted);
    ASSERT_EQ(sink.requests.size(), 1U);
    auto const& spans = sink.requests[0].resource_spans(0);
    EXPECT_EQ(spans.resource().attributes(0).value().string_value(), "leaderboard");
    EXPECT_EQ(spans.scope_spans(0).spans(0).name(), "GET");
    EXPECT_EQ(sink.metadata["x-tenant"], "seven");
    EXPECT_EQ(sink.metadata["authorization"], "Bearer a%20b");
    EXPECT_THAT(sink.metadata["user-agent"], testing::StartsWith("redstart/"));
}

TEST(grpc_shipper, gzip_is_understood)
{
    grpc_sink sink;
    auto options = sink.options();
    options.gzip = true;
    EXPECT_EQ(ship_over_grpc(options).outcome, shipment_outcome::accepted);
    EXPECT_EQ(sink.requests.at(0).resource_spans_size(), 1);
}

TEST(grpc_shipper, what_each_answer_means)
{
    grpc_sink sink;
    struct row {
        grpc::StatusCode code;
        shipment_outcome outcome;
        std::string_view error_type;
    };
    for (auto const& [code, outcome, error_type] : {
             row{grpc::StatusCode::UNAVAILABLE, shipment_outcome::try_again, "UNAVAILABLE"},
             row{grpc::StatusCode::ABORTED, shipment_outcome::try_again, "ABORTED"},
             row{grpc::StatusCode::INVALID_ARGUMENT, shipment_outcome::failed, "INVALID_ARGUMENT"},
             row{grpc::StatusCode::UNAUTHENTICATED, shipment_outcome::failed, "UNAUTHENTICATED"},
             row{grpc::StatusCode::RESOURCE_EXHAUSTED, shipment_outcome::failed,
                 "RESOURCE_EXHAUSTED"},
         }) {
        sink.answer = {code, "said the receiver"};
        auto const sent = ship_over_grpc(sink.options());
        EXPECT_EQ(sent.outcome, outcome) << error_type;
        EXPECT_EQ(sent.error_type, error_type);
    }
}

TEST(grpc_shipper, a_receiver_may_reject_some_spans)
{
    grpc_sink sink;
    sink.rejected = 1;
    EXPECT_EQ(ship_over_grpc(sink.options()).rejected, 1U);
}

TEST(grpc_shipper, a_receiver_that_is_not_there)
{
    otlp_options options;
    {
        grpc_sink const gone;
        options = gone.options();
    }
    auto const sent = ship_over_grpc(options);
    EXPECT_EQ(sent.outcome, shipment_outcome::try_again);
    EXPECT_EQ(sent.error_type, "UNAVAILABLE");
}

TEST(grpc_shipper, a_receiver_that_never_answers_costs_the_timeout)
{
    grpc_sink sink;
    sink.hanging = true;
    auto const sent = ship_over_grpc(sink.options(), 50ms);
    EXPECT_EQ(sent.outcome, shipment_outcome::try_again);
    EXPECT_EQ(sent.error_type, "DEADLINE_EXCEEDED");
}

TEST(grpc_shipper, cancel_ends_a_call_under_way)
{
    grpc_sink sink;
    sink.hanging = true;
    auto const shipper = *make_grpc_shipper(sink.options(), {});
    auto sent = std::async(std::launch::async, [&] { return shipper->ship(one_span(), 1h); });
    ASSERT_TRUE(sink.wait_for_request());
    shipper->cancel();
    EXPECT_EQ(sent.get().error_type, "cancelled");
    EXPECT_EQ(shipper->ship(one_span(), 1h).error_type, "cancelled");
}

TEST(grpc_shipper, an_exporter_ships_through_it)
{
    grpc_sink sink;
    options wanted;
    wanted.export_spans = true;
    wanted.otlp = sink.options();
    metrics_registry metrics;
    auto const out =
        *start_exporter(wanted, {.metrics = metrics, .log = {}, .grpc = make_grpc_shipper});
    out->take(one_span());
    EXPECT_TRUE(out->shutdown(boot_clock::now() + 30s));
    EXPECT_EQ(sink.requests.size(), 1U);
}

TEST(grpc_shipper, a_certificate_that_cannot_be_read)
{
    otlp_options options;
    options.endpoint = "https://collector:4317";
    options.certificate = "/no/such/file.pem";
    auto const refused = make_grpc_shipper(options, {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(),
              "OTEL_EXPORTER_OTLP_CERTIFICATE=/no/such/file.pem: the file cannot be read");
}

}  // namespace redstart::telemetry
