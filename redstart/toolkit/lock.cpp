#include "redstart/toolkit/lock.hpp"

#include "redstart/toolkit/lock_keeper.hpp"

#include <utility>

namespace redstart::toolkit {

namespace {

lock_options checked(lock_options options, std::source_location const& where)
{
    toolkit_detail::check(options.terms, options.poll, where);
    return options;
}

}  // namespace

lock::lock(client& db, lock_options options, std::source_location where)
    : options_{checked(std::move(options), where)},
      keys_{options_.prefix, "lock:" + options_.name, where},
      keepers_{std::make_unique<toolkit_detail::lock_keepers>(
          db, options_.prefix + ":lock:" + options_.name, options_.poll)}
{
}

lock::~lock() = default;

toolkit_detail::lock_place lock::place_of(std::string_view what) const
{
    return {.scripts = &toolkit_detail::exclusive_scripts(),
            .lock = keys_.key_of<std::string>(what),
            .fence = keys_.key_of<std::string>(what, ":fence")};
}

task<std::optional<held_lock>> lock::try_acquire(std::string_view what, std::source_location where)
{
    return acquire(what, toolkit_detail::without_waiting(options_.terms), where);
}

task<std::optional<held_lock>> lock::acquire(std::string_view what, lock_terms terms,
                                             std::source_location where)
{
    return keepers_->acquire(place_of(what), toolkit_detail::checked(terms, where), where);
}

task<> lock::stop() { return keepers_->stop(); }

}  // namespace redstart::toolkit
