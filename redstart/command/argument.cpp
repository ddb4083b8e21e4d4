#include "redstart/command/argument.hpp"

#include "redstart/base/failure.hpp"

#include <cmath>

namespace redstart::argument_detail {

namespace {

[[noreturn]] void refuse(std::string_view command, std::string_view reason)
{
    throw failure{{.code = failure_code::invalid_argument,
                   .command = std::string{command},
                   .reason = std::string{reason},
                   .server_text = {}}};
}

}  // namespace

void append_real(wire::request& request, double value)
{
    if (std::isnan(value))
        refuse(request.argument(0), "one of its arguments is not a number");
    request.add(value);
}

wire::request named_request(std::string_view name)
{
    if (name.empty() || name.front() == ' ' || name.back() == ' ' ||
        name.find("  ") != std::string_view::npos)
        refuse(name, "a command's name is one or several words with single blanks between them");
    return wire::request::named(name);
}

void refuse_empty_list(wire::request const& request)
{
    refuse(request.argument(0), "the list of its arguments is empty");
}

}  // namespace redstart::argument_detail
