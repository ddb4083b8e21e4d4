#include "redstart/http/middleware.hpp"
#include "redstart/http/problem.hpp"
#include "redstart/http/recorded_status.hpp"

#include <array>
#include <unordered_map>

namespace redstart::http {

namespace {

// The instruments of one loop, bound when a series is first needed. Keys are made of numbers that clients cannot
// choose beyond a few (route, method, status, version), so neither they nor the map can be flooded.
class instruments {
public:
    explicit instruments(metrics_registry& registry) : registry_{registry} {}

    gauge& active(context& c)
    {
        auto*& known = active_[static_cast<std::size_t>(c.request().method)];
        if (!known)
            known = &registry_.add_gauge(
                {.name = "http.server.active_requests",
                 .help = "Requests that are being answered.",
                 .unit = "{request}"},
                {{"http.request.method", std::string{to_string(c.request().method)}},
                 {"url.scheme", std::string{c.request().scheme}}});
        return *known;
    }

    histogram& duration(context& c, int status)
    {
        auto*& known = durations_[key(c, status)];
        if (!known)
            known = &registry_.add_histogram({.name = "http.server.request.duration",
                                              .help = "How long requests took to be answered.",
                                              .unit = "s"},
                                             labels(c, status), http_buckets());
        return *known;
    }

private:
    static std::uint64_t key(context& c, int status) noexcept
    {
        auto const which = static_cast<std::uint64_t>(c.request().method);
        auto const version = static_cast<std::uint64_t>(c.request().minor_version & 1);
        return std::uint64_t{c.way().number} << 32 |
               static_cast<std::uint64_t>(status & 0xffff) << 16 | which << 1 | version;
    }

    static metric_labels labels(context& c, int status)
    {
        metric_labels all{{"http.request.method", std::string{to_string(c.request().method)}},
                          {"http.response.status_code", std::to_string(status)},
                          {"network.protocol.version", std::string{c.request().version()}},
                          {"url.scheme", std::string{c.request().scheme}}};
        if (!c.route().empty())
            all.emplace_back("http.route", c.route());
        return all;
    }

    metrics_registry& registry_;
    std::array<gauge*, method_count> active_{};
    std::unordered_map<std::uint64_t, histogram*> durations_;
};

void record(instruments& mine, context& c, int status)
{
    auto const took = boot_clock::now() - c.started_at();
    mine.duration(c, recorded_status(c, status)).record(static_cast<std::uint64_t>(took.count()));
    mine.active(c).add(-1);
}

task<response> measured(instruments& mine, context& c, next go_on)
{
    mine.active(c).add(1);
    std::exception_ptr thrown;
    try {
        auto answer = co_await go_on(c);
        record(mine, c, answer.status);
        co_return answer;
    } catch (...) {
        thrown = std::current_exception();
    }
    record(mine, c, describe(thrown).status());
    std::rethrow_exception(thrown);
}

}  // namespace

middleware request_metrics(metrics_registry& registry)
{
    // The address of what is captured names this middleware among the states of a loop.
    return [identity = std::make_shared<char>(), &registry](context& c, next go_on) {
        auto& mine = c.locals().get<instruments>(
            identity.get(), [&] { return std::make_unique<instruments>(registry); });
        return measured(mine, c, go_on);
    };
}

}  // namespace redstart::http
