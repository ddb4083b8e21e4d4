#include "redstart/toolkit/locks/held_lock.hpp"

#include "redstart/toolkit/locks/lock_keeper.hpp"

namespace redstart::toolkit {

namespace {

failure loss(toolkit_detail::holding const& of, std::source_location where)
{
    return failure{
        {.code = failure_code::conflict,
         .outcome = outcome::maybe_applied,
         .command = {},
         .reason = of.why_lost ? of.why_lost : "the lock had run out when it was released",
         .server_text = {}},
        where};
}

void abandon(std::shared_ptr<toolkit_detail::holding> what)
{
    if (what && !what->given_back)
        what->keeper.abandon(std::move(what));
}

}  // namespace

held_lock::held_lock(std::shared_ptr<toolkit_detail::holding> what) noexcept
    : what_{std::move(what)}
{
}

held_lock& held_lock::operator=(held_lock&& other) noexcept
{
    if (this != &other)
        abandon(std::exchange(what_, std::move(other.what_)));
    return *this;
}

held_lock::~held_lock() { abandon(std::move(what_)); }

std::int64_t held_lock::fence() const noexcept { return what_->fence; }

bool held_lock::lost() const noexcept
{
    return what_->why_lost || boot_clock::now() >= what_->ends_at();
}

boot_clock::time_point held_lock::valid_until() const noexcept { return what_->ends_at(); }

task<> held_lock::until_lost(std::source_location where) const
{
    auto const held = what_;
    co_await held->lost.wait(where);
    throw loss(*held, where);
}

task<release_result> held_lock::release(std::source_location where)
{
    return what_->keeper.release(what_, where);
}

task<> held_lock::finish(bool done, std::exception_ptr why, std::source_location where)
{
    auto const held = what_;
    bool gone = lost();
    try {
        auto const found = co_await release(where);
        gone = gone || (done && found != release_result::released);
    } catch (failure const&) {
        // It was not to be reached. What was done was done under the lock, which ends by itself.
    }
    if (gone)
        throw loss(*held, where);
    if (!done)
        std::rethrow_exception(why);
}

}  // namespace redstart::toolkit
