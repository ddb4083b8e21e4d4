// The scripts of a leaderboard. leaderboard_script.cpp tells how a board is laid out.

#pragma once

#include "redstart/command/scored.hpp"
#include "redstart/command/script.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace redstart::toolkit::toolkit_detail {

// All take the keys of the board, then its order, its ranks, and whether ties go by time; then what is named here.

// Members from some place on: the position of the first one, its rank, and the members with their scores.
using page_reply = std::tuple<std::int64_t, std::int64_t, std::vector<scored<std::string>>>;

enum class submit_status : std::uint8_t { counted, not_finite, inexact };

// Status, the score that counts, its rank (0: not on the board), and whether anything has changed.
using submit_reply = std::tuple<std::uint8_t, double, std::int64_t, bool>;

// Score, rank, players in all, position, and the neighbours with the player.
using standing_reply = std::tuple<double, std::int64_t, std::int64_t, std::int64_t, page_reply>;

// policy, whether integers only, most players, ttl in ms, player, score
script<submit_reply> const& submit_script();
// player
script<bool> const& remove_script();
// player, how many neighbours on either side
script<std::optional<standing_reply>> const& standing_script();
// first position (from 0), last
script<page_reply> const& page_script();
// player, size of a page
script<page_reply> const& page_of_script();
// lowest score, highest, how many to leave out, how many to list
script<page_reply> const& between_script();

}  // namespace redstart::toolkit::toolkit_detail
