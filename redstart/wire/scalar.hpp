// The values that stand in one line: text to token, each checked to the last byte. Private to this
// folder.

#pragma once

#include "redstart/wire/token.hpp"

#include <string_view>

namespace redstart::wire {

// Fills `out` from the text of a line, which holds neither CR nor LF. Gives nullptr, or a static
// text that says why this is no such scalar. `kind` is one of: simple_string, simple_error,
// integer, real, boolean, null, big_number.
char const* scalar_from_line(wire::kind kind, std::string_view text, token& out);

}  // namespace redstart::wire
