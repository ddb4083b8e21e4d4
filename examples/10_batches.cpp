// Sends several commands at once: a known number, any number, and as a transaction. Each has a result of its own.
//
//     10_batches [redis://[user:password@]host[:port] | unix:///path/to.sock]

#include "redstart/client/client.hpp"
#include "redstart/command/keys.hpp"
#include "redstart/command/strings.hpp"

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

constexpr key_of<std::int64_t> visits{"example:visits"};
constexpr key_of<std::int64_t, std::string> stock{"example:stock:{}"};
constexpr key_of<std::string> motto{"example:motto"};

// [several]
task<> several(client& db)
{
    co_await db.exec(set(motto, "group commit"));
    // one write, one round trip
    auto const [count, text] = co_await db.exec(incr(visits), get(motto));
    std::cout << "visit " << count << ": " << *text << '\n';

    // INCR of a text fails; the other result is there all the same.
    auto const [wrong, fine] = co_await db.try_exec(incr("example:motto"), get(motto));
    std::cout << to_string(wrong.error().outcome()) << "; " << fine.value().value() << '\n';
}
// [several]

// [vector]
task<> any_number(client& db)
{
    std::vector<command<std::int64_t>> deliveries;
    for (auto const* const fruit : {"apples", "pears", "plums"})
        deliveries.push_back(incrby(stock(fruit), 10));
    std::int64_t all = 0;
    for (auto const& each : co_await db.exec(std::move(deliveries)))
        all += each.value_or(0);  // std::expected<std::int64_t, failure>
    std::cout << all << " pieces in stock\n";
}
// [vector]

// [batch]
task<> any_kind(client& db)
{
    batch work;
    auto const pears = work.add(get(stock("pears")));  // remembers the type of its reply
    auto const text = work.add(get(motto));
    auto replies = co_await db.exec(std::move(work));
    std::cout << replies.take(pears).value().value_or(0) << " pears, by "
              << replies.take(text).value().value_or("nothing") << '\n';
}
// [batch]

// [atomic]
task<> transaction(client& db)
{
    // Nobody comes in between, and none is executed if the server refuses one when it is queued.
    auto const [apples, pears] =
        co_await db.atomic(decrby(stock("apples"), 3), incrby(stock("pears"), 3));
    std::cout << apples << " apples, " << pears << " pears\n";

    auto const refused = co_await db.try_atomic(incr(visits), raw<ignored>("NO SUCH COMMAND"));
    std::cout << refused.error().reason() << '\n';
}
// [atomic]

task<> all(client& db)
{
    co_await db.exec(del(visits, stock("apples"), stock("pears"), stock("plums"), motto));
    co_await several(db);
    co_await any_number(db);
    co_await any_kind(db);
    co_await transaction(db);
    co_await db.stop();
}

int main(int count, char** arguments)
{
    auto options = parse_redis_url(address(count, arguments));
    if (!options) {
        std::cerr << options.error() << '\n';
        return 2;
    }
    try {
        runtime loops;
        client db{loops, *options};
        loops.run(all(db));
    } catch (std::exception const& why) {
        std::cerr << why.what() << '\n';
        return 1;
    }
}
