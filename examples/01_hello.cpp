// Keeps a struct under a typed key, sends several commands in one round trip, and looks at a failure.
//
//     01_hello [redis://[user:password@]host[:port] | unix:///path/to.sock]

#include "redstart/client/client.hpp"
#include "redstart/command/keys.hpp"
#include "redstart/command/strings.hpp"
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

// [readme]
using namespace redstart;
using namespace std::chrono_literals;

struct user {
    std::string name;
    int age = 0;
};
BOOST_DESCRIBE_STRUCT(user, (), (name, age))

constexpr key_of<user, int> user_key{"example:user:{}"};
constexpr key_of<std::int64_t> visits{"example:visits"};

task<> hello(client& db)
{
    co_await db.exec(set(user_key(7), user{"Ada", 36}, {.ttl = 24h}));
    auto const [ada, nobody, count] =  // three commands, one round trip
        co_await db.exec(get(user_key(7)), get(user_key(8)), incr(visits));
    std::cout << "visit " << count << " by " << ada->name << ", who is " << ada->age << '\n'
              << "user 8 is " << (nobody ? nobody->name : "not there") << '\n';
}
// [readme]

// What can be wrong: this key holds text, and time may run out. A failure says whether the command can have been
// applied.
// [failures]
task<> stumble(client& db)
{
    co_await db.exec(set("example:text", "not a number"));
    try {
        co_await db.exec(incr("example:text"));
    } catch (failure const& why) {
        std::cout << why.what() << '\n' << "it was " << to_string(why.outcome()) << '\n';
    }
    auto const answer = co_await db.try_exec(raw<std::int64_t>("SELECT", 1));  // nothing thrown
    std::cout << (answer ? "selected" : to_string(answer.error().code())) << '\n';
}
// [failures]

task<> all(client& db)
{
    co_await hello(db);
    co_await within(5s, stumble(db));  // whatever it awaits ends within five seconds, or fails
}

int main(int count, char const* const* arguments)
{
    auto const options = parse_redis_url(address(count, arguments));
    if (!options) {
        std::cerr << options.error() << '\n';
        return 2;
    }
    // [main]
    runtime loops;               // a thread for each core
    client db{loops, *options};  // its connections are made when they are needed
    int status = 0;
    try {
        loops.run(all(db));
    } catch (failure const& why) {
        std::cerr << why.what() << '\n';
        status = 1;
    }
    loops.run(db.stop());
    return status;
    // [main]
}
