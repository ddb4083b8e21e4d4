#include "redstart/toolkit/semaphore.hpp"

#include "redstart/toolkit/lock_keeper.hpp"
#include "redstart/toolkit/operation.hpp"

#include <utility>

namespace redstart::toolkit {

namespace {

constexpr std::uint32_t most_permits = 10'000;

semaphore_options checked(semaphore_options options, std::source_location const& where)
{
    toolkit_detail::check(options.terms, options.poll, where);
    if (options.permits == 0 || options.permits > most_permits)
        throw toolkit_detail::invalid_argument("a semaphore has 1 to 10,000 permits", where);
    return options;
}

}  // namespace

semaphore::semaphore(client& db, semaphore_options options, std::source_location where)
    : options_{checked(std::move(options), where)},
      keys_{options_.prefix, "semaphore:" + options_.name, where},
      keepers_{std::make_unique<toolkit_detail::lock_keepers>(
          db, options_.prefix + ":semaphore:" + options_.name, options_.poll)}
{
}

semaphore::~semaphore() = default;

task<std::optional<held_lock>> semaphore::try_acquire(std::string_view what,
                                                      std::source_location where)
{
    return acquire(what, toolkit_detail::without_waiting(options_.terms), where);
}

task<std::optional<held_lock>> semaphore::acquire(std::string_view what, lock_terms terms,
                                                  std::source_location where)
{
    auto const permits = keys_.key_of<std::string>(what);
    toolkit_detail::lock_place place{.scripts = &toolkit_detail::permit_scripts(),
                                     .lock = permits,
                                     .fence = permits,
                                     .limit = options_.permits};
    return keepers_->acquire(std::move(place), toolkit_detail::checked(terms, where), where);
}

task<> semaphore::stop() { return keepers_->stop(); }

}  // namespace redstart::toolkit
