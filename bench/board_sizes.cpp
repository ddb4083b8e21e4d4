// What a leaderboard costs as it grows: bench_board_sizes <redis URL> <rounds> <operations of a round> <largest board>.
//
// Boards of 1,000 players, of ten times as many, and so on, plain ones and those with dense ranks and ties by time. On
// each, 64 callers at once submit, ask for a standing with two neighbours on either side, for the page of a player and
// for the first ten. A line says how many microseconds passed for each operation, the median of the rounds.

#include "redstart/base/random.hpp"
#include "redstart/client/client.hpp"
#include "redstart/command/server.hpp"
#include "redstart/task/when_all.hpp"
#include "redstart/toolkit/leaderboards/leaderboard.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <vector>

namespace {

using namespace redstart;
using namespace redstart::toolkit;

constexpr int callers = 64;
constexpr std::int64_t smallest = 1000;
constexpr std::size_t at_once = 5000;

using operation = std::function<task<>(leaderboard const&, std::string)>;

struct load {
    leaderboard const& board;
    std::int64_t players;
    operation const& one;
};

std::string player(std::uint64_t number) { return "player:" + std::to_string(number); }

double some_score() { return static_cast<double>(fast_random() % 1'000'000); }

task<> fill(leaderboard const& board, std::int64_t players)
{
    std::vector<board_score> scores;
    for (std::int64_t i = 0; i < players; ++i) {
        scores.push_back({player(static_cast<std::uint64_t>(i)), some_score()});
        if (scores.size() < at_once && i + 1 < players)
            continue;
        for (auto const& each : co_await board.submit_all(scores))
            static_cast<void>(each.value());
        scores.clear();
    }
}

task<> repeat(load const& what, long times)
{
    for (long i = 0; i < times; ++i)
        co_await what.one(what.board,
                          player(fast_random() % static_cast<std::uint64_t>(what.players)));
}

task<> crowd(load const& what, long operations)
{
    std::vector<task<>> all;
    for (int caller = 0; caller < callers; ++caller)
        all.push_back(repeat(what, operations / callers));
    co_await when_all(std::move(all));
}

template <class Reply>
task<> discard(task<Reply> asked)
{
    static_cast<void>(co_await std::move(asked));
}

std::vector<std::pair<char const*, operation>> operations()
{
    return {
        {"submit", [](leaderboard const& board,
                      std::string const& who) { return discard(board.submit(who, some_score())); }},
        {"standing", [](leaderboard const& board,
                        std::string const& who) { return discard(board.standing(who)); }},
        {"page of a player",
         [](leaderboard const& board, std::string const& who) {
             return discard(board.page_of(who, 10));
         }},
        {"top 10",
         [](leaderboard const& board, std::string const&) { return discard(board.top(10)); }}};
}

// Microseconds for each.
double cost(runtime& loops, load const& what, int rounds, long count)
{
    std::vector<double> each;
    for (int round = 0; round <= rounds; ++round) {  // the first one warms up
        auto const before = boot_clock::now();
        loops.run(crowd(what, count));
        std::chrono::duration<double, std::micro> const took = boot_clock::now() - before;
        if (round > 0)
            each.push_back(took.count() / static_cast<double>(count - count % callers));
    }
    std::ranges::sort(each);
    return each[each.size() / 2];
}

void measure(client_options const& options, int rounds, long count, std::int64_t largest)
{
    runtime loops{{.loops = 1}};
    client db{loops, options};
    for (bool const plain : {true, false})
        for (auto players = smallest; players <= largest; players *= 10) {
            loops.run(
                discard([](client& to) -> task<ok> { co_return co_await to.exec(flushdb()); }(db)));
            leaderboard const board{db,
                                    {.policy = score_policy::last,
                                     .ranks = plain ? rank_mode::ordinal : rank_mode::dense,
                                     .ties_by_time = !plain}};
            loops.run(fill(board, players));
            for (auto const& [name, one] : operations())
                std::printf("%s, %ld players, %s: %.1f us\n", plain ? "plain" : "dense and timed",
                            static_cast<long>(players), name,
                            cost(loops, {board, players, one}, rounds, count));
        }
    loops.run(db.stop());
}

}  // namespace

int main(int count, char** arguments)
{
    if (count != 5)
        return std::fprintf(stderr, "bench_board_sizes <redis URL> <rounds> <count> <largest>\n"),
               2;
    auto const options = parse_redis_url(arguments[1]);
    if (!options)
        return std::fprintf(stderr, "%s\n", options.error().c_str()), 2;
    try {
        measure(*options, std::max(1, std::atoi(arguments[2])),
                std::max<long>(callers, std::atol(arguments[3])),
                std::max<std::int64_t>(smallest, std::atoll(arguments[4])));
    } catch (std::exception const& error) {
        return std::fprintf(stderr, "%s\n", error.what()), 1;
    }
}
