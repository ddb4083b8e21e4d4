#include "redstart/telemetry/options.hpp"

#include "redstart/telemetry/resource.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace redstart::telemetry {

namespace {

using variables = std::map<std::string, std::string, std::less<>>;
using namespace std::chrono_literals;

std::expected<options, std::string> read_all(variables const& set)
{
    auto const lookup = [&](std::string_view name) -> std::optional<std::string> {
        auto const found = set.find(name);
        return found == set.end() ? std::nullopt : std::optional{found->second};
    };
    return from_environment(lookup, {.name = "redstart", .version = "1.2.3"});
}

options must_read(variables const& set)
{
    auto read = read_all(set);
    EXPECT_TRUE(read) << read.error();
    return read.value_or(options{});
}

// With an endpoint, so that all variables count.
variables exporting(variables more)
{
    more.emplace("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318");
    return more;
}

std::string complaint(variables const& set)
{
    auto const read = read_all(set);
    return read ? std::string{"accepted"} : read.error();
}

attribute_value resource_value(options const& read, std::string_view name)
{
    auto const found = std::ranges::find(read.resource, name, &attributes::value_type::first);
    return found == read.resource.end() ? attribute_value{"(absent)"} : found->second;
}

}  // namespace

TEST(options, nothing_is_exported_without_an_endpoint)
{
    EXPECT_FALSE(must_read({}).export_spans);
    EXPECT_FALSE(must_read({{"OTEL_EXPORTER_OTLP_ENDPOINT", ""}}).export_spans);
    EXPECT_FALSE(must_read({{"OTEL_TRACES_EXPORTER", "otlp"}}).export_spans);
}

TEST(options, defaults_are_those_of_the_specification)
{
    auto const read = must_read(exporting({}));
    EXPECT_TRUE(read.export_spans);
    EXPECT_EQ(read.otlp.protocol, otlp_protocol::http_protobuf);
    EXPECT_EQ(read.otlp.timeout, 10s);
    EXPECT_FALSE(read.otlp.gzip);
    EXPECT_EQ(read.batch.schedule_delay, 5s);
    EXPECT_EQ(read.batch.export_timeout, 30s);
    EXPECT_EQ(read.batch.max_queue_size, 2048U);
    EXPECT_EQ(read.batch.max_export_batch_size, 512U);
    EXPECT_EQ(read.sampler.root, sampling::always_on);
    EXPECT_TRUE(read.sampler.follow_parent);
}

TEST(options, export_can_be_switched_off)
{
    EXPECT_FALSE(must_read(exporting({{"OTEL_SDK_DISABLED", "true"}})).export_spans);
    EXPECT_FALSE(must_read(exporting({{"OTEL_SDK_DISABLED", "TRUE"}})).export_spans);
    EXPECT_TRUE(must_read(exporting({{"OTEL_SDK_DISABLED", "false"}})).export_spans);
    EXPECT_FALSE(must_read(exporting({{"OTEL_TRACES_EXPORTER", "none"}})).export_spans);
    EXPECT_TRUE(must_read(exporting({{"OTEL_TRACES_EXPORTER", "otlp"}})).export_spans);
}

TEST(options, while_export_is_off_its_variables_are_not_judged)
{
    EXPECT_FALSE(must_read({{"OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"},
                            {"OTEL_TRACES_SAMPLER", "xray"},
                            {"OTEL_BSP_MAX_QUEUE_SIZE", "many"}})
                     .export_spans);
}

TEST(options, endpoints_over_http)
{
    struct row {
        std::string_view variable, value, url;
    };
    constexpr std::string_view general = "OTEL_EXPORTER_OTLP_ENDPOINT";
    constexpr std::string_view traces = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
    for (auto const& [variable, value, url] : {
             row{general, "http://collector:4318", "http://collector:4318/v1/traces"},
             row{general, "http://collector:4318/", "http://collector:4318/v1/traces"},
             row{general, " http://collector:4318 ", "http://collector:4318/v1/traces"},
             row{general, "https://collector", "https://collector/v1/traces"},
             row{general, "https://a.example/otlp/", "https://a.example/otlp/v1/traces"},
             row{general, "http://[::1]:4318", "http://[::1]:4318/v1/traces"},
             row{traces, "http://collector:4318", "http://collector:4318/"},
             row{traces, "http://collector:4318/", "http://collector:4318/"},
             row{traces, "http://collector:4318/in", "http://collector:4318/in"},
             row{traces, "http://collector/in/?k=v", "http://collector/in/?k=v"},
         }) {
        EXPECT_EQ(must_read({{std::string{variable}, std::string{value}}}).otlp.endpoint, url);
    }
}

