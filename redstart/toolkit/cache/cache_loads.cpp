#include "redstart/toolkit/cache/cache_loads.hpp"

#include "redstart/task/on.hpp"
#include "redstart/toolkit/cache/cache_warm_up.hpp"

#include <functional>
#include <utility>

namespace redstart::toolkit::toolkit_detail {

cache_loads::cache_loads(cache_store& store) : store_{store}
{
    auto& loops = store.db().loops();
    for (std::size_t i = 0; i < loops.size(); ++i)
        parts_.push_back(std::make_unique<part>(store, loops.at(i)));
}

std::size_t cache_loads::home_of(std::string const& name) const noexcept
{
    return std::hash<std::string>{}(name) % parts_.size();
}

task<shared_value> cache_loads::join(flight_request asked)
{
    auto const home = home_of(asked.name);
    auto& flights = parts_[home]->flights;
    auto& loop = store_.db().loops().at(home);
    if (loop.is_current())
        co_return co_await flights.join(std::move(asked));
    co_return co_await on{loop, flights.join(std::move(asked))};
}

void cache_loads::refresh(flight_request asked, trace_context const* trace)
{
    auto& mine = *parts_[static_cast<loop*>(scheduler::current())->index()];
    if (mine.refreshing.size() >= store_.options().max_refreshes ||
        !mine.refreshing.insert(asked.name).second)
        return;
    mine.background.spawn(refresh_on(mine, std::move(asked)), trace);
}

task<> cache_loads::refresh_on(part& mine, flight_request asked)
{
    auto const name = asked.name;
    try {
        static_cast<void>(co_await join(std::move(asked)));
    } catch (...) {
        // It was counted, and what is stale is served as long as it may be.
    }
    mine.refreshing.erase(name);
}

// ---- Invalidation -------------------------------------------------------------------------------

task<> cache_loads::write(std::vector<cache_writing> all, cache_entry_options as,
                          std::source_location where)
{
    std::vector<std::string> names;
    for (auto const& each : all)
        names.push_back(each.name);
    std::exception_ptr failed;
    try {
        co_await store_.write(std::move(all), std::move(as), where);
    } catch (...) {
        failed = std::current_exception();  // and maybe applied
    }
    co_await forget(std::move(names));
    if (failed)
        std::rethrow_exception(failed);
}

task<bool> cache_loads::erase(std::string name, std::source_location where)
{
    bool was_there = false;
    std::exception_ptr failed;
    try {
        was_there = co_await store_.erase(name, where);
    } catch (...) {
        failed = std::current_exception();
    }
    co_await forget({std::move(name)});
    if (failed)
        std::rethrow_exception(failed);
    co_return was_there;
}

task<> cache_loads::forget(std::vector<std::string> names)
{
    std::vector<std::vector<std::string>> by_home(parts_.size());
    for (auto& each : names)
        by_home[home_of(each)].push_back(std::move(each));
    for (std::size_t i = 0; i < parts_.size(); ++i)
        if (!by_home[i].empty())
            co_await on{store_.db().loops().at(i), forget_on(*parts_[i], std::move(by_home[i]))};
}

task<> cache_loads::forget_on(part& there, std::vector<std::string> names)
{
    for (auto const& each : names)
        there.flights.forget(each);
    co_return;
}

task<> cache_loads::invalidate_tag(std::string tag, std::source_location where)
{
    std::exception_ptr failed;
    try {
        co_await store_.tags().invalidate(tag, where);
    } catch (...) {
        failed = std::current_exception();
    }
    for (std::size_t i = 0; i < parts_.size(); ++i)
        co_await on{store_.db().loops().at(i), forget_tagged_on(*parts_[i], tag)};
    if (failed)
        std::rethrow_exception(failed);
}

task<> cache_loads::forget_tagged_on(part& there, std::string const& tag)
{
    there.flights.forget_tagged(tag);
    co_return;
}

// ---- Warming up ---------------------------------------------------------------------------------

task<> throw_if_ended()
{
    auto const here = co_await this_context{};
    if (here.is_cancelled())
        throw cancelled_failure();
    if (here.loop->now() >= here.deadline)
        throw timed_out_failure();
}

// ---- The end ------------------------------------------------------------------------------------

task<> cache_loads::stop()
{
    for (std::size_t i = 0; i < parts_.size(); ++i)
        co_await on{store_.db().loops().at(i), stop_on(*parts_[i])};
}

task<> cache_loads::stop_on(part& there)
{
    co_await there.background.stop();
    co_await there.flights.stop();
}

}  // namespace redstart::toolkit::toolkit_detail
