// A leaderboard: players in the order of their scores, the best first. Rank 1 is the highest score.
//
//     leaderboard board{db, {.name = "weekly", .policy = score_policy::best}};
//     auto const mine = co_await board.submit("ada", 12.5);                // {.score, .rank, .changed}
//     for (auto const& each : co_await board.top(10)) { ... }              // {.player, .score, .rank}
//     auto const place = co_await board.standing("ada");                   // nothing if ada never played
//
// One sorted set, <prefix>:board:{<name>}, scored by score; it does not expire. Every operation is one round trip and
// sees, or makes, one state of the board: rank, score and neighbours always belong together.
//
// Ranks are ordinal: no two players share one. Of equal scores, the player whose id is greater byte by byte comes
// first. A score keeps every bit of its double on its way in and out.
//
// Cost: O(log n) for one player, O(log n + entries) for a page. A board is one key, so one server holds all of it.
//
// Deadline and cancellation are the ambient ones. The failure of an operation says whether it can have been applied:
// with the policies best and last a submission may then be sent again, with sum it might count twice. Nothing here
// retries, and no failure is hidden: what to do without a board is the caller's choice. What a server had not
// replicated or written to disk when it failed is lost, as with any key; a server that evicts keys may drop a board.

#pragma once

#include "redstart/client/client.hpp"
#include "redstart/codec/described.hpp"
#include "redstart/toolkit/key_space.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

namespace redstart::toolkit {

// Which score counts when a player has several. Its enumerators are described, so it reads from and writes to text.
enum class score_policy : std::uint8_t { best, last, sum };
BOOST_DESCRIBE_ENUM(score_policy, best, last, sum)

struct leaderboard_options {
    std::string prefix = "redstart";  // see key_space.hpp
    std::string name = "default";     // of this board: any bytes
    score_policy policy = score_policy::best;
    std::size_t max_player_bytes = 256;  // an id that is longer, or empty, is refused
    std::size_t max_page = 1000;         // entries in one answer, at most
};

struct board_entry {
    std::string player;
    double score = 0;
    std::int64_t rank = 0;

    bool operator==(board_entry const&) const = default;
};

struct board_submission {
    double score = 0;  // the one that counts now; it may be an older one
    std::int64_t rank = 0;
    bool changed = false;  // the player is new, or has another score than before

    bool operator==(board_submission const&) const = default;
};

struct board_standing {
    double score = 0;
    std::int64_t rank = 0;
    std::int64_t total = 0;          // players on the board
    std::vector<board_entry> above;  // the neighbours, best first
    std::vector<board_entry> below;

    bool operator==(board_standing const&) const = default;
};

// A value that refers to its client, which outlives it and every task made here. Used on the loops of that client's
// runtime, by any number of coroutines at once. Ids are any bytes and are copied by the call. Arguments that are
// refused throw a failure (invalid_argument, not_sent) from the call itself, before anything is awaited.
class leaderboard {
public:
    // Throws a failure (invalid_argument) if the prefix is none.
    leaderboard(client& db, leaderboard_options options,
                std::source_location where = std::source_location::current());

    // Counts a score by the board's policy. A score that is not finite is refused. So is one that would make a sum
    // infinite: that failure is invalid_argument too, its outcome `refused`, and the board is as it was.
    task<board_submission> submit(
        std::string_view player, double score,
        std::source_location where = std::source_location::current()) const;

    // The best players after the first `offset`, best first: at most `limit`, and at most options.max_page.
    task<std::vector<board_entry>> top(
        std::size_t limit, std::size_t offset = 0,
        std::source_location where = std::source_location::current()) const;

    // Where a player stands, with up to `neighbours` players on either side; together with the player never more than
    // options.max_page. Nothing if the player is not on the board. A script that only reads.
    task<std::optional<board_standing>> standing(
        std::string_view player, std::size_t neighbours = 2,
        std::source_location where = std::source_location::current()) const;

    // False if the player was not on the board.
    task<bool> remove(std::string_view player,
                      std::source_location where = std::source_location::current()) const;

    // How many players there are. O(1).
    task<std::int64_t> size(std::source_location where = std::source_location::current()) const;

    leaderboard_options const& options() const noexcept { return options_; }

private:
    void check_player(std::string_view player, std::source_location const& where) const;

    client* db_;
    leaderboard_options options_;
    key<zset<std::string>> key_;
};

}  // namespace redstart::toolkit
