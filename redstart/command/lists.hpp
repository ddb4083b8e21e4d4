// Lists: elements in the order in which they were put at either end. The left end is element 0, the right one -1.
//
// O(1) per element at the ends unless something else is said. Commands that wait for an element are in
// blocking_lists.hpp.

#pragma once

#include "redstart/command/command.hpp"
#include "redstart/command/struct_decoder.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace redstart {

enum class list_end : std::uint8_t { left, right };

// Where an element goes from and to.
struct list_ends {
    list_end taken_from = list_end::left;
    list_end put_at = list_end::right;
};

// How an element is passed: anything to a key of plain text.
template <list_key Key>
using list_input_t = passed_to_t<Key, list_element_t<Key>>;

// What was taken from the first of several lists that was not empty.
template <class Element>
struct popped {
    std::string key;
    Element element;
    bool operator==(popped const&) const = default;
};
template <class Element>
struct popped_several {
    std::string key;
    std::vector<Element> elements;
    bool operator==(popped_several const&) const = default;
};
template <class Element>
struct decoder<popped<Element>> : array_decoder<popped<Element>, std::string, Element> {};
template <class Element>
struct decoder<popped_several<Element>>
    : array_decoder<popped_several<Element>, std::string, std::vector<Element>> {};

namespace command_detail {

std::string_view word_of(list_end end) noexcept;

// Several lists of one element type, the first of which says which.
template <class First, class... More>
concept lists_of_one_type =
    list_key<key_among_t<First>> && (list_key<key_among_t<More>> && ...) &&
    (std::same_as<list_element_t<key_among_t<More>>, list_element_t<key_among_t<First>>> && ...);

}  // namespace command_detail

// The new length. Several elements come to lie as if pushed one by one: the last one is the leftmost.
template <list_key Key>
command<std::int64_t> lpush(Key const& k, one_or_more<list_input_t<Key>> elements)
{
    return make_command<std::int64_t>(command_id::lpush, k, elements);
}
template <list_key Key>
command<std::int64_t> rpush(Key const& k, one_or_more<list_input_t<Key>> elements)
{
    return make_command<std::int64_t>(command_id::rpush, k, elements);
}

// As lpush and rpush, but only onto a list that exists; 0 if it does not.
template <list_key Key>
command<std::int64_t> lpushx(Key const& k, one_or_more<list_input_t<Key>> elements)
{
    return make_command<std::int64_t>(command_id::lpushx, k, elements);
}
template <list_key Key>
command<std::int64_t> rpushx(Key const& k, one_or_more<list_input_t<Key>> elements)
{
    return make_command<std::int64_t>(command_id::rpushx, k, elements);
}

// Takes the element at an end away; absent if there is none.
template <list_key Key>
command<std::optional<list_element_t<Key>>> lpop(Key const& k)
{
    return make_command<std::optional<list_element_t<Key>>>(command_id::lpop, k);
}
template <list_key Key>
command<std::optional<list_element_t<Key>>> rpop(Key const& k)
{
    return make_command<std::optional<list_element_t<Key>>>(command_id::rpop, k);
}

// Takes at most `count` elements, that at the end first; absent if there is no such list. O(count).
template <list_key Key>
command<std::optional<std::vector<list_element_t<Key>>>> lpop(Key const& k, std::int64_t count)
{
    return make_command<std::optional<std::vector<list_element_t<Key>>>>(command_id::lpop, k,
                                                                         count);
}
template <list_key Key>
command<std::optional<std::vector<list_element_t<Key>>>> rpop(Key const& k, std::int64_t count)
{
    return make_command<std::optional<std::vector<list_element_t<Key>>>>(command_id::rpop, k,
                                                                         count);
}

// At most `count` elements of the first list that is not empty: lmpop(keys(a, b), list_end::left). Absent if all are.
// O(lists + count).
template <class First, class... More>
    requires command_detail::lists_of_one_type<First, More...>
