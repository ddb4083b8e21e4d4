#include "redstart/command/argument.hpp"

#include "redstart/base/failure.hpp"

namespace redstart::argument_detail {

void refuse_empty_list(wire::request const& request)
{
    throw failure{{.code = failure_code::invalid_argument,
                   .command = std::string{request.argument(0)},
                   .reason = "the list of its arguments is empty",
                   .server_text = {}}};
}

}  // namespace redstart::argument_detail
