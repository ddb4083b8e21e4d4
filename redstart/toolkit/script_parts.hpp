// Functions in Lua that several scripts of the toolkit begin with: exact comparison of whole numbers, and the memory of
// operations that were applied.

#pragma once

#include <string_view>

namespace redstart::toolkit::toolkit_detail {

// at_most(a, b): whether a <= b, both the decimal text of an int64. Lua's own numbers are exact only up to 2^53.
std::string_view decimal_order_lua() noexcept;

// The ids of operations, in a sorted set that is scored by when they were applied, in microseconds of the server's
// clock, but each later than the one before: where the clock was set back, the newest would otherwise be taken for the
// oldest. Times are milliseconds, as text. Each call removes at most 100 ids, so that nobody waits long for it.
//     was_applied(operations, id, remember)             not if it is older than that; removes those that are
//     note_applied(operations, id, remember, most)      keeps at most so many, the newest
std::string_view operations_lua() noexcept;

}  // namespace redstart::toolkit::toolkit_detail
