// A service in one file: routes, a rate limiter in front of them, and a leaderboard behind them.
//
//     03_service [redis://[user:password@]host[:port] | unix:///path/to.sock] [port]
//
// With a port it serves until Enter is pressed. Without, it takes a free one, asks itself a few things and ends.

#include "redstart/client/client.hpp"
#include "redstart/http/app.hpp"
#include "redstart/http/middleware.hpp"
#include "redstart/http/redis/limit.hpp"
#include "redstart/http/server.hpp"
#include "redstart/testing/plain_peer.hpp"
#include "redstart/toolkit/leaderboards/leaderboard.hpp"
#include "redstart/toolkit/limits/sliding_window.hpp"

#include <cstdlib>
#include <iostream>

namespace {

using namespace redstart;
using namespace std::chrono_literals;

// [messages]
struct submitted_score {
    std::string player;
    double score = 0;
};
BOOST_DESCRIBE_STRUCT(submitted_score, (), (player, score))

struct place {
    std::string player;
    double score = 0;
    std::int64_t rank = 0;
};
BOOST_DESCRIBE_STRUCT(place, (), (player, score, rank))
// [messages]

// [service]
class scores {
public:
    scores(http::app& web, client& db)
        : board_{db, {.name = "service"}},
          calls_{db, {.name = "service", .limit = 5, .window = 60s}}
    {
        web.use(http::recover()).use(http::limit(calls_));
        web.post("/scores", [this](http::context& c) { return submit(c); });
        web.get("/scores", [this](http::context& c) { return list(c); });
        web.get("/players/{player}", [this](http::context& c) { return show(c); });
    }

private:
    task<http::response> submit(http::context& c)
    {
        auto const posted =
            c.bind<submitted_score>();  // 400 with the reason if the body is no such thing
        auto const kept = co_await board_.submit(checked(posted.player), posted.score);
        co_return http::response::json(place{posted.player, kept.score, kept.rank},
                                       kept.changed ? 201 : 200);
    }

    task<http::response> list(http::context& c)
    {
        std::vector<place> places;
        for (auto const& each : co_await board_.top(c.query<std::size_t>("limit").value_or(10)))
            places.push_back({each.player, each.score, each.rank});
        co_return http::response::json(places);
    }

    task<http::response> show(http::context& c)
    {
        auto const found = co_await board_.standing(checked(c.param("player")));
        if (!found)
            throw http::problem{404, "this player has no score"};
        co_return http::response::json(
            place{std::string{c.param("player")}, found->score, found->rank});
    }

    // The board would refuse it as well, but to the client that would be a failure of ours.
    std::string_view checked(std::string_view player) const
    {
        if (player.empty() || player.size() > board_.options().max_player_bytes)
            throw http::problem{400, "a player has a name of 1 to 256 bytes"};
        return player;
    }

    toolkit::leaderboard board_;
    toolkit::sliding_window calls_;
};
// [service]

char const* address(int count, char const* const* arguments)
{
    if (count > 1)
        return arguments[1];
    auto const* const from_environment = std::getenv("REDIS_URL");
    return from_environment ? from_environment : "redis://127.0.0.1:6379";
}

// One request on a connection of its own; prints the status and the body of the answer.
void ask(net::endpoint const& server, std::string_view method, std::string_view target,
         std::string_view body = {})
{
    std::string request{method};
    request.append(" ").append(target).append(
        " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
    if (!body.empty())
        request.append("Content-Type: application/json\r\nContent-Length: ")
            .append(std::to_string(body.size()))
            .append("\r\n");
    testing::plain_peer peer{server};
    peer.send(request.append("\r\n").append(body));
    auto const answer = peer.receive_rest();
    auto const status = answer.substr(0, answer.find("\r\n"));
    std::cout << method << ' ' << target << "\n    " << status << "\n    "
              << answer.substr(answer.find("\r\n\r\n") + 4) << '\n';
}

void try_out(net::endpoint const& server)
{
    ask(server, "POST", "/scores", R"({"player": "ada", "score": 31.5})");
    ask(server, "POST", "/scores", R"({"player": "bob", "score": 40})");
    ask(server, "POST", "/scores", R"({"player": "ada", "score": "many"})");
    ask(server, "GET", "/scores?limit=2");
    ask(server, "GET", "/players/cyd");
    ask(server, "GET", "/players/ada");  // the sixth: one too many
}

void serve(runtime& loops, client& db, std::uint16_t port)
{
    // [serve]
    http::app web;
    scores const all{web, db};
    http::server server{
        loops, web, {.listen = {.host = "127.0.0.1", .port = port, .unix_path = {}}}};
    loops.run(server.start());
    // [serve]
    if (port == 0) {
        try_out(server.address());
    } else {
        std::cout << "http://" << net::to_string(server.address()) << ", until Enter is pressed\n";
        std::cin.get();
    }
    loops.run(server.stop());
}

}  // namespace

int main(int count, char const* const* arguments)
{
    auto const options = parse_redis_url(address(count, arguments));
    if (!options) {
        std::cerr << options.error() << '\n';
        return 2;
    }
    std::uint16_t port = 0;
    if (count > 2 && !codec::read_number(arguments[2], port)) {
        std::cerr << arguments[2] << " is no port\n";
        return 2;
    }
    runtime loops;
    client db{loops, *options};
    int status = 0;
    try {
        serve(loops, db, port);
    } catch (std::exception const& why) {
        std::cerr << why.what() << '\n';
        status = 1;
    }
    loops.run(db.stop());
    return status;
}
