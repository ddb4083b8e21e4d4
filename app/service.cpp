#include "app/service.hpp"

#include "redstart/http/middleware.hpp"
#include "redstart/http/redis/limit.hpp"
#include "redstart/toolkit/limits/fixed_window.hpp"
#include "redstart/toolkit/limits/sliding_counter.hpp"
#include "redstart/toolkit/limits/sliding_window.hpp"
#include "redstart/toolkit/limits/token_bucket.hpp"

#include <cmath>
#include <limits>

namespace redstart::app {

// What goes over the wire, as its users see it.

struct score_request {
    std::string player_id;
    double score = 0;
};
BOOST_DESCRIBE_STRUCT(score_request, (), (player_id, score))

struct message_reply {
    std::string message;
};
BOOST_DESCRIBE_STRUCT(message_reply, (), (message))

struct entry_reply {
    std::string player_id;
    double score = 0;
    std::int64_t rank = 0;
};
BOOST_DESCRIBE_STRUCT(entry_reply, (), (player_id, score, rank))

struct leaderboard_reply {
    std::vector<entry_reply> leaderboard;
};
BOOST_DESCRIBE_STRUCT(leaderboard_reply, (), (leaderboard))

struct rank_reply {
    std::string player_id;
    std::int64_t rank = 0;
    double score = 0;
    std::int64_t total = 0;
    std::vector<entry_reply> neighbours;
};
BOOST_DESCRIBE_STRUCT(rank_reply, (), (player_id, rank, score, total, neighbours))

struct cache_request {
    codec::raw_json value;
    std::optional<double> ttl;  // seconds
};
BOOST_DESCRIBE_STRUCT(cache_request, (), (value, ttl))

struct cache_reply {
    codec::raw_json value;
    std::optional<double> ttl;  // seconds that are left; absent: it does not expire
};
BOOST_DESCRIBE_STRUCT(cache_reply, (), (value, ttl))

struct counter_request {
    std::int64_t delta = 0;
    std::optional<std::string> operation_id;  // with it, the addition is applied once
};
BOOST_DESCRIBE_STRUCT(counter_request, (), (delta, operation_id))

struct counter_reply {
    std::string name;
    std::int64_t value = 0;
};
BOOST_DESCRIBE_STRUCT(counter_reply, (), (name, value))

namespace {

constexpr std::size_t default_page = 10;
constexpr std::size_t largest_page = 1000;
constexpr std::size_t longest_cache_key = 512;
constexpr std::size_t longest_counter_name = 512;
constexpr double longest_ttl = 10.0 * 365 * 24 * 3600;

std::vector<entry_reply> to_reply(std::vector<toolkit::board_entry> const& entries)
{
    std::vector<entry_reply> reply;
    reply.reserve(entries.size());
    for (auto const& each : entries)
        reply.push_back({each.player, each.score, each.rank});
    return reply;
}

toolkit::limiter limiter_of(client& db, rate_limit_rule const& rule)
{
    auto const window = std::chrono::duration_cast<std::chrono::microseconds>(rule.window);
    switch (rule.by) {
    case limiter_kind::fixed_window:
        return toolkit::fixed_window{db, {.limit = rule.limit, .window = window}};
    case limiter_kind::sliding_counter:
        // A duration on the command line has whole milliseconds.
        return toolkit::sliding_counter{
            db,
            {.limit = rule.limit,
             .window = std::chrono::duration_cast<std::chrono::milliseconds>(rule.window)}};
    case limiter_kind::token_bucket:
        return toolkit::token_bucket{db,
                                     {.count = rule.limit, .period = window, .burst = rule.limit}};
    default: return toolkit::sliding_window{db, {.limit = rule.limit, .window = window}};
    }
}

std::chrono::milliseconds checked_ttl(std::optional<double> seconds)
{
    if (!seconds)
        return toolkit::no_expiry;
    if (!(*seconds > 0) || *seconds > longest_ttl)
        throw http::problem{400, "ttl must be a number of seconds above 0 and at most ten years"};
    return std::chrono::milliseconds{static_cast<std::int64_t>(std::ceil(*seconds * 1000))};
}

std::string checked_player(std::string_view id, toolkit::leaderboard const& board)
{
    auto const longest = board.options().max_player_bytes;
    if (id.empty() || id.size() > longest)
        throw http::problem{400, "player_id must have 1 to " + std::to_string(longest) + " bytes"};
    return std::string{id};
}

std::string checked_cache_key(http::context& c)
{
    auto const key = c.param("key");
    if (key.empty() || key.size() > longest_cache_key)
        throw http::problem{400, "a cache key has 1 to 512 bytes"};
    return std::string{key};
}

std::string checked_counter_name(http::context& c)
{
    auto const name = c.param("name");
    if (name.empty() || name.size() > longest_counter_name)
        throw http::problem{400, "a counter's name has 1 to 512 bytes"};
    return std::string{name};
}

task<toolkit::counter_state> add_to(toolkit::counter const& counters, std::string const& name,
                                    counter_request const& asked)
{
    if (asked.delta == std::numeric_limits<std::int64_t>::min())
        throw http::problem{400, "/delta is out of range"};
    if (!asked.operation_id)
        return counters.add(name, asked.delta);
    auto const length = asked.operation_id->size();
    if (length == 0 || length > toolkit::counter::longest_operation_id)
        throw http::problem{400, "/operation_id must have 1 to 256 bytes"};
    return counters.add(name, asked.delta, *asked.operation_id);
}

// Without a token it is the machine's own users who may, so not what a web page makes their browsers ask.
http::middleware who_may_come_in(serve_options const& options)
{
    return options.token.empty() ? http::allowed_hosts(options.allowed_hosts)
                                 : http::bearer_token(options.token);
}

// Who scrapes this machine from itself needs no token; other machines do.
http::middleware who_may_see_metrics(serve_options const& options)
{
    return is_loopback(options.listen) ? http::allowed_hosts(options.allowed_hosts)
                                       : http::bearer_token(options.token);
}

}  // namespace

service::service(http::app& web, service_parts parts, serve_options const& options)
    : parts_{parts}, board_{parts.db, {.name = "main", .policy = options.policy}},
      cache_{parts.db, {.name = "serve", .jitter = 0}}, counters_{parts.db, {.name = "main"}},
      processing_{parts.db}, health_{parts.db, parts.metrics}
{
    health_.add_routes(web, who_may_see_metrics(options));
    // On the app itself, so that requests for what is not there pass all of it as well. Tracing comes after the token:
    // whoever has none must not decide by his traceparent what is recorded.
    web.use(http::request_metrics(parts.metrics));
    web.use(http::recover([this](http::context& c, std::exception_ptr const& why) {
        failures_.write(c.request().method_name, c.route(), why);
    }));
    web.use(who_may_come_in(options));
    web.use(http::tracing(parts.spans)).use(http::same_origin());
    if (options.rate_limit)
        web.use(http::limit(limiter_of(parts.db, *options.rate_limit)));
    web.get("/ping",
            [](http::context&) -> task<http::response> { co_return http::response::text("pong"); });
    add_scores(web);
    add_cache(web);
    add_counters(web);
    processing_.add_routes(web);
}

void service::add_scores(http::route_group& api)
{
    api.post("/score", [this](http::context& c) { return submit_score(c); });
    api.get("/leaderboard", [this](http::context& c) { return show_leaderboard(c); });
    api.get("/rank/{player_id}", [this](http::context& c) { return show_rank(c); });
}

task<http::response> service::submit_score(http::context& c)
{
    auto const posted = c.bind<score_request>();
    if (!std::isfinite(posted.score))
        throw http::problem{400, "/score must be finite"};
    try {
        static_cast<void>(
            co_await board_.submit(checked_player(posted.player_id, board_), posted.score));
    } catch (failure const& why) {
        if (why.code() != failure_code::invalid_argument)
            throw;
        throw http::problem{400, "with this score the sum would not be finite"};
    }
    co_return http::response::json(message_reply{"score submitted"});
}

task<http::response> service::show_leaderboard(http::context& c)
{
    auto const limit = c.query<std::size_t>("limit").value_or(default_page);
    if (limit == 0 || limit > largest_page)
        throw http::problem{400, "limit must be from 1 to 1000"};
    co_return http::response::json(leaderboard_reply{to_reply(co_await board_.top(limit))});
}

task<http::response> service::show_rank(http::context& c)
{
    auto const player = checked_player(c.param("player_id"), board_);
    auto const place = co_await board_.standing(player);
    if (!place)
        throw http::problem{404, "this player has no score"};
    rank_reply reply{player, place->rank, place->score, place->total, to_reply(place->above)};
    for (auto& below : to_reply(place->below))
        reply.neighbours.push_back(std::move(below));
    co_return http::response::json(reply);
}

void service::add_cache(http::route_group& api)
{
    api.put("/cache/{key}", [this](http::context& c) { return put_cached(c); });
    api.get("/cache/{key}", [this](http::context& c) { return get_cached(c); });
    api.del("/cache/{key}", [this](http::context& c) { return delete_cached(c); });
}

task<http::response> service::put_cached(http::context& c)
{
    auto const put = c.bind<cache_request>();
    co_await cache_.set(checked_cache_key(c), put.value, {.ttl = checked_ttl(put.ttl)});
    co_return http::response::no_content();
}

task<http::response> service::get_cached(http::context& c)
{
    auto found = co_await cache_.get(checked_cache_key(c));
    if (!found)
        throw http::problem{404, "nothing is cached under this key"};
    cache_reply reply{*std::move(found.value), std::nullopt};
    if (found.fresh_for)
        reply.ttl = std::chrono::duration<double>(*found.fresh_for).count();
    co_return http::response::json(reply);
}

task<http::response> service::delete_cached(http::context& c)
{
    if (!co_await cache_.erase(checked_cache_key(c)))
        throw http::problem{404, "nothing is cached under this key"};
    co_return http::response::no_content();
}

void service::add_counters(http::route_group& api)
{
    api.post("/counter/{name}", [this](http::context& c) { return add_to_counter(c); });
    api.get("/counter/{name}", [this](http::context& c) { return show_counter(c); });
}

task<http::response> service::add_to_counter(http::context& c)
{
    auto const name = checked_counter_name(c);
    auto const added = co_await add_to(counters_, name, c.bind<counter_request>());
    if (!added.applied)
        throw http::problem{409, "the counter would pass what 64 bits hold"};
    co_return http::response::json(counter_reply{name, added.value});
}

task<http::response> service::show_counter(http::context& c)
{
    auto const name = checked_counter_name(c);
    co_return http::response::json(counter_reply{name, co_await counters_.get(name)});
}

}  // namespace redstart::app
