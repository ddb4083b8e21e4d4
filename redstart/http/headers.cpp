#include "redstart/http/headers.hpp"

#include "redstart/http/syntax.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace redstart::http {

namespace {

// Who sets one of these decides where the message ends; only the server may.
constexpr std::array<std::string_view, 5> framing_fields{"Content-Length", "Transfer-Encoding",
                                                         "Connection", "Trailer", "Date"};

void check(std::string_view name, std::string_view value)
{
    if (!is_token(name))
        throw std::invalid_argument{"the name of a response header is not a token"};
    if (!is_field_value(value))
        throw std::invalid_argument{"the value of the response header " + std::string{name} +
                                    " holds a control character"};
    for (auto const framing : framing_fields)
        if (equal_ignoring_case(name, framing))
            throw std::invalid_argument{"the response header " + std::string{name} +
                                        " is written by the server"};
}

struct line {
    std::size_t begin;
    std::size_t end;  // past its CRLF
    header field;
};

// The line that begins at `from`; every line was written by add().
line line_at(std::string_view text, std::size_t from) noexcept
{
    auto const end = text.find("\r\n", from);
    auto const colon = text.find(':', from);
    return {
        from, end + 2, {text.substr(from, colon - from), text.substr(colon + 2, end - colon - 2)}};
}

}  // namespace

std::optional<std::string_view> request_headers::get(std::string_view name) const noexcept
{
    for (auto const& each : all_)
        if (equal_ignoring_case(each.name, name))
            return each.value;
    return std::nullopt;
}

std::size_t request_headers::count(std::string_view name) const noexcept
{
    return static_cast<std::size_t>(std::ranges::count_if(
        all_, [&](header const& each) { return equal_ignoring_case(each.name, name); }));
}

bool request_headers::list_has(std::string_view name, std::string_view token) const noexcept
{
    return std::ranges::any_of(all_, [&](header const& each) {
        return equal_ignoring_case(each.name, name) && http::list_has(each.value, token);
    });
}

void response_headers::set(std::string_view name, std::string_view value)
{
    check(name, value);
    erase(name);
    add(name, value);
}

void response_headers::add(std::string_view name, std::string_view value)
{
    check(name, value);
    text_.append(name).append(": ").append(value).append("\r\n");
}

void response_headers::erase(std::string_view name) noexcept
{
    for (std::size_t at = 0; at < text_.size();) {
        auto const found = line_at(text_, at);
        if (equal_ignoring_case(found.field.name, name))
            text_.erase(found.begin, found.end - found.begin);
        else
            at = found.end;
    }
}

std::optional<std::string_view> response_headers::get(std::string_view name) const noexcept
{
    for (std::size_t at = 0; at < text_.size();) {
        auto const found = line_at(text_, at);
        if (equal_ignoring_case(found.field.name, name))
            return found.field.value;
        at = found.end;
    }
    return std::nullopt;
}

}  // namespace redstart::http
