#include "redstart/toolkit/locks/lock.hpp"

#include "redstart/toolkit/locks/lock_place.hpp"

#include <algorithm>
#include <utility>

namespace redstart::toolkit {

namespace {

// Who waits in a line is believed to live for that long after he asked: a slow answer costs nobody his place.
constexpr std::chrono::milliseconds shortest_belief = std::chrono::seconds{1};

}  // namespace

lock::lock(client& db, lock_options options, std::source_location where)
    : lock_source{db,
                  {.prefix = options.prefix,
                   .kind = "lock:" + options.name,
                   .terms = options.terms,
                   .poll = options.poll},
                  where},
      options_{std::move(options)}
{
}

toolkit_detail::lock_place lock::place_of(std::string_view what) const
{
    toolkit_detail::lock_place place{.scripts = &toolkit_detail::exclusive_scripts(),
                                     .lock = keys().key_of<std::string>(what),
                                     .fence = keys().key_of<std::string>(what, ":fence")};
    if (options_.fair) {
        place.scripts = &toolkit_detail::fair_scripts();
        place.others = {keys().key_of<std::string>(what, ":line"),
                        keys().key_of<std::string>(what, ":alive")};
        place.limit = std::max(2 * options_.poll, shortest_belief).count();
    }
    return place;
}

}  // namespace redstart::toolkit
