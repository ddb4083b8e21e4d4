#include "redstart/http/middleware.hpp"
#include "redstart/http/problem.hpp"
#include "redstart/http/syntax.hpp"

#include <stdexcept>

namespace redstart::http {

namespace {

// Looks at every byte whatever the first ones are, so that time tells nothing about how much of a guess was right.
bool equal_in_constant_time(std::string_view left, std::string_view right) noexcept
{
    if (left.size() != right.size())
        return false;
    unsigned char volatile different = 0;
    for (std::size_t at = 0; at < left.size(); ++at)
        different = static_cast<unsigned char>(different | (static_cast<unsigned char>(left[at]) ^
                                                            static_cast<unsigned char>(right[at])));
    return different == 0;
}

[[noreturn]] void refuse(std::string_view challenge)
{
    throw problem{401, "a bearer token is needed"}.header("WWW-Authenticate", challenge);
}

void check(std::string_view token, context& c)
{
    auto const& headers = c.request().headers;
    auto const shown = headers.get("Authorization");
    if (!shown || headers.count("Authorization") > 1)
        refuse("Bearer");
    auto const blank = shown->find(' ');
    if (blank == shown->npos || !equal_ignoring_case(shown->substr(0, blank), "Bearer"))
        refuse("Bearer");
    if (!equal_in_constant_time(trimmed(shown->substr(blank)), token))
        refuse("Bearer error=\"invalid_token\"");
}

}  // namespace

middleware bearer_token(std::string token)
{
    if (token.empty())
        throw std::invalid_argument{"an empty bearer token would let everybody in"};
    return [token = std::move(token)](context& c, next go_on) {
        check(token, c);
        return go_on(c);
    };
}

}  // namespace redstart::http
