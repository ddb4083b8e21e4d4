#include "redstart/toolkit/leaderboards/leaderboard.hpp"

#include "redstart/command/keys.hpp"
#include "redstart/command/sorted_set_ranges.hpp"
#include "redstart/toolkit/leaderboards/leaderboard_script.hpp"
#include "redstart/toolkit/operation.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

namespace redstart::toolkit {

namespace {

using toolkit_detail::page_reply;
using toolkit_detail::standing_reply;
using toolkit_detail::submit_reply;
using toolkit_detail::submit_status;
using entries = std::vector<board_entry>;
using submitted = std::expected<board_submission, failure>;

constexpr std::size_t stamp_bytes = 16;
// 2^53 itself is also what 2^53 + 1 becomes.
constexpr double last_exact_integer = 0x1p53 - 1;

// What a reader needs to know of a board besides its keys.
struct board_layout {
    score_order order;
    rank_mode ranks;
    bool ties_by_time;
};

board_layout layout_of(leaderboard_options const& options)
{
    return {options.order, options.ranks, options.ties_by_time};
}

leaderboard_options checked(leaderboard_options options, std::source_location const& where)
{
    toolkit_detail::check_ttl(options.ttl, where);
    if (options.max_page > 1'000'000)
        throw toolkit_detail::invalid_argument("an answer has at most 1,000,000 entries", where);
    return options;
}

// Boards of another layout, which must not meet.
std::string kind_of(leaderboard_options const& options)
{
    std::string kind = "board";
    if (options.ranks == rank_mode::dense)
        kind += ":dense";
    if (options.ties_by_time)
        kind += options.order == score_order::highest_first ? ":timed" : ":timed:lowest";
    return kind;
}

template <class Script, class... Arguments>
auto with_layout(Script const& read, std::span<key<zset<std::string>> const> on,
                 board_layout const& layout, Arguments const&... arguments)
{
    return read(keys(on), layout.order, layout.ranks, layout.ties_by_time, arguments...);
}

entries ranked(page_reply&& page, board_layout const& layout)
{
    auto& [position, rank, players] = page;
    entries all;
    all.reserve(players.size());
    for (auto& [member, score] : players) {
        if (layout.ties_by_time)
            member.erase(0, stamp_bytes);
        bool const tied = !all.empty() && all.back().score == score;
        if (layout.ranks == rank_mode::ordinal)
            rank = position;
        else if (!all.empty() && !tied)
            rank = layout.ranks == rank_mode::dense ? rank + 1 : position;
        ++position;
        all.push_back({.player = std::move(member), .score = score, .rank = rank});
    }
    return all;
}

failure refused_sum(submit_status why, std::source_location where)
{
    return failure{{.code = failure_code::invalid_argument,
                    .outcome = outcome::refused,
                    .command = {},
                    .reason = why == submit_status::not_finite
                                  ? "the sum of the player's scores would not be finite"
                                  : "the sum of the player's scores would reach 2^53",
                    .server_text = {}},
                   where};
}

submitted to_submission(submit_reply const& answered, std::source_location const& where)
{
    auto const [status, score, rank, changed] = answered;
    if (auto const became = static_cast<submit_status>(status); became != submit_status::counted)
        return std::unexpected{refused_sum(became, where)};
    return board_submission{.score = score, .rank = rank, .changed = changed};
}

task<board_submission> submit_and_read(client& db, command<submit_reply> what,
                                       std::source_location where)
{
    auto became = to_submission(co_await db.exec(std::move(what), where), where);
    if (!became)
        throw std::move(became).error();
    co_return *became;
}

task<std::vector<submitted>> submit_each(client& db, std::vector<command<submit_reply>> what,
                                         std::source_location where)
{
    std::vector<submitted> all;
    for (auto& each : co_await db.exec(std::move(what), where))
        all.push_back(each ? to_submission(*each, where)
                           : submitted{std::unexpected{std::move(each).error()}});
    co_return all;
}

task<entries> read_page(client& db, command<page_reply> what, board_layout layout,
                        std::source_location where)
{
    co_return ranked(co_await db.exec(std::move(what), where), layout);
}

task<entries> empty_page() { co_return {}; }

task<std::optional<board_standing>> read_neighbours(client& db,
                                                    command<std::optional<standing_reply>> what,
                                                    board_layout layout, std::source_location where)
{
    auto answer = co_await db.exec(std::move(what), where);
    if (!answer)
        co_return std::nullopt;
    auto& [score, rank, total, position, page] = *answer;
    board_standing found{.score = score, .rank = rank, .total = total, .above = {}, .below = {}};
    auto at = std::get<0>(page);
    for (auto& each : ranked(std::move(page), layout)) {
        if (at != position)
            (at < position ? found.above : found.below).push_back(std::move(each));
        ++at;
    }
    co_return found;
}

task<board_report> read_report(client& db, key<zset<std::string>> board, bool highest_first)
{
    auto const one = [&](bool first) {
        return zrange_with_scores(board,
                                  {.first = 0, .last = 0, .highest_first = first == highest_first});
    };
    auto const [players, first, last, left] =
        co_await db.exec(zcard(board), one(true), one(false), ttl(board));
    board_report told{.players = players};
    if (!first.empty() && !last.empty()) {
        told.first_score = first.front().score;
        told.last_score = last.front().score;
    }
    if (left.left)
        told.ttl_ms = left.left->count();
    co_return told;
}

}  // namespace

leaderboard::leaderboard(client& db, leaderboard_options options, std::source_location where)
    : db_{&db}, options_{checked(std::move(options), where)}, keys_{[&] {
          key_space const space{options_.prefix, kind_of(options_), where};
          return std::array{space.key_of<zset<std::string>>(options_.name),
                            space.key_of<zset<std::string>>(options_.name, ":distinct"),
                            space.key_of<zset<std::string>>(options_.name, ":stamps")};
      }()}
{
}

void leaderboard::check_player(std::string_view player, std::source_location const& where) const
{
    if (player.empty() || player.size() > options_.max_player_bytes)
        throw toolkit_detail::invalid_argument("a player's id is empty or too long", where);
}

void leaderboard::check_score(double score, std::source_location const& where) const
{
    if (!std::isfinite(score))
        throw toolkit_detail::invalid_argument("a score is a finite number", where);
    if (options_.integers && (std::trunc(score) != score || std::abs(score) > last_exact_integer))
        throw toolkit_detail::invalid_argument("a score of this board is an integer below 2^53",
                                               where);
}

std::span<leaderboard::board_key const> leaderboard::used_keys() const noexcept
{
    bool const is_plain = options_.ranks != rank_mode::dense && !options_.ties_by_time;
    return std::span{keys_}.first(is_plain ? 1 : keys_.size());
}

namespace {

// The arguments of a submission that are the same for all players.
command<submit_reply> submission(std::span<key<zset<std::string>> const> on,
                                 leaderboard_options const& options, std::string_view player,
                                 double score)
{
    auto const without_minus_zero = score + 0.0;
    auto const ttl = toolkit_detail::ttl_argument(options.ttl);
    return with_layout(toolkit_detail::submit_script(), on, layout_of(options), options.policy,
                       options.integers, options.max_players, ttl, player, without_minus_zero);
}

}  // namespace

task<board_submission> leaderboard::submit(std::string_view player, double score,
                                           std::source_location where) const
{
    check_player(player, where);
    check_score(score, where);
    return submit_and_read(*db_, submission(used_keys(), options_, player, score), where);
}

task<std::vector<std::expected<board_submission, failure>>> leaderboard::submit_all(
    std::vector<board_score> const& scores, std::source_location where) const
{
    std::vector<command<submit_reply>> all;
    all.reserve(scores.size());
    for (auto const& [player, score] : scores) {
        check_player(player, where);
        check_score(score, where);
        all.push_back(submission(used_keys(), options_, player, score));
    }
    return submit_each(*db_, std::move(all), where);
}

task<entries> leaderboard::top(std::size_t limit, std::size_t offset,
                               std::source_location where) const
{
    constexpr auto past_every_board = std::size_t{1} << 62;
    auto const page = std::min({limit, options_.max_page, past_every_board});
    // A page of none would end before it begins, and the server counts such an end from behind.
    if (page == 0 || offset >= past_every_board)
        return empty_page();
    auto const layout = layout_of(options_);
    auto what =
        with_layout(toolkit_detail::page_script(), used_keys(), layout, offset, offset + page - 1);
    return read_page(*db_, std::move(what), layout, where);
}

task<entries> leaderboard::page_of(std::string_view player, std::size_t page_size,
                                   std::source_location where) const
{
    check_player(player, where);
    auto const page = std::min(page_size, options_.max_page);
    if (page == 0)
        return empty_page();
    auto const layout = layout_of(options_);
    auto what = with_layout(toolkit_detail::page_of_script(), used_keys(), layout, player, page);
    return read_page(*db_, std::move(what), layout, where);
}

task<std::optional<board_standing>> leaderboard::standing(std::string_view player,
                                                          std::size_t neighbours,
                                                          std::source_location where) const
{
    check_player(player, where);
    auto const most_on_either_side = (std::max<std::size_t>(options_.max_page, 1) - 1) / 2;
    auto const on_either_side = std::min(neighbours, most_on_either_side);
    auto const layout = layout_of(options_);
    auto what =
        with_layout(toolkit_detail::standing_script(), used_keys(), layout, player, on_either_side);
    return read_neighbours(*db_, std::move(what), layout, where);
}

task<entries> leaderboard::between(score_range scores, std::size_t limit, std::size_t offset,
                                   std::source_location where) const
{
    constexpr auto past_every_board = std::size_t{1} << 62;
    if (std::isnan(scores.lowest) || std::isnan(scores.highest))
        throw toolkit_detail::invalid_argument("a bound of scores is a number", where);
    auto const page = std::min(limit, options_.max_page);
    if (page == 0 || offset >= past_every_board)
        return empty_page();
    auto const layout = layout_of(options_);
    auto what = with_layout(toolkit_detail::between_script(), used_keys(), layout, scores.lowest,
                            scores.highest, offset, page);
    return read_page(*db_, std::move(what), layout, where);
}

task<std::int64_t> leaderboard::count_between(score_range scores, std::source_location where) const
{
    if (std::isnan(scores.lowest) || std::isnan(scores.highest))
        throw toolkit_detail::invalid_argument("a bound of scores is a number", where);
    return toolkit_detail::send(
        *db_,
        make_command<std::int64_t>(command_id::zcount, board(), scores.lowest, scores.highest),
        where);
}

task<bool> leaderboard::remove(std::string_view player, std::source_location where) const
{
    check_player(player, where);
    return toolkit_detail::send(
        *db_,
        with_layout(toolkit_detail::remove_script(), used_keys(), layout_of(options_), player),
        where);
}

task<bool> leaderboard::erase(std::source_location where) const
{
    return toolkit_detail::is_any(toolkit_detail::send(*db_, unlink(used_keys()), where));
}

task<std::int64_t> leaderboard::size(std::source_location where) const
{
    return toolkit_detail::send(*db_, zcard(board()), where);
}

task<board_report> leaderboard::report() const
{
    return read_report(*db_, board(), options_.order == score_order::highest_first);
}

}  // namespace redstart::toolkit
