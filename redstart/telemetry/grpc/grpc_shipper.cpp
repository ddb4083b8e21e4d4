#include "redstart/telemetry/grpc/grpc_shipper.hpp"

#include "redstart/telemetry/otlp_request.hpp"

#include <grpcpp/create_channel.h>
#include <grpcpp/grpcpp.h>
#include <opentelemetry/proto/collector/trace/v1/trace_service.grpc.pb.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <mutex>
#include <optional>
#include <utility>

namespace redstart::telemetry {

namespace {

namespace collector = opentelemetry::proto::collector::trace::v1;
using std::chrono::milliseconds;

constexpr int reconnect_at_first_ms = 500;
constexpr int reconnect_at_most_ms = 5'000;

// https://opentelemetry.io/docs/specs/otlp/: which codes mean "later". RESOURCE_EXHAUSTED only does with a hint when to
// come back, which is a message that this build does not have.
bool is_transient(grpc::StatusCode code)
{
    switch (code) {
    case grpc::StatusCode::CANCELLED:
    case grpc::StatusCode::DEADLINE_EXCEEDED:
    case grpc::StatusCode::ABORTED:
    case grpc::StatusCode::OUT_OF_RANGE:
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::DATA_LOSS: return true;
    default: return false;
    }
}

std::string_view name_of(grpc::StatusCode code)
{
    static constexpr std::array<std::string_view, 17> names{"OK",
                                                            "CANCELLED",
                                                            "UNKNOWN",
                                                            "INVALID_ARGUMENT",
                                                            "DEADLINE_EXCEEDED",
                                                            "NOT_FOUND",
                                                            "ALREADY_EXISTS",
                                                            "PERMISSION_DENIED",
                                                            "RESOURCE_EXHAUSTED",
                                                            "FAILED_PRECONDITION",
                                                            "ABORTED",
                                                            "OUT_OF_RANGE",
                                                            "UNIMPLEMENTED",
                                                            "INTERNAL",
                                                            "UNAVAILABLE",
                                                            "DATA_LOSS",
                                                            "UNAUTHENTICATED"};
    auto const number = static_cast<std::size_t>(code);
    return number < names.size() ? names[number] : "_OTHER";
}

std::optional<std::string> file_content(std::string const& path)
{
    std::ifstream file{path, std::ios::binary};
    if (!file)
        return std::nullopt;
    return std::string{std::istreambuf_iterator<char>{file}, {}};
}

std::shared_ptr<grpc::Channel> channel_to(otlp_options const& options,
                                          std::shared_ptr<grpc::ChannelCredentials> const& secured)
{
    grpc::ChannelArguments settings;
    settings.SetUserAgentPrefix("redstart/" REDSTART_VERSION);
    settings.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, reconnect_at_first_ms);
    settings.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, reconnect_at_first_ms);
    settings.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, reconnect_at_most_ms);
    settings.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);  // the exporter sends again
    if (options.gzip)
        settings.SetCompressionAlgorithm(GRPC_COMPRESS_GZIP);
    auto const target = options.endpoint.substr(options.endpoint.find("://") + 3);
    return grpc::CreateCustomChannel(target, secured, settings);
}

class grpc_shipper final : public span_shipper {
public:
    grpc_shipper(otlp_options const& options, attributes const& resource,
                 std::shared_ptr<grpc::ChannelCredentials> const& secured)
        : options_{options}, encoder_{resource},
          stub_{collector::TraceService::NewStub(channel_to(options, secured))}
    {
    }

    shipment ship(std::span<span_record const> batch, milliseconds timeout) override;
    void cancel() noexcept override;
    std::string_view type() const noexcept override { return "otlp_grpc_span_exporter"; }
    std::string_view target() const noexcept override { return options_.endpoint; }

private:
    grpc::Status call(grpc::ClientContext& context,
                      collector::ExportTraceServiceRequest const& request,
                      collector::ExportTraceServiceResponse& response);

    otlp_options options_;
    otlp_encoder encoder_;
    std::unique_ptr<collector::TraceService::StubInterface> stub_;

    std::mutex mutex_;
    grpc::ClientContext* current_ = nullptr;
    bool cancelled_ = false;
};

shipment grpc_shipper::ship(std::span<span_record const> batch, milliseconds timeout)
{
    collector::ExportTraceServiceRequest request;
    collector::ExportTraceServiceResponse response;
    encoder_.encode(batch, request);
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + timeout);
    for (auto const& [name, value] : options_.headers) {
        auto lower = name;  // as HTTP/2 wants it
        std::ranges::transform(lower, lower.begin(), [](char c) {
            return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        });
        context.AddMetadata(lower, value);
    }
    auto const status = call(context, request, response);
    if (status.ok())
        return accepted_by(response);
    std::lock_guard const lock{mutex_};
    if (cancelled_)
        return {shipment_outcome::failed, 0, "cancelled", {}, {}};
    auto const outcome =
        is_transient(status.error_code()) ? shipment_outcome::try_again : shipment_outcome::failed;
    return {outcome, 0, std::string{name_of(status.error_code())}, status.error_message(), {}};
}

// The context can be cancelled from outside while the call runs, and only then.
grpc::Status grpc_shipper::call(grpc::ClientContext& context,
                                collector::ExportTraceServiceRequest const& request,
                                collector::ExportTraceServiceResponse& response)
{
    {
        std::lock_guard const lock{mutex_};
        if (cancelled_)
            return {grpc::StatusCode::CANCELLED, "cancelled"};
        current_ = &context;
    }
    auto status = stub_->Export(&context, request, &response);
    std::lock_guard const lock{mutex_};
    current_ = nullptr;
    return status;
}

void grpc_shipper::cancel() noexcept
{
    std::lock_guard const lock{mutex_};
    cancelled_ = true;
    if (current_ != nullptr)
        current_->TryCancel();
}

}  // namespace

std::expected<std::unique_ptr<span_shipper>, std::string> make_grpc_shipper(
    otlp_options const& options, attributes const& resource)
{
    if (!options.endpoint.starts_with("https://"))
        return std::make_unique<grpc_shipper>(options, resource,
                                              grpc::InsecureChannelCredentials());
    grpc::SslCredentialsOptions trusted;
    if (!options.certificate.empty()) {
        auto content = file_content(options.certificate);
        if (!content)
            return std::unexpected{"OTEL_EXPORTER_OTLP_CERTIFICATE=" + options.certificate +
                                   ": the file cannot be read"};
        trusted.pem_root_certs = *std::move(content);
    }
    return std::make_unique<grpc_shipper>(options, resource, grpc::SslCredentials(trusted));
}

}  // namespace redstart::telemetry
