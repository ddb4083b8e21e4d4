// Asks a server on a unix socket one thing at a time.

#include "redstart/embedded/server_probe.hpp"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace redstart::embedded {
namespace {

std::string_view field(std::string_view const info, std::string_view const name)
{
    auto const found = info.find("\n" + std::string{name} + ':');
    if (found == std::string_view::npos)
        return {};
    auto const value = info.substr(found + name.size() + 2);
    return value.substr(0, value.find_first_of("\r\n"));
}

}  // namespace

server_probe::server_probe(descriptor socket) noexcept : socket_{std::move(socket)} {}

std::optional<server_probe> server_probe::connect(std::filesystem::path const& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    auto const& name = path.native();
    if (name.size() >= sizeof(address.sun_path))
        return std::nullopt;
    std::ranges::copy(name, address.sun_path);

    descriptor socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    timeval const limit{.tv_sec = 2, .tv_usec = 0};
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    auto const* const target = reinterpret_cast<sockaddr const*>(&address);
    if (::connect(socket.get(), target, sizeof(address)) != 0)
        return std::nullopt;
    return server_probe{std::move(socket)};
}

std::optional<std::string> server_probe::ask(std::string_view const line)
{
    auto const request = std::string{line} + "\r\n";
    auto const sent = ::send(socket_.get(), request.data(), request.size(), MSG_NOSIGNAL);
    if (sent != static_cast<ssize_t>(request.size()))
        return std::nullopt;
    auto head = read_line();
    if (!head || !head->starts_with('$'))
        return head;

    std::ptrdiff_t size = -1;
    std::from_chars(head->data() + 1, head->data() + head->size(), size);
    if (size < 0)
        return head;
    auto const whole = static_cast<std::size_t>(size) + 2;
    while (received_.size() < whole)
        if (!receive())
            return std::nullopt;
    auto content = received_.substr(0, whole - 2);
    received_.erase(0, whole);
    return content;
}

std::optional<std::string> server_probe::read_line()
{
    auto end = received_.find("\r\n");
    for (; end == std::string::npos; end = received_.find("\r\n"))
        if (!receive())
            return std::nullopt;
    auto line = received_.substr(0, end);
    received_.erase(0, end + 2);
    return line;
}

bool server_probe::receive()
{
    std::array<char, 4096> room{};
    auto const size = ::recv(socket_.get(), room.data(), room.size(), 0);
    if (size <= 0)
        return false;
    received_.append(room.data(), static_cast<std::size_t>(size));
    return true;
}

std::string version_in(std::string_view const info)
{
    if (auto const valkey = field(info, "valkey_version"); !valkey.empty())
        return "Valkey " + std::string{valkey};
    if (auto const redis = field(info, "redis_version"); !redis.empty())
        return "Redis " + std::string{redis};
    return {};
}

}  // namespace redstart::embedded
