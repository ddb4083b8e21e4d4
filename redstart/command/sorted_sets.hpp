// Sorted sets. Ranks begin at 0 here, as the server counts; scores are doubles and never NaN.

#pragma once

#include "redstart/command/command.hpp"

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace redstart {

// 1 if the member is new, 0 if only its score was set. O(log n).
template <zset_key Key>
command<std::int64_t> zadd(Key const& k, double score, zset_member_t<Key> const& member)
{
    command<std::int64_t> built{command_id::zadd};
    built.add(text_of(k), score, member);
    return built;
}

namespace command_detail {

template <class Reply, zset_key Key>
command<Reply> on_member(command_id id, Key const& k, zset_member_t<Key> const& member)
{
    command<Reply> built{id};
    built.add(text_of(k), member);
    return built;
}

}  // namespace command_detail

// How many members were removed: 1 or 0. O(log n).
template <zset_key Key>
command<std::int64_t> zrem(Key const& k, zset_member_t<Key> const& member)
{
    return command_detail::on_member<std::int64_t>(command_id::zrem, k, member);
}

template <zset_key Key>
command<std::optional<double>> zscore(Key const& k, zset_member_t<Key> const& member)
{
    return command_detail::on_member<std::optional<double>>(command_id::zscore, k, member);
}

// 0 is the lowest score. O(log n).
template <zset_key Key>
command<std::optional<std::int64_t>> zrank(Key const& k, zset_member_t<Key> const& member)
{
    return command_detail::on_member<std::optional<std::int64_t>>(command_id::zrank, k, member);
}

// 0 is the highest score. O(log n).
template <zset_key Key>
command<std::optional<std::int64_t>> zrevrank(Key const& k, zset_member_t<Key> const& member)
{
    return command_detail::on_member<std::optional<std::int64_t>>(command_id::zrevrank, k, member);
}

template <zset_key Key>
command<std::int64_t> zcard(Key const& k)
{
    command<std::int64_t> built{command_id::zcard};
    built.add(text_of(k));
    return built;
}

struct rank_range {
    std::int64_t first = 0;
    std::int64_t last = -1;  // included; -1 is the last of all
    bool highest_first = false;
};

// Members with their scores between two ranks. O(log n + size of the answer).
template <zset_key Key>
command<std::vector<std::pair<zset_member_t<Key>, double>>> zrange(Key const& k,
                                                                   rank_range range = {})
{
    command<std::vector<std::pair<zset_member_t<Key>, double>>> built{command_id::zrange};
    built.add(text_of(k), range.first, range.last);
    if (range.highest_first)
        built.add("REV");
    built.add("WITHSCORES");
    return built;
}

}  // namespace redstart
