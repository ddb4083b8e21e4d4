#include "redstart/http/server.hpp"

#include "redstart/http/worker.hpp"
#include "redstart/net/runtime.hpp"
#include "redstart/task/on.hpp"
#include "redstart/task/when_all.hpp"

#include <utility>
#include <vector>

namespace redstart::http {

struct server::state {
    server_options options;
    std::vector<std::unique_ptr<worker>> workers{};
    net::endpoint bound{};
};

namespace {

// Sharing a port would silently split the clients with another server that shares it too. A listener that does not
// share finds out, and tells which port is free.
net::endpoint probe(loop& where, server_options const& options)
{
    net::listener const alone{where, options.listen, {.backlog = 1, .share_port = false}};
    return alone.address();
}

task<> start_on(worker& each) { co_await on{each.where(), each.start()}; }

task<> stop_on(worker& each, boot_clock::duration grace)
{
    co_await on{each.where(), each.stop(grace)};
}

}  // namespace

server::server(runtime& loops, app& routes, server_options options)
    : state_{std::make_unique<state>(std::move(options))}
{
    routes.seal();
    // A free port that the probe was given may be taken before the listeners bind it: then another is.
    constexpr int attempts = 10;
    for (int attempt = 1; state_->workers.empty(); ++attempt) {
        try {
            bind(loops, routes);
        } catch (failure const&) {
            state_->workers.clear();
            if (state_->options.listen.port != 0 || attempt == attempts)
                throw;
        }
    }
    state_->bound = state_->workers.front()->address();
}

void server::bind(runtime& loops, app& routes)
{
    auto const& given = state_->options;
    bool const shares = loops.size() > 1 && !given.listen.is_unix();
    auto const at = shares ? probe(loops.at(0), given) : given.listen;
    auto const count = shares ? loops.size() : 1;
    for (std::size_t index = 0; index < count; ++index) {
        state_->workers.push_back(std::make_unique<worker>(loops.at(index), routes, given));
        state_->workers.back()->listen(at, shares);
    }
}

server::~server() = default;

net::endpoint server::address() const { return state_->bound; }

task<> server::start()
{
    std::vector<task<>> all;
    for (auto const& each : state_->workers)
        all.push_back(start_on(*each));
    co_await when_all(std::move(all));
}

task<> server::stop(boot_clock::duration grace)
{
    std::vector<task<>> all;
    for (auto const& each : state_->workers)
        all.push_back(stop_on(*each, grace));
    co_await when_all(std::move(all));
}

}  // namespace redstart::http
