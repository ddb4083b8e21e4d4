#include "redstart/testing/plain_peer.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <system_error>

namespace redstart::testing {

namespace {

[[noreturn]] void fail(char const* what)
{
    throw std::system_error{errno, std::generic_category(), what};
}

struct socket_address {
    sockaddr_storage storage{};
    socklen_t size = 0;

    sockaddr* get() noexcept { return reinterpret_cast<sockaddr*>(&storage); }
};

socket_address address_of(net::endpoint const& at)
{
    socket_address made;
    if (at.is_unix()) {
        auto& path = reinterpret_cast<sockaddr_un&>(made.storage);
        path.sun_family = AF_UNIX;
        if (at.unix_path.size() >= sizeof path.sun_path)
            throw std::runtime_error{"the path of a unix socket is too long: " + at.unix_path};
        std::memcpy(path.sun_path, at.unix_path.data(), at.unix_path.size());
        made.size = sizeof(sockaddr_un);
        return made;
    }
    auto& v4 = reinterpret_cast<sockaddr_in&>(made.storage);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(at.port);
    if (::inet_pton(AF_INET, at.host.c_str(), &v4.sin_addr) != 1)
        throw std::runtime_error{"not an IPv4 address: " + at.host};
    made.size = sizeof(sockaddr_in);
    return made;
}

void set(int socket, int level, int name, int value)
{
    if (::setsockopt(socket, level, name, &value, sizeof value) != 0)
        fail("setsockopt");
}

descriptor new_socket(net::endpoint const& at)
{
    descriptor made{::socket(at.is_unix() ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (!made)
        fail("socket");
    if (!at.is_unix())
        set(made.get(), IPPROTO_TCP, TCP_NODELAY, 1);
    return made;
}

descriptor bound_to(net::endpoint& at)
{
    if (!at.is_unix() && at.host.empty())
        at.host = "127.0.0.1";
    auto made = new_socket(at);
    if (!at.is_unix()) {
        set(made.get(), SOL_SOCKET, SO_REUSEADDR, 1);
        set(made.get(), SOL_SOCKET, SO_REUSEPORT, 1);
    }
    auto address = address_of(at);
    if (::bind(made.get(), address.get(), address.size) != 0)
        fail("bind");
    if (!at.is_unix()) {
        if (::getsockname(made.get(), address.get(), &address.size) != 0)
            fail("getsockname");
        at.port = ntohs(reinterpret_cast<sockaddr_in&>(address.storage).sin_port);
    }
    return made;
}

}  // namespace

void descriptor::close() noexcept
{
    if (auto const mine = std::exchange(number_, -1); mine >= 0)
        ::close(mine);
}

descriptor listen_at(net::endpoint& at)
{
    constexpr int backlog = 128;
    auto listening = bound_to(at);
    if (::listen(listening.get(), backlog) != 0)
        fail("listen");
    return listening;
}

descriptor reserve_port(net::endpoint& at) { return bound_to(at); }

std::uint16_t free_port()
{
    net::endpoint at{.host = "127.0.0.1", .port = 0, .unix_path = {}};
    reserve_port(at);
    return at.port;
}

bool readable_within(int descriptor, std::chrono::milliseconds limit)
{
    pollfd wanted{.fd = descriptor, .events = POLLIN, .revents = 0};
    int found = 0;
    do
        found = ::poll(&wanted, 1, static_cast<int>(limit.count()));
    while (found < 0 && errno == EINTR);
    return found > 0;
}

plain_peer::plain_peer(net::endpoint const& to) : socket_{new_socket(to)}
{
    auto address = address_of(to);
    if (::connect(socket_.get(), address.get(), address.size) != 0)
        fail("connect");
}

plain_peer::plain_peer(descriptor connected) noexcept : socket_{std::move(connected)} {}
plain_peer::plain_peer(plain_peer&& other) noexcept = default;
plain_peer& plain_peer::operator=(plain_peer&& other) noexcept = default;
plain_peer::~plain_peer() = default;

void plain_peer::closer::operator()(SSL* session) const noexcept { ::SSL_free(session); }

// OpenSSL writes to sockets without MSG_NOSIGNAL, and its calls must not block: there is a limit on every wait.
void plain_peer::begin_tls(certificate const& own)
{
    std::signal(SIGPIPE, SIG_IGN);
    ::fcntl(number(), F_SETFL, O_NONBLOCK);
    std::unique_ptr<SSL_CTX, decltype([](SSL_CTX* owned) { ::SSL_CTX_free(owned); })> const context{
        ::SSL_CTX_new(::TLS_server_method())};
    ::SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE);
    ::SSL_CTX_use_certificate_chain_file(context.get(), own.certificate_file.c_str());
    ::SSL_CTX_use_PrivateKey_file(context.get(), own.private_key_file.c_str(), SSL_FILETYPE_PEM);
    secure_.reset(::SSL_new(context.get()));
    ::SSL_set_fd(secure_.get(), number());
    while (!finished(::SSL_accept(secure_.get())))
        continue;
}

void plain_peer::change_keys()
{
    ::SSL_key_update(secure_.get(), SSL_KEY_UPDATE_REQUESTED);
    finished(::SSL_do_handshake(secure_.get()));
}

int plain_peer::why_not(int result)
{
    auto const why = result > 0 ? SSL_ERROR_NONE : ::SSL_get_error(secure_.get(), result);
    if (why == SSL_ERROR_ZERO_RETURN)
        return SSL_ERROR_NONE;
    if (why != SSL_ERROR_NONE && why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
        throw std::runtime_error{"TLS of a peer failed"};
    return why;
}

bool plain_peer::finished(int result)
{
    auto const why = why_not(result);
    if (why == SSL_ERROR_NONE)
        return true;
    pollfd wanted{.fd = number(), .events = POLLIN, .revents = 0};
    if (why == SSL_ERROR_WANT_WRITE)
        wanted.events = POLLOUT;
    if (::poll(&wanted, 1, static_cast<int>(patience.count())) == 0)
        throw std::runtime_error{"a peer did nothing for too long"};
    return false;
}

void plain_peer::send_encrypted(std::string_view bytes)
{
    while (!bytes.empty()) {
        std::size_t sent = 0;
        ::ERR_clear_error();
        finished(::SSL_write_ex(secure_.get(), bytes.data(), bytes.size(), &sent));
        bytes.remove_prefix(sent);
    }
}

void plain_peer::send(std::string_view bytes)
{
    if (secure_)
        return send_encrypted(bytes);
    while (!bytes.empty()) {
        auto const sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            fail("send");
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

std::size_t plain_peer::receive_some(char* into, std::size_t room)
{
    if (secure_) {
        std::size_t got = 0;
        ::ERR_clear_error();
        while (!finished(::SSL_read_ex(secure_.get(), into, room, &got)))
            ::ERR_clear_error();
        return got;
    }
    if (!readable_within(socket_.get(), patience))
        throw std::runtime_error{"a peer said nothing for too long"};
    auto const came = ::recv(socket_.get(), into, room, 0);
    if (came < 0)
        fail("recv");
    return static_cast<std::size_t>(came);
}

std::string plain_peer::receive(std::size_t bytes)
{
    std::string got(bytes, '\0');
    std::size_t have = 0;
    while (have < bytes) {
        auto const came = receive_some(got.data() + have, bytes - have);
        if (came == 0)
            break;
        have += came;
    }
    got.resize(have);
    return got;
}

std::string plain_peer::receive_available(std::size_t most)
{
    std::string got(most, '\0');
    std::size_t size = 0;
    if (secure_)
        why_not(::SSL_read_ex(secure_.get(), got.data(), most, &size));
    else
        size = receive_some(got.data(), most);
    got.resize(size);
    return got;
}

std::string plain_peer::receive_line()
{
    std::string line;
    while (!line.ends_with("\r\n")) {
        auto const next = receive(1);
        if (next.empty())
            throw std::runtime_error{"a peer closed in the middle of a line"};
        line += next;
    }
    line.resize(line.size() - 2);
    return line;
}

std::string plain_peer::receive_rest()
{
    std::string all;
    std::array<char, 64 * 1024> part;
    while (auto const came = receive_some(part.data(), part.size()))
        all.append(part.data(), came);
    return all;
}

std::string plain_peer::ask(std::initializer_list<std::string_view> words)
{
    std::string command = "*" + std::to_string(words.size()) + "\r\n";
    for (auto const word : words)
        command.append("$")
            .append(std::to_string(word.size()))
            .append("\r\n")
            .append(word)
            .append("\r\n");
    send(command);
    auto line = receive_line();
    if (!line.starts_with('$') || line == "$-1")
        return line;
    std::size_t size = 0;
    std::from_chars(line.data() + 1, line.data() + line.size(), size);
    auto text = receive(size);
    receive(2);
    return text;
}

void plain_peer::shut_down_sending() noexcept
{
    if (secure_)
        ::SSL_shutdown(secure_.get());
    ::shutdown(socket_.get(), SHUT_WR);
}

void plain_peer::close() noexcept
{
    if (secure_)
        ::SSL_shutdown(secure_.get());
    socket_.close();
}

void plain_peer::cut_off() noexcept { socket_.close(); }

void plain_peer::reset() noexcept
{
    linger const at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    socket_.close();
}

plain_peer accept_peer(descriptor const& listening)
{
    if (!readable_within(listening.get(), patience))
        throw std::runtime_error{"nobody connected"};
    descriptor accepted{::accept4(listening.get(), nullptr, nullptr, SOCK_CLOEXEC)};
    if (!accepted)
        fail("accept");
    int const yes = 1;  // of no use to a unix socket, which refuses it
    ::setsockopt(accepted.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    return plain_peer{std::move(accepted)};
}

}  // namespace redstart::testing
