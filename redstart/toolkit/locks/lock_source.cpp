#include "redstart/toolkit/locks/lock_source.hpp"

#include "redstart/toolkit/locks/lock_keeper.hpp"

namespace redstart::toolkit {

namespace {

task<lock_report> read_report(client& db, command<toolkit_detail::state_reply> what,
                              std::source_location where)
{
    co_return toolkit_detail::to_report(co_await db.exec(std::move(what), where));
}

}  // namespace

lock_source::lock_source(client& db, origin const& from, std::source_location where)
    : db_{db}, terms_{toolkit_detail::checked(from.terms, from.poll, where)},
      keys_{from.prefix, from.kind, where}, keepers_{std::make_unique<toolkit_detail::lock_keepers>(
                                                db, from.prefix + ":" + from.kind, from.poll)}
{
}

lock_source::~lock_source() = default;

task<std::optional<held_lock>> lock_source::try_acquire(std::string_view what,
                                                        std::source_location where)
{
    auto once = terms_;
    once.wait = {};
    return acquire(what, once, where);
}

task<std::optional<held_lock>> lock_source::acquire(std::string_view what, lock_terms terms,
                                                    std::source_location where)
{
    return keepers_->acquire(place_of(what), toolkit_detail::checked(terms, where), where);
}

task<lock_report> lock_source::report(std::string_view what, std::source_location where) const
{
    return read_report(db_, place_of(what).report(), where);
}

task<> lock_source::stop() { return keepers_->stop(); }

}  // namespace redstart::toolkit
