#include "redstart/toolkit/locks/lock_queue.hpp"

#include "redstart/task/within.hpp"

namespace redstart::toolkit::toolkit_detail {

namespace {

task<> wait_for(event& awaited) { co_await awaited.wait(); }

}  // namespace

task<> wait_at_most(event& awaited, boot_clock::time_point until)
{
    auto const ambient = co_await this_context();
    if (until >= ambient.deadline) {
        co_await awaited.wait();
        co_return;
    }
    auto limited = ambient;
    limited.deadline = until;
    try {
        co_await under(limited, wait_for(awaited));
    } catch (failure const& why) {
        if (why.code() != failure_code::timed_out)
            throw;
    }
}

lock_queue::lock_queue(client& db, std::string channel, task_group& work)
    : db_{db}, channel_{std::move(channel)}, work_{work}
{
}

lock_queue::waiter::waiter(lock_queue& where, std::string_view lock, bool waits)
    : queue_{where}, waits_{waits}
{
    if (waits)
        place_ = where.waiting_.emplace(std::string{lock}, this);
}

lock_queue::waiter::~waiter()
{
    if (!waits_)
        return;
    auto const left = queue_.waiting_.extract(place_);
    if (woken_.is_set() || asks_for_news_)
        queue_.wake_one(left.key());
}

void lock_queue::waiter::has_got_it(bool others_may_too) noexcept
{
    asks_for_news_ = false;
    woken_.set();  // so that he is not called himself
    if (waits_ && others_may_too)
        queue_.wake_one(place_->first);
    woken_.reset();
}

task<> lock_queue::waiter::wait_until(boot_clock::time_point at)
{
    queue_.listen();
    co_await wait_at_most(woken_, at);
}

void lock_queue::wake_one(std::string_view lock) noexcept
{
    auto const [first, last] = waiting_.equal_range(lock);
    for (auto at = first; at != last; ++at)
        if (!at->second->woken_.is_set())
            return at->second->woken_.set();
}

void lock_queue::wake_all() noexcept
{
    for (auto const& [lock, each] : waiting_)
        each->woken_.set();
}

void lock_queue::listen()
{
    if (listens_)
        return;
    listens_ = true;
    work_.spawn(hear());
}

// Without the news those who wait still ask from time to time, and the next who does tries to listen again.
task<> lock_queue::hear()
{
    try {
        co_await hear_until_it_ends();
    } catch (failure const&) {
        // Nobody is woken: they would ask, and try this again, without a pause.
    }
    listens_ = false;
}

task<> lock_queue::hear_until_it_ends()
{
    auto news = co_await db_.subscribe(redstart::channel<std::string>{channel_});
    wake_all();  // what was released before this was not heard
    while (auto const item = co_await news.next()) {
        if (item->after_gap)
            wake_all();
        else
            wake_one(item->text);
    }
}

}  // namespace redstart::toolkit::toolkit_detail
