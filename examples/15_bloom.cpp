// A Bloom filter, and how it keeps reads of what does not exist away from the source.
//
//     15_bloom [redis://[user:password@]host[:port] | unix:///path/to.sock]

#include "redstart/client/client.hpp"
#include "redstart/toolkit/bloom/bloom_filter.hpp"
#include "redstart/toolkit/bloom/penetration_guard.hpp"
#include "redstart/toolkit/eviction.hpp"

#include <cstdlib>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace {

char const* address(int count, char const* const* arguments)
{
    if (count > 1)
        return arguments[1];
    auto const* const from_environment = std::getenv("REDIS_URL");
    return from_environment ? from_environment : "redis://127.0.0.1:6379";
}

// [make]
using namespace redstart;
using toolkit::bloom_answer;

toolkit::bloom_filter users_of(client& db)
{
    return {db, {.name = "example-users", .capacity = 1000, .false_positive_rate = 0.01}};
}
// [make]

std::string_view text_of(bloom_answer answer)
{
    return answer == bloom_answer::absent ? "absent" : "maybe";
}

// Stands for a database.
class user_table {
public:
    std::vector<std::string> ids() const
    {
        std::vector<std::string> all;
        for (auto const& [id, name] : users_)
            all.push_back(id);
        return all;
    }
    task<std::optional<std::string>> load(std::string id) const
    {
        std::cout << "loading " << id << '\n';
        auto const found = users_.find(id);
        co_return found == users_.end() ? std::nullopt : std::optional{found->second};
    }
    task<> write(std::string id, std::string name)
    {
        users_[std::move(id)] = std::move(name);
        co_return;
    }

private:
    std::map<std::string, std::string> users_{{"1", "Ada"}, {"2", "Bob"}};
};

// [build]
task<> build(toolkit::bloom_filter users, user_table const& source)
{
    std::cout << "before: " << text_of(co_await users.might_contain("3")) << '\n';
    auto const generation = co_await users.rebuild();  // writers add to it from here on
    co_await generation.add_all(source.ids());         // so what is read now misses nothing
    co_await generation.finish();                      // now it answers
    std::cout << "after: " << text_of(co_await users.might_contain("3")) << '\n';
}
// [build]

// [write]
task<> sign_up(toolkit::bloom_filter users, user_table& source, std::string id, std::string name)
{
    co_await source.write(id, std::move(name));  // first the source,
    co_await users.add(id);                      // then the filter; repeat it if it fails
}
// [write]

// [read]
task<> read(toolkit::bloom_filter users, user_table const& source)
{
    toolkit::penetration_guard guard{users};
    for (auto const* const id : {"1", "3", "4", "5"}) {
        auto const found = co_await guard.read(id, [&] { return source.load(id); });
        std::cout << id << ": " << found.value_or("nobody") << '\n';
    }
    auto const counted = guard.counts();
    std::cout << counted.reads << " reads, " << counted.loads << " loads\n";
}
// [read]

// [report]
task<> look_after(toolkit::bloom_filter users, client& db)
{
    auto const told = co_await users.report();
    std::cout << (told.ready ? "ready" : "not ready") << ", " << told.bits << " bits, "
              << (told.overfull ? "overfull" : "room left") << '\n';
    if (auto const warning = co_await toolkit::eviction_warning(db))
        std::cout << *warning << '\n';
}
// [report]

task<> all(client& db)
{
    auto const users = users_of(db);
    user_table source;
    co_await users.erase();
    co_await build(users, source);
    co_await sign_up(users, source, "3", "Cyd");
    co_await read(users, source);
    co_await look_after(users, db);
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
