// Ships one span of every shape through the exporter that OpenTelemetry's environment variables ask for, for
// arrival_test.py, which knows what must arrive.

#include "redstart/telemetry/grpc/grpc_shipper.hpp"
#include "redstart/telemetry/start_exporter.hpp"

#include <array>
#include <cstdio>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace redstart;
using namespace std::chrono_literals;

template <std::size_t Size>
std::array<std::uint8_t, Size> counting_from(std::uint8_t first)
{
    std::array<std::uint8_t, Size> bytes{};
    for (auto& byte : bytes)
        byte = first++;
    return bytes;
}

span_record span_named(std::string name, span_kind kind, std::uint8_t id)
{
    span_record span;
    span.name = std::move(name);
    span.kind = kind;
    span.identity.trace_id = counting_from<16>(0xf0);
    span.identity.span_id = counting_from<8>(id);
    span.identity.flags = trace_context::sampled_flag;
    span.start = std::chrono::system_clock::time_point{1'700'000'000'123'456'789ns};
    span.duration = 1'500'001ns;
    return span;
}

std::vector<span_record> every_shape()
{
    auto server = span_named("GET /rank/{player}", span_kind::server, 0x10);
    server.identity.trace_state = "vendor=one,other=two";
    server.parent_span_id = counting_from<8>(0x80);
    server.attributes = {{"http.request.method", "GET"},
                         {"http.response.status_code", std::int64_t{200}}};

    auto client = span_named("ZREVRANK", span_kind::client, 0x20);
    client.parent_span_id = server.identity.span_id;
    client.failed = true;
    client.failure_text = "WRONGTYPE";
    client.attributes = {{"text", "caf\xc3\xa9 \"quoted\"\n"},
                         {"text.empty", ""},
                         {"text.broken", "a\xff"},
                         {"integer.most", std::numeric_limits<std::int64_t>::max()},
                         {"integer.least", std::numeric_limits<std::int64_t>::min()},
                         {"integer.zero", std::int64_t{0}},
                         {"double", 0.1},
                         {"double.tiny", std::numeric_limits<double>::denorm_min()},
                         {"bool.true", true},
                         {"bool.false", false}};

    auto root = span_named("work", span_kind::internal, 0x30);
    root.duration = 0ns;
    return {server, client, root};
}

int fail(std::string const& reason)
{
    std::fprintf(stderr, "%s\n", reason.c_str());
    return 1;
}

}  // namespace

int main()
{
    auto const wanted = telemetry::from_environment(telemetry::process_environment(),
                                                    {.name = "sender", .version = "1.2.3"});
    if (!wanted)
        return fail(wanted.error());
    metrics_registry metrics;
    std::string complaint;
    auto const log = [&](std::string_view line) { complaint = line; };
    auto const exporter = telemetry::start_exporter(
        *wanted, {.metrics = metrics, .log = log, .grpc = telemetry::make_grpc_shipper});
    if (!exporter)
        return fail(exporter.error());
    if (*exporter == nullptr)
        return fail("export is off");
    (*exporter)->take(every_shape());
    bool const in_time = (*exporter)->shutdown(boot_clock::now() + 60s);
    return in_time && complaint.empty() ? 0 : fail("not all spans arrived: " + complaint);
}
