#include "app/serve.hpp"

#include "app/descriptors.hpp"
#include "app/service.hpp"
#include "app/stop_signals.hpp"
#include "app/version.hpp"
#include "redstart/command/server.hpp"
#include "redstart/embedded/server.hpp"
#include "redstart/http/server.hpp"
#include "redstart/net/runtime.hpp"
#include "redstart/task/on.hpp"
#include "redstart/task/when_all.hpp"
#include "redstart/telemetry/grpc/grpc_shipper.hpp"
#include "redstart/telemetry/start_exporter.hpp"
#include "redstart/toolkit/eviction.hpp"

#include <spdlog/spdlog.h>

#include <poll.h>

#include <cstdio>
#include <optional>
#include <vector>

namespace redstart::app {

namespace {

constexpr auto flush_limit = std::chrono::seconds{5};
constexpr auto client_grace = std::chrono::seconds{2};

// What cannot be had, in one line.
struct cannot_serve {
    std::string why;
};

// The telemetry that the environment asks for; null if it asks for none.
std::unique_ptr<telemetry::exporter> start_telemetry(metrics_registry& metrics)
{
    auto const wanted = telemetry::from_environment(telemetry::process_environment(),
                                                    {"redstart", std::string{version}});
    if (!wanted)
        throw cannot_serve{wanted.error()};
    auto started = telemetry::start_exporter(
        *wanted, {.metrics = metrics,
                  .log = [](std::string_view line) { spdlog::warn("telemetry: {}", line); },
                  .grpc = telemetry::make_grpc_shipper});
    if (!started)
        throw cannot_serve{started.error()};
    return *std::move(started);
}

std::optional<embedded::server> start_own_server(serve_options const& options)
{
    if (options.redis)
        return std::nullopt;
    embedded::options wanted;
    wanted.data_dir = options.data_dir;
    return embedded::server::start(wanted);
}

client_options client_for(serve_options const& options, std::optional<embedded::server> const& own)
{
    if (options.redis)
        return *options.redis;
    client_options reached;
    reached.server = {.host = {}, .port = 0, .unix_path = own->socket_path().string()};
    reached.login.client_name = "redstart";
    return reached;
}

// "Valkey 8.0.1": INFO knows it also where HELLO is unknown, or answers for another server.
std::string version_in(server_info const& info)
{
    for (auto const& [field, name] :
         {std::pair{"valkey_version", "Valkey "}, {"redis_version", "Redis "}})
        if (auto const version = info.field(field))
            return name + std::string{*version};
    return "a server of unknown version";
}

task<> use_a_lane(client& db) { static_cast<void>(co_await db.exec(ping())); }

// Commands that are under way together spread over the lanes of their loop.
task<> connect_lanes(client& db)
{
    std::vector<task<>> each;
    for (std::size_t lane = 0; lane < db.options().lanes; ++lane)
        each.push_back(use_a_lane(db));
    co_await when_all(std::move(each));
}

// Connects every loop, not only the one that asks: later there may be no descriptor left for it.
task<std::string> meet(client& db)
{
    static_cast<void>(co_await db.connect());
    auto found = version_in(co_await db.exec(info("server")));
    if (auto const warning = co_await toolkit::eviction_warning(db))
        spdlog::warn("{}", *warning);
    for (std::size_t index = 0; index < db.loops().size(); ++index)
        co_await on{db.loops().at(index), connect_lanes(db)};
    co_return found;
}

std::string meet_server(runtime& loops, client& db)
{
    try {
        return loops.run(meet(db));
    } catch (failure const& why) {
        throw cannot_serve{"cannot use " + describe(db.options()) + ": " + why.what()};
    }
}

std::string where_data_lies(serve_options const& options,
                            std::optional<embedded::server> const& own)
{
    return own ? own->data_dir().string() : describe(*options.redis);
}

// Everything that runs, in the order in which it is started; it is stopped in the opposite order.
class running_service {
public:
    running_service(serve_options const& options, std::optional<embedded::server>& own,
                    std::size_t descriptors)
        : options_{options}, own_{own}, descriptors_{descriptors},
          telemetry_{start_telemetry(metrics_)},
          loops_{{.loops = options.threads, .metrics = &metrics_}},
          db_{loops_, client_for(options, own), {.metrics = &metrics_, .spans = telemetry_.get()}},
          service_{web_, {db_, metrics_, telemetry_.get()}, options}
    {
    }

