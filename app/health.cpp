#include "app/health.hpp"

#include "redstart/command/server.hpp"
#include "redstart/task/event.hpp"
#include "redstart/task/within.hpp"
#include "redstart/telemetry/prometheus.hpp"

#include <optional>
#include <string>

namespace redstart::app {

namespace {

constexpr auto readiness_limit = std::chrono::milliseconds{500};
constexpr auto good_for = std::chrono::seconds{1};

bool is_fresh(std::optional<boot_clock::time_point> found_at, boot_clock::time_point now) noexcept
{
    return found_at && now - *found_at < good_for;
}

}  // namespace

struct health::loop_state {
    bool reaches_server = false;
    bool is_asking = false;  // whoever comes meanwhile waits for that answer
    std::optional<boot_clock::time_point> asked_at;
    event answered;
};

void health::add_routes(http::app& web, http::middleware guard)
{
    auto& all = web.bare_group("");
    all.use([](http::context& c, http::next go_on) -> task<http::response> {
        c.headers().set("Cache-Control", "no-store");
        co_return co_await go_on(c);
    });
    all.get("/livez", [](http::context&) -> task<http::response> {
        co_return http::response::text("alive\n");
    });
    all.get("/readyz", [this](http::context& c) { return readiness(c); });
    all.group("")
        .use(std::move(guard))
        .get("/metrics",
             [this](http::context& c) -> task<http::response> { co_return metrics_page(c); });
}

// Ready is who can reach its server now, and is not about to leave.
task<http::response> health::readiness(http::context& c)
{
    if (draining_.load(std::memory_order_relaxed))
        throw http::problem{503, "shutting down"}.header("Retry-After", "5");
    if (!co_await reaches_server(state_here(c)))
        throw http::problem{503, "the data server does not answer"}.header("Retry-After", "1");
    co_return http::response::text("ready\n");
}

health::loop_state& health::state_here(http::context& c) const
{
    return c.locals().get<loop_state>(this, [] { return std::make_unique<loop_state>(); });
}

task<> health::ask_server() { static_cast<void>(co_await db_.exec(ping())); }

// Others wait for the answer of the one that asks, so it does not give up when its own client leaves.
task<bool> health::reaches_server(loop_state& known)
{
    auto const now = (co_await this_context()).loop->now();
    if (known.is_asking) {
        co_await known.answered.wait();
        co_return known.reaches_server;
    }
    if (is_fresh(known.asked_at, now))
        co_return known.reaches_server;
    known.is_asking = true;
    known.asked_at = now;
    known.answered.reset();
    bool reached = true;
    try {
        co_await shielded(readiness_limit, ask_server());
    } catch (...) {
        reached = false;
    }
    known.reaches_server = reached;
    known.is_asking = false;
    known.answered.set();
    co_return reached;
}

// One page for all loops, or a counter could seem to go back for who asks first one and then another.
http::response health::metrics_page(http::context& c)
{
    auto const format = telemetry::negotiate(c.request().headers.get("Accept").value_or(""));
    std::lock_guard const lock{pages_mutex_};
    auto& page = pages_.at(static_cast<std::size_t>(format));
    if (auto const now = boot_clock::now(); !is_fresh(page.written_at, now)) {
        page.text = telemetry::prometheus_text(metrics_.read(), format);
        page.written_at = now;
    }
    return http::response::with_body(200, telemetry::content_type(format), page.text);
}

}  // namespace redstart::app
