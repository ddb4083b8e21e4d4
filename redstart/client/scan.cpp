#include "redstart/client/scan.hpp"

namespace redstart::client_detail {

walk::walk(command_id id, std::string_view key, scan_options const& options)
    : id_{id}, key_{key}, match_{options.match}, type_{options.type}, count_{options.count}
{
}

void walk::add_arguments(any_command& built, std::uint64_t cursor) const
{
    if (id_ != command_id::scan)
        built.add(key_);
    built.add(cursor);
    command_detail::add_scan_options(built, {.match = match_, .count = count_, .type = type_});
}

}  // namespace redstart::client_detail