    // Until the server has answered, a signal ends the program at once: there is nothing to drain.
    int run(stop_signals const& signals)
    {
        try {
            signals.let_through();
            auto const server_version = meet_server(loops_, db_);
            signals.hold_back();
            listen();
            std::printf("redstart %s listens on %s%s, %s, data in %s\n", version.data(),
                        options_.listen.is_unix() ? "" : "http://",
                        net::to_string(server_->address()).c_str(), server_version.c_str(),
                        where_data_lies(options_, own_).c_str());
            std::fflush(stdout);
        } catch (...) {
            signals.let_through();
            stop();
            throw;
        }
        bool const asked = wait(signals);
        signals.let_through();
        service_.drain();
        if (asked)
            leave_the_balancer();
        stop();
        return asked ? 0 : 1;
    }

private:
    void listen()
    {
        http::server_options wanted;
        wanted.listen = options_.listen;
        wanted.limits = limits_within(
            descriptors_, {.accepting_loops = options_.listen.is_unix() ? 1 : loops_.size(),
                           .loops = loops_.size(),
                           .lanes = db_.options().lanes});
        wanted.metrics = &metrics_;
        wanted.proxies = options_.proxies;
        server_.emplace(loops_, web_, std::move(wanted));
        loops_.run(server_->start());
    }

    // True if a signal asked for the end; false if our own server ended by itself.
    bool wait(stop_signals const& signals)
    {
        if (signals.wait(own_ ? own_->exit_descriptor() : -1) == stop_signals::event::signal)
            return true;
        spdlog::error("{}", own_->check().value_or("the data server ended"));
        return false;
    }

    // Who asks /readyz needs time to see that it says no, and to send its clients elsewhere; until then they are
    // answered. Not longer than the data server lives.
    void leave_the_balancer()
    {
        auto const until = deadline_after(boot_clock::now(), options_.drain_delay);
        pollfd watched{.fd = own_ ? own_->exit_descriptor() : -1, .events = POLLIN, .revents = 0};
        for (auto left = options_.drain_delay; left.count() > 0; left = until - boot_clock::now()) {
            auto const seconds = std::chrono::floor<std::chrono::seconds>(left);
            timespec const pause{.tv_sec = seconds.count(), .tv_nsec = (left - seconds).count()};
            if (::ppoll(&watched, 1, &pause, nullptr) > 0)
                return;
        }
    }

    void stop()
    {
        if (server_)
            loops_.run(server_->stop(options_.drain));
        loops_.run(service_.stop());
        loops_.run(db_.stop(client_grace));
        if (telemetry_ && !telemetry_->shutdown(boot_clock::now() + flush_limit))
            spdlog::warn("telemetry: not everything could be sent before the end");
        loops_.stop();
    }

    serve_options const& options_;
    std::optional<embedded::server>& own_;
    std::size_t descriptors_;
    metrics_registry metrics_;
    std::unique_ptr<telemetry::exporter> telemetry_;
    runtime loops_;
    client db_;
    http::app web_;
    service service_;
    std::optional<http::server> server_;
};

int serve(serve_options const& options, stop_signals const& signals)
{
    auto const descriptors = raise_descriptor_limit();
    auto own = start_own_server(options);  // it forks, so it comes before every thread
    int result = 0;
    {
        signals.hold_back();  // for the threads
        running_service service{options, own, descriptors};
        result = service.run(signals);
    }
    bool const had_ended = own && own->check().has_value();  // by itself, which was said
    if (own && !own->stop() && !had_ended)
        spdlog::warn("the data server had to be killed");
    return result;
}

}  // namespace

int run_serve(serve_options const& options)
{
    stop_signals const signals;
    std::string why;
    try {
        return serve(options, signals);
    } catch (cannot_serve const& cannot) {
        why = cannot.why;
    } catch (failure const& failed) {
        why = failed.reason().empty() ? failed.what() : failed.reason();
    } catch (std::exception const& error) {
        why = error.what();
    }
    std::fprintf(stderr, "redstart: %s\n", why.c_str());
    return 1;
}

}  // namespace redstart::app
