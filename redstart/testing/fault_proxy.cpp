// One thread and one poll(). All state belongs to that thread: the public calls hand it a function
// and wait until it has run.

#include "redstart/testing/fault_proxy.hpp"

#include "redstart/testing/plain_peer.hpp"
#include "redstart/testing/proxied_stream.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <vector>

namespace redstart::testing {

namespace {

using clock = proxied_stream::clock;
using direction = fault_proxy::direction;

struct link {
    descriptor client;
    descriptor server;
    std::array<proxied_stream, 2> streams;  // by direction
    bool dead = false;

    bool is_over() const { return dead || (streams[0].has_ended() && streams[1].has_ended()); }
    bool has_swallowed() const { return streams[0].has_swallowed() || streams[1].has_swallowed(); }
};

}  // namespace

class fault_proxy::worker {
public:
    explicit worker(net::endpoint server)
        : server_{std::move(server)}, placeholder_{reserve_port(at_)}, listening_{listen_at(at_)},
          wake_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)}, thread_{[this] { serve(); }}
    {
    }
    ~worker()
    {
        run([this] { stopping_ = true; });
        thread_.join();
    }

    net::endpoint const& at() const noexcept { return at_; }

    // Runs `change` on the thread of the proxy, and returns when it has.
    void run(std::function<void()> change)
    {
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [this] { return !change_; });
        change_ = std::move(change);
        std::uint64_t const one = 1;
        if (::write(wake_.get(), &one, sizeof one) != sizeof one)
            throw std::system_error{errno, std::generic_category(), "eventfd"};
        auto const ticket = ++asked_;
        changed_.wait(lock, [this, ticket] { return done_ >= ticket; });
    }

    // Below: only inside run().
    stream_faults& doing(direction which) { return faults_[static_cast<std::size_t>(which)]; }
    void set_listening(bool wanted)
    {
        if (wanted && !listening_)
            listening_ = listen_at(at_);
        else if (!wanted)
            listening_.close();
    }
    void set_frozen(bool wanted)
    {
        for (auto& each : links_)
            for (auto& way : each.streams)
                way.set_frozen(wanted);
    }
    void cut_all(ending how)
    {
        for (auto& each : links_)
            cut(each, how);
        sweep();
    }
    void cut_those_that_swallowed()
    {
        for (auto& each : links_)
            if (each.has_swallowed())
                cut(each, ending::close);
        sweep();
    }
    void arm(direction which, std::uint64_t bytes, ending how)
    {
        doing(which).cut_left = bytes;
        cut_how_ = how;
    }
    std::array<std::uint64_t, 2> forwarded{};
    std::uint64_t accepted = 0;
    std::size_t open() const { return links_.size(); }

private:
    void serve();
    void run_change();
    void accept_one();
    void watch(std::vector<pollfd>& out) const;
    clock::duration longest_wait() const;
    void move_bytes(link& each, direction which, bool readable);
    static void cut(link& each, ending how);
    void sweep()
    {
        links_.remove_if([](link const& each) { return each.is_over(); });
    }

    net::endpoint at_{.host = "127.0.0.1", .port = 0, .unix_path = {}};
    net::endpoint server_;
    descriptor placeholder_;  // keeps the port while nothing listens
    descriptor listening_;
    descriptor wake_;
    std::array<stream_faults, 2> faults_;
    ending cut_how_ = ending::close;
    std::list<link> links_;
    bool stopping_ = false;

    std::mutex mutex_;
    std::condition_variable changed_;
    std::function<void()> change_;
    std::uint64_t asked_ = 0;
    std::uint64_t done_ = 0;
    std::thread thread_;
};