TEST(options, endpoints_over_grpc)
{
    struct row {
        std::string_view value, insecure, url;
    };
    for (auto const& [value, insecure, url] : {
             row{"http://collector:4317", "", "http://collector:4317"},
             row{"https://collector:4317/", "", "https://collector:4317"},
             row{"https://collector:4317", "true", "https://collector:4317"},
             row{"http://collector", "false", "http://collector:4317"},
             row{"collector:4317", "", "https://collector:4317"},
             row{"collector:4317", "true", "http://collector:4317"},
         }) {
        auto const read = must_read({{"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"},
                                     {"OTEL_EXPORTER_OTLP_INSECURE", std::string{insecure}},
                                     {"OTEL_EXPORTER_OTLP_ENDPOINT", std::string{value}}});
        EXPECT_EQ(read.otlp.protocol, otlp_protocol::grpc);
        EXPECT_EQ(read.otlp.endpoint, url);
    }
}

TEST(options, what_is_meant_for_traces_goes_first)
{
    auto const read = must_read({
        {"OTEL_EXPORTER_OTLP_ENDPOINT", "http://all:4318"},
        {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://traces:4317"},
        {"OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"},
        {"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "grpc"},
        {"OTEL_EXPORTER_OTLP_TIMEOUT", "1"},
        {"OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "2500"},
        {"OTEL_EXPORTER_OTLP_COMPRESSION", "none"},
        {"OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "gzip"},
        {"OTEL_EXPORTER_OTLP_HEADERS", "a=1"},
        {"OTEL_EXPORTER_OTLP_TRACES_HEADERS", "b=2"},
        {"OTEL_EXPORTER_OTLP_CERTIFICATE", "/all.pem"},
        {"OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", "/traces.pem"},
    });
    EXPECT_EQ(read.otlp.protocol, otlp_protocol::grpc);
    EXPECT_EQ(read.otlp.endpoint, "http://traces:4317");
    EXPECT_EQ(read.otlp.timeout, 2500ms);
    EXPECT_TRUE(read.otlp.gzip);
    EXPECT_THAT(read.otlp.headers, testing::ElementsAre(testing::Pair("b", "2")));
    EXPECT_EQ(read.otlp.certificate, "/traces.pem");
}

TEST(options, headers_are_split_trimmed_and_percent_decoded)
{
    auto const read = must_read(exporting(
        {{"OTEL_EXPORTER_OTLP_HEADERS",
          "authorization=Bearer%20a%3Db%2Cc, x-tenant = seven ,,x-empty=,x-plus=a+b=c"}}));
    EXPECT_THAT(read.otlp.headers,
                testing::ElementsAre(testing::Pair("authorization", "Bearer a=b,c"),
                                     testing::Pair("x-tenant", "seven"),
                                     testing::Pair("x-empty", ""),
                                     testing::Pair("x-plus", "a+b=c")));
}

TEST(options, samplers_by_name)
{
    struct row {
        std::string_view name;
        sampling root;
        bool follow_parent;
    };
    for (auto const& [name, root, follow_parent] : {
             row{"always_on", sampling::always_on, false},
             row{"always_off", sampling::always_off, false},
             row{"traceidratio", sampling::trace_id_ratio, false},
             row{"parentbased_always_on", sampling::always_on, true},
             row{"parentbased_always_off", sampling::always_off, true},
             row{"parentbased_traceidratio", sampling::trace_id_ratio, true},
         }) {
        auto const read = must_read(exporting({{"OTEL_TRACES_SAMPLER", std::string{name}}}));
        EXPECT_EQ(read.sampler.root, root) << name;
        EXPECT_EQ(read.sampler.follow_parent, follow_parent) << name;
        EXPECT_EQ(read.sampler.ratio, 1.0) << name;
    }
}

TEST(options, the_ratio_of_the_sampler)
{
    for (auto const& [text, ratio] :
         {std::pair{"0", 0.0}, {"0.25", 0.25}, {"1", 1.0}, {"1e-3", 0.001}}) {
        auto const read = must_read(exporting(
            {{"OTEL_TRACES_SAMPLER", "traceidratio"}, {"OTEL_TRACES_SAMPLER_ARG", text}}));
        EXPECT_EQ(read.sampler.ratio, ratio);
    }
    EXPECT_TRUE(read_all(exporting({{"OTEL_TRACES_SAMPLER", "always_on"},
                                    {"OTEL_TRACES_SAMPLER_ARG", "meant for something else"}})));
}

TEST(options, batches)
{
    auto const read = must_read(exporting({{"OTEL_BSP_SCHEDULE_DELAY", "100"},
                                           {"OTEL_BSP_EXPORT_TIMEOUT", "200"},
                                           {"OTEL_BSP_MAX_QUEUE_SIZE", "4096"},
                                           {"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "4096"}}));
    EXPECT_EQ(read.batch.schedule_delay, 100ms);
    EXPECT_EQ(read.batch.export_timeout, 200ms);
    EXPECT_EQ(read.batch.max_queue_size, 4096U);
    EXPECT_EQ(read.batch.max_export_batch_size, 4096U);

    auto const small = must_read(exporting({{"OTEL_BSP_MAX_QUEUE_SIZE", "10"}}));
    EXPECT_EQ(small.batch.max_export_batch_size, 10U);
}

TEST(options, the_resource_names_the_service_and_the_process)
{
    auto const read = must_read({});
    EXPECT_EQ(resource_value(read, "service.name"), attribute_value{"redstart"});
    EXPECT_EQ(resource_value(read, "service.version"), attribute_value{"1.2.3"});
    EXPECT_EQ(resource_value(read, "telemetry.sdk.name"), attribute_value{"opentelemetry"});
    EXPECT_EQ(resource_value(read, "telemetry.sdk.language"), attribute_value{"cpp"});
    EXPECT_TRUE(std::holds_alternative<std::int64_t>(resource_value(read, "process.pid")));
    EXPECT_THAT(std::get<std::string>(resource_value(read, "service.instance.id")),
                testing::MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-"
                                      "[0-9a-f]{12}"));
    EXPECT_TRUE(std::ranges::is_sorted(read.resource, {}, &attributes::value_type::first));
}

TEST(options, every_start_is_an_instance_of_its_own)
{
    EXPECT_NE(resource_value(must_read({}), "service.instance.id"),
              resource_value(must_read({}), "service.instance.id"));
}

TEST(options, the_operator_describes_the_resource)
{
    auto const read = must_read(
        {{"OTEL_RESOURCE_ATTRIBUTES", "service.name=old,deployment.environment.name=blue%2Fgreen,"
                                      "service.instance.id=one"},
         {"OTEL_SERVICE_NAME", "leaderboard"}});
    EXPECT_EQ(resource_value(read, "service.name"), attribute_value{"leaderboard"});
    EXPECT_EQ(resource_value(read, "deployment.environment.name"), attribute_value{"blue/green"});
    EXPECT_EQ(resource_value(read, "service.instance.id"), attribute_value{"one"});
}

TEST(options, a_value_that_makes_no_sense_is_an_error_that_names_the_variable)
{
    struct row {
        std::string_view variable, value, reason;
    };
    for (auto const& [variable, value, reason] : {
             row{"OTEL_SDK_DISABLED", "yes", "=yes: expected true or false"},
             row{"OTEL_TRACES_EXPORTER", "zipkin", "=zipkin: expected otlp or none"},
             row{"OTEL_EXPORTER_OTLP_PROTOCOL", "http/json",
                 "=http/json: expected http/protobuf or grpc"},
             row{"OTEL_EXPORTER_OTLP_TIMEOUT", "10s",
                 "=10s: expected a number of milliseconds from 1 to 86400000, without a unit"},
             row{"OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "0",
                 "=0: expected a number of milliseconds from 1 to 86400000, without a unit"},
             row{"OTEL_EXPORTER_OTLP_COMPRESSION", "zstd", "=zstd: expected gzip or none"},
             row{"OTEL_TRACES_SAMPLER", "xray",
                 "=xray: expected always_on, always_off, traceidratio, parentbased_always_on, "
                 "parentbased_always_off or parentbased_traceidratio"},
             row{"OTEL_BSP_SCHEDULE_DELAY", "-1",
                 "=-1: expected a number of milliseconds from 1 to 86400000, without a unit"},
             row{"OTEL_BSP_MAX_QUEUE_SIZE", "0", "=0: expected a number from 1 to 1000000"},
             row{"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "4096",
                 "=4096: must not be more than OTEL_BSP_MAX_QUEUE_SIZE"},
             row{"OTEL_EXPORTER_OTLP_CLIENT_KEY", "/key.pem",
                 "=/key.pem: a client certificate and its key go together"},
         }) {
        EXPECT_EQ(complaint(exporting({{std::string{variable}, std::string{value}}})),
                  std::string{variable} + std::string{reason});
    }
}

TEST(options, a_ratio_that_makes_no_sense)
{
    for (auto const* const text : {"1.5", "-0.1", "half", "0.5x", "nan"}) {
        EXPECT_EQ(complaint(exporting({{"OTEL_TRACES_SAMPLER", "traceidratio"},
                                       {"OTEL_TRACES_SAMPLER_ARG", text}})),
                  "OTEL_TRACES_SAMPLER_ARG=" + std::string{text} +
                      ": expected a number from 0 to 1");
    }
}

TEST(options, an_endpoint_that_makes_no_sense)
{
    for (auto const* const text : {"collector:4318", "ftp://collector", "http://", "http://:4318",
                                   "http://a:0", "http://a:99999", "http://a b:1", "/v1/traces"}) {
        EXPECT_EQ(complaint({{"OTEL_EXPORTER_OTLP_ENDPOINT", text}}),
                  "OTEL_EXPORTER_OTLP_ENDPOINT: expected http://host:port or https://host:port")
            << text;
    }
}

TEST(options, complaints_show_no_credentials)
{
    EXPECT_EQ(complaint({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://me:hunter2@collector:4318"}}),
              "OTEL_EXPORTER_OTLP_ENDPOINT: a user and password do not belong into the address: "
              "use OTEL_EXPORTER_OTLP_HEADERS");
    for (auto const* const text :
         {"hunter2", "=hunter2", "a=hunter2%2", "a=hunter2%zz", "a=hunter2%0d%0a", "a b=hunter2"}) {
        auto const text_of = complaint(exporting({{"OTEL_EXPORTER_OTLP_HEADERS", text}}));
        EXPECT_THAT(text_of, testing::StartsWith("OTEL_EXPORTER_OTLP_HEADERS: ")) << text;
        EXPECT_THAT(text_of, testing::Not(testing::HasSubstr("hunter2")));
    }
}

TEST(options, client_certificates_are_for_http)
{
    auto const files = variables{{"OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "/c.pem"},
                                 {"OTEL_EXPORTER_OTLP_CLIENT_KEY", "/k.pem"}};
    auto const read = must_read(exporting(files));
    EXPECT_EQ(read.otlp.client_certificate, "/c.pem");
    EXPECT_EQ(read.otlp.client_key, "/k.pem");
    auto over_grpc = files;
    over_grpc.emplace("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
    EXPECT_EQ(complaint(exporting(over_grpc)),
              "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE=/c.pem: client certificates are supported "
              "over http/protobuf only");
}

TEST(options, a_malformed_resource_is_an_error_even_without_export)
{
    EXPECT_EQ(complaint({{"OTEL_RESOURCE_ATTRIBUTES", "service.name"}}),
              "OTEL_RESOURCE_ATTRIBUTES: expected key=value, separated by commas, with values "
              "percent-encoded");
}

TEST(options, the_environment_of_the_process)
{
    auto const lookup = process_environment();
    EXPECT_TRUE(lookup("PATH"));
    EXPECT_FALSE(lookup("REDSTART_NOBODY_SETS_THIS"));
}

}  // namespace redstart::telemetry
