// A leaderboard: players in the order of their scores, the best first.
//
//     leaderboard board{db, {.name = "weekly", .policy = score_policy::best}};
//     auto const mine = co_await board.submit("ada", 12.5);                // {.score, .rank, .changed}
//     for (auto const& each : co_await board.top(10)) { ... }              // {.player, .score, .rank}
//     auto const place = co_await board.standing("ada");                   // nothing if ada never played
//
// One sorted set, <prefix>:board:{<name>}, scored by score. Boards with dense ranks, or whose ties go by time, are laid
// out in another way, hence under keys of another kind, and have two further keys in the same cluster slot (see
// leaderboard_script.cpp): they begin empty, and do not become the other kind later. Every operation is one round trip
// and sees, or makes, one state of the board: rank, score and neighbours always belong together.
//
// Ranks begin at 1. Of the scores 9 7 7 5 they are 1 2 3 4 (ordinal: no two players share one), 1 2 2 4 (competition)
// or 1 2 2 3 (dense). Within equal scores, the player comes first whose id is greater byte by byte (smaller, where the
// lowest score is first), or who was first to reach the score; that is by the server's clock, in microseconds, and
// wrong by as much as that clock is set. A score keeps every bit of its double on its way in and out.
//
// Cost, of n players: O(log n) for one player, with every kind of ranks, and O(log n + entries) for a page, neighbours
// or a range. Trimming O(log n) for each player that falls off, at most 100 in one submission. Dense ranks take memory
// for each distinct score, ties by time about twice that of a plain board. A board is one server's.
//
// Deadline and cancellation are the ambient ones. The failure of an operation says whether it can have been applied:
// a submission may then be sent again, but with sum it might count twice. Nothing here retries, and no failure is
// hidden: what to do without a board is the caller's choice. What a server had not replicated or written to disk when
// it failed is lost, as with any key; a server that evicts keys may drop a board. Of one with several keys it may drop
// one: without the board itself the next score begins a new one, without the others its dense ranks, or who is on it,
// are wrong until it ends. So such boards belong on a server that does not evict.

#pragma once

#include "redstart/client/client.hpp"
#include "redstart/codec/described.hpp"
#include "redstart/toolkit/key_space.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace redstart::toolkit {

// Which score counts when a player has several: best is the one that comes first in the board's order, worst the one
// that comes last. The enumerators of these three are described, so they read from and write to text.
enum class score_policy : std::uint8_t { best, last, sum, worst };
BOOST_DESCRIBE_ENUM(score_policy, best, last, sum, worst)

// lowest_first: for golf, or times of races.
enum class score_order : std::uint8_t { highest_first, lowest_first };
BOOST_DESCRIBE_ENUM(score_order, highest_first, lowest_first)

enum class rank_mode : std::uint8_t { ordinal, competition, dense };
BOOST_DESCRIBE_ENUM(rank_mode, ordinal, competition, dense)

struct leaderboard_options {
    std::string prefix = "redstart";  // see key_space.hpp
    std::string name = "default";     // of this board: any bytes
    score_policy policy = score_policy::best;
    std::size_t max_player_bytes = 256;  // an id that is longer, or empty, is refused
    std::size_t max_page = 1000;         // entries in one answer, at most: 0 to 1,000,000
    score_order order = score_order::highest_first;
    rank_mode ranks = rank_mode::ordinal;
    bool ties_by_time = false;  // who reached a score first comes first
    // A score that is no integer, or 2^53 and more (where not all integers are doubles), is refused.
    bool integers = false;
    std::uint32_t max_players = 0;  // those with the last ranks fall off; 0: no limit
    // Of the whole board, from its first score on: 1 ms to 100 years.
    std::optional<std::chrono::milliseconds> ttl = std::nullopt;
};

struct board_entry {
    std::string player;
    double score = 0;
    std::int64_t rank = 0;

    bool operator==(board_entry const&) const = default;
};
BOOST_DESCRIBE_STRUCT(board_entry, (), (player, score, rank))

struct board_submission {
    double score = 0;       // the one that counts now; it may be an older one
    std::int64_t rank = 0;  // 0: the board is full, and the score not good enough
    bool changed = false;   // the player is new, or has another score than before