void fault_proxy::worker::serve()
{
    std::vector<pollfd> watched;
    while (!stopping_) {
        watch(watched);
        auto const wait = std::chrono::duration_cast<std::chrono::nanoseconds>(longest_wait());
        timespec const limit{.tv_sec = wait.count() / 1'000'000'000,
                             .tv_nsec = wait.count() % 1'000'000'000};
        if (::ppoll(watched.data(), watched.size(), &limit, nullptr) < 0)
            continue;
        auto const readable = [](pollfd const& entry) {
            return (entry.revents & (POLLIN | POLLHUP | POLLERR)) != 0;
        };
        std::size_t entry = 2;
        for (auto& each : links_) {
            move_bytes(each, direction::to_server, readable(watched[entry++]));
            move_bytes(each, direction::to_client, readable(watched[entry++]));
        }
        sweep();
        if (readable(watched[1]))
            accept_one();
        if (readable(watched[0]))
            run_change();
    }
}

// First what wakes the thread, then the listening socket, then both sides of each connection.
void fault_proxy::worker::watch(std::vector<pollfd>& out) const
{
    out.clear();
    out.push_back({.fd = wake_.get(), .events = POLLIN, .revents = 0});
    out.push_back({.fd = listening_.get(), .events = POLLIN, .revents = 0});
    for (auto const& each : links_)
        for (std::size_t way = 0; way < 2; ++way) {
            bool const wanted = each.streams[way].wants_bytes(faults_[way]);
            out.push_back(
                {.fd = wanted ? each.streams[way].from() : -1, .events = POLLIN, .revents = 0});
        }
}

// Until the first of what is held is due. A receiver that takes nothing is asked again soon.
clock::duration fault_proxy::worker::longest_wait() const
{
    clock::duration wait = std::chrono::hours{1};
    auto const now = clock::now();
    for (auto const& each : links_)
        for (std::size_t way = 0; way < 2; ++way)
            if (auto const due = each.streams[way].due(faults_[way]))
                wait = std::min(
                    wait, std::max<clock::duration>(*due - now, proxied_stream::between_pieces));
    return wait;
}

void fault_proxy::worker::run_change()
{
    std::uint64_t count = 0;
    static_cast<void>(::read(wake_.get(), &count, sizeof count));
    std::lock_guard const lock{mutex_};
    if (!change_)
        return;
    std::exchange(change_, nullptr)();
    ++done_;
    changed_.notify_all();
}

void fault_proxy::worker::accept_one()
{
    descriptor client{::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
    if (!client)
        return;
    ++accepted;
    descriptor server;
    try {
        plain_peer connected{server_};
        server = connected.release();
    } catch (std::exception const&) {
        return;  // the client sees its connection end
    }
    auto& made = links_.emplace_back(std::move(client), std::move(server));
    auto const client_side = made.client.get();
    auto const server_side = made.server.get();
    made.streams = {proxied_stream{client_side, server_side},
                    proxied_stream{server_side, client_side}};
}

void fault_proxy::worker::move_bytes(link& each, direction which, bool readable)
{
    using result = proxied_stream::result;
    auto const way = static_cast<std::size_t>(which);
    auto& stream = each.streams[way];
    auto& fault = doing(which);
    if (each.dead)
        return;
    auto came = readable ? stream.take(fault) : result::done;
    while (came == result::done &&
           stream.due(fault).value_or(clock::time_point::max()) <= clock::now())
        came = stream.send_due(fault, forwarded[way]);
    if (came == result::cut)
        fault.cut_left.reset();
    if (came == result::cut || came == result::broken)
        return cut(each, came == result::cut ? cut_how_ : ending::reset);
    stream.end_softly();
}

void fault_proxy::worker::cut(link& each, ending how)
{
    plain_peer client{std::move(each.client)};
    plain_peer server{std::move(each.server)};
    each.dead = true;
    if (how == ending::reset) {
        client.reset();
        server.reset();
    }
}

fault_proxy::fault_proxy(net::endpoint server)
    : worker_{std::make_unique<worker>(std::move(server))}
{
}
fault_proxy::~fault_proxy() = default;

net::endpoint fault_proxy::endpoint() const { return worker_->at(); }
std::string fault_proxy::url() const { return "redis://" + net::to_string(endpoint()); }

void fault_proxy::stall(direction which)
{
    worker_->run([this, which] { worker_->doing(which).stalled = true; });
}

void fault_proxy::freeze()
{
    worker_->run([this] { worker_->set_frozen(true); });
}

void fault_proxy::delay(direction which, std::chrono::milliseconds by)
{
    worker_->run([this, which, by] { worker_->doing(which).delay = by; });
}

void fault_proxy::cut_into_pieces(direction which, std::size_t bytes)
{
    worker_->run([this, which, bytes] { worker_->doing(which).piece = bytes; });
}

void fault_proxy::corrupt_after(std::uint64_t bytes)
{
    worker_->run([this, bytes] { worker_->doing(direction::to_client).corrupted_left = bytes; });
}

bool fault_proxy::is_about_to_corrupt() const
{
    bool armed = false;
    worker_->run([this, &armed] {
        armed = worker_->doing(direction::to_client).corrupted_left.has_value();
    });
    return armed;
}

void fault_proxy::swallow()
{
    worker_->run([this] {
        for (auto const which : {direction::to_server, direction::to_client})
            worker_->doing(which).swallowed = true;
    });
}

void fault_proxy::refuse()
{
    worker_->run([this] { worker_->set_listening(false); });
}

void fault_proxy::heal()
{
    worker_->run([this] {
        worker_->doing(direction::to_server) = {};
        worker_->doing(direction::to_client) = {};
        worker_->set_frozen(false);
        worker_->set_listening(true);
        worker_->cut_those_that_swallowed();
    });
}

void fault_proxy::cut(ending how)
{
    worker_->run([this, how] { worker_->cut_all(how); });
}

void fault_proxy::cut_after(direction which, std::uint64_t bytes, ending how)
{
    worker_->run([this, which, bytes, how] { worker_->arm(which, bytes, how); });
}

bool fault_proxy::is_about_to_cut() const
{
    bool armed = false;
    worker_->run([this, &armed] {
        armed = worker_->doing(direction::to_server).cut_left.has_value() ||
                worker_->doing(direction::to_client).cut_left.has_value();
    });
    return armed;
}

std::uint64_t fault_proxy::forwarded(direction which) const
{
    std::uint64_t bytes = 0;
    worker_->run([&] { bytes = worker_->forwarded[static_cast<std::size_t>(which)]; });
    return bytes;
}

std::uint64_t fault_proxy::accepted() const
{
    std::uint64_t count = 0;
    worker_->run([&] { count = worker_->accepted; });
    return count;
}

std::size_t fault_proxy::open_connections() const
{
    std::size_t count = 0;
    worker_->run([&] { count = worker_->open(); });
    return count;
}

}  // namespace redstart::testing
