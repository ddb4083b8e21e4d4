// The version of the program, as the build names it.

#pragma once

#include <string_view>

namespace redstart::app {

inline constexpr std::string_view version = REDSTART_VERSION;

}  // namespace redstart::app
