#include "redstart/http/client_address.hpp"

#include "redstart/http/syntax.hpp"

#include <algorithm>
#include <optional>
#include <ranges>
#include <stdexcept>

namespace redstart::http {

namespace {

// The end of the element that begins at `from`: a comma outside quotes.
std::size_t element_end(std::string_view list, std::size_t from) noexcept
{
    bool quoted = false;
    for (std::size_t at = from; at < list.size(); ++at) {
        if (quoted && list[at] == '\\')
            ++at;
        else if (list[at] == '"')
            quoted = !quoted;
        else if (list[at] == ',' && !quoted)
            return at;
    }
    return list.size();
}

// What an element of Forwarded says after "for="; empty if it says nothing.
std::string_view forwarded_for(std::string_view element) noexcept
{
    while (!element.empty()) {
        auto const end = std::min(element.find(';'), element.size());
        auto const pair = trimmed(element.substr(0, end));
        element.remove_prefix(std::min(end + 1, element.size()));
        auto const equals = pair.find('=');
        if (equals == pair.npos || !equal_ignoring_case(pair.substr(0, equals), "for"))
            continue;
        auto value = pair.substr(equals + 1);
        if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
            value = value.substr(1, value.size() - 2);
        return value;
    }
    return {};
}

// All elements of all fields of that name, as if they had come in one.
std::vector<std::string_view> elements(request_headers const& headers, forwarded_by field)
{
    bool const is_list_of_pairs = field == forwarded_by::forwarded;
    std::string_view const name = is_list_of_pairs ? "Forwarded" : "X-Forwarded-For";
    std::vector<std::string_view> found;
    for (auto const& each : headers) {
        if (!equal_ignoring_case(each.name, name))
            continue;
        for (std::size_t at = 0; at <= each.value.size();) {
            auto const end = element_end(each.value, at);
            auto const element = trimmed(each.value.substr(at, end - at));
            found.push_back(is_list_of_pairs ? forwarded_for(element) : element);
            at = end + 1;
        }
    }
    return found;
}

}  // namespace

trusted_proxies::trusted_proxies(std::vector<std::string> const& networks, forwarded_by field)
    : field_{field}
{
    for (auto const& each : networks) {
        if (each == "unix") {
            unix_ = true;
            continue;
        }
        auto const network = ip_network::parse(each);
        if (!network)
            throw std::invalid_argument{"\"" + each + "\" is no network; write it like 10.0.0.0/8"};
        networks_.push_back(*network);
    }
}

bool trusted_proxies::trusts(ip_address const& address) const noexcept
{
    return std::ranges::any_of(networks_,
                               [&](ip_network const& each) { return each.contains(address); });
}

std::string trusted_proxies::client_of(std::string_view peer, request_headers const& headers) const
{
    auto const connected = ip_address::parse(peer);
    bool const believed = connected ? trusts(*connected) : unix_ && peer.empty();
    if (!believed)
        return connected ? connected->to_string() : std::string{peer};
    auto last_good = connected;
    auto const all = elements(headers, field_);
    for (auto const element : all | std::views::reverse) {
        auto const said = ip_address::parse_with_port(element);
        if (!said)
            break;  // whoever wrote this cannot be believed about what is left of it
        last_good = said;
        if (!trusts(*said))
            break;
    }
    return last_good ? last_good->to_string() : std::string{};
}

}  // namespace redstart::http
