// SORT: the elements of a list, set or sorted set in another order.

#pragma once

#include "redstart/command/command.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace redstart {

// What can be sorted.
template <class Key>
concept sortable_key = list_key<Key> || set_key<Key> || zset_key<Key>;

namespace command_detail {

template <class Kind>
struct sorted;
template <class Element>
struct sorted<list<Element>> {
    using type = Element;
};
template <class Element>
struct sorted<set_of<Element>> {
    using type = Element;
};
template <class Element>
struct sorted<zset<Element>> {
    using type = Element;
};
template <class Element>
struct sorted<geo<Element>> {
    using type = Element;
};

}  // namespace command_detail

template <sortable_key Key>
using sorted_t =
    typename command_detail::sorted<key_detail::kind_under_t<Key, list<std::string>>>::type;

struct sort_options {
    bool as_text = false;  // else the elements are numbers, and what is none is a server_error
    bool descending = false;
    std::int64_t offset = 0;
    std::optional<std::int64_t> limit{};  // none: all
    // Sorts by what lies under other keys, * being the element: "weight:*", or a field of hashes, "user:*->age". Those
    // keys are not declared, so a cluster refuses it.
    std::string_view by{};
};

namespace command_detail {
void add_sort_options(any_command& sort, sort_options const& options);
}

// Changes nothing. O(n + m log m) for m elements in the answer.
template <sortable_key Key>
command<std::vector<sorted_t<Key>>> sort(Key const& k, sort_options const& options = {})
{
    auto built = make_command<std::vector<sorted_t<Key>>>(command_id::sort_ro, k);
    command_detail::add_sort_options(built, options);
    return built;
}

// What lies under another key instead of each element, * being the element: "name:*", or a field of hashes,
// "user:*->name". Absent where there is nothing. A cluster refuses it, as `by`.
template <sortable_key Key>
command<std::vector<std::optional<std::string>>> sort_and_look_up(Key const& k,
                                                                  std::string_view pattern,
                                                                  sort_options const& options = {})
{
    auto built = make_command<std::vector<std::optional<std::string>>>(command_id::sort_ro, k);
    command_detail::add_sort_options(built, options);
    built.add("GET", pattern);
    return built;
}

// Keeps the sorted elements as a list under another key, which they replace; gives how many there are.
template <sortable_key Key, list_key Destination>
    requires(plain_key<Destination> || std::same_as<sorted_t<Key>, list_element_t<Destination>>)
command<std::int64_t> sort_and_store(Destination const& destination, Key const& k,
                                     sort_options const& options = {})
{
    auto built = make_command<std::int64_t>(command_id::sort, k);
    command_detail::add_sort_options(built, options);
    built.add("STORE", destination);
    return built;
}

}  // namespace redstart
