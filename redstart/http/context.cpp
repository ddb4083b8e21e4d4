#include "redstart/http/context.hpp"

#include "redstart/http/syntax.hpp"

#include <boost/describe/class.hpp>

#include <stdexcept>
#include <vector>

namespace redstart::http {

namespace {

// How RFC 9457 shows where in a document an error is.
struct body_error {
    std::string detail;
    std::string pointer;
};
BOOST_DESCRIBE_STRUCT(body_error, (), (detail, pointer))

// A JSON pointer as a URI fragment (RFC 6901, 6).
std::string as_fragment(std::string_view pointer)
{
    constexpr std::string_view plain = "-._~!$&'()*+,;=:@/?";
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string text = "#";
    for (char const c : pointer) {
        bool const is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (is_letter || (c >= '0' && c <= '9') || plain.contains(c)) {
            text.push_back(c);
            continue;
        }
        auto const byte = static_cast<unsigned char>(c);
        text.append({'%', digits[byte >> 4], digits[byte & 15]});
    }
    return text;
}

}  // namespace

std::string_view context::param(std::string_view name) const
{
    auto const& names = memory_->way->parameters;
    for (std::size_t index = 0; index < names.size(); ++index)
        if (names[index] == name)
            return memory_->parameters[index];
    throw std::logic_error{"the route \"" + memory_->way->pattern + "\" has no parameter \"" +
                           std::string{name} + "\""};
}

std::string_view context::client_address()
{
    if (!std::exchange(knows_client_, true))
        memory_->client = shared_->proxies.client_of(request().peer_address, request().headers);
    return memory_->client;
}

void context::throw_invalid_parameter(std::string_view name, bool is_integer)
{
    problem shown{400,
                  std::string{name} + (is_integer ? " is no integer in range" : " is no number")};
    shown.type(problem_type::invalid_parameter, "A parameter is not what it must be");
    throw shown.with("parameter", std::string{name});
}

void context::throw_invalid_body(codec::json_error const& error)
{
    problem shown{400, "the body is not what it must be: " + codec::to_string(error)};
    shown.type(problem_type::invalid_body, "The body is not what it must be");
    throw shown.with("errors", std::vector{body_error{error.reason, as_fragment(error.path)}});
}

}  // namespace redstart::http
