// Well-formed UTF-8, as RFC 3629 defines it: no overlong forms, no surrogates, nothing beyond
// U+10FFFF.

#pragma once

#include <cstddef>
#include <string_view>

namespace redstart::codec {

// How many bytes the first character of `text` takes; 0 if `text` is empty, or does not begin with
// a well-formed one.
std::size_t utf8_character(std::string_view text) noexcept;

}  // namespace redstart::codec
