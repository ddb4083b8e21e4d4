// A proxy that stands between a client and its server and breaks what it is told to break.
//
// It works on a thread of its own with plain sockets. Each call below has taken effect when it
// returns, so a test needs no waiting between arranging a fault and meeting it.

#pragma once

#include "redstart/net/endpoint.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace redstart::testing {

// Any thread. Connections end with the proxy.
class fault_proxy {
public:
    enum class direction : std::uint8_t { to_server, to_client };
    enum class ending : std::uint8_t { close, reset };

    // Listens on a free port of 127.0.0.1 and connects each connection to `server`.
    explicit fault_proxy(net::endpoint server);
    fault_proxy(fault_proxy const&) = delete;
    fault_proxy& operator=(fault_proxy const&) = delete;
    ~fault_proxy();

    net::endpoint endpoint() const;
    std::string url() const;  // redis://127.0.0.1:port

    // Nothing more is taken from that side, not even its end; a connection looks alive and silent.
    void stall(direction which);
    // The same in both directions, on the connections that there are now; later ones are spared.
    void freeze();
    // What comes is handed on so much later.
    void delay(direction which, std::chrono::milliseconds by);
    // What comes is handed on in pieces of so many bytes, each with a moment of its own.
    void cut_into_pieces(direction which, std::size_t bytes);
    // What comes is taken and dropped, in both directions, and nothing more is forwarded: a sender
    // sees no difference. Healing ends the connections that lost something that way.
    void swallow();
    // Connecting is refused. Connections that exist stay.
    void refuse();
    // Takes back all of the above, cut_after() and corrupt_after(). What was held back goes on its way.
    void heal();

    // Ends all connections now.
    void cut(ending how = ending::close);
    // Ends the connection on which, after so many more bytes in that direction, another one comes.
    // Once: connections after that are left alone. With 0, not a byte gets through.
    void cut_after(direction which, std::uint64_t bytes, ending how = ending::close);
    bool is_about_to_cut() const;  // cut_after() has not happened yet

    // Slips in one line feed when, after so many more bytes to clients, another one comes: wherever
    // that is, RESP can tell. Once. RESP has no checksums, so what stays well formed could not be.
    void corrupt_after(std::uint64_t bytes);
    bool is_about_to_corrupt() const;

    std::uint64_t forwarded(direction which) const;  // bytes, on all connections
    std::uint64_t accepted() const;                  // connections, of all times
    std::size_t open_connections() const;

private:
    class worker;
    std::unique_ptr<worker> worker_;
};

}  // namespace redstart::testing
