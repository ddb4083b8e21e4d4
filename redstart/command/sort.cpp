#include "redstart/command/sort.hpp"

namespace redstart::command_detail {

void add_sort_options(any_command& sort, sort_options const& options)
{
    if (!options.by.empty())
        sort.add("BY", options.by);
    if (options.offset != 0 || options.limit)
        sort.add("LIMIT", options.offset, options.limit.value_or(-1));
    if (options.descending)
        sort.add("DESC");
    if (options.as_text)
        sort.add("ALPHA");
}

}  // namespace redstart::command_detail
