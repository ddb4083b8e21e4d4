#include "redstart/toolkit/locks/lock.hpp"

#include "redstart/toolkit/locks/lock_place.hpp"

#include <utility>

namespace redstart::toolkit {

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
    return {.scripts = &toolkit_detail::exclusive_scripts(),
            .lock = keys().key_of<std::string>(what),
            .fence = keys().key_of<std::string>(what, ":fence")};
}

}  // namespace redstart::toolkit
