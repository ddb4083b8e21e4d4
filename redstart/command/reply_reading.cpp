#include "redstart/command/reply_reading.hpp"

namespace redstart::reply_reading {

bool read_value(reply_value const& from, bool& out)
{
    auto const found = from.truth();
    out = found.value_or(false);
    return found.has_value();
}

}  // namespace redstart::reply_reading
