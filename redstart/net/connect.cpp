// Resolving and connecting, as one wait that obeys the ambient deadline and cancellation.

#include "redstart/net/asio.hpp"
#include "redstart/net/stream.hpp"
#include "redstart/net/stream_state.hpp"
#include "redstart/task/within.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

namespace redstart::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using socket = stream::state::socket;

namespace {

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

task<stream> connect_tcp(loop& where, endpoint to, addresses candidates, stream_options options)
{
    auto const ambient = co_await this_context();
    std::string reasons;
    auto left = candidates.size();
    for (auto const& address : candidates) {
        socket connection{where.io_context()};
        auto const why =
            co_await try_connect_within(share_of(ambient, left--), connection, address);
        if (!why) {
            apply(options, connection, true);
            co_return stream{new stream::state{where, std::move(connection)}};
        }
        reasons.append(reasons.empty() ? "" : "; ").append(why.message());
    }
    throw connecting_failed(to, reasons.empty() ? "the name has no address" : reasons);
}

task<stream> resolve_and_connect(loop& where, endpoint to, stream_options options)
{
    auto found = co_await resolve(where, to);
    co_return co_await connect_tcp(where, std::move(to), std::move(found), options);
}

}  // namespace

task<stream> connect(loop& where, endpoint to, stream_options options)
{
    if (to.is_unix())
        return connect_unix(where, std::move(to), options);
    return resolve_and_connect(where, std::move(to), options);
}

task<stream> connect_first(loop& where, std::vector<endpoint> candidates, stream_options options)
{
    addresses literal;
    for (auto const& each : candidates)
        literal.emplace_back(asio::ip::make_address(each.host), each.port);
    return connect_tcp(where, candidates.front(), std::move(literal), options);
}

}  // namespace redstart::net
