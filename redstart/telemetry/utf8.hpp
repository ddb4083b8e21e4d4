// Text as UTF-8, whatever it was: protobuf receivers and Prometheus refuse everything that a message holds when one
// string in it is not, and a path or a player's name may be any bytes. Private to redstart/telemetry.

#pragma once

#include <string>
#include <string_view>

namespace redstart::telemetry {

bool is_utf8(std::string_view text) noexcept;

// `text` itself if it is UTF-8; otherwise a copy in `storage`, where U+FFFD stands for each byte that does not fit.
std::string_view as_utf8(std::string_view text, std::string& storage);

}  // namespace redstart::telemetry
