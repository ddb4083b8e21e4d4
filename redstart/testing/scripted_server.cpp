#include "redstart/testing/scripted_server.hpp"

#include "redstart/testing/plain_peer.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <exception>
#include <list>
#include <mutex>
#include <thread>

namespace redstart::testing {

namespace {

std::string shown(std::string_view bytes)
{
    constexpr std::size_t most = 200;
    std::string text{"\""};
    for (char const c : bytes.substr(0, most)) {
        if (c == '\r')
            text += "\\r";
        else if (c == '\n')
            text += "\\n";
        else
            text += c >= ' ' && c <= '~' ? c : '?';
    }
    return text + (bytes.size() > most ? "\"..." : "\"");
}

}  // namespace

class scripted_server::stage {
public:
    stage()
        : listening_{listen_at(at_)}, ended_{::eventfd(0, EFD_CLOEXEC)},
          door_{[this] { open_door(); }}
    {
    }
    ~stage()
    {
        std::uint64_t const one = 1;
        if (::write(ended_.get(), &one, sizeof one) != sizeof one)
            std::terminate();
        door_.join();
        for (auto& each : connections_)
            each.join();
    }

    net::endpoint const& at() const noexcept { return at_; }
    std::uint64_t accepted() const noexcept { return accepted_.load(); }

    void add(script next)
    {
        std::lock_guard const lock{mutex_};
        scripts_.push_back(std::move(next));
        ++unfinished_;
    }

    std::string complaints()
    {
        std::unique_lock lock{mutex_};
        if (!changed_.wait_for(lock, patience, [this] { return unfinished_ == 0; }))
            return complaints_ + std::to_string(unfinished_) +
                   " scripts were not played to the end";
        return complaints_;
    }

private:
    enum class wake : std::uint8_t { readable, late, ended };

    wake wait(int descriptor, int milliseconds) const;
    // False when the server ends.
    bool wait_readable(int descriptor) const { return wait(descriptor, -1) == wake::readable; }
    void open_door();
    void serve(plain_peer connected, script const& lines, std::size_t number);
    void play(plain_peer& peer, script::step const& step) const;
    std::string hear(plain_peer& peer, std::size_t bytes) const;
    void finish(std::string complaint);

    net::endpoint at_{.host = "127.0.0.1", .port = 0, .unix_path = {}};
    descriptor listening_;
    descriptor ended_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<script> scripts_;
    std::size_t unfinished_ = 0;
    std::string complaints_;
    std::atomic<std::uint64_t> accepted_{0};
    std::list<std::thread> connections_;  // the door's
    std::thread door_;
};

scripted_server::stage::wake scripted_server::stage::wait(int descriptor, int milliseconds) const
{
    std::array<pollfd, 2> watched{{{.fd = ended_.get(), .events = POLLIN, .revents = 0},
                                   {.fd = descriptor, .events = POLLIN, .revents = 0}}};
    int ready = -1;
    while (ready < 0)
        ready = ::poll(watched.data(), watched.size(), milliseconds);
    if (ready == 0)
        return wake::late;
    return watched[0].revents == 0 ? wake::readable : wake::ended;
}

void scripted_server::stage::open_door()
{
    while (wait_readable(listening_.get())) {
        auto peer = accept_peer(listening_);
        auto const number = ++accepted_;
        std::lock_guard const lock{mutex_};
        if (scripts_.empty())
            continue;  // and the connection ends
        connections_.emplace_back(
            [this, number, peer = std::move(peer), lines = std::move(scripts_.front())]() mutable {
                serve(std::move(peer), lines, number);
            });
        scripts_.pop_front();
    }
}

// The connection stays open until the server ends, unless the script has closed it.
void scripted_server::stage::serve(plain_peer connected, script const& lines, std::size_t number)
{
    std::size_t at = 0;
    try {
        for (auto const& step : lines.steps()) {
            ++at;
            play(connected, step);
        }
    } catch (std::exception const& wrong) {
        connected.close();
        return finish("connection " + std::to_string(number) + ", step " + std::to_string(at) +
                      ": " + wrong.what() + "\n");
    }
    finish({});
    wait_readable(-1);
}

void scripted_server::stage::play(plain_peer& peer, script::step const& step) const
{
    using kind = script::step::kind;
    switch (step.what) {
    case kind::hears:
        if (auto const heard = hear(peer, step.bytes.size()); heard != step.bytes)
            throw std::runtime_error{"expected " + shown(step.bytes) + ", heard " + shown(heard)};
        return;
    case kind::says: return peer.send(step.bytes);
    case kind::keeps_saying:
        while (wait(peer.number(), 5) == wake::late)
            peer.send(step.bytes);
        return;
    case kind::hears_the_end:
        if (auto const heard = hear(peer, 1); !heard.empty())
            throw std::runtime_error{"expected the end, heard " + shown(heard)};
        return;
    case kind::hangs_up: return peer.close();
    case kind::resets: return peer.reset();
    }
}

// So many bytes; fewer if the peer closed.
std::string scripted_server::stage::hear(plain_peer& peer, std::size_t bytes) const
{
    std::string heard;
    while (heard.size() < bytes) {
        if (!wait_readable(peer.number()))
            throw std::runtime_error{"the test ended, having heard " + shown(heard)};
        auto const more = peer.receive_available(bytes - heard.size());
        if (more.empty())
            break;
        heard += more;
    }
    return heard;
}

void scripted_server::stage::finish(std::string complaint)
{
    std::lock_guard const lock{mutex_};
    complaints_ += complaint;
    --unfinished_;
    changed_.notify_all();
}

scripted_server::scripted_server() : stage_{std::make_unique<stage>()} {}
scripted_server::~scripted_server() = default;

net::endpoint scripted_server::endpoint() const { return stage_->at(); }
std::string scripted_server::url() const { return "redis://" + net::to_string(endpoint()); }
void scripted_server::plays(script next) { stage_->add(std::move(next)); }
std::string scripted_server::complaints() { return stage_->complaints(); }
std::uint64_t scripted_server::accepted() const { return stage_->accepted(); }

}  // namespace redstart::testing
