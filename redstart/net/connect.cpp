// Resolving and connecting, as one wait that obeys the ambient deadline and cancellation.

#include "redstart/net/asio.hpp"
#include "redstart/net/stream.hpp"
#include "redstart/net/stream_state.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

namespace redstart::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using socket = stream::state::socket;

namespace {

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

// A name costs a thread and a system call or more; a literal address costs nothing.
task<std::vector<tcp::endpoint>> resolve(loop& where, endpoint const& to)
{
    error_code not_literal;
    auto const literal = asio::ip::make_address(to.host, not_literal);
    if (!not_literal)
        co_return std::vector{tcp::endpoint{literal, to.port}};
    tcp::resolver resolver{where.io_context()};
    auto const [unresolved, found] =
        co_await resolver.async_resolve(to.host, std::to_string(to.port), use_task);
    if (unresolved)
        throw connecting_failed(to, unresolved.message());
    co_return std::vector<tcp::endpoint>(found.begin(), found.end());
}

task<stream> connect_tcp(loop& where, endpoint to, stream_options options)
{
    std::string reasons;
    for (auto const& address : co_await resolve(where, to)) {
        socket connection{where.io_context()};
        auto const [why] = co_await connection.async_connect(address, use_task);
        if (!why) {
            apply(options, connection, true);
            co_return stream{new stream::state{where, std::move(connection)}};
        }
        reasons.append(reasons.empty() ? "" : "; ").append(why.message());
    }
    throw connecting_failed(to, reasons.empty() ? "the name has no address" : reasons);
}

}  // namespace

task<stream> connect(loop& where, endpoint to, stream_options options)
{
    if (to.is_unix())
        return connect_unix(where, std::move(to), options);
    return connect_tcp(where, std::move(to), options);
}

}  // namespace redstart::net
