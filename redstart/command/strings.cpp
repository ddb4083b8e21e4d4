#include "redstart/command/strings.hpp"

#include <cassert>

namespace redstart::command_detail {

void add_set_options(any_command& set, set_options const& options)
{
    assert(options.ttl.has_value() + options.expires_at.has_value() + options.keep_ttl <= 1 &&
           "a time to live, an end, or the old one: one of them");
    if (options.ttl)
        set.add("PX", options.ttl->count());
    if (options.expires_at)
        set.add("PXAT", options.expires_at->milliseconds_since_1970());
    if (options.keep_ttl)
        set.add("KEEPTTL");
    if (options.condition == set_options::when::if_absent)
        set.add("NX");
    if (options.condition == set_options::when::if_present)
        set.add("XX");
    if (options.condition != set_options::when::always)
        set.mark_not_idempotent();
}

void add_getex_options(any_command& getex, getex_options const& options)
{
    assert(options.ttl.has_value() + options.expires_at.has_value() + options.persist <= 1 &&
           "a time to live, an end, or none: one of them");
    if (options.ttl)
        getex.add("PX", options.ttl->count());
    if (options.expires_at) {
        getex.add("PXAT", options.expires_at->milliseconds_since_1970());
        getex.mark_not_idempotent();  // an end in the past deletes the key
    }
    if (options.persist)
        getex.add("PERSIST");
}

}  // namespace redstart::command_detail
