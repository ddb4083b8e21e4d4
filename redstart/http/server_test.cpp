// Servers on real sockets: the loopback interface and a unix socket. What needs a clock is tested on connections.

#include "redstart/http/server.hpp"

#include "redstart/base/random.hpp"
#include "redstart/http/app.hpp"
#include "redstart/http/connection_harness.hpp"
#include "redstart/net/runtime.hpp"
#include "redstart/observe/metrics.hpp"
#include "redstart/task/event.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <latch>
#include <map>
#include <string>

namespace redstart::http {
namespace {

using namespace std::chrono_literals;

// A blocking client. A call that gets no answer for a minute fails, so that a test ends whatever happens.
class socket_client {
public:
    explicit socket_client(net::endpoint const& to)
    {
        descriptor_ = ::socket(to.is_unix() ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        timeval const patience{.tv_sec = 60, .tv_usec = 0};
        ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        connected_ = to.is_unix() ? connect_unix(to.unix_path) : connect_tcp(to.port);
    }
    socket_client(socket_client const&) = delete;
    socket_client& operator=(socket_client const&) = delete;
    ~socket_client() { ::close(descriptor_); }

    bool is_connected() const { return connected_; }
    void send(std::string_view bytes) const
    {
        while (!bytes.empty()) {
            auto const sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0)
                return;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
    }
    seen_response receive()
    {
        while (true) {
            try {
                return take_response(unread_);
            } catch (std::runtime_error const&) {
                if (!read_some())
                    throw;
            }
        }
    }
    seen_response ask(std::string_view bytes)
    {
        send(bytes);
        return receive();
    }
    void shut_down_sending() const { ::shutdown(descriptor_, SHUT_WR); }
    // Breaks the connection, where closing it would only end it.
    void reset()
    {
        linger const at_once{.l_onoff = 1, .l_linger = 0};
        ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        ::close(std::exchange(descriptor_, -1));
    }
    // Everything until the server closes.
    std::string receive_all()
    {
        while (read_some()) {}
        return std::exchange(unread_, {});
    }

private:
    bool connect_tcp(std::uint16_t port) const
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return ::connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    }
    bool connect_unix(std::string const& path) const
    {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
        return ::connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    }
    bool read_some()
    {
        char bytes[16 * 1024];
        auto const count = ::recv(descriptor_, bytes, sizeof bytes, 0);
        if (count > 0)
            unread_.append(bytes, static_cast<std::size_t>(count));
        return count > 0;
    }

    int descriptor_ = -1;
    bool connected_ = false;
    std::string unread_;
};

server_options on_free_port()
{
    return {.listen = {.host = "127.0.0.1", .port = 0, .unix_path = {}}};
}

class Server : public testing::TestWithParam<std::size_t> {
protected:
    Server() : loops_{{.loops = GetParam()}}
    {
        routes_.get("/ping", [](context&) -> task<response> { co_return response::text("pong"); });
        routes_.post("/echo", [](context& c) -> task<response> {
            co_return response::text(c.request().body);
        });
        routes_.get("/loop", [this](context&) -> task<response> {
            auto const* const here = (co_await this_context()).loop;
            std::size_t index = 0;
            while (&loops_.at(index) != here)
                ++index;
            co_return response::text(std::to_string(index));
        });
    }

