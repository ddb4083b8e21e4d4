// Sets: different members in no order. O(1) per member unless something else is said.

#pragma once

#include "redstart/command/command.hpp"
#include "redstart/command/keys.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace redstart {

// How a member is passed: anything to a key of plain text.
template <set_key Key>
using set_input_t = passed_to_t<Key, set_member_t<Key>>;

namespace command_detail {

// Several sets of one member type, the first of which says which.
template <class First, class... More>
concept sets_of_one_type =
    set_key<key_among_t<First>> && (set_key<key_among_t<More>> && ...) &&
    (std::same_as<set_member_t<key_among_t<More>>, set_member_t<key_among_t<First>>> && ...);

// What may be kept under a key: sets of its type; under plain text any.
template <class Destination, class... Sources>
concept stored_sets = sizeof...(Sources) > 0 && (set_key<key_among_t<Sources>> && ...) &&
                      (plain_key<Destination> || sets_of_one_type<Destination, Sources...>);

}  // namespace command_detail

// How many of the members are new.
template <set_key Key>
command<std::int64_t> sadd(Key const& k, one_or_more<set_input_t<Key>> members)
{
    return make_command<std::int64_t>(command_id::sadd, k, members);
}

// How many of the members were there and are gone now.
template <set_key Key>
command<std::int64_t> srem(Key const& k, one_or_more<set_input_t<Key>> members)
{
    return make_command<std::int64_t>(command_id::srem, k, members);
}

template <set_key Key>
command<bool> sismember(Key const& k, set_input_t<Key> const& member)
{
    return make_command<bool>(command_id::sismember, k, member);
}

// For each of the members, in their order.
template <set_key Key>
command<std::vector<bool>> smismember(Key const& k, one_or_more<set_input_t<Key>> members)
{
    return make_command<std::vector<bool>>(command_id::smismember, k, members);
}

// All members; empty if there is no such key. O(n); sscan goes step by step.
template <set_key Key>
command<std::vector<set_member_t<Key>>> smembers(Key const& k)
{
    return make_command<std::vector<set_member_t<Key>>>(command_id::smembers, k);
}

// How many there are; 0 if there is no such key.
template <set_key Key>
command<std::int64_t> scard(Key const& k)
{
    return make_command<std::int64_t>(command_id::scard, k);
}

// From one set to another; false if it was not there.
template <set_key From, set_key To>
    requires command_detail::sets_of_one_type<From, To>
command<bool> smove(From const& from, To const& to, set_input_t<From> const& member)
{
    return make_command<bool>(command_id::smove, from, to, member);
}

// Takes a member by chance away; absent if there is none.
template <set_key Key>
command<std::optional<set_member_t<Key>>> spop(Key const& k)
{
    return make_command<std::optional<set_member_t<Key>>>(command_id::spop, k);
}

// Takes at most `count` of them. O(count).
template <set_key Key>
command<std::vector<set_member_t<Key>>> spop(Key const& k, std::int64_t count)
{
    return make_command<std::vector<set_member_t<Key>>>(command_id::spop, k, count);
}

// A member by chance, which stays; absent if there is none.
template <set_key Key>
command<std::optional<set_member_t<Key>>> srandmember(Key const& k)
{
    return make_command<std::optional<set_member_t<Key>>>(command_id::srandmember, k);
}

// At most `count` different ones; if it is negative, exactly that many, and one may come twice. O(count).
template <set_key Key>
command<std::vector<set_member_t<Key>>> srandmember(Key const& k, std::int64_t count)
{
    return make_command<std::vector<set_member_t<Key>>>(command_id::srandmember, k, count);
}

// What is in all of them. O(size of the smallest * number of sets).
template <class First, class... More>
    requires command_detail::sets_of_one_type<First, More...>
command<std::vector<set_member_t<key_among_t<First>>>> sinter(First const& first,
                                                              More const&... more)
{
    return make_command<std::vector<set_member_t<key_among_t<First>>>>(command_id::sinter,
                                                                       keys(first, more...));
}

// What is in any of them. O(all members).
template <class First, class... More>
    requires command_detail::sets_of_one_type<First, More...>
command<std::vector<set_member_t<key_among_t<First>>>> sunion(First const& first,
                                                              More const&... more)
{
    return make_command<std::vector<set_member_t<key_among_t<First>>>>(command_id::sunion,
                                                                       keys(first, more...));
}

// What is in the first and in none of the others. O(all members).
template <class First, class... More>
    requires command_detail::sets_of_one_type<First, More...>
command<std::vector<set_member_t<key_among_t<First>>>> sdiff(First const& first,
                                                             More const&... more)
{
    return make_command<std::vector<set_member_t<key_among_t<First>>>>(command_id::sdiff,
                                                                       keys(first, more...));
}

// The same, kept under another key, which it replaces; they give how many members that are.
template <set_key Destination, class... Sources>
    requires command_detail::stored_sets<Destination, Sources...>
command<std::int64_t> sinterstore(Destination const& destination, Sources const&... sources)
{
    return make_command<std::int64_t>(command_id::sinterstore, destination, keys(sources...));
}
template <set_key Destination, class... Sources>
    requires command_detail::stored_sets<Destination, Sources...>
command<std::int64_t> sunionstore(Destination const& destination, Sources const&... sources)
{
    return make_command<std::int64_t>(command_id::sunionstore, destination, keys(sources...));
}
template <set_key Destination, class... Sources>
    requires command_detail::stored_sets<Destination, Sources...>
command<std::int64_t> sdiffstore(Destination const& destination, Sources const&... sources)
{
    return make_command<std::int64_t>(command_id::sdiffstore, destination, keys(sources...));
}

// How many members are in all of them, counted up to `limit`: sintercard(keys(a, b)). 0 counts all.
template <class First, class... More>
    requires command_detail::sets_of_one_type<First, More...>
command<std::int64_t> sintercard(key_list<First, More...> const& sets, std::int64_t limit = 0)
{
    return make_command<std::int64_t>(command_id::sintercard, sets.size(), sets, "LIMIT", limit);
}

// One page of the members; see scan() for what a page is. O(1) per page.
template <set_key Key>
command<scan_page<set_member_t<Key>>> sscan(Key const& k, std::uint64_t cursor,
                                            scan_options const& options = {})
{
    auto built = make_command<scan_page<set_member_t<Key>>>(command_id::sscan, k, cursor);
    command_detail::add_scan_options(built, options);
    return built;
}

}  // namespace redstart
