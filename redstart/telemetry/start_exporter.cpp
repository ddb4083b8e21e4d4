#include "redstart/telemetry/start_exporter.hpp"

#include "redstart/telemetry/http_shipper.hpp"

#include <utility>

namespace redstart::telemetry {

namespace {

std::expected<std::unique_ptr<span_shipper>, std::string> make_shipper(options const& wanted,
                                                                       shipper_factory const& grpc)
{
    if (wanted.otlp.protocol == otlp_protocol::http_protobuf)
        return make_http_shipper(wanted.otlp, wanted.resource);
    if (!grpc)
        return std::unexpected{"OTEL_EXPORTER_OTLP_PROTOCOL=grpc: this program was built without "
                               "gRPC, use http/protobuf"};
    return grpc(wanted.otlp, wanted.resource);
}

}  // namespace

std::expected<std::unique_ptr<exporter>, std::string> start_exporter(options const& wanted,
                                                                     exporter_wiring wiring)
{
    if (!wanted.export_spans)
        return nullptr;
    auto shipper = make_shipper(wanted, wiring.grpc);
    if (!shipper)
        return std::unexpected{shipper.error()};
    exporter_options settings;
    settings.sampling = wanted.sampler;
    settings.batch = wanted.batch;
    settings.request_timeout = wanted.otlp.timeout;
    settings.log = std::move(wiring.log);
    return std::make_unique<exporter>(*std::move(shipper), settings, wiring.metrics);
}

}  // namespace redstart::telemetry