    bool operator==(board_submission const&) const = default;
};
BOOST_DESCRIBE_STRUCT(board_submission, (), (score, rank, changed))

struct board_standing {
    double score = 0;
    std::int64_t rank = 0;
    std::int64_t total = 0;          // players on the board
    std::vector<board_entry> above;  // the neighbours, best first
    std::vector<board_entry> below;

    bool operator==(board_standing const&) const = default;
};
BOOST_DESCRIBE_STRUCT(board_standing, (), (score, rank, total, above, below))

// One of several scores.
struct board_score {
    std::string player;
    double score = 0;
};

// What an operator may want to know of a board.
struct board_report {
    std::int64_t players = 0;
    std::optional<double> first_score = std::nullopt;
    std::optional<double> last_score = std::nullopt;
    std::optional<std::int64_t> ttl_ms = std::nullopt;
};
BOOST_DESCRIBE_STRUCT(board_report, (), (players, first_score, last_score, ttl_ms))

// A value that refers to its client, which outlives it and every task made here. Used on the loops of that client's
// runtime, by any number of coroutines at once. Ids are any bytes and are copied by the call. Arguments that are
// refused throw a failure (invalid_argument, not_sent) from the call itself, before anything is awaited.
class leaderboard {
public:
    // Throws a failure (invalid_argument) if the prefix is none, or an option out of its range.
    leaderboard(client& db, leaderboard_options options,
                std::source_location where = std::source_location::current());

    // Counts a score by the board's policy. A score that is not finite is refused, or not an exact integer where the
    // options say so. So is one that would make such a sum: that failure is invalid_argument too, its outcome
    // `refused`, and the board is as it was.
    task<board_submission> submit(
        std::string_view player, double score,
        std::source_location where = std::source_location::current()) const;

    // Several in one round trip, each by itself and with a result of its own, in their order.
    task<std::vector<std::expected<board_submission, failure>>> submit_all(
        std::vector<board_score> const& scores,
        std::source_location where = std::source_location::current()) const;

    // The best players after the first `offset`, best first: at most `limit`, and at most options.max_page.
    task<std::vector<board_entry>> top(
        std::size_t limit, std::size_t offset = 0,
        std::source_location where = std::source_location::current()) const;

    // The page on which the player stands, where the board is cut into pages of this size from the top; at most
    // options.max_page. Empty if the player is not on the board.
    task<std::vector<board_entry>> page_of(
        std::string_view player, std::size_t page_size,
        std::source_location where = std::source_location::current()) const;

    // Where a player stands, with up to `neighbours` players on either side; together with the player never more than
    // options.max_page. Nothing if the player is not on the board.
    task<std::optional<board_standing>> standing(
        std::string_view player, std::size_t neighbours = 2,
        std::source_location where = std::source_location::current()) const;

    // Scores from `lowest` to `highest`, both included; they may be infinite, but are numbers.
    struct score_range {
        double lowest = 0;
        double highest = 0;
    };

    // The players whose scores are in the range, best first, after the first `offset` of them; as top(). O(offset),
    // too.
    task<std::vector<board_entry>> between(
        score_range scores, std::size_t limit, std::size_t offset = 0,
        std::source_location where = std::source_location::current()) const;

    // How many there are.
    task<std::int64_t> count_between(
        score_range scores, std::source_location where = std::source_location::current()) const;

    // False if the player was not on the board.
    task<bool> remove(std::string_view player,
                      std::source_location where = std::source_location::current()) const;

    // Removes the whole board. False if there was none. Its memory is given back in the background.
    task<bool> erase(std::source_location where = std::source_location::current()) const;

    // How many players there are. O(1).
    task<std::int64_t> size(std::source_location where = std::source_location::current()) const;

    // One round trip; not one moment of all of it.
    task<board_report> report() const;

    leaderboard_options const& options() const noexcept { return options_; }

private:
    using board_key = key<zset<std::string>>;

    void check_player(std::string_view player, std::source_location const& where) const;
    void check_score(double score, std::source_location const& where) const;
    // The board, and what else belongs to one of its layout.
    std::span<board_key const> used_keys() const noexcept;
    board_key const& board() const noexcept { return keys_[0]; }

    client* db_;
    leaderboard_options options_;
    std::array<board_key, 3> keys_;
};

}  // namespace redstart::toolkit
