// Who really asks: the peer of the connection, or what trusted proxies say about whom they speak for.
//
// Nobody is trusted unless named. From the connection backwards, each proxy that is trusted is believed about the one
// before it; the first who is not trusted is the client. What stands further left was written by the client itself.

#pragma once

#include "redstart/http/headers.hpp"
#include "redstart/http/ip_address.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace redstart::http {

// Only one of them is read: a proxy that writes one passes on the other as the client sent it.
enum class forwarded_by : std::uint8_t {
    x_forwarded_for,
    forwarded,  // RFC 7239
};

// A value, constant while a server uses it.
class trusted_proxies {
public:
    trusted_proxies() = default;  // nobody

    // Networks such as "10.0.0.0/8" or addresses; "unix" stands for whoever reaches us over a unix socket. Throws
    // std::invalid_argument for anything else.
    explicit trusted_proxies(std::vector<std::string> const& networks,
                             forwarded_by field = forwarded_by::x_forwarded_for);

    // `peer` is the connection's, empty for a unix socket. The result is in normal form, or `peer` as it is.
    std::string client_of(std::string_view peer, request_headers const& headers) const;

private:
    bool trusts(ip_address const& address) const noexcept;

    std::vector<ip_network> networks_;
    forwarded_by field_ = forwarded_by::x_forwarded_for;
    bool unix_ = false;
};

}  // namespace redstart::http
