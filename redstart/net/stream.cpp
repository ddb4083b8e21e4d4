#include "redstart/net/stream.hpp"

#include "redstart/net/stream_state.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <arpa/inet.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace redstart::net {

namespace asio = boost::asio;
using boost::system::error_code;

stream::state::state(loop& where, socket connected, std::unique_ptr<tls_session> settled)
    : home{where}, connection{std::move(connected)}, unread{settled ? 1u : 0u},
      secure{std::move(settled)}
{
    home.add_source();
}

stream::state::~state() { home.remove_source(); }

void stream::state::release() noexcept
{
    if (--pending == 0 && closed)
        delete this;
}

void stream::state::start_reading()
{
    if (reading || paused || at_end || closed || !handler)
        return;
    reading = true;
    ++pending;
    if (unread != 0)
        return asio::post(connection.get_executor(), [this] { finish_reading({}, 0); });
    auto const room = secure ? secure->input_room() : handler->read_buffer();
    connection.async_read_some(
        asio::buffer(room.data(), room.size()),
        [this](error_code why, std::size_t bytes) { finish_reading(why, bytes); });
}

// The handler may be gone by now: a write that failed in the same turn has told it of the end.
void stream::state::finish_reading(error_code why, std::size_t bytes)
{
    reading = false;
    if (!closed && handler) {
        bool const is_end = why == asio::error::eof;
        if (is_end && secure)
            fail("TLS: the connection was cut off: it ended without a goodbye");
        else if (is_end && handler->on_end())
            at_end = true;
        else if (why)
            fail(is_end ? std::string{} : why.message());
        else
            deliver(bytes);
    }
    start_reading();
    release();
}

// Without `bytes`, what was kept during a pause.
void stream::state::deliver(std::size_t bytes)
{
    if (secure && bytes != 0)
        secure->came(bytes);
    unread = secure ? 1 : std::max(unread, bytes);
    if (paused)
        return;  // they lie in the handler's buffer, or are still encrypted, until it wants them
    if (secure)
        decrypt();
    else
        handler->on_read(std::exchange(unread, 0));
}

// Into the handler's buffers, until there is no more, or the handler has had enough.
void stream::state::decrypt()
{
    reading = true;  // what came is still in use
    while (!closed && handler && !paused && unread != 0) {
        auto const got = secure->read(handler->read_buffer());
        if (got.then != tls_session::status::more)
            unread = 0;
        if (got.bytes != 0)
            handler->on_read(got.bytes);
        if (closed || !handler)
            break;
        if (got.then == tls_session::status::failed)
            fail(secure->problem());
        else if (got.then == tls_session::status::ended && handler->on_end())
            at_end = true;
        else if (got.then == tls_session::status::ended)
            fail({});
    }
    reading = false;
    if (!closed && handler)
        send_encrypted();  // what the session itself had to answer
}

void stream::state::wait_writable()
{
    if (waiting_writable || closed)
        return;
    waiting_writable = true;
    ++pending;
    connection.async_wait(socket::wait_write, [this](error_code why) {
        waiting_writable = false;
        if (!closed)
            became_writable(why);
        release();
    });
}

void stream::state::became_writable(error_code why)
{
    if (!why && broken == 0 && secure && !send_encrypted())
        return;  // not yet
    if (why || broken != 0)
        return fail((why ? why : error_code{broken, boost::system::system_category()}).message());
    if (ends_when_sent)
        shut_down_sending();
    if (handler && std::exchange(took_less, false))
        handler->on_writable();
}

void stream::state::fail(std::string_view reason)
{
    auto* const told = std::exchange(handler, nullptr);
    error_code ignored;
    connection.close(ignored);
    broken = EPIPE;
    if (told)
        told->on_closed(reason);  // may close the stream; the operation that is under way frees it
}

void stream::state::close() noexcept
{
    closed = true;
    handler = nullptr;
    if (secure && broken == 0) {
        secure->say_goodbye();
        send_encrypted();  // what the socket does not take now is lost
    }
    error_code ignored;
    connection.close(ignored);
    if (pending == 0)
        delete this;
}

stream& stream::operator=(stream&& other) noexcept
{
    if (this != &other) {
        close();
        state_ = std::exchange(other.state_, nullptr);
    }
    return *this;
}

void stream::start(stream_handler& handler)
{
    state_->handler = &handler;
    state_->start_reading();
}

void stream::pause_reading() noexcept { state_->paused = true; }

void stream::resume_reading()
{
    state_->paused = false;
    state_->start_reading();
}

std::size_t stream::write_some(std::string_view bytes) noexcept
{
    return write_some(std::span{&bytes, 1});
}

std::size_t stream::write_some(std::span<std::string_view const> parts) noexcept
{
    return state_->secure ? state_->encrypt(parts) : state_->send_all(parts);
}

std::size_t stream::state::send_all(std::span<std::string_view const> parts) noexcept
{
    std::size_t taken = 0;
    while (!parts.empty()) {
        auto const some = parts.first(std::min(parts.size(), most_parts));
        if (!send(some, taken))
            break;
        parts = parts.subspan(some.size());
    }
    return taken;
}

// Adds to `taken` what the socket took. False if that was less than all.
bool stream::state::send(std::span<std::string_view const> parts, std::size_t& taken) noexcept
{
    std::array<iovec, most_parts> vectors;
    std::size_t count = 0;
    std::size_t total = 0;
    for (auto const part : parts) {
        vectors[count++] = {const_cast<char*>(part.data()), part.size()};
        total += part.size();
    }
    if (total == 0)
        return true;
    auto const size = transmit(std::span{vectors}.first(count));
    taken += size;
    if (size == total)
        return true;
    took_less = true;
    wait_writable();
    return false;
}

