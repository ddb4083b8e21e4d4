// Commands that wait at the server until a sorted set has a member.
//
// They run on connections of their own. When the time is over they answer with nothing. wait_forever waits without end.

#pragma once

#include "redstart/command/blocking_lists.hpp"
#include "redstart/command/sorted_set_algebra.hpp"

namespace redstart {

// The member of the lowest score of the first set that has one: bzpopmin(keys(a, b), 5s).
template <class First, class... More>
    requires command_detail::zsets_of_one_type<First, More...>
command<std::optional<popped_scored<command_detail::joined_member_t<First>>>> bzpopmin(
    key_list<First, More...> const& sets, std::chrono::milliseconds limit)
{
    auto built = make_command<std::optional<popped_scored<command_detail::joined_member_t<First>>>>(
        command_id::bzpopmin, sets);
    command_detail::add_block_time(built, limit);
    return built;
}

// That of the highest.
template <class First, class... More>
    requires command_detail::zsets_of_one_type<First, More...>
command<std::optional<popped_scored<command_detail::joined_member_t<First>>>> bzpopmax(
    key_list<First, More...> const& sets, std::chrono::milliseconds limit)
{
    auto built = make_command<std::optional<popped_scored<command_detail::joined_member_t<First>>>>(
        command_id::bzpopmax, sets);
    command_detail::add_block_time(built, limit);
    return built;
}

// As zmpop, once one of the sets has a member.
template <class First, class... More>
    requires command_detail::zsets_of_one_type<First, More...>
command<std::optional<popped_several_scored<command_detail::joined_member_t<First>>>> bzmpop(
    key_list<First, More...> const& sets, score_end end, std::chrono::milliseconds limit,
    std::int64_t count = 1)
{
    command<std::optional<popped_several_scored<command_detail::joined_member_t<First>>>> built{
        command_id::bzmpop};
    command_detail::add_block_time(built, limit);
    built.add(sets.size(), sets, command_detail::word_of(end), "COUNT", count);
    return built;
}

}  // namespace redstart
