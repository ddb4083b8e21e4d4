// The same client from code that is no coroutine of its own: threads that block, callbacks, futures, Asio's coroutines.
//
//     12_threads [redis://[user:password@]host[:port] | unix:///path/to.sock]

#include "redstart/client/blocking_client.hpp"
#include "redstart/command/keys.hpp"
#include "redstart/command/strings.hpp"
#include "redstart/net/asio.hpp"
#include "redstart/task/when_all.hpp"
#include "redstart/task/within.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <cstdlib>
#include <iostream>
#include <latch>
#include <thread>

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
namespace asio = boost::asio;

constexpr key_of<std::int64_t> visits{"example:visits"};

// [blocking]
void threads_that_block(client_options const& options)
{
    blocking_client db{options};  // with a loop of its own
    db.exec(del(visits));
    {
        std::vector<std::jthread> visitors;
        for (int i = 0; i < 10; ++i)
            visitors.emplace_back([&db] { db.exec(incr(visits)); });  // all on one connection
    }
    std::cout << db.exec(get(visits)).value_or(0) << " visits\n";
    // anything that is a task
    auto const again = db.run([](client& through) -> task<std::int64_t> {
        co_return co_await within(2s, [](client& c) -> task<std::int64_t> {
            co_return co_await c.exec(incr(visits));
        }(through));
    });
    std::cout << "the " << again << "th\n";
}
// [blocking]

// [spawn]
task<std::int64_t> visit(client& db) { co_return co_await db.exec(incr(visits)); }

asio::awaitable<std::int64_t> asio_visit(loop& home, client& db)
{
    co_return co_await spawn(home, visit(db), asio::use_awaitable);
}

void other_styles(runtime& loops, client& db)
{
    auto& home = loops.at(0);
    std::cout << spawn(home, visit(db), asio::use_future).get() << " in a future\n";

    std::latch called{1};
    spawn(home, visit(db), [&called](std::exception_ptr failed, std::int64_t count) {
        std::cout << (failed ? 0 : count) << " in a callback, on the loop's thread\n";
        called.count_down();
    });
    called.wait();

    asio::io_context elsewhere;  // a program's own loop
    asio::co_spawn(elsewhere, asio_visit(home, db), [](std::exception_ptr, std::int64_t count) {
        std::cout << count << " in a coroutine of Asio\n";
    });
    elsewhere.run();
}
// [spawn]

// [lambda]
task<> two_visits(client& db)
{
    auto const once = [&db]() -> task<std::int64_t> { co_return co_await db.exec(incr(visits)); };
    co_await when_all(once(), once());  // `once` lives until both have ended
    std::cout << co_await once() << " by a lambda\n";
}
// [lambda]

int main(int count, char** arguments)
{
    auto const options = parse_redis_url(address(count, arguments));
    if (!options) {
        std::cerr << options.error() << '\n';
        return 2;
    }
    try {
        threads_that_block(*options);
        runtime loops{{.loops = 1}};
        client db{loops, *options};
        other_styles(loops, db);
        loops.run(two_visits(db));
        loops.run(db.stop());
    } catch (std::exception const& why) {
        std::cerr << why.what() << '\n';
        return 1;
    }
}
