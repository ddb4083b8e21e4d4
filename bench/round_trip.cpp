// One GET after the other over a socket, as somebody would write it by hand: bench_round_trip <port> <requests>.
//
// A write, a wait and a read for each, without a parser, a deadline or a coroutine: what the machine allows one caller
// who is alone. Prints GETs per second.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

constexpr std::string_view request = "*2\r\n$3\r\nGET\r\n$18\r\nbench:000000000042\r\n";

int connected_to(int port)
{
    int const made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(port));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int const yes = 1;
    if (::connect(made, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0 ||
        ::setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes) != 0)
        std::abort();
    return made;
}

void round_trip(int server, int waiting)
{
    if (::send(server, request.data(), request.size(), MSG_NOSIGNAL) < 0)
        std::abort();
    epoll_event ready{};
    std::array<char, 4096> reply;
    while (::epoll_wait(waiting, &ready, 1, 1000) == 0) {}
    if (::recv(server, reply.data(), reply.size(), MSG_DONTWAIT) <= 0)
        std::abort();
}

}  // namespace

int main(int count, char** arguments)
{
    if (count != 3)
        return std::fputs("usage: bench_round_trip <port> <requests>\n", stderr), 2;
    int const server = connected_to(std::atoi(arguments[1]));
    int const waiting = ::epoll_create1(EPOLL_CLOEXEC);
    epoll_event readable{};
    readable.events = EPOLLIN;
    ::epoll_ctl(waiting, EPOLL_CTL_ADD, server, &readable);
    auto const requests = std::atol(arguments[2]);
    auto const began = std::chrono::steady_clock::now();
    for (long i = 0; i < requests; ++i)
        round_trip(server, waiting);
    std::chrono::duration<double> const took = std::chrono::steady_clock::now() - began;
    std::printf("%.0f\n", static_cast<double>(requests) / took.count());
    ::close(waiting);
    ::close(server);
}
