// Commands that wait at the server until a list has an element.
//
// They run on connections of their own. When the time is over they answer with nothing. wait_forever waits without end.
// An element is popped by one waiting caller only, the one that has waited longest.

#pragma once

#include "redstart/command/lists.hpp"

namespace redstart {

namespace command_detail {

// As seconds, and known to whoever routes it.
void add_block_time(any_command& built, std::chrono::milliseconds limit);

}  // namespace command_detail

// The leftmost element of the first list that has one: blpop(keys(a, b), 5s).
template <class First, class... More>
    requires command_detail::lists_of_one_type<First, More...>
command<std::optional<popped<list_element_t<key_among_t<First>>>>> blpop(
    key_list<First, More...> const& lists, std::chrono::milliseconds limit)
{
    auto built = make_command<std::optional<popped<list_element_t<key_among_t<First>>>>>(
        command_id::blpop, lists);
    command_detail::add_block_time(built, limit);
    return built;
}

// The rightmost one.
template <class First, class... More>
    requires command_detail::lists_of_one_type<First, More...>
command<std::optional<popped<list_element_t<key_among_t<First>>>>> brpop(
    key_list<First, More...> const& lists, std::chrono::milliseconds limit)
{
    auto built = make_command<std::optional<popped<list_element_t<key_among_t<First>>>>>(
        command_id::brpop, lists);
    command_detail::add_block_time(built, limit);
    return built;
}

// As lmpop, once one of the lists has an element.
template <class First, class... More>
    requires command_detail::lists_of_one_type<First, More...>
command<std::optional<popped_several<list_element_t<key_among_t<First>>>>> blmpop(
    key_list<First, More...> const& lists, list_end end, std::chrono::milliseconds limit,
    std::int64_t count = 1)
{
    command<std::optional<popped_several<list_element_t<key_among_t<First>>>>> built{
        command_id::blmpop};
    command_detail::add_block_time(built, limit);
    built.add(lists.size(), lists, command_detail::word_of(end), "COUNT", count);
    return built;
}

// As lmove, once there is an element: what is taken is never without a place, whoever crashes.
template <class From, class To>
    requires command_detail::lists_of_one_type<From, To>
command<std::optional<list_element_t<From>>> blmove(From const& from, To const& to, list_ends ends,
                                                    std::chrono::milliseconds limit)
{
    auto built = make_command<std::optional<list_element_t<From>>>(
        command_id::blmove, from, to, command_detail::word_of(ends.taken_from),
        command_detail::word_of(ends.put_at));
    command_detail::add_block_time(built, limit);
    return built;
}

}  // namespace redstart