command<std::optional<popped_several<list_element_t<key_among_t<First>>>>> lmpop(
    key_list<First, More...> const& lists, list_end end, std::int64_t count = 1)
{
    return make_command<std::optional<popped_several<list_element_t<key_among_t<First>>>>>(
        command_id::lmpop, lists.size(), lists, command_detail::word_of(end), "COUNT", count);
}

// Takes an element from one end of a list and puts it at an end of another, or of the same. Absent if there is none.
template <class From, class To>
    requires command_detail::lists_of_one_type<From, To>
command<std::optional<list_element_t<From>>> lmove(From const& from, To const& to,
                                                   list_ends ends = {})
{
    return make_command<std::optional<list_element_t<From>>>(
        command_id::lmove, from, to, command_detail::word_of(ends.taken_from),
        command_detail::word_of(ends.put_at));
}

// The length; 0 if there is no such list.
template <list_key Key>
command<std::int64_t> llen(Key const& k)
{
    return make_command<std::int64_t>(command_id::llen, k);
}

// Absent if it is not that long. O(distance from the nearer end).
template <list_key Key>
command<std::optional<list_element_t<Key>>> lindex(Key const& k, std::int64_t index)
{
    return make_command<std::optional<list_element_t<Key>>>(command_id::lindex, k, index);
}

// An index outside of the list is a server_error. O(distance from the nearer end).
template <list_key Key>
command<ok> lset(Key const& k, std::int64_t index, list_input_t<Key> const& element)
{
    return make_command<ok>(command_id::lset, k, index, element);
}

// From `first` to `last`, both included. O(distance from the nearer end + answer).
template <list_key Key>
command<std::vector<list_element_t<Key>>> lrange(Key const& k, std::int64_t first = 0,
                                                 std::int64_t last = -1)
{
    return make_command<std::vector<list_element_t<Key>>>(command_id::lrange, k, first, last);
}

// Keeps from `first` to `last`, both included, and removes the others. O(removed).
template <list_key Key>
command<ok> ltrim(Key const& k, std::int64_t first, std::int64_t last)
{
    return make_command<ok>(command_id::ltrim, k, first, last);
}

// How many were removed: at most `count` from the left, if it is negative from the right, and all if it is 0. O(n).
template <list_key Key>
command<std::int64_t> lrem(Key const& k, list_input_t<Key> const& element, std::int64_t count = 0)
{
    return make_command<std::int64_t>(command_id::lrem, k, count, element);
}

// The new length; 0 if there is no such list, -1 if `pivot` is not in it. O(distance from the left).
template <list_key Key>
command<std::int64_t> linsert_before(Key const& k, list_input_t<Key> const& pivot,
                                     list_input_t<Key> const& element)
{
    return make_command<std::int64_t>(command_id::linsert, k, "BEFORE", pivot, element);
}
template <list_key Key>
command<std::int64_t> linsert_after(Key const& k, list_input_t<Key> const& pivot,
                                    list_input_t<Key> const& element)
{
    return make_command<std::int64_t>(command_id::linsert, k, "AFTER", pivot, element);
}

struct lpos_options {
    std::int64_t rank = 1;  // the first match that counts; -1 is the last, -2 the one before it
    std::optional<std::int64_t> look_at{};  // at most so many elements
};

namespace command_detail {
void add_lpos_options(any_command& lpos, lpos_options const& options);
}

// The index of an element; absent if it is not there. O(n).
template <list_key Key>
command<std::optional<std::int64_t>> lpos(Key const& k, list_input_t<Key> const& element,
                                          lpos_options const& options = {})
{
    auto built = make_command<std::optional<std::int64_t>>(command_id::lpos, k, element);
    command_detail::add_lpos_options(built, options);
    return built;
}

// The indices of at most `count` such elements; of all if it is 0. O(n).
template <list_key Key>
command<std::vector<std::int64_t>> lpos_all(Key const& k, list_input_t<Key> const& element,
                                            std::int64_t count = 0,
                                            lpos_options const& options = {})
{
    auto built =
        make_command<std::vector<std::int64_t>>(command_id::lpos, k, element, "COUNT", count);
    command_detail::add_lpos_options(built, options);
    return built;
}

}  // namespace redstart
