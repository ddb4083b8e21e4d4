#include "redstart/http/worker.hpp"

#include "redstart/task/within.hpp"

#include <cassert>
#include <functional>
#include <iterator>
#include <utility>

namespace redstart::http {

namespace {

class socket_transport final : public transport {
public:
    explicit socket_transport(net::stream connected) noexcept : stream_{std::move(connected)} {}

    net::stream& stream() noexcept { return stream_; }

    std::size_t write_some(std::span<std::string_view const> parts) noexcept override
    {
        return stream_.write_some(parts);
    }
    std::size_t unacknowledged() const noexcept override { return stream_.unacknowledged(); }
    void pause_reading() noexcept override { stream_.pause_reading(); }
    void resume_reading() override { stream_.resume_reading(); }
    void shut_down_sending() noexcept override { stream_.shut_down_sending(); }
    void close() noexcept override { stream_.close(); }

private:
    net::stream stream_;
};

}  // namespace

// One connection with its socket, and its place in the list.
struct worker::guest final : connection_owner {
    guest(worker& home, net::stream accepted)
        : host{home}, socket{std::move(accepted)},
          talk{home.service_,
               *this,
               socket,
               {socket.stream().peer_address(), socket.stream().peer_port()}}
    {
    }
    void ended(connection&) noexcept override { host.remove(place); }

    worker& host;
    socket_transport socket;
    connection talk;
    std::list<guest>::iterator place;
};

worker::worker(loop& where, app const& routes, server_options const& options)
    : loop_{where}, options_{options},
      service_{.loop = where,
               .bounds = options.limits,
               .shared = {locals_, options.proxies},
               .date = {},
               .on_rejected = std::bind_front(&worker::rejected, this),
               .on_unhandled = options.on_unhandled,
               .routes = routes}
{
    if (options.metrics)
        rejections_.emplace(*options.metrics);
    empty_.set();
}

worker::~worker() { assert(guests_.empty() && "a server is destroyed before it was stopped"); }

void worker::listen(net::endpoint const& address, bool share_port)
{
    listener_.emplace(loop_, address,
                      net::listen_options{.backlog = options_.backlog, .share_port = share_port});
}

task<> worker::start()
{
    if (listener_)
        listener_->start([this](net::stream accepted) { accept(std::move(accepted)); });
    co_return;
}

void worker::accept(net::stream accepted)
{
    auto const most = options_.limits.max_connections;
    if (stopping_ || guests_.size() >= most + options_.limits.max_turned_away)
        return;
    auto& added = guests_.emplace_back(*this, std::move(accepted));
    added.place = std::prev(guests_.end());
    empty_.reset();
    added.socket.stream().start(added.talk);
    if (guests_.size() > most)
        added.talk.turn_away({503, "too many connections are open"});
    else
        added.talk.start();
}

void worker::rejected(rejection const& why, std::string_view peer)
{
    if (rejections_)
        rejections_->add(why.status);
    if (options_.on_rejected)
        options_.on_rejected(why, peer);
}

void worker::remove(std::list<guest>::iterator which) noexcept
{
    guests_.erase(which);
    if (guests_.empty())
        empty_.set();
}

task<> worker::until_empty() { co_await empty_.wait(); }

task<> worker::stop(boot_clock::duration grace)
{
    stopping_ = true;
    listener_.reset();  // here, on its loop
    for (auto& each : guests_)
        each.talk.drain();
    if (grace > boot_clock::duration::zero()) {
        try {
            co_await within(grace, until_empty());
        } catch (failure const&) {
            // They had their time.
        }
    }
    for (auto& each : guests_)
        each.talk.abort();
    redstart::context unhurried =
        co_await this_context();  // handlers use what their owner is about to destroy
    unhurried.deadline = no_deadline;
    unhurried.cancel = nullptr;
    co_await under(unhurried, until_empty());
}

}  // namespace redstart::http
