// IP addresses and networks as values, for deciding whom to believe and whom to count as one.

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace redstart::http {

// An IPv6 address that stands for an IPv4 one (::ffff:192.0.2.1) is that IPv4 address.
class ip_address {
public:
    static std::optional<ip_address> parse(std::string_view text) noexcept;

    // As proxies write it: with or without a port, IPv6 in brackets if there is one.
    static std::optional<ip_address> parse_with_port(std::string_view text) noexcept;

    bool is_v4() const noexcept { return v4_; }
    std::string to_string() const;

    bool operator==(ip_address const&) const = default;

private:
    friend class ip_network;
    std::array<std::uint8_t, 16> bytes_{};  // IPv4 in the first four
    bool v4_ = false;
};

class ip_network {
public:
    // "10.0.0.0/8", "2001:db8::/32", or a single address. Bits beyond the prefix must be zero.
    static std::optional<ip_network> parse(std::string_view text) noexcept;
    static ip_network around(ip_address const& address, unsigned prefix) noexcept;

    bool contains(ip_address const& address) const noexcept;
    std::string to_string() const;  // with its prefix

private:
    ip_address base_;
    unsigned prefix_ = 0;
};

// Who shares a rate limit with `address`: IPv4 alone, IPv6 with its /64, which is one customer's. Text that is no
// address is its own key.
std::string rate_limit_key(std::string_view address);

}  // namespace redstart::http
