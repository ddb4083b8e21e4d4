// The settings of a running server.

#pragma once

#include "redstart/command/command.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace redstart {

// The settings whose names match a pattern, or one of several: config_get("max*"), config_get({"save", "port"}).
command<std::vector<std::pair<std::string, std::string>>> config_get(
    one_or_more<std::string_view> patterns);

// Several at once: all or none. config_set({{"maxmemory", "1gb"}, {"maxmemory-policy", "allkeys-lru"}})
command<ok> config_set(one_or_more_pairs<std::string_view, argument> settings);

// Writes them into the file that the server was started with; it fails if there was none.
command<ok> config_rewrite();

// Sets the counters of INFO back to zero.
command<ok> config_resetstat();

}  // namespace redstart
