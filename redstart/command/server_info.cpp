#include "redstart/command/server_info.hpp"

namespace redstart {

std::optional<std::string_view> server_info::field(std::string_view name) const noexcept
{
    std::string_view rest = text_;
    while (!rest.empty()) {
        auto const line = rest.substr(0, rest.find_first_of("\r\n"));
        if (line.starts_with(name) && line.substr(name.size()).starts_with(':'))
            return line.substr(name.size() + 1);
        rest.remove_prefix(line.size());
        rest.remove_prefix(rest.find_first_not_of("\r\n") == std::string_view::npos
                               ? rest.size()
                               : rest.find_first_not_of("\r\n"));
    }
    return std::nullopt;
}

std::optional<std::int64_t> server_info::integer(std::string_view name) const noexcept
{
    std::int64_t number = 0;
    auto const text = field(name);
    if (text && codec::read_integer(*text, number))
        return number;
    return std::nullopt;
}

std::optional<double> server_info::real(std::string_view name) const noexcept
{
    double number = 0;
    auto const text = field(name);
    if (text && codec::read_real(*text, number))
        return number;
    return std::nullopt;
}

}  // namespace redstart
