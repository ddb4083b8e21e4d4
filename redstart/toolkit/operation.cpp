#include "redstart/toolkit/operation.hpp"

#include <string>

namespace redstart::toolkit::toolkit_detail {

failure invalid_argument(std::string_view reason, std::source_location where)
{
    return failure{{.code = failure_code::invalid_argument,
                    .outcome = outcome::not_sent,
                    .command = {},
                    .reason = std::string{reason},
                    .server_text = {}},
                   where};
}

}  // namespace redstart::toolkit::toolkit_detail
