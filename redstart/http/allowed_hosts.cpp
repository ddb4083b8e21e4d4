#include "redstart/http/ip_address.hpp"
#include "redstart/http/middleware.hpp"
#include "redstart/http/problem.hpp"
#include "redstart/http/syntax.hpp"

#include <algorithm>
#include <vector>

namespace redstart::http {

namespace {

// "localhost" and what is below it: resolvers keep these names to this machine (RFC 6761, 6.3).
bool is_localhost(std::string_view name) noexcept
{
    constexpr std::string_view local = "localhost";
    if (name.size() <= local.size())
        return equal_ignoring_case(name, local);
    auto const below = name.size() - local.size();
    return name[below - 1] == '.' && equal_ignoring_case(name.substr(below), local);
}

// The name of "name:port" and "name.:port". A port that is none stays, so that nothing equals it.
std::string_view name_of(std::string_view host) noexcept
{
    auto const colon = std::min(host.find(':'), host.size());
    if (colon < host.size() && !parse_digits(host.substr(colon + 1)))
        return host;
    auto const name = host.substr(0, colon);
    return name.ends_with('.') ? name.substr(0, name.size() - 1) : name;
}

bool is_allowed(std::string_view host, std::vector<std::string> const& names)
{
    if (ip_address::parse_with_port(host))
        return true;
    auto const asked = name_of(host);
    return is_localhost(asked) || std::ranges::any_of(names, [asked](std::string const& name) {
               return equal_ignoring_case(asked, name);
           });
}

}  // namespace

middleware allowed_hosts(std::vector<std::string> names)
{
    return [names = std::move(names)](context& c, next go_on) {
        if (!is_allowed(c.request().host, names))
            throw problem{421, "this server does not answer to that host name"};
        return go_on(c);
    };
}

}  // namespace redstart::http
