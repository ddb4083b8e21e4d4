// Changes that hold only if nobody else was faster: compare and set, transfers by a script and by a transaction.
//
//     20_optimistic [redis://[user:password@]host[:port] | unix:///path/to.sock]

#include "redstart/client/client.hpp"
#include "redstart/command/server.hpp"
#include "redstart/command/strings.hpp"
#include "redstart/toolkit/counters/counter.hpp"
#include "redstart/toolkit/optimistic/ledger.hpp"
#include "redstart/toolkit/optimistic/versioned.hpp"

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

// [versions]
struct article {
    std::string title;
    int edits = 0;
};
BOOST_DESCRIBE_STRUCT(article, (), (title, edits))

task<> edit(toolkit::versioned<article> const& articles)
{
    co_await articles.set_if_absent("7", {"Leases", 0});
    auto const mine = co_await articles.get("7");
    co_await articles.set("7", {"Leases and fences", 1});  // somebody else, meanwhile
    auto const done = co_await articles.set_if_version("7", mine->version, {"Locks", 1});
    if (!done.applied)
        std::cout << "it is '" << done.current->title << "' by now\n";
}
// [versions]

// [modify]
task<> count_edit(toolkit::versioned<article> const& articles)
{
    auto const done =
        co_await articles.modify("7", [](std::optional<article> now) -> std::optional<article> {
            if (now)
                ++now->edits;
            return now;  // nothing: all stays as it is
        });
    auto const now = co_await articles.get("7");
    std::cout << (done.applied ? "edits: " : "not there: ") << now->value.edits << '\n';
}
// [modify]

// [ceiling]
task<> take_seats(client& db)
{
    toolkit::counter const seats{db, {.name = "seats", .ceiling = 3}};
    for (int wanted : {2, 2, 1}) {
        auto const taken = co_await seats.add("room 1", wanted);
        std::cout << wanted << (taken.applied ? " taken, " : " are too many, ") << taken.value
                  << " in all\n";
    }
}
// [ceiling]

// [ledger]
task<> pay(client& db)
{
    toolkit::ledger const money{db, {.name = "shop"}};
    co_await money.deposit("ada", 10, "deposit:1");
    for (auto const* payment : {"payment:1", "payment:1", "payment:2"}) {
        auto const paid = co_await money.transfer({"ada", "bob", 7, payment});
        std::cout << payment << (paid.done() ? " is paid, " : " is refused, ") << paid.from_balance
                  << " left\n";
    }
}
// [ledger]

// [transact]
// Both accounts in one slot: what stands between the inner braces decides.
constexpr key_of<std::int64_t, std::string, std::string> balance{"balance:{{}}:{}"};

task<bool> move(client& db, std::string bank, std::int64_t amount)
{
    auto const from = balance(bank, "ada");
    auto const to = balance(bank, "bob");
    auto const body = [&](watched& view) -> task<decision<bool>> {
        auto const held = co_await view.exec(get(from));
        if (held.value_or(0) < amount)
            co_return abandon(false);  // too little: nothing is sent
        co_return commit(true, decrby(from, amount), incrby(to, amount));
    };
    co_return co_await db.transact(body, from);
}
// [transact]

task<> all(client& db)
{
    co_await db.exec(flushdb());
    toolkit::versioned<article> const articles{db, {.name = "articles"}};
    co_await edit(articles);
    co_await count_edit(articles);
    co_await take_seats(db);
    co_await pay(db);
    co_await db.exec(set(balance("main street", "ada"), 10));
    for (int i = 0; i < 2; ++i)
        std::cout << (co_await move(db, "main street", 7) ? "moved\n" : "too little\n");
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
