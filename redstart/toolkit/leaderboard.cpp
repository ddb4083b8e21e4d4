#include "redstart/toolkit/leaderboard.hpp"

#include "redstart/command/script.hpp"
#include "redstart/command/sorted_set_ranges.hpp"
#include "redstart/toolkit/operation.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

namespace redstart::toolkit {

namespace {

using scored_players = std::vector<scored<std::string>>;

// Score, rank and whether it changed; rank 0 means that the sum was refused.
using submit_reply = std::tuple<double, std::int64_t, bool>;
using submit_script = script<submit_reply>;

// Score, rank, players in all, the rank of the first one listed, and the list.
using standing_reply = std::tuple<double, std::int64_t, std::int64_t, std::int64_t, scored_players>;
using standing_script = script<std::optional<standing_reply>>;

// Scores cross the border as text with all their digits: a Lua number in an answer would lose its fraction.

submit_script const& submit_best()
{
    static submit_script const sent{"submit_best", R"(
local changed = redis.call('ZADD', KEYS[1], 'GT', 'CH', ARGV[1], ARGV[2])
local kept = redis.call('ZSCORE', KEYS[1], ARGV[2])
return {kept, redis.call('ZREVRANK', KEYS[1], ARGV[2]) + 1, changed}
)"};
    return sent;
}

submit_script const& submit_last()
{
    static submit_script const sent{"submit_last", R"(
local changed = redis.call('ZADD', KEYS[1], 'CH', ARGV[1], ARGV[2])
local kept = redis.call('ZSCORE', KEYS[1], ARGV[2])
return {kept, redis.call('ZREVRANK', KEYS[1], ARGV[2]) + 1, changed}
)"};
    return sent;
}

// The server would take an infinite sum, from which no later score leads back. What it stores is its own sum, not
// Lua's.
submit_script const& submit_sum()
{
    static submit_script const sent{"submit_sum", R"(
local before = redis.call('ZSCORE', KEYS[1], ARGV[2])
local sum = tonumber(before or 0) + tonumber(ARGV[1])
if sum - sum ~= 0 then return {ARGV[1], 0, 0} end
local after = redis.call('ZINCRBY', KEYS[1], ARGV[1], ARGV[2])
return {after, redis.call('ZREVRANK', KEYS[1], ARGV[2]) + 1, after == before and 0 or 1}
)"};
    return sent;
}

submit_script const& submit_by(score_policy policy)
{
    if (policy == score_policy::sum)
        return submit_sum();
    return policy == score_policy::last ? submit_last() : submit_best();
}

standing_script const& read_standing()
{
    static standing_script const sent{"standing", R"(#!lua flags=no-writes
local rank = redis.call('ZREVRANK', KEYS[1], ARGV[1])
if not rank then return false end
local first = math.max(0, rank - tonumber(ARGV[2]))
return {redis.call('ZSCORE', KEYS[1], ARGV[1]), rank + 1, redis.call('ZCARD', KEYS[1]), first + 1,
        redis.call('ZRANGE', KEYS[1], first, rank + tonumber(ARGV[2]), 'REV', 'WITHSCORES')}
)"};
    return sent;
}

std::vector<board_entry> ranked(scored_players&& players, std::int64_t first)
{
    std::vector<board_entry> entries;
    entries.reserve(players.size());
    for (auto& [player, score] : players)
        entries.push_back({.player = std::move(player), .score = score, .rank = first++});
    return entries;
}

task<board_submission> submit_and_read(client& db, command<submit_reply> what,
                                       std::source_location where)
{
    auto const [score, rank, changed] = co_await db.exec(std::move(what), where);
    if (rank == 0)
        throw failure{{.code = failure_code::invalid_argument,
                       .outcome = outcome::refused,
                       .command = {},
                       .reason = "the sum of the player's scores would not be finite",
                       .server_text = {}},
                      where};
    co_return board_submission{.score = score, .rank = rank, .changed = changed};
}

task<std::vector<board_entry>> read_page(client& db, command<scored_players> what,
                                         std::int64_t first, std::source_location where)
{
    co_return ranked(co_await db.exec(std::move(what), where), first);
}

task<std::vector<board_entry>> empty_page() { co_return {}; }

task<std::optional<board_standing>> read_neighbours(client& db,
                                                    command<std::optional<standing_reply>> what,
                                                    std::source_location where)
{
    auto answer = co_await db.exec(std::move(what), where);
    if (!answer)
        co_return std::nullopt;
    auto& [score, rank, total, first, players] = *answer;
    board_standing found{.score = score, .rank = rank, .total = total, .above = {}, .below = {}};
    for (auto& each : ranked(std::move(players), first))
        if (each.rank != rank)
            (each.rank < rank ? found.above : found.below).push_back(std::move(each));
    co_return found;
}

task<bool> remove_one(client& db, command<std::int64_t> what, std::source_location where)
{
    co_return co_await db.exec(std::move(what), where) == 1;
}

}  // namespace

leaderboard::leaderboard(client& db, leaderboard_options options, std::source_location where)
    : db_{&db}, options_{std::move(options)},
      key_{key_space{options_.prefix, "board", where}.key_of<zset<std::string>>(options_.name)}
{
}

void leaderboard::check_player(std::string_view player, std::source_location const& where) const
{
    if (player.empty() || player.size() > options_.max_player_bytes)
        throw toolkit_detail::invalid_argument("a player's id is empty or too long", where);
}

task<board_submission> leaderboard::submit(std::string_view player, double score,
                                           std::source_location where) const
{
    check_player(player, where);
    if (!std::isfinite(score))
        throw toolkit_detail::invalid_argument("a score is a finite number", where);
    auto const without_minus_zero = score + 0.0;
    auto const& script = submit_by(options_.policy);
    return submit_and_read(*db_, script(keys(key_), without_minus_zero, player), where);
}

task<std::vector<board_entry>> leaderboard::top(std::size_t limit, std::size_t offset,
                                                std::source_location where) const
{
    constexpr auto past_every_board = std::size_t{1} << 62;
    auto const page = std::min({limit, options_.max_page, past_every_board});
    // A page of none would end before it begins, and the server counts such an end from behind.
    if (page == 0 || offset >= past_every_board)
        return empty_page();
    auto const first = static_cast<std::int64_t>(offset);
    auto const last = first + static_cast<std::int64_t>(page) - 1;
    return read_page(
        *db_, zrange_with_scores(key_, {.first = first, .last = last, .highest_first = true}),
        first + 1, where);
}

task<std::optional<board_standing>> leaderboard::standing(std::string_view player,
                                                          std::size_t neighbours,
                                                          std::source_location where) const
{
    check_player(player, where);
    auto const most_on_either_side = (std::max<std::size_t>(options_.max_page, 1) - 1) / 2;
    auto const on_either_side = std::min(neighbours, most_on_either_side);
    return read_neighbours(*db_, read_standing()(keys(key_), player, on_either_side), where);
}

task<bool> leaderboard::remove(std::string_view player, std::source_location where) const
{
    check_player(player, where);
    return remove_one(*db_, zrem(key_, std::string{player}), where);
}

task<std::int64_t> leaderboard::size(std::source_location where) const
{
    return toolkit_detail::send(*db_, zcard(key_), where);
}

}  // namespace redstart::toolkit
