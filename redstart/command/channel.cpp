#include "redstart/command/channel.hpp"

namespace redstart::channel_detail {

std::string glob_of(std::string_view name_with_holes)
{
    std::string glob;
    while (!name_with_holes.empty()) {
        bool const is_hole = name_with_holes.starts_with("{}");
        char const next = name_with_holes.front();
        if (is_hole) {
            glob += '*';
        } else {
            if (std::string_view{"*?[]\\"}.contains(next))
                glob += '\\';
            glob += next;
        }
        name_with_holes.remove_prefix(is_hole ? 2 : 1);
    }
    return glob;
}

}  // namespace redstart::channel_detail
