// Where a peer is: a host and port, or the path of a unix socket.

#pragma once

#include <cstdint>
#include <string>

namespace redstart::net {

struct endpoint {
    std::string host;  // a name or an address; an IPv6 address without brackets
    std::uint16_t port = 0;
    std::string unix_path;  // when set, host and port do not count

    bool is_unix() const noexcept { return !unix_path.empty(); }
    bool operator==(endpoint const&) const = default;
};

// "127.0.0.1:6379", "[::1]:6379" or "unix:/run/valkey.sock"
std::string to_string(endpoint const& where);

}  // namespace redstart::net
