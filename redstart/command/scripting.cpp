#include "redstart/command/scripting.hpp"

namespace redstart {

command<std::string> script_load(std::string_view text)
{
    return make_command<std::string>(command_id::script_load, text);
}

command<std::vector<bool>> script_exists(one_or_more<std::string_view> digests)
{
    return make_command<std::vector<bool>>(command_id::script_exists, digests);
}

command<std::string> script_show(std::string_view sha1)
{
    return make_command<std::string>(command_id::script_show, sha1);
}

command<ok> script_flush(flush_mode mode)
{
    command<ok> built{command_id::script_flush};
    if (mode != flush_mode::as_configured)
        built.add(word_of(mode));
    return built;
}

command<ok> script_kill() { return command<ok>{command_id::script_kill}; }

}  // namespace redstart
