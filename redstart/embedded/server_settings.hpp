// What the server is told: its configuration as text.

#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace redstart::embedded {

struct server_settings {
    std::filesystem::path data_dir{};
    std::filesystem::path socket{};
    std::filesystem::path log{};
    std::uint64_t max_memory = 0;      // bytes; 0 is no limit
    std::vector<std::string> extra{};  // lines of the same kind; they win
};

// Throws start_error if an extra line is more than one line.
std::string configuration_text(server_settings const& settings);

// A word of a configuration line, in quotes.
std::string quoted_setting(std::string_view text);

// A quarter of what this machine, or the control group of this process, may use; at least 64 MiB.
std::uint64_t default_max_memory();

}  // namespace redstart::embedded
