// The file of `redstart serve --config`: TOML, with the long flags as keys, without their dashes.

#pragma once

#include "app/serve_options.hpp"

#include <expected>
#include <functional>
#include <string>
#include <string_view>

namespace redstart::app {

// Puts what the file says into `into`, but for the keys of which `is_given` is true: a flag or a variable goes before
// the file. What it does not use is checked all the same. The error is one line with the name of the file and, where it
// is known, the line in it. It repeats keys but never a value, which may hold a password.
std::expected<void, std::string> read_config(
    std::string const& path, std::function<bool(std::string_view key)> const& is_given,
    serve_arguments& into);

}  // namespace redstart::app
