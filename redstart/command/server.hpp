// Commands about the server itself.

#pragma once

#include "redstart/command/command.hpp"

#include <utility>
#include <vector>

namespace redstart {

inline command<std::string> ping() { return command<std::string>{command_id::ping}; }

// One section of INFO, or all default ones if empty.
inline command<std::string> info(std::string_view section = {})
{
    command<std::string> built{command_id::info};
    if (!section.empty())
        built.add(section);
    return built;
}

inline command<std::vector<std::pair<std::string, std::string>>> config_get(
    std::string_view pattern)
{
    command<std::vector<std::pair<std::string, std::string>>> built{command_id::config_get};
    built.add(pattern);
    return built;
}

inline command<std::int64_t> dbsize() { return command<std::int64_t>{command_id::dbsize}; }
inline command<ok> flushdb() { return command<ok>{command_id::flushdb}; }

}  // namespace redstart
