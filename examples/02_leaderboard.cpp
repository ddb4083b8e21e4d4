// The patterns that come with Redstart: a leaderboard, a cache and a rate limiter.
//
//     02_leaderboard [redis://[user:password@]host[:port] | unix:///path/to.sock]

#include "redstart/client/client.hpp"
#include "redstart/command/server.hpp"
#include "redstart/task/when_all.hpp"
#include "redstart/toolkit/cache/cache.hpp"
#include "redstart/toolkit/leaderboards/leaderboard.hpp"
#include "redstart/toolkit/limits/sliding_window.hpp"

#include <cstdlib>
#include <iostream>

namespace {

char const* address(int count, char const* const* arguments)
{
    if (count > 1)
        return arguments[1];
    auto const* const from_environment = std::getenv("REDIS_URL");
    return from_environment ? from_environment : "redis://127.0.0.1:6379";
}

using namespace redstart;
using namespace std::chrono_literals;

// [leaderboard]
task<> play(client& db)
{
    toolkit::leaderboard const board{db,
                                     {.name = "example", .policy = toolkit::score_policy::best}};
    for (auto const& [player, score] :
         {std::pair{"ada", 31.5}, {"bob", 28.0}, {"cyd", 31.5}, {"dan", 7.25}})
        co_await board.submit(player, score);

    auto const again = co_await board.submit("ada", 12);  // worse than before: it does not count
    std::cout << "ada keeps " << again.score << " and rank " << again.rank << '\n';

    for (auto const& each : co_await board.top(3))
        std::cout << each.rank << ". " << each.player << ' ' << each.score << '\n';

    auto const place =
        co_await board.standing("bob", 1);  // rank, score and neighbours: one round trip
    std::cout << "bob is " << place->rank << " of " << place->total << ", behind "
              << place->above.back().player << ", ahead of " << place->below.front().player << '\n';
}
// [leaderboard]

// [golf]
task<> golf(client& db)
{
    toolkit::leaderboard const course{db,
                                      {.name = "example:golf",
                                       .order = toolkit::score_order::lowest_first,
                                       .ranks = toolkit::rank_mode::competition,
                                       .ties_by_time = true,
                                       .integers = true,
                                       .max_players = 100,
                                       .ttl = 24h}};
    co_await course.submit_all({{"ada", 72}, {"bob", 70}, {"cyd", 72}, {"dan", 75}, {"eve", 70}});
    for (auto const& each : co_await course.top(10))
        std::cout << each.rank << ". " << each.player << ' ' << each.score << '\n';
}
// [golf]

// [pages]
task<> browse(client& db)
{
    toolkit::leaderboard const board{db, {.name = "example"}};
    auto const page = co_await board.page_of("dan", 3);  // the second page of three
    auto const many = co_await board.between({20, 30}, 10);
    std::cout << "dan's page begins with " << page.front().player << ", " << many.size() << " of "
              << co_await board.count_between({20, 30}) << " between 20 and 30\n";
}
// [pages]

// [cache]
struct profile {
    std::string name;
    std::vector<std::string> badges;
};
BOOST_DESCRIBE_STRUCT(profile, (), (name, badges))

task<profile> profile_of(toolkit::cache<profile>& profiles, std::string_view player)
{
    if (auto cached = co_await profiles.get(player))
        co_return *std::move(cached.value);
    std::cout << "loading " << player << '\n';
    profile loaded{std::string{player}, {"early bird"}};  // from a database, say
    co_await profiles.set(player, loaded, {.ttl = 10min});
    co_return loaded;
}
// [cache]

task<> look_up(client& db)
{
    toolkit::cache<profile> profiles{db, {.prefix = "example"}};
    for (int i = 0; i < 2; ++i) {
        auto const ada = co_await profile_of(profiles, "ada");
        std::cout << ada.name << " is an " << ada.badges.front() << '\n';
    }
}

// [limiter]
task<> knock(client& db)
{
    toolkit::sliding_window const calls{db, {.name = "example", .limit = 3, .window = 60s}};
    std::vector<task<toolkit::limit_decision>> at_once;
    for (int i = 0; i < 10; ++i)
        at_once.push_back(calls.acquire("ada"));
    int allowed = 0;
    for (auto const& each : co_await when_all(std::move(at_once)))
        allowed += each.allowed ? 1 : 0;
    std::cout << allowed << " of 10 calls at once were allowed\n";
}
// [limiter]

task<> all(client& db)
{
    co_await play(db);
    co_await golf(db);
    co_await browse(db);
    co_await look_up(db);
    co_await knock(db);
}

}  // namespace

int main(int count, char const* const* arguments)
{
    auto const options = parse_redis_url(address(count, arguments));
    if (!options) {
        std::cerr << options.error() << '\n';
        return 2;
    }
    runtime loops;
    client db{loops, *options};
    int status = 0;
    try {
        loops.run(all(db));
    } catch (failure const& why) {
        std::cerr << why.what() << '\n';
        status = 1;
    }
    loops.run(db.stop());
    return status;
}
