#include "redstart/toolkit/locks/read_write_lock.hpp"

#include "redstart/toolkit/locks/lock_keeper.hpp"

#include <utility>

namespace redstart::toolkit {

namespace {

read_write_lock_options checked(read_write_lock_options options, std::source_location const& where)
{
    toolkit_detail::checked(options.terms, options.poll, where);
    return options;
}

}  // namespace

read_write_lock::read_write_lock(client& db, read_write_lock_options options,
                                 std::source_location where)
    : options_{checked(std::move(options), where)},
      keys_{options_.prefix, "rwlock:" + options_.name, where},
      keepers_{std::make_unique<toolkit_detail::lock_keepers>(
          db, options_.prefix + ":rwlock:" + options_.name, options_.poll)}
{
}

read_write_lock::~read_write_lock() = default;

task<std::optional<held_lock>> read_write_lock::acquire_shared(std::string_view what,
                                                               lock_terms terms,
                                                               std::source_location where)
{
    toolkit_detail::lock_place place{.scripts = &toolkit_detail::reader_scripts(),
                                     .lock = keys_.key_of<std::string>(what, ":readers"),
                                     .fence = keys_.key_of<std::string>(what)};
    return keepers_->acquire(std::move(place), toolkit_detail::checked(terms, where), where);
}

task<std::optional<held_lock>> read_write_lock::acquire_exclusive(std::string_view what,
                                                                  lock_terms terms,
                                                                  std::source_location where)
{
    toolkit_detail::lock_place place{.scripts = &toolkit_detail::writer_scripts(),
                                     .lock = keys_.key_of<std::string>(what),
                                     .fence = keys_.key_of<std::string>(what, ":fence"),
                                     .others = {keys_.key_of<std::string>(what, ":readers")},
                                     .limit = 2 * options_.poll.count()};
    return keepers_->acquire(std::move(place), toolkit_detail::checked(terms, where), where);
}

task<> read_write_lock::stop() { return keepers_->stop(); }

}  // namespace redstart::toolkit
