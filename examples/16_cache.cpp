// A cache in front of a database: values that are loaded once, however many ask, and are not stale after a change.
//
//     16_cache [redis://[user:password@]host[:port] | unix:///path/to.sock]

#include "redstart/client/client.hpp"
#include "redstart/command/server.hpp"
#include "redstart/task/when_all.hpp"
#include "redstart/toolkit/cache/cache.hpp"

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

using namespace redstart;
using namespace std::chrono_literals;

// [value]
struct product {
    std::string name;
    std::int64_t cents = 0;
};
BOOST_DESCRIBE_STRUCT(product, (), (name, cents))
// [value]

// Stands for a database.
class catalogue {
public:
    task<std::optional<product>> find(std::string const& id)
    {
        std::cout << "the database is asked for " << id << '\n';
        auto const found = products_.find(id);
        co_return found == products_.end() ? std::nullopt : std::optional{found->second};
    }
    task<> save(std::string const& id, product changed)
    {
        products_[id] = std::move(changed);
        co_return;
    }

private:
    std::map<std::string, product> products_{{"tea", {"Tea", 350}}, {"cake", {"Cake", 420}}};
};

// [aside]
task<std::optional<product>> aside(toolkit::cache<product>& products, catalogue& source,
                                   std::string const& id)
{
    if (auto const found = co_await products.get(id);
        found || found.state == toolkit::cache_state::negative)
        co_return found.value;
    auto loaded = co_await source.find(id);  // everybody who comes now asks it, too
    if (loaded)
        co_await products.set(id, *loaded);
    co_return loaded;
}
// [aside]

// [through]
task<std::optional<product>> through(toolkit::cache<product>& products, catalogue& source,
                                     std::string_view id)
{
    co_return co_await products.get_or_load(
        id, [&source](std::string const& name) { return source.find(name); });
}
// [through]

// [crowd]
task<> crowd(toolkit::cache<product>& products, catalogue& source)
{
    std::vector<task<std::optional<product>>> callers;
    for (int i = 0; i < 100; ++i)
        callers.push_back(through(products, source, "cake"));
    auto const all = co_await when_all(std::move(callers));
    std::cout << all.size() << " callers know the price of " << all.front()->name << '\n';

    // That there is none is remembered, too.
    for (int i = 0; i < 2; ++i)
        if (!co_await through(products, source, "soup"))
            std::cout << "no soup\n";
}
// [crowd]

// [change]
task<> change_price(toolkit::cache<product>& products, catalogue& source, std::string const& id,
                    std::int64_t cents)
{
    co_await products.erase(id);  // if we fail behind the commit, nothing old is cached by us
    co_await source.save(id, {"Tea", cents});
    co_await products.erase(id);  // and what others read before the commit is not cached either
}
// [change]

// [write]
task<> write_through(toolkit::cache<product>& products, catalogue& source, std::string const& id,
                     product changed)
{
    co_await source.save(id, changed);
    co_await products.set(id, changed);
}
// [write]

// [many]
task<> several(toolkit::cache<product>& products)
{
    for (auto const& each : co_await products.get_many({"tea", "cake", "wine"}))
        if (each && *each)
            std::cout << each->value->name << ": " << each->value->cents << '\n';
}
// [many]

// [tags]
task<> new_prices(toolkit::cache<product>& products, catalogue& source)
{
    auto const loader = [&source](std::string const& name) { return source.find(name); };
    auto const warm = co_await products.warm_up({"tea", "cake"}, loader,
                                                {.at_once = 1, .as = {.tags = {"menu"}}});
    std::cout << warm.done << " of " << warm.total << " are warm\n";
    co_await products.invalidate_tag("menu");  // all of them, at once
    if (!co_await products.get("cake"))
        std::cout << "a new menu\n";
}
// [tags]

task<> all(client& db)
{
    co_await db.exec(flushdb());
    catalogue source;
    // [open]
    toolkit::cache<product> products{
        db, {.prefix = "example", .name = "products", .ttl = 10min, .stale_for = 1h}};
    // [open]
    for (int i = 0; i < 2; ++i)
        co_await aside(products, source, "tea");
    co_await crowd(products, source);
    co_await change_price(products, source, "tea", 380);
    auto const tea = co_await through(products, source, "tea");
    std::cout << "tea is " << tea->cents << " now\n";
    co_await write_through(products, source, "tea", {"Tea", 400});
    co_await several(products);
    co_await products.erase("tea");
    co_await products.erase("cake");
    co_await new_prices(products, source);
    // [end]
    auto const seen = products.report();
    std::cout << seen.loads << " loads, " << seen.refused_fills << " refused, " << seen.errors
              << " errors\n";
    co_await products.stop();  // before it is destroyed
    // [end]
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
