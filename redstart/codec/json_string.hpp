// A string as JSON writes it.

#pragma once

#include <string>
#include <string_view>

namespace redstart::codec {

// Appends `text` in quotes; escapes only what JSON demands. Gives false, and appends a part only,
// if it is not UTF-8.
bool append_json_string(std::string_view text, std::string& out);

}  // namespace redstart::codec
