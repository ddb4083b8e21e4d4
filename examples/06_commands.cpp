// Commands: keys that know what lies under them, options as structs, replies in types, walks, scripts, and what has no
// function.
//
//     06_commands [redis://[user:password@]host[:port] | unix:///path/to.sock]

#include "redstart/client/scan.hpp"
#include "redstart/command/lists.hpp"
#include "redstart/command/script.hpp"
#include "redstart/command/sorted_set_algebra.hpp"
#include "redstart/command/sorted_set_ranges.hpp"
#include "redstart/command/strings.hpp"

#include <cstdlib>
#include <iostream>
#include <map>

namespace {

char const* address(int count, char const* const* arguments)
{
    if (count > 1)
        return arguments[1];
    auto const* const from_environment = std::getenv("REDIS_URL");
    return from_environment ? from_environment : "redis://127.0.0.1:6379";
}

// [keys]
using namespace redstart;
using namespace std::chrono_literals;

struct book {
    std::string title;
    int pages = 0;
};
BOOST_DESCRIBE_STRUCT(book, (), (title, pages))

constexpr key_of<book, int> book_key{"book:{}"};
constexpr key_of<std::int64_t> visits{"visits"};
constexpr key_of<list<int>> waiting{"waiting"};
constexpr key_of<set_of<std::string>, int> tags{"tags:{}"};
constexpr key_of<hash<std::string, std::int64_t>> stock{"stock"};
constexpr key_of<zset<std::string>, std::string> readers{"readers:{}"};
// [keys]

// [strings]
task<> values(client& db)
{
    co_await db.exec(set(book_key(1), {"Emma", 474}, {.ttl = 1h}));
    bool const is_new = co_await db.exec(
        set(book_key(1), {"Dune", 412}, {.condition = set_options::when::if_absent}));
    std::optional<book> const found = co_await db.exec(get(book_key(1)));
    std::cout << found->title << (is_new ? " is new" : " was there") << '\n';

    co_await db.exec(mset(std::pair{visits, 41}, std::pair{book_key(2), book{"Ulysses", 730}}));
    std::cout << co_await db.exec(incr(visits)) << " visits\n";
}
// [strings]

// [lists]
task<> lists(client& db)
{
    co_await db.exec(rpush(waiting, {7, 8, 9}));  // one, several in braces, or a range
    std::optional<int> const next = co_await db.exec(lpop(waiting));
    std::cout << *next << ", then " << co_await db.exec(llen(waiting)) << " more\n";
}
// [lists]

// [sets]
task<> sets(client& db)
{
    co_await db.exec(sadd(tags(1), {"novel", "english"}), sadd(tags(2), {"novel", "irish"}));
    for (auto const& tag : co_await db.exec(sinter(tags(1), tags(2))))
        std::cout << "both: " << tag << '\n';
}
// [sets]

// [hashes]
task<> hashes(client& db)
{
    std::map<std::string, std::int64_t> const delivered{{"Emma", 3}, {"Ulysses", 1}};
    co_await db.exec(hset(stock, delivered));
    co_await db.exec(hincrby(stock, "Emma", -1));
    for (auto const& [title, count] : co_await db.exec(hgetall(stock)))
        std::cout << title << ": " << count << '\n';
}
// [hashes]

// [sorted-sets]
task<> sorted_sets(client& db)
{
    co_await db.exec(zadd(readers("may"), {{"ada", 12}, {"bob", 7}}),
                     zadd(readers("june"), {{"ada", 3}, {"cyd", 9}}));
    for (auto const& each : co_await db.exec(
             zunion_with_scores(keys(readers("may"), readers("june")), {.weights = {1, 2}})))
        std::cout << each.member << ' ' << each.score << '\n';

    auto const many = co_await db.exec(zrange_by_score(
        readers("may"), {.min = 7, .without_min = true, .limit = range_limit{.count = 10}}));
    std::cout << many.front() << " read more than 7\n";
}
// [sorted-sets]

// [walk]
task<> walk(client& db)
{
    int books = 0;
    auto found = scan(db, {.match = "book:*", .count = 100});
    while (auto key = co_await found.next())
        ++books;
    std::cout << books << " books\n";
}
// [walk]

// [scripts]
// lives as long as the program; answers an integer, takes a key of integers and the ceiling
script<std::int64_t(key<std::int64_t>, std::int64_t)> const incr_up_to{"incr_up_to", R"(
    local now = tonumber(redis.call('GET', KEYS[1]) or 0)
    if now >= tonumber(ARGV[1]) then return now end
    return redis.call('INCR', KEYS[1])
)"};

task<> scripts(client& db)
{
    std::cout << co_await db.exec(incr_up_to(visits, 100)) << " visits, 100 at most\n";
}
// [scripts]

// [raw]
task<> raw_commands(client& db)
{
    // deprecated: set() with when::if_absent does the same
    bool const is_new = co_await db.exec(raw<bool>("SETNX", visits, 1));
    std::cout << (is_new ? "begun to count\n" : "counted already\n");
}
// [raw]

task<> all(client& db)
{
    co_await values(db);
    co_await lists(db);
    co_await sets(db);
    co_await hashes(db);
    co_await sorted_sets(db);
    co_await walk(db);
    co_await scripts(db);
    co_await raw_commands(db);
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
