// HyperLogLogs: how many different elements were added, in at most 12 KiB and with an error of about 0.8 %.

#pragma once

#include "redstart/command/command.hpp"

#include <cstdint>

namespace redstart {

// Keys, or ranges of them, that may hold HyperLogLogs.
template <class T>
concept hyperloglog_keys = key_or_range<T> && hyperloglog_key<key_among_t<T>>;

// True if what it counts may have changed. O(1) for each element.
template <hyperloglog_key Key>
command<bool> pfadd(Key const& k,
                    one_or_more<passed_to_t<Key, hyperloglog_element_t<Key>>> elements)
{
    return make_command<bool>(command_id::pfadd, k, elements);
}

// How many different elements all of these have together, about. O(1) for one key, slow for several.
template <hyperloglog_keys... Keys>
command<std::int64_t> pfcount(Keys const&... from)
{
    return make_command<std::int64_t>(command_id::pfcount, keys(from...));
}

// Adds what the sources have to the destination. O(1) for each.
template <hyperloglog_key Destination, hyperloglog_keys... Sources>
command<ok> pfmerge(Destination const& to, Sources const&... from)
{
    return make_command<ok>(command_id::pfmerge, to, keys(from...));
}

}  // namespace redstart
