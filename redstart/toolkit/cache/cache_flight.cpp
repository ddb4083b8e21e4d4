#include "redstart/toolkit/cache/cache_flight.hpp"

#include "redstart/task/sleep.hpp"
#include "redstart/task/within.hpp"
#include "redstart/toolkit/cache/flight_path.hpp"

#include <algorithm>
#include <utility>

namespace redstart::toolkit::toolkit_detail {

namespace {

failure stopped_failure()
{
    return failure{{.code = failure_code::stopped,
                    .outcome = outcome::not_sent,
                    .command = {},
                    .reason = "the cache has been stopped",
                    .server_text = {}}};
}

}  // namespace

class cache_flights::seat {
public:
    seat(cache_flights& owner, shared_flight joined) noexcept
        : owner_{owner}, flight_{std::move(joined)}
    {
        ++flight_->waiting;
    }
    seat(seat const&) = delete;
    seat& operator=(seat const&) = delete;
    ~seat()
    {
        if (--flight_->waiting == 0 && !flight_->done.is_set())
            owner_.abandon(*flight_);
    }

private:
    cache_flights& owner_;
    shared_flight flight_;
};

cache_flights::cache_flights(cache_store& store, scheduler& loop)
    : store_{store}, gate_{store.options().max_loads}, group_{loop}
{
}

task<shared_value> cache_flights::join(flight_request asked)
{
    if (group_.is_stopping())
        throw stopped_failure();
    auto const here = co_await this_context{};
    auto const joined = board(std::move(asked), here.trace);
    seat const mine{*this, joined};
    co_await joined->done.wait();
    if (joined->failure)
        std::rethrow_exception(joined->failure);
    co_return joined->value;
}

cache_flights::shared_flight cache_flights::board(flight_request&& asked,
                                                  trace_context const* trace)
{
    auto& listed = flights_[asked.name];
    if (!listed) {
        listed = std::make_shared<flight>(std::move(asked));
        group_.spawn(run(listed), trace);
    } else if (!asked.usable) {
        listed->asked.usable = nullptr;  // it may have been invalidated since it was seen
    }
    return listed;
}

task<> cache_flights::run(shared_flight of)
{
    auto here = co_await this_context{};
    {
        cancellation cancel{here.cancel};
        here.cancel = &cancel;
        of->cancel = &cancel;
        if (of->abandoned)
            cancel.request();
        try {
            of->value = co_await under(here, fly({store_, gate_, of->asked}));
        } catch (...) {
            of->failure = std::current_exception();
        }
        of->cancel = nullptr;
    }
    if (of->failure && group_.is_stopping())
        of->failure = std::make_exception_ptr(stopped_failure());
    of->done.set();
    auto const remembered = store_.options().failure_ttl;
    if (of->failure && !of->abandoned && remembered.count() > 0) {
        try {
            co_await sleep_for(remembered);
        } catch (failure const&) {
            // The cache is being stopped: it need not be remembered any longer.
        }
    }
    remove(*of);
}

void cache_flights::abandon(flight& left) noexcept
{
    left.abandoned = true;
    remove(left);
    if (left.cancel)
        left.cancel->request();
}

// Unless a newer flight of that name is listed.
void cache_flights::remove(flight const& which) noexcept
{
    auto const listed = flights_.find(which.asked.name);
    if (listed != flights_.end() && listed->second.get() == &which)
        flights_.erase(listed);
}

void cache_flights::forget(std::string const& name) { flights_.erase(name); }

void cache_flights::forget_tagged(std::string const& tag)
{
    std::erase_if(flights_, [&](auto const& each) {
        auto const& tags = each.second->asked.as.tags;
        return std::ranges::find(tags, tag) != tags.end();
    });
}

task<> cache_flights::stop() { co_await group_.stop(); }

}  // namespace redstart::toolkit::toolkit_detail
