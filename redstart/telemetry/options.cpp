#include "redstart/telemetry/options.hpp"

#include "redstart/telemetry/environment_reader.hpp"
#include "redstart/telemetry/resource.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace redstart::telemetry {

namespace {

constexpr std::string_view trace_path = "/v1/traces";

struct named_sampler {
    std::string_view name;
    sampling root;
    bool follow_parent;
};

constexpr std::array named_samplers{
    named_sampler{"always_on", sampling::always_on, false},
    named_sampler{"always_off", sampling::always_off, false},
    named_sampler{"traceidratio", sampling::trace_id_ratio, false},
    named_sampler{"parentbased_always_on", sampling::always_on, true},
    named_sampler{"parentbased_always_off", sampling::always_off, true},
    named_sampler{"parentbased_traceidratio", sampling::trace_id_ratio, true},
};

sampler_options read_sampler(environment_reader& reader)
{
    sampler_options wanted;
    auto const found = reader.find({"OTEL_TRACES_SAMPLER"});
    if (!found)
        return wanted;
    auto const* const known = std::ranges::find(named_samplers, found.value, &named_sampler::name);
    if (known == named_samplers.end()) {
        reader.refuse(found, "expected always_on, always_off, traceidratio, "
                             "parentbased_always_on, parentbased_always_off or "
                             "parentbased_traceidratio");
        return wanted;
    }
    wanted.root = known->root;
    wanted.follow_parent = known->follow_parent;
    if (wanted.root == sampling::trace_id_ratio)
        wanted.ratio = reader.ratio({"OTEL_TRACES_SAMPLER_ARG"}, 1.0);
    return wanted;
}

otlp_protocol read_protocol(environment_reader& reader)
{
    auto const found =
        reader.find({"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"});
    if (found && found.value == "grpc")
        return otlp_protocol::grpc;
    if (found && found.value != "http/protobuf")
        reader.refuse(found, "expected http/protobuf or grpc");
    return otlp_protocol::http_protobuf;
}

// The endpoint as a URL that can be used, or nothing, after a complaint.
std::optional<boost::urls::url_view> usable_url(environment_reader& reader, setting const& found,
                                                std::string_view text)
{
    auto const parsed = boost::urls::parse_uri(text);
    bool const web = parsed && (parsed->scheme() == "http" || parsed->scheme() == "https");
    if (!web || parsed->host().empty() || (parsed->has_port() && parsed->port_number() == 0)) {
        reader.refuse_secret(found, "expected http://host:port or https://host:port");
        return std::nullopt;
    }
    if (parsed->has_userinfo()) {
        reader.refuse_secret(found, "a user and password do not belong into the address: "
                                    "use OTEL_EXPORTER_OTLP_HEADERS");
        return std::nullopt;
    }
    return *parsed;
}

std::string http_endpoint(environment_reader& reader, setting const& found, bool for_traces)
{
    auto const url = usable_url(reader, found, found.value);
    if (!url)
        return {};
    std::string text{url->scheme()};
    text.append("://").append(std::string_view{url->encoded_host_and_port()});
    std::string path{std::string_view{url->encoded_path()}};
    if (for_traces) {
        text.append(path.empty() ? "/" : path);
    } else {
        while (path.ends_with('/'))
            path.pop_back();
        text.append(path).append(trace_path);
    }
    if (url->has_query())
        text.append("?").append(std::string_view{url->encoded_query()});
    return text;
}

std::string grpc_endpoint(environment_reader& reader, setting const& found)
{
    auto text = found.value;
    bool const insecure =
        reader.flag({"OTEL_EXPORTER_OTLP_TRACES_INSECURE", "OTEL_EXPORTER_OTLP_INSECURE"}, false);
    if (!text.contains("://"))
        text.insert(0, insecure ? "http://" : "https://");
    auto const url = usable_url(reader, found, text);
    if (!url)
        return {};
    std::string whole{url->scheme()};
    whole.append("://").append(std::string_view{url->encoded_host_and_port()});
    if (!url->has_port())
        whole.append(":4317");
    return whole;
}

bool is_header(std::pair<std::string, std::string> const& header)
{
    auto const in_name = [](char c) {
        constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
        bool const letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        return letter || (c >= '0' && c <= '9') || marks.contains(c);
    };
    auto const in_value = [](char c) { return c >= ' ' && c <= '~'; };
    return std::ranges::all_of(header.first, in_name) &&
           std::ranges::all_of(header.second, in_value);
}

void read_headers(environment_reader& reader, otlp_options& otlp)
{
    environment_reader::names const variables{"OTEL_EXPORTER_OTLP_TRACES_HEADERS",
                                              "OTEL_EXPORTER_OTLP_HEADERS"};
    otlp.headers = reader.pairs(variables);
    if (!std::ranges::all_of(otlp.headers, is_header))
        reader.refuse_secret(reader.find(variables), "not a valid name or value of a header");
}

void read_security(environment_reader& reader, otlp_options& otlp)
{
    otlp.certificate =
        reader.find({"OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", "OTEL_EXPORTER_OTLP_CERTIFICATE"})
            .value;
    auto const certificate = reader.find(
        {"OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE", "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE"});
    auto const key =
        reader.find({"OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY", "OTEL_EXPORTER_OTLP_CLIENT_KEY"});
    if (certificate && otlp.protocol == otlp_protocol::grpc)
        reader.refuse(certificate, "client certificates are supported over http/protobuf only");
    if (static_cast<bool>(certificate) != static_cast<bool>(key))
        reader.refuse(certificate ? certificate : key, "a client certificate and its key go "
                                                       "together");
    otlp.client_certificate = certificate.value;
    otlp.client_key = key.value;
}

void read_otlp(environment_reader& reader, otlp_options& otlp)
{
    otlp.protocol = read_protocol(reader);
    auto const own = reader.find({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"});
    auto const found = own ? own : reader.find({"OTEL_EXPORTER_OTLP_ENDPOINT"});
    otlp.endpoint = otlp.protocol == otlp_protocol::grpc
                        ? grpc_endpoint(reader, found)
                        : http_endpoint(reader, found, static_cast<bool>(own));
    read_headers(reader, otlp);
    read_security(reader, otlp);
    otlp.timeout = reader.milliseconds(
        {"OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"}, otlp.timeout);
    auto const compression =
        reader.find({"OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "OTEL_EXPORTER_OTLP_COMPRESSION"});
    otlp.gzip = compression.value == "gzip";
    if (compression && !otlp.gzip && compression.value != "none")
        reader.refuse(compression, "expected gzip or none");
}

void read_batches(environment_reader& reader, batch_options& batch)
{
    batch.schedule_delay = reader.milliseconds({"OTEL_BSP_SCHEDULE_DELAY"}, batch.schedule_delay);
    batch.export_timeout = reader.milliseconds({"OTEL_BSP_EXPORT_TIMEOUT"}, batch.export_timeout);
    batch.max_queue_size = reader.count({"OTEL_BSP_MAX_QUEUE_SIZE"}, batch.max_queue_size);
    batch.max_export_batch_size =
        reader.count({"OTEL_BSP_MAX_EXPORT_BATCH_SIZE"},
                     std::min(batch.max_export_batch_size, batch.max_queue_size));
    if (batch.max_export_batch_size > batch.max_queue_size)
        reader.refuse(reader.find({"OTEL_BSP_MAX_EXPORT_BATCH_SIZE"}),
                      "must not be more than OTEL_BSP_MAX_QUEUE_SIZE");
}

bool wants_export(environment_reader& reader)
{
    if (reader.flag({"OTEL_SDK_DISABLED"}, false))
        return false;
    auto const exporter = reader.find({"OTEL_TRACES_EXPORTER"});
    if (exporter && exporter.value == "none")
        return false;
    if (exporter && exporter.value != "otlp")
        reader.refuse(exporter, "expected otlp or none");
    return static_cast<bool>(
        reader.find({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"}));
}

attributes read_resource(environment_reader& reader, service_identity const& service)
{
    auto stated = reader.pairs({"OTEL_RESOURCE_ATTRIBUTES"});
    if (auto const name = reader.find({"OTEL_SERVICE_NAME"}))
        stated.emplace_back("service.name", name.value);
    return describe_process(service, stated);
}

}  // namespace

environment process_environment()
{
    return [](std::string_view name) -> std::optional<std::string> {
        // Nobody changes the environment while it is read: the header says so.
        auto const* const value = std::getenv(std::string{name}.c_str());
        return value == nullptr ? std::nullopt : std::optional<std::string>{value};
    };
}

std::expected<options, std::string> from_environment(environment const& lookup,
                                                     service_identity const& service)
{
    options wanted;
    environment_reader reader{lookup};
    wanted.resource = read_resource(reader, service);
    wanted.export_spans = wants_export(reader);
    if (wanted.export_spans) {
        read_otlp(reader, wanted.otlp);
        read_batches(reader, wanted.batch);
        wanted.sampler = read_sampler(reader);
    }
    if (reader.error())
        return std::unexpected{*reader.error()};
    return wanted;
}

}  // namespace redstart::telemetry