    runtime loops_;
    app routes_;
};

TEST_P(Server, AnswersOverTcp)
{
    server web{loops_, routes_, on_free_port()};
    EXPECT_NE(web.address().port, 0);
    EXPECT_EQ(web.address().host, "127.0.0.1");
    loops_.run(web.start());
    {
        socket_client client{web.address()};
        EXPECT_EQ(client.ask(plain_request("GET /ping")).body, "pong");
        std::string const large(3'000'000, 'x');
        EXPECT_EQ(client.ask(request_with_body("POST /echo", large)).status, 413);
        socket_client other{web.address()};
        EXPECT_EQ(
            other.ask(request_with_body("POST /echo", large.substr(0, 1'000'000))).body.size(),
            1'000'000u);
        EXPECT_EQ(other.ask(plain_request("GET /ping", "Connection: close\r\n")).body, "pong");
        EXPECT_EQ(other.receive_all(), "");
        socket_client nonsense{web.address()};
        EXPECT_EQ(nonsense.ask("nonsense\r\n\r\n").status, 400);
        EXPECT_EQ(nonsense.receive_all(), "");
    }
    loops_.run(web.stop(1s));
}

TEST_P(Server, KeepsAConnectionOnItsLoopAndUsesThemAll)
{
    server web{loops_, routes_, on_free_port()};
    loops_.run(web.start());
    std::vector<bool> seen(loops_.size());
    // The kernel spreads by a hash of the ports. That 200 connections all miss one of a few loops does not happen.
    for (int tries = 0; tries < 200; ++tries) {
        socket_client client{web.address()};
        auto const first = client.ask(plain_request("GET /loop")).body;
        EXPECT_EQ(client.ask(plain_request("GET /loop")).body, first);
        seen.at(std::stoul(first)) = true;
    }
    EXPECT_THAT(seen, testing::Each(true));
    loops_.run(web.stop(1s));
}

TEST_P(Server, RefusesATakenPort)
{
    server first{loops_, routes_, on_free_port()};
    auto taken = on_free_port();
    taken.listen.port = first.address().port;
    EXPECT_THROW((server{loops_, routes_, taken}), failure);
    loops_.run(first.start());
    EXPECT_THROW((server{loops_, routes_, taken}), failure);
    loops_.run(first.stop());
    server const second{loops_, routes_, taken};
    EXPECT_EQ(second.address().port, taken.listen.port);
}

TEST_P(Server, AnswersOverAUnixSocket)
{
    auto const path = std::filesystem::temp_directory_path() / ("redstart-http-" + random_token(8));
    server web{loops_, routes_, {.listen = {.host = {}, .port = 0, .unix_path = path.string()}}};
    loops_.run(web.start());
    {
        socket_client client{web.address()};
        EXPECT_EQ(client.ask(plain_request("GET /ping")).body, "pong");
    }
    loops_.run(web.stop(1s));
    std::filesystem::remove(path);
}

TEST_P(Server, StopsWhenIdleWithoutWaiting)
{
    server web{loops_, routes_, on_free_port()};
    loops_.run(web.start());
    socket_client idle{web.address()};
    EXPECT_EQ(idle.ask(plain_request("GET /ping")).body, "pong");
    socket_client silent{web.address()};
    EXPECT_TRUE(silent.is_connected());
    loops_.run(web.stop(10min));  // far longer than a test may take: it must not be waited for
    EXPECT_EQ(idle.receive_all(), "");
    EXPECT_FALSE(socket_client{web.address()}.is_connected());
}

TEST_P(Server, FinishesWhatIsUnderWayWhenItStops)
{
    std::latch begun{1};
    event go;
    scheduler* home = nullptr;
    routes_.get("/wait", [&](context&) -> task<response> {
        home = (co_await this_context()).loop;
        begun.count_down();
        co_await go.wait();
        co_return response::text("waited");
    });
    server web{loops_, routes_, on_free_port()};
    loops_.run(web.start());
    std::optional<socket_client> client{std::in_place, web.address()};
    client->send(plain_request("GET /wait"));
    begun.wait();
    std::latch stopped{1};
    start_root(loops_.at(0), web.stop(10min), [&](result<void>&& outcome) {
        EXPECT_FALSE(outcome.has_failed());
        stopped.count_down();
    });
    while (socket_client{web.address()}.is_connected()) {}  // until it accepts nothing more
    sync_wait(*home, [](event& set) -> task<> {
        set.set();
        co_return;
    }(go));
    auto const answer = client->receive();
    EXPECT_EQ(answer.body, "waited");
    EXPECT_EQ(answer.header("Connection"), "close");
    EXPECT_EQ(client->receive_all(), "");
    client.reset();
    stopped.wait();
}

TEST_P(Server, CancelsWhatDoesNotEndInTime)
{
    std::latch begun{1};
    event never;
    std::optional<failure_code> ended_by;
    routes_.get("/wait", [&](context&) -> task<response> {
        begun.count_down();
        try {
            co_await never.wait();
        } catch (failure const& why) {
            ended_by = why.code();
            throw;
        }
        co_return response{};
    });
    server web{loops_, routes_, on_free_port()};
    loops_.run(web.start());
    socket_client client{web.address()};
    client.send(plain_request("GET /wait"));
    begun.wait();
    loops_.run(web.stop(0s));
    EXPECT_EQ(ended_by, failure_code::cancelled);
    EXPECT_EQ(client.receive_all(), "");
}

TEST_P(Server, AnswersAClientThatHasEndedItsSide)
{
    server web{loops_, routes_, on_free_port()};
    loops_.run(web.start());
    for (std::string const request :
         {"GET /ping HTTP/1.0\r\n\r\n", "GET /ping HTTP/1.1\r\nHost: x\r\n\r\n"}) {
        socket_client client{web.address()};
        client.send(request);
        client.shut_down_sending();
        EXPECT_EQ(client.receive().body, "pong") << request;
        EXPECT_EQ(client.receive_all(), "");
    }
    loops_.run(web.stop(1s));
}

TEST_P(Server, CancelsTheHandlerOfAClientThatLeaves)
{
    std::latch begun{1};
    std::latch ended{1};
    event never;
    routes_.get("/wait", [&](context&) -> task<response> {
        begun.count_down();
        try {
            co_await never.wait();
        } catch (failure const& why) {
            EXPECT_EQ(why.code(), failure_code::cancelled);
            ended.count_down();
            throw;
        }
        co_return response{};
    });
    server web{loops_, routes_, on_free_port()};
    loops_.run(web.start());
    {
        socket_client client{web.address()};
        client.send(plain_request("GET /wait"));
        begun.wait();
        client.reset();
    }
    ended.wait();
    loops_.run(web.stop(1s));
}

TEST_P(Server, TurnsAwayWhoComesAboveItsShare)
{
    auto options = on_free_port();
    options.limits.max_connections = 1;
    std::atomic<int> rejected = 0;
    options.on_rejected = [&](rejection const& why, std::string_view peer) {
        EXPECT_EQ(why.status, 503);
        EXPECT_EQ(peer, "127.0.0.1");
        ++rejected;
    };
    server web{loops_, routes_, options};
    loops_.run(web.start());
    {
        // One more than all loops may have.
        std::deque<socket_client> clients;
        for (std::size_t count = 0; count < loops_.size() + 1; ++count)
            clients.emplace_back(web.address());
        int busy = 0;
        for (auto& each : clients)
            busy += each.ask(plain_request("GET /ping")).status == 503;
        EXPECT_GE(busy, 1);
        EXPECT_EQ(busy, rejected);
    }
    loops_.run(web.stop(10s));
}

TEST_P(Server, ClosesWhoComesAboveThoseThatItTurnsAway)
{
    auto options = on_free_port();
    options.limits.max_connections = 0;
    options.limits.max_turned_away = 0;
    server web{loops_, routes_, options};
    loops_.run(web.start());
    socket_client client{web.address()};
    EXPECT_EQ(client.receive_all(), "");
    loops_.run(web.stop(10s));
}

TEST_P(Server, CountsWhatTheAppNeverSaw)
{
    metrics_registry registry;
    auto options = on_free_port();
    options.metrics = &registry;
    std::atomic<int> told = 0;
    options.on_rejected = [&](rejection const&, std::string_view) { ++told; };
    server web{loops_, routes_, options};
    loops_.run(web.start());
    for (std::string const request : {"nonsense\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
                                      "GET /ping HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n",
                                      "GET /ping HTTP/1.1\r\nHost: x\r\n\r\n"})
        socket_client{web.address()}.ask(request);
    loops_.run(web.stop(1s));
    EXPECT_EQ(told, 3);
    auto const read = registry.read();
    ASSERT_EQ(read.size(), 1u);
    EXPECT_EQ(read[0].family.name, "redstart.http.server.rejected");
    std::map<metric_labels, double> found;
    for (auto const& series : read[0].series)
        found[series.labels] = series.value;
    EXPECT_EQ(found,
              (std::map<metric_labels, double>{{{{"http.response.status_code", "400"}}, 2},
                                               {{{"http.response.status_code", "413"}}, 1}}));
}

TEST_P(Server, MayBeDroppedUnstarted)
{
    {
        server const web{loops_, routes_, on_free_port()};
    }
    server web{loops_, routes_, on_free_port()};
    loops_.run(web.stop());
}

INSTANTIATE_TEST_SUITE_P(Loops, Server, testing::Values(1, 3));

}  // namespace
}  // namespace redstart::http
