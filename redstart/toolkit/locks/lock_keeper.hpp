// Acquires, renews and releases the locks of one loop. One coroutine looks at the clock for all of them: it renews
// those whose time has come in one batch, and declares lost what was not renewed in time, without asking anybody. What
// is sent runs beside it, so no answer that is late holds it up.

#pragma once

#include "redstart/toolkit/locks/held_lock.hpp"
#include "redstart/toolkit/locks/lock_place.hpp"
#include "redstart/toolkit/locks/lock_queue.hpp"

#include <vector>

namespace redstart::toolkit::toolkit_detail {

class lock_keeper;

// One acquisition. The guard owns it, and the keeper while it looks after it.
struct holding {
    holding(lock_keeper& keeper_of_it, lock_place where, lock_terms on);

    bool is_renewed() const noexcept { return terms.renew && renew_at < hold_until; }
    boot_clock::time_point ends_at() const noexcept { return std::min(valid_until, hold_until); }
    // what was asked for then has been granted
    void grant(boot_clock::time_point asked_at) noexcept;
    void grant(boot_clock::time_point asked_at, std::int64_t its_fence) noexcept;
    void lose(char const* reason) noexcept;

    lock_keeper& keeper;
    lock_place place;
    std::string token;
    lock_terms terms;
    std::int64_t fence = 0;
    boot_clock::time_point valid_until{};
    boot_clock::time_point hold_until = no_deadline;
    boot_clock::time_point renew_at{};
    bool under_renewal = false;
    bool given_back = false;
    std::size_t place_at_keeper = 0;  // while it looks after it
    bool is_kept = false;
    char const* why_lost = nullptr;
    event lost;
};

// One loop's thread, but for the constructor.
class lock_keeper {
public:
    // Beyond `poll` nobody waits without asking. Both references outlive it.
    lock_keeper(scheduler& home, client& db, std::string channel, boot_clock::duration poll);

    task<std::optional<held_lock>> acquire(lock_place where, lock_terms on,
                                           std::source_location from);
    task<release_result> release(std::shared_ptr<holding> what, std::source_location where);
    void abandon(std::shared_ptr<holding> what);  // releases it in the background

    // Declares lost what is still held, and gives what is under way its time: acquisitions, which fail and are given
    // back, and then releases.
    task<> stop();

private:
    using holdings = std::vector<std::shared_ptr<holding>>;

    struct attempt;
    task<acquire_reply> ask(attempt& by, std::source_location from);
    void keep(std::shared_ptr<holding> what);
    void forget(holding& what) noexcept;
    task<release_result> send_release(std::shared_ptr<holding> what, std::source_location where);
    task<> give_back(std::shared_ptr<holding> what);

    task<> watch();
    void declare_losses(boot_clock::time_point now);
    void renew_what_is_due(boot_clock::time_point now);
    task<> renew(holdings due);
    boot_clock::time_point next_look() const noexcept;
    void look_by(boot_clock::time_point at) noexcept;
    task<> until_none_is_under_way();

    client& db_;
    boot_clock::duration poll_;
    holdings held_;
    task_group work_;      // what never ends by itself
    task_group releases_;  // what ends soon
    lock_queue queue_;
    std::size_t under_way_ = 0;  // acquisitions
    event none_is_under_way_;
    event stirred_;
    boot_clock::time_point looks_at_ = no_deadline;  // the next time that watch() wakes by itself
    bool watches_ = false;
};

// One keeper for each loop of the client.
class lock_keepers {
public:
    lock_keepers(client& db, std::string channel, boot_clock::duration poll);
    task<std::optional<held_lock>> acquire(lock_place where, lock_terms on,
                                           std::source_location from);
    task<> stop();

private:
    client& db_;
    std::vector<std::unique_ptr<lock_keeper>> all_;
};

// Throw a failure (invalid_argument) if they make no sense.
lock_terms checked(lock_terms on, std::source_location const& where);
lock_terms checked(lock_terms on, std::chrono::milliseconds poll,
                   std::source_location const& where);

}  // namespace redstart::toolkit::toolkit_detail
