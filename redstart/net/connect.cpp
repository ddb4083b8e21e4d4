// Resolving and connecting, as one wait that obeys the ambient deadline and cancellation.

#include "redstart/net/asio.hpp"
#include "redstart/net/stream.hpp"
#include "redstart/net/stream_state.hpp"
#include "redstart/task/within.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>

#include <stdexcept>

namespace redstart::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using socket = stream::state::socket;

namespace {

struct connect_options {
    stream_options socket;
    tls_options tls;
};

constexpr boot_clock::duration system_patience = std::chrono::minutes{2};  // of Linux, about

failure connecting_failed(endpoint const& to, std::string const& why)
{
    return failure{{.code = failure_code::connect_failed,
                    .outcome = outcome::not_sent,
                    .command = {},
                    .reason = to_string(to) + ": " + why,
                    .server_text = {}}};
}

task<stream> connect_unix(loop& where, endpoint to, stream_options options)
{
    asio::local::stream_protocol::endpoint address;
    try {
        address.path(to.unix_path);
    } catch (boost::system::system_error const& error) {
        throw connecting_failed(to, error.code().message());
    }
    socket connection{where.io_context()};  // connecting opens it, and says if it cannot
    auto const [why] = co_await connection.async_connect(address, use_task);
    if (why)
        throw connecting_failed(to, why.message());
    apply(options, connection, false);
    co_return stream{new stream::state{where, std::move(connection)}};
}

using addresses = std::vector<tcp::endpoint>;

// A name costs a thread and a system call or more; a literal address costs nothing.
task<addresses> resolve(loop& where, endpoint const& to)
{
    error_code not_literal;
    auto const literal = asio::ip::make_address(to.host, not_literal);
    if (!not_literal)
        co_return addresses{{literal, to.port}};
    tcp::resolver resolver{where.io_context()};
    auto const [unresolved, found] =
        co_await resolver.async_resolve(to.host, std::to_string(to.port), use_task);
    if (unresolved)
        throw connecting_failed(to, unresolved.message());
    co_return addresses(found.begin(), found.end());
}

task<error_code> try_connect(socket& connection, tcp::endpoint address)
{
    auto const [why] = co_await connection.async_connect(address, use_task);
    co_return why;
}

// As try_connect(), but no longer than `limit`, which is no end of the whole.
task<error_code> try_connect_within(boot_clock::duration limit, socket& connection,
                                    tcp::endpoint address)
{
    auto const ambient = co_await this_context();
    try {
        co_return co_await within(limit, try_connect(connection, address));
    } catch (failure const& why) {
        bool const limit_passed =
            why.code() == failure_code::timed_out && ambient.loop->now() < ambient.deadline;
        if (!limit_passed)
            throw;
        co_return asio::error::timed_out;
    }
}

// An address that swallows everything must not use up the time of those behind it.
boot_clock::duration share_of(context const& ambient, std::size_t among)
{
    if (ambient.deadline == no_deadline)
        return system_patience;
    return (ambient.deadline - ambient.loop->now()) / static_cast<std::int64_t>(among);
}

task<socket> connect_tcp(loop& where, endpoint const& to, addresses candidates)
{
    auto const ambient = co_await this_context();
    std::string reasons;
    auto left = candidates.size();
    for (auto const& address : candidates) {
        socket connection{where.io_context()};
        auto const why =
            co_await try_connect_within(share_of(ambient, left--), connection, address);
        if (!why)
            co_return connection;
        reasons.append(reasons.empty() ? "" : "; ").append(why.message());
    }
    throw connecting_failed(to, reasons.empty() ? "the name has no address" : reasons);
}

// Whoever writes an alert sends it also when the handshake has failed: the server's log then tells why.
task<> shake_hands(socket& connection, tls_session& session, endpoint const& to)
{
    while (true) {
        auto const next = session.shake_hands();
        auto const output = session.output();
        auto const [unsent, sent] =
            co_await asio::async_write(connection, asio::buffer(output), use_task);
        session.sent(sent);
        if (next == tls_session::status::more)
            co_return;
        if (next != tls_session::status::wants)
            throw connecting_failed(to, session.problem());
        auto const room = session.input_room();
        auto const [why, came] =
            co_await connection.async_read_some(asio::buffer(room.data(), room.size()), use_task);
        if (why)
            throw connecting_failed(to, "during the TLS handshake: " + why.message());
        session.came(came);
    }
}

// The files are read here, at every dial.
std::unique_ptr<tls_session> new_session(endpoint const& to, tls_options const& options)
{
    try {
        return std::make_unique<tls_session>(options, to.host);
    } catch (std::runtime_error const& why) {
        throw connecting_failed(to, why.what());
    }
}

task<stream> connect_any(loop& where, endpoint to, addresses candidates, connect_options options)
{
    auto connection = co_await connect_tcp(where, to, std::move(candidates));
    apply(options.socket, connection, true);
    std::unique_ptr<tls_session> secure;
    if (options.tls.enabled) {
        secure = new_session(to, options.tls);
        co_await shake_hands(connection, *secure, to);
    }
    co_return stream{new stream::state{where, std::move(connection), std::move(secure)}};
}

task<stream> resolve_and_connect(loop& where, endpoint to, connect_options options)
{
    auto found = co_await resolve(where, to);
    co_return co_await connect_any(where, std::move(to), std::move(found), std::move(options));
}

}  // namespace

task<stream> connect(loop& where, endpoint to, stream_options options, tls_options tls)
{
    if (!to.is_unix())
        return resolve_and_connect(where, std::move(to), {options, std::move(tls)});
    if (tls.enabled)
        throw connecting_failed(to, "TLS is for TCP; a unix socket does not leave the machine");
    return connect_unix(where, std::move(to), options);
}

task<stream> connect_first(loop& where, std::vector<endpoint> candidates, stream_options options)
{
    addresses literal;
    for (auto const& each : candidates)
        literal.emplace_back(asio::ip::make_address(each.host), each.port);
    return connect_any(where, candidates.front(), std::move(literal), {options, {}});
}

}  // namespace redstart::net
