#include "redstart/telemetry/otlp_request.hpp"

#include "redstart/telemetry/resource.hpp"
#include "redstart/telemetry/utf8.hpp"

#include <opentelemetry/exporters/otlp/otlp_recordable.h>
#include <opentelemetry/exporters/otlp/otlp_recordable_utils.h>
#include <opentelemetry/proto/collector/trace/v1/trace_service.pb.h>
#include <opentelemetry/sdk/instrumentationscope/instrumentation_scope.h>
#include <opentelemetry/sdk/resource/resource.h>
#include <opentelemetry/sdk/resource/resource_detector.h>
#include <opentelemetry/trace/trace_state.h>

#include <vector>

namespace redstart::telemetry {

namespace {

namespace otel = opentelemetry;
using recordable = otel::sdk::trace::Recordable;

constexpr std::string_view scope_name = "redstart";

otel::nostd::string_view view(std::string_view text) { return {text.data(), text.size()}; }

// Opens the SDK's way to a resource that holds only what it is given: Resource::Create would read the environment.
struct plain_resource : otel::sdk::resource::ResourceDetector {
    using otel::sdk::resource::ResourceDetector::Create;
};

otel::sdk::common::OwnedAttributeValue owned(attribute_value const& value)
{
    return std::visit(
        [](auto const& held) -> otel::sdk::common::OwnedAttributeValue { return held; }, value);
}

otel::sdk::resource::Resource sdk_resource(attributes const& resource)
{
    otel::sdk::resource::ResourceAttributes all;
    for (auto const& [name, value] : resource) {
        std::string storage;
        auto const* const text = std::get_if<std::string>(&value);
        auto const held = text == nullptr ? owned(value) : std::string{as_utf8(*text, storage)};
        all[std::string{as_utf8(name, storage)}] = held;
    }
    return plain_resource::Create(all, std::string{conventions_url});
}

otel::trace::SpanKind kind_of(span_kind kind)
{
    switch (kind) {
    case span_kind::internal: return otel::trace::SpanKind::kInternal;
    case span_kind::server: return otel::trace::SpanKind::kServer;
    case span_kind::client: return otel::trace::SpanKind::kClient;
    }
    return otel::trace::SpanKind::kInternal;
}

void identify(span_record const& span, recordable& out)
{
    auto const& identity = span.identity;
    auto const flags = otel::trace::TraceFlags{identity.flags};
    auto const state = identity.trace_state.empty()
                           ? otel::trace::TraceState::GetDefault()
                           : otel::trace::TraceState::FromHeader(view(identity.trace_state));
    otel::trace::SpanContext const context{otel::trace::TraceId{identity.trace_id},
                                           otel::trace::SpanId{identity.span_id}, flags, false,
                                           state};
    out.SetIdentity(context, otel::trace::SpanId{span.parent_span_id});
    out.SetTraceFlags(flags);
}

void describe(span_record const& span, recordable& out)
{
    std::string storage;
    auto const text = [&](std::string_view raw) { return view(as_utf8(raw, storage)); };
    out.SetName(text(span.name));
    out.SetSpanKind(kind_of(span.kind));
    out.SetStartTime(otel::common::SystemTimestamp{span.start});
    out.SetDuration(span.duration);
    if (span.failed)
        out.SetStatus(otel::trace::StatusCode::kError, text(span.failure_text));
    for (auto const& [name, value] : span.attributes) {
        if (auto const* const string = std::get_if<std::string>(&value))
            out.SetAttribute(view(name), text(*string));
        else if (auto const* const integer = std::get_if<std::int64_t>(&value))
            out.SetAttribute(view(name), *integer);
        else if (auto const* const real = std::get_if<double>(&value))
            out.SetAttribute(view(name), *real);
        else
            out.SetAttribute(view(name), std::get<bool>(value));
    }
}

}  // namespace

// Recordables point to both, so they stay where they are.
struct otlp_encoder::origin {
    otel::sdk::resource::Resource resource;
    otel::nostd::unique_ptr<otel::sdk::instrumentationscope::InstrumentationScope> scope;
};

otlp_encoder::otlp_encoder(attributes const& resource)
    : origin_{new origin{sdk_resource(resource),
                         otel::sdk::instrumentationscope::InstrumentationScope::Create(
                             view(scope_name), REDSTART_VERSION, view(conventions_url))}}
{
}

otlp_encoder::~otlp_encoder() = default;

void otlp_encoder::encode(
    std::span<span_record const> spans,
    otel::proto::collector::trace::v1::ExportTraceServiceRequest& request) const
{
    std::vector<std::unique_ptr<recordable>> filled;
    filled.reserve(spans.size());
    for (auto const& span : spans) {
        auto& out = *filled.emplace_back(std::make_unique<otel::exporter::otlp::OtlpRecordable>());
        identify(span, out);
        describe(span, out);
        out.SetResource(origin_->resource);
        out.SetInstrumentationScope(*origin_->scope);
    }
    otel::exporter::otlp::OtlpRecordableUtils::PopulateRequest(
        otel::nostd::span<std::unique_ptr<recordable>>{filled.data(), filled.size()}, &request);
}

shipment accepted_by(otel::proto::collector::trace::v1::ExportTraceServiceResponse const& response)
{
    shipment arrived;
    if (auto const rejected = response.partial_success().rejected_spans(); rejected > 0)
        arrived.rejected = static_cast<std::size_t>(rejected);
    arrived.detail = response.partial_success().error_message();
    return arrived;
}

}  // namespace redstart::telemetry
