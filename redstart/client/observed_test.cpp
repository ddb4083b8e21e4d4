// What a client tells its observers: metrics by command, and spans of sampled traces.

#include "redstart/client/call_span.hpp"
#include "redstart/client/command_metrics.hpp"
#include "redstart/client/probe_test.hpp"
#include "redstart/command/script.hpp"
#include "redstart/command/strings.hpp"
#include "redstart/task/when_all.hpp"
#include "redstart/task/within.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace redstart::client_test {
namespace {

// Spans come on the loop's thread, which has let go of them when a task on it has ended.
class kept_spans final : public span_sink {
public:
    void take(std::vector<span_record>&& finished) override
    {
        ++batches;
        for (auto& each : finished)
            spans.push_back(std::move(each));
    }
    bool samples(trace_context const*, trace_context const&) const override { return true; }

    std::vector<span_record> spans;
    int batches = 0;
};

std::string text_of_attribute(span_record const& span, std::string_view name)
{
    auto const found =
        std::ranges::find_if(span.attributes, [&](auto const& each) { return each.first == name; });
    if (found == span.attributes.end())
        return "absent";
    if (auto const* const text = std::get_if<std::string>(&found->second))
        return *text;
    return std::to_string(std::get<std::int64_t>(found->second));
}

// How many calls were counted under these labels, of which all must be there.
std::uint64_t counted(metrics_registry const& registry, metric_labels const& wanted)
{
    std::uint64_t count = 0;
    for (auto const& family : registry.read())
        for (auto const& series : family.series) {
            bool const fits = std::ranges::all_of(wanted, [&](auto const& label) {
                return std::ranges::find(series.labels, label) != series.labels.end();
            });
            if (fits && family.kind == metric_kind::histogram)
                count = std::accumulate(series.histogram.counts.begin(),
                                        series.histogram.counts.end(), count);
        }
    return count;
}

double value_of(metrics_registry const& registry, std::string_view family)
{
    for (auto const& each : registry.read())
        if (each.family.name == family)
            return each.series.front().value;
    return -1;
}

redstart::script<std::int64_t> const measured{"measured", "return 1"};

class observed : public scripted {
protected:
    ~observed() override { stop(); }  // before the observers go

    // Runs `work` in a trace.
    template <class T>
    T traced(task<T> work, std::uint8_t flags = trace_context::sampled_flag)
    {
        trace = trace_context{}.child();
        trace.flags = flags;
        return loops.run([](task<T> inner, trace_context const& own) -> task<T> {
            auto here = co_await this_context();
            here.trace = &own;
            co_return co_await under(here, std::move(inner));
        }(std::move(work), trace));
    }
    // Lets the loop end its turn, in which spans are handed over.
    void let_go()
    {
        run([]() -> task<> { co_await sleep_for(1ms); });
    }

