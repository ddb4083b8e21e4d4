// A stream of typed entries, two workers that share it, and what one of them left undone.
//
//     07_streams [redis://[user:password@]host[:port] | unix:///path/to.sock]

#include "redstart/client/client.hpp"
#include "redstart/command/keys.hpp"
#include "redstart/command/stream_groups.hpp"
#include "redstart/command/stream_info.hpp"

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

using namespace redstart;

// [entries]
struct order {
    std::string item;
    int count = 0;
    std::optional<std::string> note{};  // a field that may be missing
};
BOOST_DESCRIBE_STRUCT(order, (), (item, count, note))

constexpr key_of<stream<order>> orders{"example:orders"};

task<> add_and_read(client& db)
{
    stream_id const first = co_await db.exec(xadd(orders, {"book", 2}));
    co_await db.exec(xadd(orders, {"pen", 5, "blue"}, {.trim = stream_trim{.max_length = 10'000}}));
    co_await db.exec(xadd(orders, {"ink", 1}));

    for (auto const& entry : co_await db.exec(xread(orders, first)))  // what came behind the first
        std::cout << entry.body.count << ' ' << entry.body.item << ", "
                  << entry.body.note.value_or("no note") << '\n';
}
// [entries]

// [groups]
task<> share(client& db)
{
    co_await db.exec(xgroup_create(orders, "billing", stream_position::beginning()));

    auto const ann =
        co_await db.exec(xreadgroup(orders, {.group = "billing", .consumer = "ann", .count = 2}));
    auto const bob = co_await db.exec(xreadgroup(orders, {.group = "billing", .consumer = "bob"}));
    std::cout << "ann got " << ann.size() << ", bob got " << bob.size() << '\n';

    for (auto const& entry : bob)
        co_await db.exec(xack(orders, "billing", entry.id));  // done
}
// [groups]

// [claims]
task<> take_over(client& db)
{
    auto const left = co_await db.exec(xpending(orders, "billing"));
    std::cout << left.count << " are pending for " << left.by_consumer.front().first << '\n';

    stream_id from;
    do {  // in a service, .min_idle is longer than any worker ever takes
        auto const claimed = co_await db.exec(
            xautoclaim(orders, {.group = "billing", .consumer = "bob", .from = from}));
        for (auto const& entry : claimed.claimed) {
            std::cout << "bob takes over: " << entry.body.item << '\n';
            co_await db.exec(xack(orders, "billing", entry.id));
        }
        from = claimed.next;
    } while (from != stream_id{});

    for (auto const& group : co_await db.exec(xinfo_groups(orders)))
        std::cout << group.name << ": " << group.consumers << " consumers, " << group.pending
                  << " pending\n";
}
// [claims]

task<> all(client& db)
{
    co_await db.exec(del(orders));
    co_await add_and_read(db);
    co_await share(db);
    co_await take_over(db);
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
