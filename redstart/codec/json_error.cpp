// An error of JSON as one line.

#include "redstart/codec/json_error.hpp"

namespace redstart::codec {

std::string to_string(json_error const& error)
{
    if (!error.path.empty())
        return error.path + ": " + error.reason;
    return error.reason + " (at byte " + std::to_string(error.offset) + ")";
}

}  // namespace redstart::codec