    metrics_registry registry;
    kept_spans sink;
    client_observers both{.metrics = &registry, .spans = &sink};
    trace_context trace;
};

task<> set_and_get(client& db) { co_await db.exec(set("key", "value", {.ttl = 1s}), get("key")); }

TEST_F(observed, describes_a_call_without_a_word_of_its_data)
{
    server.plays(settled()
                     .hears(words({"SET", "key", "value", "PX", "1000"}) + words({"GET", "key"}))
                     .says("+OK\r\n$5\r\nvalue\r\n"));
    client_options options;
    options.login.database = 0;
    connect(options, both);
    traced(set_and_get(*db));
    let_go();
    ASSERT_EQ(sink.spans.size(), 1u);
    auto const& span = sink.spans.front();
    EXPECT_EQ(span.name, "PIPELINE");
    EXPECT_EQ(span.kind, span_kind::client);
    EXPECT_EQ(span.identity.trace_id, trace.trace_id);
    EXPECT_NE(span.identity.span_id, trace.span_id);
    EXPECT_EQ(span.parent_span_id, trace.span_id);
    EXPECT_FALSE(span.failed);
    EXPECT_GT(span.duration.count(), 0);
    EXPECT_EQ(text_of_attribute(span, "db.system.name"), "redis");
    EXPECT_EQ(text_of_attribute(span, "db.query.text"), "SET ? ? ? ...; GET ?");
    EXPECT_EQ(text_of_attribute(span, "db.operation.batch.size"), "2");
    EXPECT_EQ(text_of_attribute(span, "db.namespace"), "0");
    EXPECT_EQ(text_of_attribute(span, "server.address"), "127.0.0.1");
    EXPECT_EQ(text_of_attribute(span, "server.port"), std::to_string(server.endpoint().port));
}

task<> run_script(client& db) { static_cast<void>(co_await db.try_exec(measured(keys("k")))); }

TEST_F(observed, describes_a_failure_by_its_code)
{
    server.plays(settled()
                     .hears(words({"EVALSHA", measured.sha1(), "1", "k"}))
                     .says("-WRONGTYPE private words\r\n"));
    connect({}, both);
    traced(run_script(*db));
    let_go();
    ASSERT_EQ(sink.spans.size(), 1u);
    auto const& span = sink.spans.front();
    EXPECT_TRUE(span.failed);
    EXPECT_EQ(span.failure_text, "WRONGTYPE");
    EXPECT_EQ(span.name, "EVALSHA measured");
    EXPECT_EQ(text_of_attribute(span, "db.operation.name"), "EVALSHA");
    EXPECT_EQ(text_of_attribute(span, "error.type"), "WRONGTYPE");
    EXPECT_EQ(text_of_attribute(span, "db.response.status_code"), "WRONGTYPE");
    EXPECT_EQ(text_of_attribute(span, "db.stored_procedure.name"), "measured");
    EXPECT_EQ(text_of_attribute(span, "db.operation.batch.size"), "absent");
}

task<> get_twice(client& db)
{
    co_await db.exec(get("a"));
    co_await db.exec(get("b"));
}

TEST_F(observed, describes_nothing_that_is_not_sampled)
{
    server.plays(settled()
                     .hears(words({"GET", "a"}))
                     .says("_\r\n")
                     .hears(words({"GET", "b"}))
                     .says("_\r\n"));
    connect({}, both);
    traced(get_twice(*db), 0);
    let_go();
    EXPECT_EQ(sink.batches, 0);
}

TEST_F(observed, describes_calls_that_end_with_the_client_and_after_it)
{
    server.plays(settled().hears(words({"GET", "a"})).hears_the_end());
    connect({}, both);
    run([&]() -> task<> { co_await db->connect(); });
    auto const both_ways = [](client& through) -> task<> {
        auto const call = [](client& inner) -> task<> {
            static_cast<void>(co_await inner.try_exec(get("a")));
        };
        auto const end = [](client& inner) -> task<> { co_await inner.stop(1ms); };
        co_await when_all(call(through), end(through));
        co_await call(through);
    };
    traced(both_ways(*db));
    ASSERT_EQ(sink.spans.size(), 2u);
    EXPECT_EQ(sink.spans[0].failure_text, "stopped");
    EXPECT_EQ(sink.spans[1].failure_text, "stopped");
}

TEST_F(observed, counts_calls_by_command_and_by_failure)
{
    server.plays(settled()
                     .hears(words({"GET", "a"}))
                     .says("_\r\n")
                     .hears(words({"GET", "b"}))
                     .says("_\r\n")
                     .hears(words({"INCR", "c"}))
                     .says("-WRONGTYPE no\r\n")
                     .hears(words({"NO.SUCH"}))
                     .says("-ERR unknown command\r\n"));
    connect({}, both);
    run([&]() -> task<> { co_await get_twice(*db); });
    EXPECT_EQ(fails(incr("c")).server_code(), "WRONGTYPE");
    EXPECT_EQ(fails(raw<ignored>("NO.SUCH")).command(), "NO.SUCH");
    EXPECT_EQ(counted(registry, {{"db.operation.name", "GET"},
                                 {"db.namespace", "0"},
                                 {"server.address", "127.0.0.1"},
                                 {"server.port", std::to_string(server.endpoint().port)}}),
              2u);
    EXPECT_EQ(counted(registry, {{"db.operation.name", "INCR"}, {"error.type", "WRONGTYPE"}}), 1u);
    EXPECT_EQ(counted(registry, {{"db.operation.name", "OTHER"}, {"error.type", "ERR"}}), 1u)
        << "a name that we do not know is no label";
}

TEST_F(observed, counts_connections)
{
    server.plays(script{}.hangs_up());
    server.plays(settled().hears(words({"GET", "k"})).hangs_up());
    server.plays(settled().hears(words({"GET", "k"})).says("_\r\n"));
    connect(sent_once(), both);
    EXPECT_EQ(fails(get("k")).code(), failure_code::connection_lost);
    EXPECT_EQ(exec(get("k")), std::nullopt);
    EXPECT_EQ(value_of(registry, "redis.client.connections"), 1);
    EXPECT_EQ(value_of(registry, "redis.client.connection.dial_failures"), 1);
    EXPECT_EQ(value_of(registry, "redis.client.connection.lost"), 1);
    stop();
    EXPECT_EQ(value_of(registry, "redis.client.connections"), 0);
    EXPECT_EQ(value_of(registry, "redis.client.connection.lost"), 1) << "stopping loses nothing";
}

TEST_F(observed, counts_what_is_in_flight)
{
    auto const request = words({"GET", "k"});
    server.plays(settled().hears(request).hears_the_end());
    connect(sent_once(), both);
    run([&]() -> task<> {
        auto const brief = [](client& through) -> task<failure> {
            auto const came = co_await through.try_exec(get("k"));
            co_return came.error();
        };
        co_await db->connect();  // however long that takes
        auto const why = co_await within(5ms, brief(*db));
        EXPECT_EQ(why.code(), failure_code::timed_out);
    });
    EXPECT_EQ(value_of(registry, "redis.client.lane.commands"), 1) << "its answer may still come";
    EXPECT_EQ(value_of(registry, "redis.client.lane.bytes"), request.size());
    stop();
    EXPECT_EQ(value_of(registry, "redis.client.lane.commands"), 0);
    EXPECT_EQ(value_of(registry, "redis.client.lane.bytes"), 0);
}

TEST_F(observed, counts_repetitions_and_open_circuits)
{
    auto const loads = std::string{"-LOADING wait\r\n"};
    server.plays(
        settled().hears(words({"GET", "k"})).says(loads).hears(words({"GET", "k"})).says(loads));
    client_options options;
    options.retry = {.attempts = 1, .pause = {.first = 1ms, .limit = 1ms}};
    options.circuit_breaker = {.failures = 1, .open_for = 1h};
    connect(options, both);
    EXPECT_EQ(fails(get("k")).server_code(), "LOADING");
    EXPECT_EQ(fails(get("k")).code(), failure_code::circuit_open);
    EXPECT_EQ(value_of(registry, "redis.client.repetitions"), 1);
    EXPECT_EQ(value_of(registry, "redis.client.circuit_breaker.openings"), 1);
    EXPECT_EQ(counted(registry, {{"error.type", "circuit_open"}}), 1u);
}

TEST(failures_by_code, are_of_bounded_number)
{
    metrics_registry registry;
    command_metrics metrics{registry, client_options{}};
    metrics.failed(command_id::get, "FIRST", 1);
    for (int i = 0; i < 1'000; ++i)
        metrics.failed(command_id::get, "CODE" + std::to_string(i), 1);
    metrics.failed(command_id::get, "FIRST", 1);
    EXPECT_EQ(counted(registry, {{"error.type", "FIRST"}}), 2u);
    EXPECT_EQ(counted(registry, {}), 1'002u);
    EXPECT_GT(counted(registry, {{"error.type", "_OTHER"}}), 700u);
    std::size_t series = 0;
    for (auto const& family : registry.read())
        series += family.kind == metric_kind::histogram ? family.series.size() : 0;
    EXPECT_LE(series, 257u);
}

}  // namespace
}  // namespace redstart::client_test
