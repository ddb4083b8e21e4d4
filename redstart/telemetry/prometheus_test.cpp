#include "redstart/telemetry/prometheus.hpp"

#include "redstart/telemetry/prometheus_writer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <limits>

namespace redstart::telemetry {

namespace {

metric_family const commands{"db.client.operation.duration",
                             "Duration of database client operations.", "s"};

std::string page_of(metrics_registry const& registry, exposition format = exposition::prometheus)
{
    auto const read = registry.read();
    return prometheus_text(read, format);
}

std::string exposed_name(metric_family const& family, metric_kind kind)
{
    return prometheus_name_of(family, kind).name;
}

std::string seconds(std::uint64_t nanoseconds)
{
    std::string text;
    append_seconds(nanoseconds, text);
    return text;
}

std::string number(double value)
{
    std::string text;
    append_number(value, text);
    return text;
}

constexpr std::array<std::uint64_t, 3> few_bounds{500'000, 1'000'000'000, 2'500'000'000};

// Counters, a gauge and a histogram, with labels that need escaping.
void fill(metrics_registry& registry)
{
    registry
        .add_counter({"db.client.connection.timeouts", "Waits that ended without a connection.",
                      "{timeout}"},
                     {{"db.client.connection.pool.name", "main"}})
        .add(3);
    registry
        .add_gauge({"http.server.active_requests", "Requests in work.", "{request}"},
                   {{"http.request.method", "GET"}, {"url.scheme", "http"}})
        .set(-2);
    auto& lasted = registry.add_histogram(commands, {{"db.operation.name", "GET"}}, few_bounds);
    lasted.record(400'000);
    lasted.record(500'000);
    lasted.record(500'001);
    lasted.record(3'000'000'000, 2);
}

bool has_promtool() { return std::system("command -v promtool > /dev/null 2>&1") == 0; }

int promtool_says(std::string const& page)
{
    auto* const checker = ::popen("promtool check metrics", "w");
    if (checker == nullptr)
        return -1;
    std::fwrite(page.data(), 1, page.size(), checker);
    return ::pclose(checker);
}

}  // namespace

TEST(prometheus, text_of_every_kind)
{
    metrics_registry registry;
    fill(registry);
    EXPECT_EQ(page_of(registry),
              R"(# HELP db_client_connection_timeouts_total Waits that ended without a connection.
# TYPE db_client_connection_timeouts_total counter
db_client_connection_timeouts_total{db_client_connection_pool_name="main"} 3
# HELP http_server_active_requests Requests in work.
# TYPE http_server_active_requests gauge
http_server_active_requests{http_request_method="GET",url_scheme="http"} -2
# HELP db_client_operation_duration_seconds Duration of database client operations.
# TYPE db_client_operation_duration_seconds histogram
db_client_operation_duration_seconds_bucket{db_operation_name="GET",le="0.0005"} 2
db_client_operation_duration_seconds_bucket{db_operation_name="GET",le="1.0"} 3
db_client_operation_duration_seconds_bucket{db_operation_name="GET",le="2.5"} 3
db_client_operation_duration_seconds_bucket{db_operation_name="GET",le="+Inf"} 5
db_client_operation_duration_seconds_sum{db_operation_name="GET"} 6.001400001
db_client_operation_duration_seconds_count{db_operation_name="GET"} 5
)");
}

TEST(prometheus, openmetrics_of_every_kind)
{
    metrics_registry registry;
    fill(registry);
    EXPECT_EQ(page_of(registry, exposition::openmetrics),
              R"(# HELP db_client_connection_timeouts Waits that ended without a connection.
# TYPE db_client_connection_timeouts counter
db_client_connection_timeouts_total{db_client_connection_pool_name="main"} 3
# HELP http_server_active_requests Requests in work.
# TYPE http_server_active_requests gauge
http_server_active_requests{http_request_method="GET",url_scheme="http"} -2
# HELP db_client_operation_duration_seconds Duration of database client operations.
# TYPE db_client_operation_duration_seconds histogram
# UNIT db_client_operation_duration_seconds seconds
db_client_operation_duration_seconds_bucket{db_operation_name="GET",le="0.0005"} 2
db_client_operation_duration_seconds_bucket{db_operation_name="GET",le="1.0"} 3
db_client_operation_duration_seconds_bucket{db_operation_name="GET",le="2.5"} 3
db_client_operation_duration_seconds_bucket{db_operation_name="GET",le="+Inf"} 5
db_client_operation_duration_seconds_sum{db_operation_name="GET"} 6.001400001
db_client_operation_duration_seconds_count{db_operation_name="GET"} 5
# EOF
)");
}

TEST(prometheus, a_series_without_labels_has_no_braces)
{
    metrics_registry registry;
    registry.add_counter({"made.up", "Nothing.", ""}, {}).add();
    registry.add_histogram({"lasted", "Nothing.", "s"}, {}, few_bounds).record(1);
    auto const page = page_of(registry);
    EXPECT_THAT(page, testing::HasSubstr("\nmade_up_total 1\n"));
    EXPECT_THAT(page, testing::HasSubstr("\nlasted_seconds_bucket{le=\"0.0005\"} 1\n"));
    EXPECT_THAT(page, testing::HasSubstr("\nlasted_seconds_sum 0.000000001\n"));
}

TEST(prometheus, an_empty_registry_is_an_empty_page)
{
    metrics_registry const registry;
    EXPECT_EQ(page_of(registry), "");
    EXPECT_EQ(page_of(registry, exposition::openmetrics), "# EOF\n");
}

TEST(prometheus, labels_and_help_are_escaped)
{
    metrics_registry registry;
    registry.add_counter({"odd", "A \"back\\slash\"\nand a line feed.", ""},
                         {{"text", "a\\b\"c\nd\xff"}});
    EXPECT_EQ(page_of(registry), "# HELP odd_total A \"back\\\\slash\"\\nand a line feed.\n"
                                 "# TYPE odd_total counter\n"
                                 "odd_total{text=\"a\\\\b\\\"c\\nd\xef\xbf\xbd\"} 0\n");
    EXPECT_THAT(page_of(registry, exposition::openmetrics),
                testing::StartsWith("# HELP odd A \\\"back\\\\slash\\\"\\nand a line feed.\n"));
}

TEST(prometheus, the_resource_is_target_info)
{
    attributes const resource{
        {"process.pid", std::int64_t{7}}, {"service.name", "a\"b"}, {"flag", true}, {"share", 0.5}};
    EXPECT_EQ(prometheus_text({}, exposition::prometheus, resource),
              "# HELP target_info Target metadata\n"
              "# TYPE target_info gauge\n"
              "target_info{flag=\"true\",process_pid=\"7\",service_name=\"a\\\"b\","
              "share=\"0.5\"} 1\n");
    EXPECT_EQ(prometheus_text({}, exposition::openmetrics, {{"service.name", "x"}}),
              "# HELP target Target metadata\n"
              "# TYPE target info\n"
              "target_info{service_name=\"x\"} 1\n"
              "# EOF\n");
}

TEST(prometheus, names_and_units)
{
    struct row {
        metric_family family;
        metric_kind kind;
        std::string_view name;
    };
    using enum metric_kind;
    for (auto const& [family, kind, name] : {
             row{{"db.client.operation.duration", "", "s"},
                 histogram,
                 "db_client_operation_duration_seconds"},
             row{{"http.server.request.body.size", "", "By"},
                 histogram,
                 "http_server_request_body_size_bytes"},
             row{{"db.client.connection.count", "", "{connection}"},
                 gauge,
                 "db_client_connection_count"},
             row{{"otel.sdk.exporter.span.exported", "", "{span}"},
                 counter,
                 "otel_sdk_exporter_span_exported"},
             row{{"already_total", "", ""}, counter, "already"},
             row{{"time_seconds", "", "s"}, gauge, "time_seconds"},
             row{{"milliseconds", "", "ms"}, gauge, "milliseconds"},
             row{{"share", "", "1"}, gauge, "share_ratio"},
             row{{"calls", "", "1"}, counter, "calls"},
             row{{"speed", "", "m/s"}, gauge, "speed_m_per_seconds"},
             row{{"rate", "", "{request}/s"}, gauge, "rate_per_seconds"},
             row{{"2.odd--name..x", "", ""}, gauge, "_2_odd_name_x"},
             row{{"with:colon", "", ""}, gauge, "with:colon"},
         }) {
        EXPECT_EQ(exposed_name(family, kind), name) << family.name;
    }
}

TEST(prometheus, labels_whose_names_become_the_same_are_joined)
{
    EXPECT_EQ(label_text({{"a.b", "2"}, {"a_b", "3"}, {"a-b", "1"}, {"c:d", "4"}}),
              "a_b=\"1;2;3\",c_d=\"4\"");
}

TEST(prometheus, two_kinds_of_one_name_do_not_spoil_the_page)
{
    metrics_registry registry;
    registry.add_gauge({"a.b", "First.", ""}, {}).set(1);
    registry.add_histogram({"a_b", "Second.", ""}, {}, few_bounds);
    registry.add_gauge({"a-b", "Third.", ""}, {{"of", "it"}}).set(2);
    EXPECT_EQ(page_of(registry), "# HELP a_b First.\n# TYPE a_b gauge\na_b 1\na_b{of=\"it\"} 2\n");
}

TEST(prometheus, seconds_are_exact)
{
    EXPECT_EQ(seconds(0), "0.0");
    EXPECT_EQ(seconds(1), "0.000000001");
    EXPECT_EQ(seconds(100'000), "0.0001");
    EXPECT_EQ(seconds(7'500'000'000), "7.5");
    EXPECT_EQ(seconds(10'000'000'000), "10.0");
    EXPECT_EQ(seconds(std::numeric_limits<std::uint64_t>::max()), "18446744073.709551615");
}

TEST(prometheus, numbers_read_back_as_they_were)
{
    EXPECT_EQ(number(0), "0");
    EXPECT_EQ(number(-3), "-3");
    EXPECT_EQ(number(9007199254740991.0), "9007199254740991");
    EXPECT_EQ(number(0.1), "0.1");
    EXPECT_EQ(number(1e300), "1e+300");
    EXPECT_EQ(number(std::numeric_limits<double>::infinity()), "+Inf");
    EXPECT_EQ(number(-std::numeric_limits<double>::infinity()), "-Inf");
    EXPECT_EQ(number(std::numeric_limits<double>::quiet_NaN()), "NaN");
}

TEST(prometheus, openmetrics_is_for_those_who_ask_for_it)
{
    struct row {
        std::string_view accept;
        exposition format;
    };
    using enum exposition;
    for (auto const& [accept, format] : {
             row{"", prometheus},
             row{"*/*", prometheus},
             row{"text/plain", prometheus},
             row{"application/openmetrics-text", openmetrics},
             row{"application/openmetrics-text; version=1.0.0; q=0", prometheus},
             row{"application/openmetrics-text;q=0.3,text/plain;q=0.5", prometheus},
             row{"application/openmetrics-text;q=zero", prometheus},
             // What Prometheus 2.42 sends.
             row{"application/openmetrics-text;version=1.0.0,application/openmetrics-text;"
                 "version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
                 openmetrics},
         }) {
        EXPECT_EQ(negotiate(accept), format) << accept;
    }
    EXPECT_EQ(content_type(prometheus), "text/plain; version=0.0.4; charset=utf-8");
    EXPECT_EQ(content_type(openmetrics),
              "application/openmetrics-text; version=1.0.0; charset=utf-8");
}

TEST(prometheus, promtool_accepts_the_page)
{
    if (!has_promtool())
        GTEST_SKIP() << "promtool is not installed";
    metrics_registry registry;
    fill(registry);
    registry.add_histogram({"http.server.request.duration", "Duration of requests.", "s"},
                           {{"http.route", "/rank/{player}"}}, http_buckets());
    auto const read = registry.read();
    auto const page = prometheus_text(read, exposition::prometheus, {{"service.name", "redstart"}});
    EXPECT_EQ(promtool_says(page), 0);
    EXPECT_NE(promtool_says(page + "broken{\n"), 0);
}

}  // namespace redstart::telemetry
