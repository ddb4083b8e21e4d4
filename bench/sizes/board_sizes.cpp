#include "bench/sizes/sized.hpp"
#include "redstart/base/random.hpp"
#include "redstart/toolkit/leaderboards/leaderboard.hpp"

namespace redstart::sizes {

namespace {

using toolkit::leaderboard;

constexpr std::int64_t at_once = 5'000;

double some_score() { return static_cast<double>(fast_random() % 1'000'000); }

task<> submitted(task<std::vector<std::expected<toolkit::board_submission, failure>>> all)
{
    for (auto const& each : co_await std::move(all))
        static_cast<void>(each.value());
}

task<> fill(leaderboard const& board, std::int64_t n)
{
    auto const some = [&](std::uint64_t first, std::uint64_t end) {
        std::vector<toolkit::board_score> scores;
        for (auto i = first; i < end; ++i)
            scores.push_back({name_of(i), some_score()});
        return submitted(board.submit_all(scores));
    };
    co_await in_batches(n, at_once, some);
}

task<prepared> on_board(leaderboard board, std::int64_t n)
{
    co_await fill(board, n);
    auto const submit = [=](std::uint64_t chance) {
        return discard(board.submit(one_of(n, chance), some_score()));
    };
    auto const standing = [=](std::uint64_t chance) {
        return discard(board.standing(one_of(n, chance)));
    };
    auto const page_of = [=](std::uint64_t chance) {
        return discard(board.page_of(one_of(n, chance), 10));
    };
    auto const top = [=](std::uint64_t) { return discard(board.top(10)); };
    co_return prepared{{{"submit", "O(log n)", submit},
                        {"standing", "O(log n)", standing},
                        {"page_of, 10", "O(log n)", page_of},
                        {"top 10", "O(log n)", top}}};
}

task<prepared> prepare_plain(client& db, std::int64_t n)
{
    return on_board({db, {.policy = toolkit::score_policy::last}}, n);
}

task<prepared> prepare_dense(client& db, std::int64_t n)
{
    return on_board({db,
                     {.policy = toolkit::score_policy::last,
                      .ranks = toolkit::rank_mode::dense,
                      .ties_by_time = true}},
                    n);
}

}  // namespace

std::vector<pattern> board_patterns()
{
    return {{.name = "leaderboard", .of = "players", .prepare = prepare_plain},
            {.name = "leaderboard, dense and timed", .of = "players", .prepare = prepare_dense}};
}

}  // namespace redstart::sizes
