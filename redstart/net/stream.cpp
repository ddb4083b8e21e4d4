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

stream::state::state(loop& where, socket connected) : home{where}, connection{std::move(connected)}
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
    auto const room = handler->read_buffer();
    connection.async_read_some(
        asio::buffer(room.data(), room.size()),
        [this](error_code why, std::size_t bytes) { finish_reading(why, bytes); });
}

// The handler may be gone by now: a write that failed in the same turn has told it of the end.
void stream::state::finish_reading(error_code why, std::size_t bytes)
{
    reading = false;
    if (!closed && handler) {
        if (why == asio::error::eof && handler->on_end())
            at_end = true;
        else if (why)
            fail(why);
        else if (paused)
            unread = bytes;  // they lie in the handler's buffer until it wants them
        else
            handler->on_read(bytes);
    }
    start_reading();
    release();
}

void stream::state::resume_reading()
{
    paused = false;
    if (unread == 0 || reading)
        return start_reading();
    reading = true;
    ++pending;
    asio::post(connection.get_executor(), [this] { finish_reading({}, std::exchange(unread, 0)); });
}

void stream::state::wait_writable()
{
    if (waiting_writable || closed)
        return;
    waiting_writable = true;
    ++pending;
    connection.async_wait(socket::wait_write, [this](error_code why) {
        waiting_writable = false;
        if (!closed) {
            if (why || broken != 0)
                fail(why ? why : error_code{broken, boost::system::system_category()});
            else if (handler)
                handler->on_writable();
        }
        release();
    });
}

void stream::state::fail(error_code why)
{
    auto* const told = std::exchange(handler, nullptr);
    bool const ended = !why || why == asio::error::eof;
    auto const reason = ended ? std::string{} : why.message();
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

void stream::resume_reading() { state_->resume_reading(); }

std::size_t stream::write_some(std::string_view bytes) noexcept
{
    return write_some(std::span{&bytes, 1});
}

std::size_t stream::write_some(std::span<std::string_view const> parts) noexcept
{
    std::size_t taken = 0;
    while (!parts.empty()) {
        auto const some = parts.first(std::min(parts.size(), state::most_parts));
        if (!state_->send(some, taken))
            break;
        parts = parts.subspan(some.size());
    }
    return taken;
}

// Adds to `taken` what the socket took. False if that was less than all. What fails has taken nothing, and is reported
// from the reactor: nobody is called back from inside a write.
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
    if (broken != 0)
        return false;
    msghdr message{};
    message.msg_iov = vectors.data();
    message.msg_iovlen = count;
    ssize_t sent = 0;
    do
        sent = ::sendmsg(connection.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    if (sent < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
        broken = errno;
    auto const size = static_cast<std::size_t>(std::max<ssize_t>(sent, 0));
    taken += size;
    if (size < total)
        wait_writable();
    return size == total;
}

std::size_t stream::unacknowledged() const noexcept
{
    int bytes = 0;
    bool const known = ::ioctl(state_->connection.native_handle(), SIOCOUTQ, &bytes) == 0;
    return known ? static_cast<std::size_t>(std::max(bytes, 0)) : 0;
}

void stream::shut_down_sending() noexcept
{
    error_code ignored;
    state_->connection.shutdown(state::socket::shutdown_send, ignored);
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
