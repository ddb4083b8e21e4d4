// Finished spans as an OTLP request: fills the SDK's recordables and lets it group them.
//
// Only the messages are named here, not included: OpenTelemetry's headers stay in sources.

#pragma once

#include "redstart/observe/span.hpp"
#include "redstart/telemetry/options.hpp"
#include "redstart/telemetry/span_shipper.hpp"

#include <memory>
#include <span>

namespace opentelemetry::proto::collector::trace::v1 {
class ExportTraceServiceRequest;
class ExportTraceServiceResponse;
}  // namespace opentelemetry::proto::collector::trace::v1

namespace redstart::telemetry {

// What all requests of one exporter share. One thread at a time.
class otlp_encoder {
public:
    explicit otlp_encoder(attributes const& resource);
    ~otlp_encoder();

    // Adds the spans to `request`; text that is not UTF-8 is mended, since it would cost the whole batch.
    void encode(
        std::span<span_record const> spans,
        opentelemetry::proto::collector::trace::v1::ExportTraceServiceRequest& request) const;

private:
    struct origin;
    std::unique_ptr<origin> origin_;
};

// Accepted, less the spans that the receiver says it rejected.
shipment accepted_by(
    opentelemetry::proto::collector::trace::v1::ExportTraceServiceResponse const& response);

}  // namespace redstart::telemetry
