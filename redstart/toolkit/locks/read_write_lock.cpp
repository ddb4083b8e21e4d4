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

task<read_write_report> read_report(client& db, command<toolkit_detail::state_reply> readers,
                                    command<toolkit_detail::state_reply> writer)
{
    auto const [reading, writing] = co_await db.exec(std::move(readers), std::move(writer));
    co_return read_write_report{.readers = toolkit_detail::to_report(reading),
                                .writer = toolkit_detail::to_report(writing)};
}

}  // namespace

read_write_lock::read_write_lock(client& db, read_write_lock_options options,
                                 std::source_location where)
    : db_{db}, options_{checked(std::move(options), where)},
      keys_{options_.prefix, "rwlock:" + options_.name, where},
      keepers_{std::make_unique<toolkit_detail::lock_keepers>(
          db, options_.prefix + ":rwlock:" + options_.name, options_.poll)}
{
}

read_write_lock::~read_write_lock() = default;

toolkit_detail::lock_place read_write_lock::readers(std::string_view what) const
{
    return {.scripts = &toolkit_detail::reader_scripts(),
            .lock = keys_.key_of<std::string>(what, ":readers"),
            .fence = keys_.key_of<std::string>(what)};
}

toolkit_detail::lock_place read_write_lock::writer(std::string_view what) const
{
    return {.scripts = &toolkit_detail::writer_scripts(),
            .lock = keys_.key_of<std::string>(what),
            .fence = keys_.key_of<std::string>(what, ":fence"),
            .others = {keys_.key_of<std::string>(what, ":readers")},
            .limit = 2 * options_.poll.count()};
}

task<std::optional<held_lock>> read_write_lock::acquire_shared(std::string_view what,
                                                               lock_terms terms,
                                                               std::source_location where)
{
    return keepers_->acquire(readers(what), toolkit_detail::checked(terms, where), where);
}

task<std::optional<held_lock>> read_write_lock::acquire_exclusive(std::string_view what,
                                                                  lock_terms terms,
                                                                  std::source_location where)
{
    return keepers_->acquire(writer(what), toolkit_detail::checked(terms, where), where);
}

task<read_write_report> read_write_lock::report(std::string_view what) const
{
    return read_report(db_, readers(what).report(), writer(what).report());
}

task<> read_write_lock::stop() { return keepers_->stop(); }

}  // namespace redstart::toolkit
