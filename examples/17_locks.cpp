// Locks: work under a lock, the fence that a resource checks, a holder who lost it, a guard of one's own, and a line.
//
//     17_locks [redis://[user:password@]host[:port] | unix:///path/to.sock]

#include "redstart/command/keys.hpp"
#include "redstart/task/sleep.hpp"
#include "redstart/task/when_all.hpp"
#include "redstart/toolkit/locks/lock.hpp"
#include "redstart/toolkit/locks/read_write_lock.hpp"
#include "redstart/toolkit/locks/semaphore.hpp"

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
using namespace redstart::toolkit;
using namespace std::chrono_literals;

// [fence]
// What is protected keeps the greatest fence that it has seen, and refuses what carries less. In a data base:
//     UPDATE account SET balance = ?, fence = ? WHERE id = ? AND fence <= ?
struct account {
    bool set_balance(int to, std::int64_t fence)
    {
        if (fence < greatest_fence)
            return false;
        greatest_fence = fence;
        balance = to;
        return true;
    }

    int balance = 100;
    std::int64_t greatest_fence = 0;
};
// [fence]

// [run]
task<> withdraw(lock& locks, account& from, int amount)
{
    auto const body = [&](held_lock const& held) -> task<int> {
        auto const left = from.balance - amount;
        co_await sleep_for(1ms);  // cancelled here if the lock is lost
        if (!from.set_balance(left, held.fence()))
            throw std::runtime_error{"somebody else has had the lock since"};
        co_return left;
    };
    auto const left = co_await locks.run("account:7", {.ttl = 5s, .wait = 2s}, body);
    if (left)
        std::cout << "left: " << *left << '\n';
    else
        std::cout << "busy\n";  // others held it for two seconds
}
// [run]

// [guard]
task<> by_hand(lock& locks)
{
    auto held = co_await locks.try_acquire("report");
    if (!held)
        co_return;
    std::cout << "a second one gets it: " << (co_await locks.try_acquire("report")).has_value()
              << '\n';
    if (!held->lost())
        std::cout << "still valid\n";
    auto const found = co_await held->release();
    std::cout << (found == release_result::released ? "released" : "it was gone") << '\n';
}
// [guard]

// [lost]
task<> lose_it(client& db, lock& locks)
{
    auto const body = [&](held_lock const&) -> task<> {
        // an operator, or a server without memory
        co_await db.exec(del("example:lock:default:{job}"));
        co_await sleep_for(1h);
    };
    try {
        co_await locks.run("job", {.ttl = 300ms}, body);
    } catch (failure const& why) {
        std::cout << why.reason() << '\n';
    }
}
// [lost]

// [several]
task<> several(client& db)
{
    semaphore imports{db, {.prefix = "example", .permits = 2}};
    read_write_lock prices{db, {.prefix = "example"}};
    auto const work = [&](held_lock const&) -> task<> {
        auto const may_write = [](held_lock const&) -> task<> { co_return; };
        auto const read = co_await prices.acquire_shared("EUR");
        std::cout << "reads: " << read.has_value() << ", writes meanwhile: "
                  << (co_await prices.run_exclusive("EUR", may_write)).has_value() << '\n';
    };
    auto const done = co_await imports.run("warehouse", {.ttl = 5s, .wait = 30s}, work);
    std::cout << "imported: " << done.has_value() << '\n';
    co_await prices.stop();
    co_await imports.stop();
}
// [several]

// [fair]
task<> take_turns(client& db)
{
    lock turns{db, {.prefix = "example", .name = "turns", .fair = true}};
    auto const enter = [&](std::string who) -> task<> {
        co_await turns.run("stage", {.ttl = 5s, .wait = 30s}, [&](held_lock const&) -> task<> {
            std::cout << who << ' ';
            auto const waiting = (co_await turns.report("stage")).waiting;
            std::cout << "(" << waiting << " in line)\n";
        });
    };
    auto held = co_await turns.acquire("stage");
    auto const open = [&]() -> task<> {
        while ((co_await turns.report("stage")).waiting < 3)
            co_await sleep_for(1ms);
        co_await held->release();
    };
    co_await when_all(enter("first"), enter("second"), enter("third"), open());
    co_await turns.stop();
}
// [fair]

task<> all(client& db, lock& locks)
{
    account mine;
    co_await withdraw(locks, mine, 30);
    co_await withdraw(locks, mine, 20);
    std::cout << "a stale fence: " << (mine.set_balance(70, 1) ? "taken" : "refused") << '\n';
    co_await by_hand(locks);
    co_await lose_it(db, locks);
    co_await several(db);
    co_await take_turns(db);
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
    lock locks{db, {.prefix = "example"}};
    int status = 0;
    try {
        loops.run(all(db, locks));
    } catch (failure const& why) {
        std::cerr << why.what() << '\n';
        status = 1;
    }
    loops.run(locks.stop());
    loops.run(db.stop());
    return status;
}
