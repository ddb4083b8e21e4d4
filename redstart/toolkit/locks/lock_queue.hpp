// Those of one loop who wait for locks that others hold: they are woken when one is released, one for each release, and
// look by themselves from time to time, because such news may be lost.

#pragma once

#include "redstart/client/client.hpp"
#include "redstart/task/event.hpp"
#include "redstart/task/task_group.hpp"

#include <map>
#include <string>
#include <string_view>

namespace redstart::toolkit::toolkit_detail {

// One loop's thread, but for the constructor.
class lock_queue {
public:
    class waiter;
    using waiters = std::multimap<std::string, waiter*, std::less<>>;  // of one key, in their order

    // `work` runs what listens, one subscription for all of them; all outlive it.
    lock_queue(client& db, std::string channel, task_group& work);

    // One who may have to wait for a lock. He stands in the queue from before he asks for it, so that no release is
    // missed between the server's answer and the wait. If he leaves without the lock, the news goes on to the next.
    class waiter {
    public:
        // Nobody wakes one who does not wait.
        waiter(lock_queue& where, std::string_view lock, bool waits);
        waiter(waiter const&) = delete;
        waiter& operator=(waiter const&) = delete;
        ~waiter();

        void ask_again() noexcept  // news from before now are known, if the question comes through
        {
            asks_for_news_ = woken_.is_set();
            woken_.reset();
        }
        bool others_wait() const { return waits_ && queue_.waiting_.count(place_->first) > 1; }
        void has_got_it(bool others_may_too) noexcept;
        // Until a release, or that moment. Throws what the ambient context ends by.
        task<> wait_until(boot_clock::time_point at);

    private:
        friend lock_queue;
        lock_queue& queue_;
        bool waits_;
        waiters::iterator place_;
        event woken_;
        bool asks_for_news_ = false;
    };

    std::string_view channel() const noexcept { return channel_; }
    void wake_all() noexcept;

private:
    void wake_one(std::string_view lock) noexcept;
    void listen();
    task<> hear();
    task<> hear_until_it_ends();

    client& db_;
    std::string channel_;
    task_group& work_;
    waiters waiting_;
    bool listens_ = false;
};

// Waits for an event, but not beyond that moment. Throws what the ambient context ends by.
task<> wait_at_most(event& awaited, boot_clock::time_point until);

}  // namespace redstart::toolkit::toolkit_detail
