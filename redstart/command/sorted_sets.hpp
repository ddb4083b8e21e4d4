// Sorted sets: members in the order of their scores, and of their bytes where scores are equal.
//
// Ranks begin at 0; scores are doubles and never NaN. O(log n) per member unless something else is said. Ranges are in
// sorted_set_ranges.hpp, what joins several sets in sorted_set_algebra.hpp.

#pragma once

#include "redstart/command/command.hpp"
#include "redstart/command/keys.hpp"
#include "redstart/command/scored.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace redstart {

// How a member is passed: anything to a key of plain text.
template <zset_key Key>
using zset_input_t = passed_to_t<Key, zset_member_t<Key>>;

struct zadd_options {
    enum class when : std::uint8_t {
        always,
        if_absent,   // only members that are new
        if_present,  // only members that are there
        if_greater,  // what is new, or gets a higher score
        if_less,
        if_present_and_greater,
        if_present_and_less
    } condition = when::always;
    bool count_changed = false;  // not only new members count, but all that changed
};

namespace command_detail {
void add_zadd_options(any_command& zadd, zadd_options const& options);
}

// True if the member is new, false if at most its score was set.
template <zset_key Key>
command<bool> zadd(Key const& k, double score, zset_input_t<Key> const& member,
                   zadd_options const& options = {})
{
    auto built = make_command<bool>(command_id::zadd, k);
    command_detail::add_zadd_options(built, options);
    built.add(score, member);
    return built;
}

// How many of the members are new: zadd(k, {{"ada", 1.5}, {"bob", 2}}), or a range of scored or of pairs.
template <zset_key Key>
command<std::int64_t> zadd(Key const& k, one_or_more_scored<zset_input_t<Key>> members,
                           zadd_options const& options = {})
{
    auto built = make_command<std::int64_t>(command_id::zadd, k);
    command_detail::add_zadd_options(built, options);
    built.add(members);
    return built;
}

// The new score; an absent member counts as 0.
template <zset_key Key>
command<double> zincrby(Key const& k, double amount, zset_input_t<Key> const& member)
{
    return make_command<double>(command_id::zincrby, k, amount, member);
}

// As zincrby under a condition: absent, and nothing is done, if it does not hold.
template <zset_key Key>
command<std::optional<double>> zincrby(Key const& k, double amount, zset_input_t<Key> const& member,
                                       zadd_options const& options)
{
    auto built = make_command<std::optional<double>>(command_id::zadd, k);
    command_detail::add_zadd_options(built, options);
    built.add("INCR", amount, member);
    return built;
}

// How many of the members were there and are gone now.
template <zset_key Key>
command<std::int64_t> zrem(Key const& k, one_or_more<zset_input_t<Key>> members)
{
    return make_command<std::int64_t>(command_id::zrem, k, members);
}

// Absent if there is no such member. O(1).
template <zset_key Key>
command<std::optional<double>> zscore(Key const& k, zset_input_t<Key> const& member)
{
    return make_command<std::optional<double>>(command_id::zscore, k, member);
}

// The scores of several members, in their order. O(1) per member.
template <zset_key Key>
command<std::vector<std::optional<double>>> zmscore(Key const& k,
                                                    one_or_more<zset_input_t<Key>> members)
{
    return make_command<std::vector<std::optional<double>>>(command_id::zmscore, k, members);
}

// 0 is the lowest score; absent if there is no such member.
template <zset_key Key>
command<std::optional<std::int64_t>> zrank(Key const& k, zset_input_t<Key> const& member)
{
    return make_command<std::optional<std::int64_t>>(command_id::zrank, k, member);
}

// 0 is the highest score.
template <zset_key Key>
command<std::optional<std::int64_t>> zrevrank(Key const& k, zset_input_t<Key> const& member)
{
    return make_command<std::optional<std::int64_t>>(command_id::zrevrank, k, member);
}

// With the score, too. Redis has them since 7.2, Valkey always.
template <zset_key Key>
command<std::optional<ranked>> zrank_with_score(Key const& k, zset_input_t<Key> const& member)
{
    return make_command<std::optional<ranked>>(command_id::zrank, k, member, "WITHSCORE");
}
template <zset_key Key>
command<std::optional<ranked>> zrevrank_with_score(Key const& k, zset_input_t<Key> const& member)
{
    return make_command<std::optional<ranked>>(command_id::zrevrank, k, member, "WITHSCORE");
}

// How many there are; 0 if there is no such key. O(1).
template <zset_key Key>
command<std::int64_t> zcard(Key const& k)
{
    return make_command<std::int64_t>(command_id::zcard, k);
}

// Takes the member with the lowest or highest score away; absent if there is none.
template <zset_key Key>
command<std::optional<scored<zset_member_t<Key>>>> zpopmin(Key const& k)
{
    return make_command<std::optional<scored<zset_member_t<Key>>>>(command_id::zpopmin, k);
}
template <zset_key Key>
command<std::optional<scored<zset_member_t<Key>>>> zpopmax(Key const& k)
{
    return make_command<std::optional<scored<zset_member_t<Key>>>>(command_id::zpopmax, k);
}

// Takes at most `count` of them. O(count * log n).
template <zset_key Key>
command<std::vector<scored<zset_member_t<Key>>>> zpopmin(Key const& k, std::int64_t count)
{
    return make_command<std::vector<scored<zset_member_t<Key>>>>(command_id::zpopmin, k, count);
}
template <zset_key Key>
command<std::vector<scored<zset_member_t<Key>>>> zpopmax(Key const& k, std::int64_t count)
{
    return make_command<std::vector<scored<zset_member_t<Key>>>>(command_id::zpopmax, k, count);
}

// A member by chance, which stays; absent if there is none. O(1).
template <zset_key Key>
command<std::optional<zset_member_t<Key>>> zrandmember(Key const& k)
{
    return make_command<std::optional<zset_member_t<Key>>>(command_id::zrandmember, k);
}

// At most `count` different ones; if it is negative, exactly that many, and one may come twice. O(count).
template <zset_key Key>
command<std::vector<zset_member_t<Key>>> zrandmember(Key const& k, std::int64_t count)
{
    return make_command<std::vector<zset_member_t<Key>>>(command_id::zrandmember, k, count);
}
template <zset_key Key>
command<std::vector<scored<zset_member_t<Key>>>> zrandmember_with_scores(Key const& k,
                                                                         std::int64_t count)
{
    return make_command<std::vector<scored<zset_member_t<Key>>>>(command_id::zrandmember, k, count,
                                                                 "WITHSCORES");
}

// One page of the members with their scores; see scan() for what a page is. O(1) per page.
template <zset_key Key>
command<scan_page<scored<zset_member_t<Key>>>> zscan(Key const& k, std::uint64_t cursor,
                                                     scan_options const& options = {})
{
    auto built = make_command<scan_page<scored<zset_member_t<Key>>>>(command_id::zscan, k, cursor);
    command_detail::add_scan_options(built, options);
    return built;
}

}  // namespace redstart
