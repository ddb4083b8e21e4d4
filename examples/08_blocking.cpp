// A queue whose consumer waits at the server for the next job, and loses none when it gives up.
//
//     08_blocking [redis://[user:password@]host[:port] | unix:///path/to.sock]

#include "redstart/client/client.hpp"
#include "redstart/command/blocking_lists.hpp"
#include "redstart/command/keys.hpp"
#include "redstart/command/lists.hpp"
#include "redstart/task/sleep.hpp"
#include "redstart/task/when_all.hpp"
#include "redstart/task/within.hpp"

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
using namespace std::chrono_literals;

// [queue]
constexpr key_of<list<std::string>> jobs{"example:jobs"};

task<> work(client& db, int how_many)
{
    for (int i = 0; i < how_many; ++i) {
        // waits at the server for as long as it takes, on a connection of its own
        auto const job = co_await db.exec(blpop(keys(jobs), wait_forever));
        std::cout << "did " << job->element << '\n';
    }
}
// [queue]

// [feed]
task<> feed(client& db)
{
    co_await db.exec(rpush(jobs, "letters"));
    co_await db.exec(rpush(jobs, "invoices"));
}
// [feed]

// [leave]
task<> leave_early(client& db)
{
    try {
        co_await within(20ms, work(db, 1));
    } catch (failure const& why) {
        std::cout << to_string(why.code()) << ", "
                  << (why.outcome() == outcome::maybe_applied ? "perhaps" : "not") << " taken\n";
    }
    co_await db.exec(rpush(jobs, "reports"));
    std::cout << "left: " << co_await db.exec(llen(jobs)) << '\n';
}
// [leave]

task<> all(client& db)
{
    co_await db.exec(del(jobs));
    co_await when_all(work(db, 2), feed(db));
    co_await leave_early(db);
    // [usage]
    auto const usage = db.pool_usage();
    std::cout << "connections: " << usage.total << ", waited for one: " << usage.misses << '\n';
    // [usage]
    co_await db.exec(del(jobs));
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
