// Filling a cache before it is needed: the body of cache<T>::warm_up.

#pragma once

#include "redstart/task/when_all.hpp"
#include "redstart/toolkit/cache/cache_entry.hpp"

#include <algorithm>
#include <source_location>
#include <string>
#include <utility>
#include <vector>

namespace redstart::toolkit::toolkit_detail {

template <class Loader>
struct warm_up_run {
    std::vector<std::string> names;
    Loader loader;
    warm_up_options options;
    std::source_location where;
    std::size_t next = 0;
    warm_up_progress progress{};
};

// Throws if the ambient context has ended: what failed, failed of that.
task<> throw_if_ended();

template <class T, class Loader>
task<> warm_some(cache_loads& loads, warm_up_run<Loader>& shared)
{
    while (shared.next < shared.names.size()) {
        auto name = shared.names[shared.next++];
        bool has_failed = false;
        try {
            co_await get_or_load_entry<T>(loads, {std::move(name), shared.options.as},
                                          shared.loader, shared.where);
        } catch (...) {
            has_failed = true;
        }
        if (has_failed) {
            co_await throw_if_ended();
            ++shared.progress.failed;
        }
        ++shared.progress.done;
        if (shared.options.on_progress)
            shared.options.on_progress(shared.progress);
    }
}

template <class T, class Loader>
task<warm_up_progress> warm_all(cache_loads& loads, warm_up_run<Loader> shared)
{
    shared.progress.total = shared.names.size();
    std::vector<task<>> workers;
    for (std::size_t i = 0; i < std::max<std::size_t>(1, shared.options.at_once); ++i)
        workers.push_back(warm_some<T>(loads, shared));
    co_await when_all(std::move(workers));
    co_return shared.progress;
}

}  // namespace redstart::toolkit::toolkit_detail
