// Stands before a server and passes on later: bench_delay_proxy <server port> <added round trip in us>.
//
// Half of the round trip is added each way: what comes is sent on in its order, no sooner than that after it came. So a
// delay limits no rate. What is held back is bounded: beyond it nothing is read. Prints its port, and ends with its
// standard input.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <system_error>
#include <vector>

namespace {

using clock_type = std::chrono::steady_clock;

constexpr std::size_t piece_bytes = 128 * 1024;
constexpr std::size_t most_pieces = 512;  // held back in one direction

int checked(int result, char const* what)
{
    if (result < 0)
        throw std::system_error{errno, std::generic_category(), what};
    return result;
}

using memory = std::unique_ptr<char[]>;

struct piece {
    memory bytes;
    std::size_t begin;
    std::size_t end;
    clock_type::time_point due;
};

// What one peer sends to the other.
class direction {
public:
    direction(int from, int to, clock_type::duration delay) : from_{from}, to_{to}, delay_{delay} {}

    void receive()
    {
        auto bytes = fresh();
        auto const got = ::recv(from_, bytes.get(), piece_bytes, MSG_DONTWAIT);
        if (got > 0)
            held_.push_back(
                {std::move(bytes), 0, static_cast<std::size_t>(got), clock_type::now() + delay_});
        else
            ended_ = got == 0 || errno != EAGAIN;
    }

    void send_due(clock_type::time_point now)
    {
        blocked_ = false;
        while (!blocked_ && !held_.empty() && held_.front().due <= now)
            send_first();
        if (held_.empty() && ended_ && !told_) {
            ::shutdown(to_, SHUT_WR);
            told_ = true;
        }
    }

    bool takes() const { return !ended_ && held_.size() < most_pieces; }
    bool is_blocked() const { return blocked_; }
    bool is_over() const { return told_; }
    clock_type::time_point due() const
    {
        return blocked_ || held_.empty() ? clock_type::time_point::max() : held_.front().due;
    }

private:
    memory fresh()
    {
        if (spare_.empty())
            return std::make_unique_for_overwrite<char[]>(piece_bytes);
        auto taken = std::move(spare_.back());
        spare_.pop_back();
        return taken;
    }

    void send_first()
    {
        auto& first = held_.front();
        auto const left = first.end - first.begin;
        auto const sent =
            ::send(to_, first.bytes.get() + first.begin, left, MSG_DONTWAIT | MSG_NOSIGNAL);
        blocked_ = sent < 0 && errno == EAGAIN;
        if (blocked_)
            return;
        first.begin += sent < 0 ? left : static_cast<std::size_t>(sent);  // the peer has gone
        if (first.begin < first.end)
            return;
        spare_.push_back(std::move(first.bytes));
        held_.pop_front();
    }

    int from_;
    int to_;
    clock_type::duration delay_;
    std::deque<piece> held_;
    std::vector<memory> spare_;
    bool ended_ = false;    // nothing more comes
    bool told_ = false;     // and the other peer knows
    bool blocked_ = false;  // the other peer takes nothing now
};

sockaddr_in loopback(int port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

class socket_owner {
public:
    explicit socket_owner(int owned) : socket_{owned} {}
    socket_owner(socket_owner const&) = delete;
    socket_owner& operator=(socket_owner const&) = delete;
    ~socket_owner() { ::close(socket_); }
    int get() const noexcept { return socket_; }

private:
    int socket_;
};

void send_at_once(int socket)
{
    int const yes = 1;
    checked(::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes), "TCP_NODELAY");
}

int connected_to(int port)
{
    int const made = checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    auto const address = loopback(port);
    checked(::connect(made, reinterpret_cast<sockaddr const*>(&address), sizeof address),
            "connect");
    send_at_once(made);
    return made;
}

int listening()
{
    int const made = checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    auto const address = loopback(0);
    checked(::bind(made, reinterpret_cast<sockaddr const*>(&address), sizeof address), "bind");
    checked(::listen(made, 64), "listen");
    return made;
}

int port_of(int socket)
{
    sockaddr_in address{};
    socklen_t size = sizeof address;
    checked(::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
    return ntohs(address.sin_port);
}

struct passage {
    socket_owner client;
    socket_owner server;
    direction there;
    direction back;

    passage(int from, int server_port, clock_type::duration delay)
        : client{from}, server{connected_to(server_port)}, there{client.get(), server.get(), delay},
          back{server.get(), client.get(), delay}
    {
        send_at_once(from);
    }
};

class proxy {
public:
    proxy(int server_port, clock_type::duration one_way) : port_{server_port}, one_way_{one_way} {}

    int port() const { return port_of(listener_.get()); }

    void run()
    {
        std::vector<pollfd> watched;
        while (wait_for_any(watched)) {
            for (std::size_t i = 0; i < passages_.size(); ++i) {
                if (watched[2 + 2 * i].revents != 0 && passages_[i]->there.takes())
                    passages_[i]->there.receive();
                if (watched[3 + 2 * i].revents != 0 && passages_[i]->back.takes())
                    passages_[i]->back.receive();
            }
            pass_on();
            if (watched[1].revents != 0)
                passages_.push_back(std::make_unique<passage>(
                    checked(::accept(listener_.get(), nullptr, nullptr), "accept"), port_,
                    one_way_));
        }
    }

private:
    // First the standard input and the listener, then two for each passage. False when the input has ended.
    bool wait_for_any(std::vector<pollfd>& watched)
    {
        watched = {{STDIN_FILENO, POLLIN, 0}, {listener_.get(), POLLIN, 0}};
        auto due = clock_type::time_point::max();
        auto const events = [](direction const& from, direction const& to) {
            return static_cast<short>((from.takes() ? POLLIN : 0) |
                                      (to.is_blocked() ? POLLOUT : 0));
        };
        for (auto const& each : passages_) {
            watched.push_back({each->client.get(), events(each->there, each->back), 0});
            watched.push_back({each->server.get(), events(each->back, each->there), 0});
            due = std::min({due, each->there.due(), each->back.due()});
        }
        auto const left = std::max(due - clock_type::now(), clock_type::duration::zero());
        timespec const pause{left / std::chrono::seconds{1},
                             (left % std::chrono::seconds{1}).count()};
        bool const nothing_due = due == clock_type::time_point::max();
        checked(::ppoll(watched.data(), watched.size(), nothing_due ? nullptr : &pause, nullptr),
                "poll");
        return watched[0].revents == 0;
    }

    void pass_on()
    {
        auto const now = clock_type::now();
        for (auto const& each : passages_) {
            each->there.send_due(now);
            each->back.send_due(now);
        }
        std::erase_if(passages_, [](auto const& each) {
            return each->there.is_over() && each->back.is_over();
        });
    }

    int port_;  // of the server
    clock_type::duration one_way_;
    socket_owner listener_{listening()};
    std::vector<std::unique_ptr<passage>> passages_;
};

}  // namespace

int main(int count, char** arguments)
{
    if (count != 3)
        return std::fputs("usage: bench_delay_proxy <server port> <added round trip in us>\n",
                          stderr),
               2;
    try {
        ::prctl(PR_SET_TIMERSLACK, 1);  // ns: by default a pause may last 50 us more
        std::chrono::microseconds const round_trip{std::atol(arguments[2])};
        proxy made{std::atoi(arguments[1]), round_trip / 2};
        std::printf("%d\n", made.port());
        std::fflush(stdout);
        made.run();
    } catch (std::exception const& error) {
        return std::fprintf(stderr, "bench_delay_proxy: %s\n", error.what()), 1;
    }
}
