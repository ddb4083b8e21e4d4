// Money from one account to another: several commands together, and only if what was read still holds.
//
//     09_transactions [redis://[user:password@]host[:port] | unix:///path/to.sock]

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

constexpr key_of<std::int64_t, std::string> balance{"example:balance:{}"};

// [transact]
task<bool> pay(client& db, std::string from, std::string to, std::int64_t amount)
{
    co_return co_await db.transact(
        [&](watched& view) -> task<decision<bool>> {
            auto const held = co_await view.exec(get(balance(from)));
            if (held.value_or(0) < amount)
                co_return abandon(false);
            co_return commit(true, decrby(balance(from), amount), incrby(balance(to), amount));
        },
        balance(from));
}
// [transact]

task<> all(client& db)
{
    // [atomic]
    co_await db.atomic(set(balance("ada"), 10), set(balance("bob"), 0));
    // [atomic]
    for (int i = 0; i < 2; ++i) {
        bool const paid = co_await pay(db, "ada", "bob", 7);
        auto const [ada, bob] = co_await db.exec(get(balance("ada")), get(balance("bob")));
        std::cout << (paid ? "paid: " : "too little: ") << ada.value() << ' ' << bob.value()
                  << '\n';
    }
    co_await db.exec(del(balance("ada"), balance("bob")));
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
