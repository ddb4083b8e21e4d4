#include "redstart/http/client_address.hpp"

#include "redstart/http/syntax.hpp"

#include <algorithm>
#include <optional>
#include <ranges>
#include <stdexcept>

namespace redstart::http {

namespace {

// Whether the quote at `at` is one of a quoted string's own bytes: an odd number of backslashes stands before it.
bool is_escaped(std::string_view text, std::size_t at) noexcept
{
    auto const before = text.substr(0, at);
    auto const last_other = before.find_last_not_of('\\');
    return (last_other == before.npos ? at : at - last_other - 1) % 2 == 1;
}

// Where the last part of the list begins, behind a separator outside quotes.
//
// Quotes are matched from the end. A proxy adds its part behind what the client sent, so seen from there all quotes
// are the proxy's until its separator is found; seen from the start, one quote of the client's that never closes
// would swallow what the proxy says.
std::size_t last_part(std::string_view list, char separator) noexcept
{
    bool quoted = false;
    for (auto at = list.size(); at-- != 0;) {
        if (list[at] == '"' && !(quoted && is_escaped(list, at)))
            quoted = !quoted;
        else if (list[at] == separator && !quoted)
            return at + 1;
    }
    return 0;
}

// Takes the last part off the list; nothing is left of it after the first one.
std::string_view take_last(std::optional<std::string_view>& list, std::size_t begin) noexcept
{
    auto const part = trimmed(list->substr(begin));
    if (begin == 0)
        list.reset();
    else
        list = list->substr(0, begin - 1);
    return part;
}

// What an element of Forwarded says after "for="; empty if it says nothing.
std::string_view forwarded_for(std::string_view element) noexcept
{
    for (std::optional rest{element}; rest;) {
        auto const pair = take_last(rest, last_part(*rest, ';'));
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

// X-Forwarded-For knows no quotes: each of its commas separates.
std::string_view take_last_address(std::optional<std::string_view>& list, forwarded_by field)
{
    if (field == forwarded_by::forwarded)
        return forwarded_for(take_last(list, last_part(*list, ',')));
    return take_last(list, list->rfind(',') + 1);
}

// All elements of all fields of that name, as if they had come in one; the last one first.
std::vector<std::string_view> elements_backwards(request_headers const& headers, forwarded_by field)
{
    std::string_view const name =
        field == forwarded_by::forwarded ? "Forwarded" : "X-Forwarded-For";
    std::vector<std::string_view> found;
    for (auto const& each :
         std::ranges::subrange(headers.begin(), headers.end()) | std::views::reverse) {
        if (!equal_ignoring_case(each.name, name))
            continue;
        for (std::optional rest{each.value}; rest;)
            found.push_back(take_last_address(rest, field));
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
    for (auto const element : elements_backwards(headers, field_)) {
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
