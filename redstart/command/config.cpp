#include "redstart/command/config.hpp"

namespace redstart {

command<std::vector<std::pair<std::string, std::string>>> config_get(
    one_or_more<std::string_view> patterns)
{
    return make_command<std::vector<std::pair<std::string, std::string>>>(command_id::config_get,
                                                                          patterns);
}

command<ok> config_set(one_or_more_pairs<std::string_view, argument> settings)
{
    return make_command<ok>(command_id::config_set, settings);
}

command<ok> config_rewrite() { return command<ok>{command_id::config_rewrite}; }
command<ok> config_resetstat() { return command<ok>{command_id::config_resetstat}; }

}  // namespace redstart
