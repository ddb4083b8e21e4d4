// Subscribes to typed channels, sees that a lost connection and a full buffer leave a mark, and ends.
//
//     05_pubsub [redis://[user:password@]host[:port] | unix:///path/to.sock]

#include "redstart/client/client.hpp"
#include "redstart/command/connections.hpp"
#include "redstart/command/pubsub.hpp"
#include "redstart/task/sleep.hpp"
#include "redstart/task/task_group.hpp"

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

}  // namespace

// [channels]
using namespace redstart;
using namespace std::chrono_literals;

struct price {
    std::string symbol;
    int cents = 0;
};
BOOST_DESCRIBE_STRUCT(price, (), (symbol, cents))

constexpr channel_of<price, std::string> prices{"example:prices:{}"};
// [channels]

// [consume]
task<> show(subscription<price>& from, int how_many)
{
    for (int i = 0; i < how_many; ++i) {
        // as long as it takes, or as the ambient deadline allows
        auto const item = co_await from.next();
        if (!item)
            co_return;  // closed, or the client has stopped
        if (item->after_gap)
            std::cout << "(something may be missing here)\n";
        if (auto const body = item->try_body())
            std::cout << item->channel << ": " << body->symbol << ' ' << body->cents << '\n';
        else
            std::cout << item->channel << ": not a price: " << item->text << '\n';
    }
}
// [consume]

// [subscribe]
task<> listen(client& db)
{
    auto acme = co_await db.subscribe(prices("ACME"));  // the server has confirmed it
    auto all = co_await db.psubscribe(prices.all());    // "example:prices:*"
    co_await db.exec(publish(prices("ACME"), price{"ACME", 1999}));
    co_await db.exec(publish(prices("BOLT"), price{"BOLT", 45}));
    co_await db.exec(publish("example:prices:ODD", "free"));  // a plain text takes anything
    co_await show(acme, 1);
    co_await show(all, 3);
    co_await all.close();
}
// [subscribe]

// [lost]
task<> lose_the_connection(client& db)
{
    auto acme = co_await db.subscribe(prices("ACME"));
    co_await db.exec(client_kill({.type = connection_type::pubsub}));
    // It is subscribed again by itself; what is published until then reaches nobody.
    while (co_await db.exec(publish(prices("ACME"), price{"ACME", 2010})) == 0)
        co_await sleep_for(1ms);
    co_await show(acme, 1);
    std::cout << "gaps: " << acme.stats().gaps << ", reconnects: " << acme.stats().reconnects
              << '\n';
}
// [lost]

// [slow]
task<> be_too_slow(client& db)
{
    auto acme = co_await db.subscribe(prices("ACME"), {.messages = 3});
    for (int cents = 1; cents <= 10; ++cents)
        co_await db.exec(publish(prices("ACME"), price{"ACME", cents}));
    while (acme.stats().dropped < 7)
        co_await sleep_for(1ms);
    co_await show(acme, 3);
    std::cout << "dropped: " << acme.stats().dropped << '\n';
}
// [slow]

// [background]
task<> in_the_background(client& db)
{
    auto acme = co_await db.subscribe(prices("ACME"));
    task_group consumers{*(co_await this_context()).loop};
    consumers.spawn(show(acme, 1'000'000));
    co_await db.exec(publish(prices("ACME"), price{"ACME", 5}));
    while (acme.stats().delivered == 0)
        co_await sleep_for(1ms);
    co_await acme.close();  // show() takes what is held, gets nothing more, and returns
    co_await consumers.join();
    std::cout << "closed\n";
}
// [background]

task<> all(client& db)
{
    co_await listen(db);
    co_await lose_the_connection(db);
    co_await be_too_slow(db);
    co_await in_the_background(db);
}

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
