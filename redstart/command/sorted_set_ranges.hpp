// Parts of a sorted set: by rank, by score, or by the bytes of the members.
//
// O(log n + size of the answer) unless something else is said.

#pragma once

#include "redstart/command/sorted_sets.hpp"

namespace redstart {

namespace command_detail {

// The bounds, then how they are meant.
void add_range(any_command& built, rank_range const& range);
void add_range(any_command& built, score_range const& range);
void add_range(any_command& built, lex_range const& range);

// The bounds alone, the lower one first.
void add_bounds(any_command& built, score_range const& range);
void add_bounds(any_command& built, lex_range const& range);

template <class Reply, class Range, class... Keys>
command<Reply> ranged(command_id id, Range const& range, Keys const&... all)
{
    auto built = make_command<Reply>(id, all...);
    add_range(built, range);
    return built;
}

}  // namespace command_detail

template <zset_key Key>
command<std::vector<zset_member_t<Key>>> zrange(Key const& k, rank_range const& range = {})
{
    return command_detail::ranged<std::vector<zset_member_t<Key>>>(command_id::zrange, range, k);
}
template <zset_key Key>
command<std::vector<zset_member_t<Key>>> zrange_by_score(Key const& k, score_range const& range)
{
    return command_detail::ranged<std::vector<zset_member_t<Key>>>(command_id::zrange, range, k);
}
template <zset_key Key>
command<std::vector<zset_member_t<Key>>> zrange_by_lex(Key const& k, lex_range const& range)
{
    return command_detail::ranged<std::vector<zset_member_t<Key>>>(command_id::zrange, range, k);
}

// Members with their scores.
template <zset_key Key>
command<std::vector<scored<zset_member_t<Key>>>> zrange_with_scores(Key const& k,
                                                                    rank_range const& range = {})
{
    auto built = command_detail::ranged<std::vector<scored<zset_member_t<Key>>>>(command_id::zrange,
                                                                                 range, k);
    built.add("WITHSCORES");
    return built;
}
template <zset_key Key>
command<std::vector<scored<zset_member_t<Key>>>> zrange_by_score_with_scores(
    Key const& k, score_range const& range)
{
    auto built = command_detail::ranged<std::vector<scored<zset_member_t<Key>>>>(command_id::zrange,
                                                                                 range, k);
    built.add("WITHSCORES");
    return built;
}

// Keeps a part under another key, which it replaces; they give how many members that are. O(log n + m log m).
template <zset_key Destination, zset_key Key>
    requires(plain_key<Destination> || std::same_as<zset_member_t<Key>, zset_member_t<Destination>>)
command<std::int64_t> zrangestore(Destination const& destination, Key const& k,
                                  rank_range const& range)
{
    return command_detail::ranged<std::int64_t>(command_id::zrangestore, range, destination, k);
}
template <zset_key Destination, zset_key Key>
    requires(plain_key<Destination> || std::same_as<zset_member_t<Key>, zset_member_t<Destination>>)
command<std::int64_t> zrangestore_by_score(Destination const& destination, Key const& k,
                                           score_range const& range)
{
    return command_detail::ranged<std::int64_t>(command_id::zrangestore, range, destination, k);
}
template <zset_key Destination, zset_key Key>
    requires(plain_key<Destination> || std::same_as<zset_member_t<Key>, zset_member_t<Destination>>)
command<std::int64_t> zrangestore_by_lex(Destination const& destination, Key const& k,
                                         lex_range const& range)
{
    return command_detail::ranged<std::int64_t>(command_id::zrangestore, range, destination, k);
}

// How many members there are between; order and limit do not matter. O(log n).
template <zset_key Key>
command<std::int64_t> zcount(Key const& k, score_range const& range)
{
    auto built = make_command<std::int64_t>(command_id::zcount, k);
    command_detail::add_bounds(built, range);
    return built;
}
template <zset_key Key>
command<std::int64_t> zlexcount(Key const& k, lex_range const& range)
{
    auto built = make_command<std::int64_t>(command_id::zlexcount, k);
    command_detail::add_bounds(built, range);
    return built;
}

// How many members were removed; order and limit do not matter. O(log n + removed).
template <zset_key Key>
command<std::int64_t> zremrangebyrank(Key const& k, std::int64_t first, std::int64_t last)
{
    return make_command<std::int64_t>(command_id::zremrangebyrank, k, first, last);
}
template <zset_key Key>
command<std::int64_t> zremrangebyscore(Key const& k, score_range const& range)
{
    auto built = make_command<std::int64_t>(command_id::zremrangebyscore, k);
    command_detail::add_bounds(built, range);
    return built;
}
template <zset_key Key>
command<std::int64_t> zremrangebylex(Key const& k, lex_range const& range)
{
    auto built = make_command<std::int64_t>(command_id::zremrangebylex, k);
    command_detail::add_bounds(built, range);
    return built;
}

}  // namespace redstart
