#include "bench/sizes/sized.hpp"
#include "redstart/toolkit/cache/cache.hpp"

#include <memory>

namespace redstart::sizes {

namespace {

using texts = toolkit::cache<std::string>;

constexpr std::int64_t at_once = 5'000;
constexpr std::uint64_t asked_at_once = 100;

std::string text() { return std::string(64, 'x'); }

task<std::shared_ptr<texts>> filled(client& db, std::int64_t n, toolkit::cache_entry_options as)
{
    auto entries = std::make_shared<texts>(
        db, toolkit::cache_options{.ttl = toolkit::no_expiry, .early_refresh = 0});
    auto const fill = [&](std::uint64_t first, std::uint64_t end) {
        std::vector<std::pair<std::string, std::string>> all;
        for (auto i = first; i < end; ++i)
            all.emplace_back(name_of(i), text());
        return entries->set_many(all, as);
    };
    co_await in_batches(n, at_once, fill);
    co_return entries;
}

task<std::string> load() { co_return text(); }

task<prepared> prepare(client& db, std::int64_t n)
{
    auto const all = co_await filled(db, n, {});
    auto const get = [=](std::uint64_t chance) { return discard(all->get(one_of(n, chance))); };
    auto const set = [=](std::uint64_t chance) { return all->set(one_of(n, chance), text()); };
    auto const hit = [=](std::uint64_t chance) {
        return discard(
            all->get_or_load(one_of(n, chance), [](std::string const&) { return load(); }));
    };
    auto const get_many = [=](std::uint64_t chance) {
        std::vector<std::string> names;
        for (std::uint64_t i = 0; i < asked_at_once; ++i)
            names.push_back(one_of(n, chance + i * 7919));
        return discard(all->get_many(names));
    };
    co_return prepared{{{"get", "O(1)", get},
                        {"set", "O(1)", set},
                        {"get_or_load, a hit", "O(1)", hit},
                        {"get_many of 100", "O(1) each", get_many}},
                       [=] { return all->stop(); }};
}

task<prepared> prepare_tagged(client& db, std::int64_t n)
{
    auto const all = co_await filled(db, n, {.tags = {"tag"}});
    auto const get = [=](std::uint64_t chance) { return discard(all->get(one_of(n, chance))); };
    auto const invalidate = [=](std::uint64_t) { return all->invalidate_tag("tag"); };
    co_return prepared{{{"get", "O(1)", get}, {"invalidate_tag", "O(1)", invalidate}},
                       [=] { return all->stop(); }};
}

}  // namespace

std::vector<pattern> cache_patterns()
{
    return {{.name = "cache", .of = "entries", .prepare = prepare},
            {.name = "cache", .of = "entries with one tag", .prepare = prepare_tagged}};
}

}  // namespace redstart::sizes
