// Whether a text is JSON just as raw_json keeps it: what we wrote ourselves, when it comes back.

#pragma once

#include <cstddef>
#include <string_view>

namespace redstart::codec {

// True if `text` is one JSON value without blanks between its parts, its strings escaped as append_json_string() does,
// nested at most `depth` deep. Other valid JSON gives false too, as does what is nested more than 64 deep. One pass,
// nothing is built.
bool is_compact_json(std::string_view text, std::size_t depth) noexcept;

}  // namespace redstart::codec
