#include "redstart/http/middleware.hpp"
#include "redstart/http/problem.hpp"

namespace redstart::http {

namespace {

bool is_safe(method which) noexcept
{
    return which == method::get || which == method::head || which == method::options;
}

// The host of "https://host:port", or nothing for what is no such origin, "null" among it.
std::string_view host_of(std::string_view origin)
{
    auto const scheme_end = origin.find("://");
    return scheme_end == origin.npos ? std::string_view{} : origin.substr(scheme_end + 3);
}

bool is_of_another_site(request const& asked)
{
    if (is_safe(asked.method))
        return false;
    if (auto const site = asked.headers.get("Sec-Fetch-Site"))
        return *site != "same-origin" && *site != "none";
    auto const origin = asked.headers.get("Origin");
    return origin && (asked.host.empty() || host_of(*origin) != asked.host);
}

}  // namespace

middleware same_origin()
{
    return [](context& c, next go_on) {
        if (is_of_another_site(c.request()))
            throw problem{403, "requests on behalf of another site are refused"};
        return go_on(c);
    };
}

}  // namespace redstart::http
