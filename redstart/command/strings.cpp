#include "redstart/command/strings.hpp"

#include <cassert>

namespace redstart::command_detail {

void add_set_options(any_command& set, set_options const& options)
{
    assert(!(options.ttl && options.keep_ttl) && "a new expiry or the old one, not both");
    if (options.ttl)
        set.add("PX", options.ttl->count());
    if (options.keep_ttl)
        set.add("KEEPTTL");
    if (options.condition == set_options::when::if_absent)
        set.add("NX");
    if (options.condition == set_options::when::if_present)
        set.add("XX");
    if (options.condition != set_options::when::always)
        set.mark_not_idempotent();
}

}  // namespace redstart::command_detail
