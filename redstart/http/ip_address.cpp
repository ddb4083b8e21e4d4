#include "redstart/http/ip_address.hpp"

#include "redstart/http/syntax.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

namespace redstart::http {

namespace {

constexpr std::array<std::uint8_t, 12> mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr unsigned v4_bits = 32;
constexpr unsigned v6_bits = 128;

bool is_port(std::string_view text) noexcept
{
    auto const port = parse_digits(text);
    return port && *port <= 65535;
}

}  // namespace

std::optional<ip_address> ip_address::parse(std::string_view text) noexcept
{
    std::array<char, INET6_ADDRSTRLEN> terminated{};
    if (text.size() >= terminated.size())
        return std::nullopt;
    std::ranges::copy(text, terminated.begin());
    ip_address read;
    if (::inet_pton(AF_INET, terminated.data(), read.bytes_.data()) == 1) {
        read.v4_ = true;
        return read;
    }
    if (::inet_pton(AF_INET6, terminated.data(), read.bytes_.data()) != 1)
        return std::nullopt;
    if (std::equal(mapped_prefix.begin(), mapped_prefix.end(), read.bytes_.begin())) {
        std::rotate(read.bytes_.begin(), read.bytes_.begin() + 12, read.bytes_.end());
        std::fill(read.bytes_.begin() + 4, read.bytes_.end(), std::uint8_t{0});
        read.v4_ = true;
    }
    return read;
}

std::optional<ip_address> ip_address::parse_with_port(std::string_view text) noexcept
{
    if (text.starts_with('[')) {
        auto const end = text.find(']');
        if (end == text.npos)
            return std::nullopt;
        auto const rest = text.substr(end + 1);
        if (!rest.empty() && (rest.front() != ':' || !is_port(rest.substr(1))))
            return std::nullopt;
        auto const inside = parse(text.substr(1, end - 1));
        return text.substr(1, end - 1).contains(':') ? inside : std::nullopt;
    }
    auto const colon = text.find(':');
    bool const v4_with_port = colon != text.npos && text.find(':', colon + 1) == text.npos;
    if (!v4_with_port)
        return parse(text);
    return is_port(text.substr(colon + 1)) ? parse(text.substr(0, colon)) : std::nullopt;
}

std::string ip_address::to_string() const
{
    std::array<char, INET6_ADDRSTRLEN> text{};
    ::inet_ntop(v4_ ? AF_INET : AF_INET6, bytes_.data(), text.data(), text.size());
    return text.data();
}

ip_network ip_network::around(ip_address const& address, unsigned prefix) noexcept
{
    ip_network network;
    network.prefix_ = std::min(prefix, address.is_v4() ? v4_bits : v6_bits);
    network.base_ = address;
    for (unsigned bit = network.prefix_; bit < v6_bits; ++bit)
        network.base_.bytes_[bit / 8] &= static_cast<std::uint8_t>(~(0x80u >> (bit % 8)));
    return network;
}

std::optional<ip_network> ip_network::parse(std::string_view text) noexcept
{
    auto const slash = std::min(text.find('/'), text.size());
    auto const address = ip_address::parse(text.substr(0, slash));
    if (!address)
        return std::nullopt;
    auto const widest = address->is_v4() ? v4_bits : v6_bits;
    if (slash == text.size())
        return around(*address, widest);
    auto const prefix = parse_digits(text.substr(slash + 1));
    if (!prefix || *prefix > widest)
        return std::nullopt;
    auto const network = around(*address, static_cast<unsigned>(*prefix));
    if (network.base_ != *address)
        return std::nullopt;  // 10.1.2.3/8 is a typing error, and which part of it is unknown
    return network;
}

bool ip_network::contains(ip_address const& address) const noexcept
{
    return address.is_v4() == base_.is_v4() && around(address, prefix_).base_ == base_;
}

std::string ip_network::to_string() const
{
    return base_.to_string() + "/" + std::to_string(prefix_);
}

std::string rate_limit_key(std::string_view address)
{
    constexpr unsigned customer = 64;
    auto const parsed = ip_address::parse(address);
    if (!parsed)
        return std::string{address};
    return parsed->is_v4() ? parsed->to_string()
                           : ip_network::around(*parsed, customer).to_string();
}

}  // namespace redstart::http
