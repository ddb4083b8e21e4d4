#include "redstart/http/method.hpp"

#include <array>

namespace redstart::http {

namespace {

constexpr std::array<std::string_view, method_count> names{
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "_OTHER"};

constexpr std::size_t unknown_index = static_cast<std::size_t>(method::unknown);

}  // namespace

method to_method(std::string_view name) noexcept
{
    for (std::size_t index = 0; index < unknown_index; ++index)
        if (names[index] == name)
            return static_cast<method>(index);
    return method::unknown;
}

std::string_view to_string(method which) noexcept { return names[static_cast<std::size_t>(which)]; }

std::string to_string(method_set set)
{
    std::string text;
    for (std::size_t index = 0; index < unknown_index; ++index)
        if (set.has(static_cast<method>(index)))
            text.append(text.empty() ? "" : ", ").append(names[index]);
    return text;
}

}  // namespace redstart::http
