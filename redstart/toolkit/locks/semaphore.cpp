#include "redstart/toolkit/locks/semaphore.hpp"

#include "redstart/toolkit/locks/lock_place.hpp"
#include "redstart/toolkit/operation.hpp"

#include <utility>

namespace redstart::toolkit {

namespace {

constexpr std::uint32_t most_permits = 10'000;

semaphore_options checked(semaphore_options options, std::source_location const& where)
{
    if (options.permits == 0 || options.permits > most_permits)
        throw toolkit_detail::invalid_argument("a semaphore has 1 to 10,000 permits", where);
    return options;
}

}  // namespace

semaphore::semaphore(client& db, semaphore_options options, std::source_location where)
    : lock_source{db,
                  {.prefix = options.prefix,
                   .kind = "semaphore:" + options.name,
                   .terms = options.terms,
                   .poll = options.poll},
                  where},
      options_{checked(std::move(options), where)}
{
}

toolkit_detail::lock_place semaphore::place_of(std::string_view what) const
{
    auto const permits = keys().key_of<std::string>(what);
    return {.scripts = &toolkit_detail::permit_scripts(),
            .lock = permits,
            .fence = permits,
            .limit = options_.permits};
}

}  // namespace redstart::toolkit
