// Counters: bounded ones, operations that count once, many shards, counts by time, and how many different ones.
//
//     19_counters [redis://[user:password@]host[:port] | unix:///path/to.sock]

#include "redstart/client/client.hpp"
#include "redstart/command/server.hpp"
#include "redstart/toolkit/counters/counter.hpp"
#include "redstart/toolkit/counters/sharded_counter.hpp"
#include "redstart/toolkit/counters/time_buckets.hpp"
#include "redstart/toolkit/counters/unique_counter.hpp"

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

// [bounded]
task<> sell(client& db)
{
    toolkit::counter const stock{db, {.name = "stock", .floor = 0}};
    co_await stock.set("book:7", 2);
    for (int customer = 1; customer <= 3; ++customer) {
        auto const sold = co_await stock.add("book:7", -1);
        std::cout << (sold.applied ? "sold, left: " : "sold out, left: ") << sold.value << '\n';
    }
}
// [bounded]

// [once]
task<> pay_in(client& db, std::string payment)
{
    toolkit::counter const balances{db, {.name = "balance", .remember = std::chrono::days{1}}};
    for (int attempt = 1; attempt <= 2; ++attempt) {  // the answer to the first one was lost, say
        auto const done = co_await balances.add("ada", 50, payment);
        std::cout << (done.repeated ? "was paid in: " : "paid in: ") << done.value << '\n';
    }
}
// [once]

// [many]
task<> visit(client& db)
{
    toolkit::counter const hits{db, {.name = "hits", .ttl = 24h}};
    for (auto const& each : co_await hits.add_all({{"home"}, {"about"}, {"home"}}))
        if (!each)
            std::cout << each.error().what() << '\n';
    auto const values = co_await hits.get_all({"home", "about", "nowhere"});
    std::cout << "hits: " << values[0] << ' ' << values[1] << ' ' << values[2] << '\n';
}
// [many]

// [sharded]
task<> view(client& db)
{
    toolkit::sharded_counter const views{db, {.name = "views", .shards = 16}};
    for (int i = 0; i < 1000; ++i)
        co_await views.add("front page");
    std::cout << "views: " << co_await views.get("front page") << '\n';
}
// [sharded]

// [buckets]
task<> search(client& db)
{
    toolkit::time_buckets const searches{db, {.name = "searches", .width = 1h, .buckets = 24}};
    for (int i = 0; i < 5; ++i)
        co_await searches.add("/search");
    std::cout << "searches today: " << co_await searches.sum("/search", 24) << '\n';
}
// [buckets]

// [unique]
task<> come_in(client& db)
{
    toolkit::unique_counter const visitors{db, {.name = "visitors", .ttl = std::chrono::days{90}}};
    co_await visitors.add_all("shop", "2026-11-24", {"ada", "bob"});
    co_await visitors.add_all("shop", "2026-11-25", {"ada", "cyd"});
    std::cout << "visitors: " << co_await visitors.count("shop", {"2026-11-24", "2026-11-25"})
              << '\n';
}
// [unique]

task<> all(client& db)
{
    co_await db.exec(flushdb());
    co_await sell(db);
    co_await pay_in(db, "payment:1");
    co_await visit(db);
    co_await view(db);
    co_await search(db);
    co_await come_in(db);
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
