#include "redstart/telemetry/http_shipper.hpp"

#include "redstart/telemetry/otlp_request.hpp"

#include <google/protobuf/io/gzip_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <opentelemetry/ext/http/client/http_client.h>
#include <opentelemetry/ext/http/client/http_client_factory.h>
#include <opentelemetry/proto/collector/trace/v1/trace_service.pb.h>

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <mutex>
#include <optional>

namespace redstart::telemetry {

namespace {

namespace client = opentelemetry::ext::http::client;
namespace collector = opentelemetry::proto::collector::trace::v1;
using std::chrono::milliseconds;

constexpr milliseconds longest_wait{60'000};  // that a receiver may ask for
constexpr milliseconds cancel_grace{250};     // for the client to let go of a cancelled request

shipment not_shipped(shipment_outcome outcome, std::string error_type, milliseconds wait = {})
{
    return {outcome, 0, std::move(error_type), {}, wait};
}

// Seconds; the other form, a date, is taken as absent.
milliseconds retry_after(client::Response& response)
{
    std::uint32_t seconds = 0;
    response.ForEachHeader("retry-after", [&](auto const&, auto const& value) {
        std::from_chars(value.data(), value.data() + value.size(), seconds);
        return false;
    });
    return std::min(milliseconds{std::chrono::seconds{seconds}}, longest_wait);
}

// https://opentelemetry.io/docs/specs/otlp/: which answers mean "later".
shipment answered(client::Response& response)
{
    auto const status = response.GetStatusCode();
    if (status >= 200 && status <= 299) {
        collector::ExportTraceServiceResponse said;
        auto const& body = response.GetBody();
        bool const read = said.ParseFromArray(body.data(), static_cast<int>(body.size()));
        return read ? accepted_by(said) : shipment{};
    }
    bool const later = status == 429 || status == 502 || status == 503 || status == 504;
    return not_shipped(later ? shipment_outcome::try_again : shipment_outcome::failed,
                       std::to_string(status), retry_after(response));
}

std::optional<shipment> broken(client::SessionState state)
{
    using enum client::SessionState;
    switch (state) {
    case CreateFailed: return not_shipped(shipment_outcome::failed, "invalid_request");
    case SSLHandshakeFailed: return not_shipped(shipment_outcome::failed, "tls_failed");
    case Cancelled: return not_shipped(shipment_outcome::failed, "cancelled");
    case TimedOut: return not_shipped(shipment_outcome::try_again, "timeout");
    case ConnectFailed: return not_shipped(shipment_outcome::try_again, "connection_failed");
    case SendFailed:
    case NetworkError: return not_shipped(shipment_outcome::try_again, "connection_lost");
    default: return std::nullopt;  // a step on the way
    }
}

// What becomes of one request; told by the client's thread, awaited by ours. The client may hold on to it longer.
class exchange final : public client::EventHandler {
public:
    void OnResponse(client::Response& response) noexcept override { finish(answered(response)); }
    void OnEvent(client::SessionState state,
                 opentelemetry::nostd::string_view reason) noexcept override
    {
        auto end = broken(state);
        if (!end)
            return;
        end->detail = {reason.data(), reason.size()};
        finish(*std::move(end));
    }

    void finish(shipment result)
    {
        std::lock_guard const lock{mutex_};
        if (!result_)
            result_ = std::move(result);
        changed_.notify_all();
    }
    std::optional<shipment> wait(milliseconds timeout)
    {
        std::unique_lock lock{mutex_};
        changed_.wait_for(lock, timeout, [&] { return result_ || interrupted_; });
        return result_;
    }
    void interrupt()
    {
        std::lock_guard const lock{mutex_};
        interrupted_ = true;
        changed_.notify_all();
    }
    // After an interruption: until the client has let go. True when the receiver had the batch after all.
    bool ends_accepted()
    {
        std::unique_lock lock{mutex_};
        changed_.wait_for(lock, cancel_grace, [&] { return result_.has_value(); });
        return result_ && result_->outcome == shipment_outcome::accepted;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::optional<shipment> result_;
    bool interrupted_ = false;
};

client::Body serialized(collector::ExportTraceServiceRequest const& request, bool gzip)
{
    if (!gzip) {
        client::Body body(request.ByteSizeLong());
        request.SerializeToArray(body.data(), static_cast<int>(body.size()));
        return body;
    }
    std::string packed;
    {
        google::protobuf::io::StringOutputStream sink{&packed};
        google::protobuf::io::GzipOutputStream::Options settings;
        settings.format = google::protobuf::io::GzipOutputStream::GZIP;
        google::protobuf::io::GzipOutputStream packer{&sink, settings};
        request.SerializeToZeroCopyStream(&packer);
        packer.Close();
    }
    return {packed.begin(), packed.end()};
}

class http_shipper final : public span_shipper {
public:
    http_shipper(otlp_options const& options, attributes const& resource);

    shipment ship(std::span<span_record const> batch, milliseconds timeout) override;
    void cancel() noexcept override;
    std::string_view type() const noexcept override { return "otlp_http_span_exporter"; }
    std::string_view target() const noexcept override { return options_.endpoint; }

private:
    std::shared_ptr<client::Session> session_for(std::span<span_record const> batch,
                                                 milliseconds timeout);

    otlp_options options_;
    std::string path_;  // with the query, without the leading slash, as the client wants it
    otlp_encoder encoder_;
    client::HttpSslOptions tls_;
    std::shared_ptr<client::HttpClient> client_ = client::HttpClientFactory::Create();

    std::mutex mutex_;
    std::shared_ptr<exchange> current_;
    bool cancelled_ = false;
};

http_shipper::http_shipper(otlp_options const& options, attributes const& resource)
    : options_{options}, encoder_{resource}
{
    auto const authority = options_.endpoint.find("://") + 3;
    auto const slash = options_.endpoint.find('/', authority);
    if (slash != std::string::npos)
        path_ = options_.endpoint.substr(slash + 1);
    tls_.use_ssl = options_.endpoint.starts_with("https:");
    tls_.ssl_ca_cert_path = options_.certificate;
    tls_.ssl_client_cert_path = options_.client_certificate;
    tls_.ssl_client_key_path = options_.client_key;
}

std::shared_ptr<client::Session> http_shipper::session_for(std::span<span_record const> batch,
                                                           milliseconds timeout)
{
    collector::ExportTraceServiceRequest message;
    encoder_.encode(batch, message);
    auto body = serialized(message, options_.gzip);

    auto session = client_->CreateSession(options_.endpoint);
    auto const request = session->CreateRequest();
    request->SetMethod(client::Method::Post);
    request->SetUri(path_);
    request->SetSslOptions(tls_);
    request->SetTimeoutMs(timeout + cancel_grace);
    for (auto const& [name, value] : options_.headers)
        request->AddHeader(name, value);
    request->ReplaceHeader("Content-Type", "application/x-protobuf");
    request->ReplaceHeader("User-Agent", "redstart/" REDSTART_VERSION);
    request->ReplaceHeader("Expect", "");  // no pause before a large body
    if (options_.gzip)
        request->ReplaceHeader("Content-Encoding", "gzip");
    request->SetBody(body);
    return session;
}

shipment http_shipper::ship(std::span<span_record const> batch, milliseconds timeout)
{
    auto const session = session_for(batch, timeout);
    auto const under_way = std::make_shared<exchange>();
    {
        std::lock_guard const lock{mutex_};
        if (cancelled_)
            return not_shipped(shipment_outcome::failed, "cancelled");
        current_ = under_way;
    }
    session->SendRequest(under_way);
    auto result = under_way->wait(timeout);
    bool cancelled = false;
    {
        std::lock_guard const lock{mutex_};
        current_.reset();
        cancelled = cancelled_;
    }
    if (result) {
        session->FinishSession();
        return *result;
    }
    session->CancelSession();
    if (under_way->ends_accepted())
        return *under_way->wait(milliseconds{0});
    return cancelled ? not_shipped(shipment_outcome::failed, "cancelled")
                     : not_shipped(shipment_outcome::try_again, "timeout");
}

void http_shipper::cancel() noexcept
{
    std::lock_guard const lock{mutex_};
    cancelled_ = true;
    if (current_)
        current_->interrupt();
}

}  // namespace

std::unique_ptr<span_shipper> make_http_shipper(otlp_options const& options,
                                                attributes const& resource)
{
    return std::make_unique<http_shipper>(options, resource);
}

}  // namespace redstart::telemetry