// What the socket takes now. What fails has taken nothing, and is reported from the reactor: nobody is called back from
// inside a write.
std::size_t stream::state::transmit(std::span<iovec const> vectors) noexcept
{
    if (broken != 0)
        return 0;
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(vectors.data());
    message.msg_iovlen = vectors.size();
    ssize_t sent = 0;
    do
        sent = ::sendmsg(connection.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    if (sent < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
        broken = errno;
    return static_cast<std::size_t>(std::max<ssize_t>(sent, 0));
}

// What is encrypted is taken, though it may wait here: it is part of a stream that cannot be taken back. So nothing is
// encrypted while some of it waits.
std::size_t stream::state::encrypt(std::span<std::string_view const> parts) noexcept
{
    std::size_t total = 0;
    for (auto const part : parts)
        total += part.size();
    std::size_t taken = 0;
    while (send_encrypted() && taken < total) {
        auto const size = secure->write(parts, taken);
        if (size == 0)
            broken = EPIPE;  // after the end
        taken += size;
    }
    took_less = took_less || taken < total;
    return taken;
}

// Sends what is encrypted. False if some of it waits for the socket.
bool stream::state::send_encrypted() noexcept
{
    while (broken == 0 && !secure->output().empty()) {
        auto const rest = secure->output();
        iovec const all{const_cast<char*>(rest.data()), rest.size()};
        auto const size = transmit({&all, 1});
        if (size == 0)
            break;
        secure->sent(size);
    }
    if (broken == 0 && secure->output().empty())
        return true;
    wait_writable();
    return false;
}

std::size_t stream::read_some(std::span<char> into) noexcept { return state_->receive(into); }

std::size_t stream::state::receive(std::span<char> into) noexcept
{
    if (secure)
        return secure->read(into).bytes;
    if (into.empty() || broken != 0)
        return 0;
    ssize_t got = 0;
    do
        got = ::recv(connection.native_handle(), into.data(), into.size(), MSG_DONTWAIT);
    while (got < 0 && errno == EINTR);
    if (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK) {
        broken = errno;
        wait_writable();
    }
    return static_cast<std::size_t>(std::max<ssize_t>(got, 0));
}

std::size_t stream::unacknowledged() const noexcept
{
    int bytes = 0;
    bool const known = ::ioctl(state_->connection.native_handle(), SIOCOUTQ, &bytes) == 0;
    auto const here = state_->secure ? state_->secure->output().size() : 0;
    return here + (known ? static_cast<std::size_t>(std::max(bytes, 0)) : 0);
}

void stream::shut_down_sending() noexcept
{
    if (state_->secure)
        state_->secure->say_goodbye();
    state_->shut_down_sending();
}

void stream::state::shut_down_sending() noexcept
{
    ends_when_sent = secure && !send_encrypted();
    if (ends_when_sent)
        return;
    error_code ignored;
    connection.shutdown(socket::shutdown_send, ignored);
}

void stream::close() noexcept
{
    if (auto* const mine = std::exchange(state_, nullptr))
        mine->close();
}

namespace {

struct peer {
    std::string address;
    std::uint16_t port = 0;
};

peer peer_of(int descriptor)
{
    sockaddr_storage storage{};
    socklen_t length = sizeof storage;
    auto* const any = reinterpret_cast<sockaddr*>(&storage);
    if (::getpeername(descriptor, any, &length) != 0)
        return {};
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (storage.ss_family == AF_INET) {
        auto const& v4 = reinterpret_cast<sockaddr_in const&>(storage);
        ::inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
        return {text.data(), ntohs(v4.sin_port)};
    }
    if (storage.ss_family == AF_INET6) {
        auto const& v6 = reinterpret_cast<sockaddr_in6 const&>(storage);
        ::inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
        return {text.data(), ntohs(v6.sin6_port)};
    }
    return {};
}

template <class Value>
void set(int descriptor, int level, int name, Value value)
{
    // best effort: an option is no reason to fail
    ::setsockopt(descriptor, level, name, &value, sizeof value);
}

int seconds(boot_clock::duration duration)
{
    auto const whole = std::chrono::ceil<std::chrono::seconds>(duration).count();
    return static_cast<int>(std::clamp<std::int64_t>(whole, 1, 32767));
}

}  // namespace

std::string stream::peer_address() const
{
    return peer_of(state_->connection.native_handle()).address;
}

std::uint16_t stream::peer_port() const { return peer_of(state_->connection.native_handle()).port; }

void apply(stream_options const& options, stream::state::socket& connection, bool is_tcp)
{
    error_code ignored;
    connection.non_blocking(true, ignored);
    if (!is_tcp)
        return;
    auto const descriptor = connection.native_handle();
    set(descriptor, IPPROTO_TCP, TCP_NODELAY, options.no_delay ? 1 : 0);
    if (options.keepalive_idle.count() > 0) {
        set(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1);
        set(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, seconds(options.keepalive_idle));
        set(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, seconds(options.keepalive_interval));
        set(descriptor, IPPROTO_TCP, TCP_KEEPCNT, static_cast<int>(options.keepalive_probes));
    }
    if (options.user_timeout.count() > 0) {
        auto const ms = std::chrono::ceil<std::chrono::milliseconds>(options.user_timeout).count();
        set(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<unsigned>(ms));
    }
}

}  // namespace redstart::net
