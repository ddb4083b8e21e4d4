#include "redstart/net/listener.hpp"

#include "redstart/net/socket_file.hpp"
#include "redstart/net/stream_state.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

namespace redstart::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

failure cannot_listen(endpoint const& address, error_code why)
{
    return failure{{.code = failure_code::connect_failed,
                    .outcome = outcome::not_sent,
                    .command = {},
                    .reason = "cannot listen on " + to_string(address) + ": " + why.message(),
                    .server_text = {}}};
}

constexpr boot_clock::duration pause_without_descriptors = std::chrono::milliseconds{50};

}  // namespace

using acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol>;
using any_endpoint = asio::generic::stream_protocol::endpoint;

struct listener::state : std::enable_shared_from_this<listener::state>, timer_node {
    explicit state(loop& where)
        : timer_node{[](timer_node& self) { static_cast<state&>(self).accept_next(); }},
          home{where}, waiting{where.io_context()}
    {
    }

    void accept_next()
    {
        waiting.async_accept(
            [self = shared_from_this()](error_code why, stream::state::socket peer) {
                if (!self->waiting.is_open())
                    return;
                if (why)
                    return self->home.start(*self, self->home.now() + pause_without_descriptors);
                apply({.user_timeout = {}}, peer, self->is_tcp);
                self->on_accept(stream{new stream::state{self->home, std::move(peer)}});
                self->accept_next();
            });
    }

    loop& home;
    acceptor waiting;
    accept_handler on_accept;
    bool is_tcp = true;
    socket_file file;
};

namespace {

any_endpoint resolved(endpoint const& address)
{
    if (address.is_unix())
        return asio::local::stream_protocol::endpoint{address.unix_path};
    auto const host = address.host.empty() ? std::string{"127.0.0.1"} : address.host;
    return tcp::endpoint{asio::ip::make_address(host == "localhost" ? "127.0.0.1" : host),
                         address.port};
}

void bind_port(acceptor& waiting, any_endpoint const& at, bool share)
{
    int const yes = 1;
    ::setsockopt(waiting.native_handle(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (share)
        ::setsockopt(waiting.native_handle(), SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes);
    waiting.bind(at);
}

socket_file bind_file(acceptor& waiting, any_endpoint const& at, std::string const& path)
{
    if (!keep_private(waiting.native_handle()))
        throw boost::system::system_error{errno, boost::system::system_category()};
    error_code failed;
    waiting.bind(at, failed);
    if (failed == asio::error::address_in_use && remove_stale_socket(path))
        waiting.bind(at, failed);
    if (failed)
        throw boost::system::system_error{failed};
    return socket_file{path};
}

}  // namespace

listener::listener(loop& where, endpoint const& address, listen_options options)
    : state_{std::make_shared<state>(where)}
{
    try {
        auto const at = resolved(address);
        state_->is_tcp = !address.is_unix();
        state_->waiting.open(at.protocol());
        if (state_->is_tcp)
            bind_port(state_->waiting, at, options.share_port);
        else
            state_->file = bind_file(state_->waiting, at, address.unix_path);
        state_->waiting.listen(options.backlog);
    } catch (boost::system::system_error const& error) {
        throw cannot_listen(address, error.code());
    }
}

listener::~listener() { close(); }

void listener::start(accept_handler on_accept)
{
    state_->on_accept = std::move(on_accept);
    state_->accept_next();
}

void listener::close() noexcept
{
    state_->home.stop(*state_);
    state_->file.remove();
    error_code ignored;
    state_->waiting.close(ignored);
}

endpoint listener::address() const
{
    auto const bound = state_->waiting.local_endpoint();
    if (!state_->is_tcp)
        return {.host = {},
                .port = 0,
                .unix_path = reinterpret_cast<sockaddr_un const*>(bound.data())->sun_path};
    tcp::endpoint tcp_bound;
    std::memcpy(tcp_bound.data(), bound.data(), bound.size());
    tcp_bound.resize(bound.size());
    return {.host = tcp_bound.address().to_string(), .port = tcp_bound.port(), .unix_path = {}};
}

}  // namespace redstart::net
