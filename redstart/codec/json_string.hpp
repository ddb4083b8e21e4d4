// A string as JSON writes it.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace redstart::codec {

// Appends `text` in quotes; escapes only what JSON demands. Gives false, and appends a part only,
// if it is not UTF-8.
bool append_json_string(std::string_view text, std::string& out);

// How many bytes at the front of `text` are ASCII that a JSON string holds as it is.
std::size_t plain_json_length(std::string_view text) noexcept;

}  // namespace redstart::codec
