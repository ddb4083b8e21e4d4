#include "redstart/toolkit/locks/lock_keeper.hpp"

#include "redstart/base/random.hpp"
#include "redstart/task/on.hpp"
#include "redstart/task/within.hpp"
#include "redstart/toolkit/operation.hpp"

#include <algorithm>

namespace redstart::toolkit::toolkit_detail {

namespace {

using std::chrono::milliseconds;

constexpr auto time_for_release = milliseconds{250};
constexpr auto shortest_pause = milliseconds{1};
constexpr milliseconds longest_poll = std::chrono::minutes{1};  // of lock_options
constexpr char const* stopping = "the locks are being stopped";

// A pause and up to an eighth more, so that those who heard the same answer do not ask all at once.
boot_clock::duration with_jitter(boot_clock::duration pause)
{
    auto const most = static_cast<std::uint64_t>(pause.count() / 8);
    return pause + boot_clock::duration{static_cast<std::int64_t>(fast_random() % (most + 1))};
}

// What never ends was written by somebody else.
milliseconds held_for(std::int64_t told)
{
    return told < 0 ? longest_poll : milliseconds{std::min(told, longest_poll.count())};
}

failure stopped_failure(std::source_location where)
{
    return failure{{.code = failure_code::stopped,
                    .outcome = outcome::not_sent,
                    .command = {},
                    .reason = stopping,
                    .server_text = {}},
                   where};
}

}  // namespace

holding::holding(lock_keeper& keeper_of_it, lock_place where, lock_terms on)
    : keeper{keeper_of_it}, place{std::move(where)}, token{random_token(16)}, terms{on}
{
}

// One percent for clocks that do not run equally fast, and a little for the server's: it counts whole milliseconds.
void holding::grant(boot_clock::time_point asked_at) noexcept
{
    boot_clock::duration const ttl = terms.ttl;
    valid_until = asked_at + ttl - ttl / 100 - milliseconds{2};
    renew_at = asked_at + ttl / 3;
}

void holding::grant(boot_clock::time_point asked_at, std::int64_t its_fence) noexcept
{
    grant(asked_at);
    fence = its_fence;
    if (terms.max_hold > terms.max_hold.zero())
        hold_until = asked_at + terms.max_hold;
}

void holding::lose(char const* reason) noexcept
{
    if (why_lost)
        return;
    why_lost = reason;
    lost.set();
}

lock_keeper::lock_keeper(scheduler& home, client& db, std::string channel,
                         boot_clock::duration poll)
    : db_{db}, poll_{poll}, work_{home}, releases_{home}, queue_{db, std::move(channel), work_}
{
}

// One token, and its place among those of this loop who wait. Whoever leaves, and may hold the lock or stand in its
// line, gives that back: nobody would renew it, and he would be in everybody's way.
struct lock_keeper::attempt {
    attempt(lock_keeper& of, lock_place where, lock_terms on)
        : keeper{of}, what{std::make_shared<holding>(of, std::move(where), on)},
          turn{of.queue_, what->place.called_by(what->token), on.wait > on.wait.zero()}
    {
        ++keeper.under_way_;
    }
    attempt(attempt const&) = delete;
    attempt& operator=(attempt const&) = delete;
    ~attempt()
    {
        if (left_behind)
            keeper.abandon(std::move(what));
        if (--keeper.under_way_ == 0)
            keeper.none_is_under_way_.set();
    }

    held_lock succeed()
    {
        left_behind = false;
        turn.has_got_it(what->place.scripts->wakes == waking::several);
        keeper.keep(what);
        return held_lock{std::move(what)};
    }

    lock_keeper& keeper;
    std::shared_ptr<holding> what;
    lock_queue::waiter turn;
    bool left_behind = false;  // something, at the server
};

task<std::optional<held_lock>> lock_keeper::acquire(lock_place where, lock_terms on,
                                                    std::source_location from)
{
    auto const give_up = boot_clock::now() + on.wait;
    std::optional<attempt> mine{std::in_place, *this, where, on};
    while (true) {
        if (work_.is_stopping())
            throw stopped_failure(from);
        mine->turn.ask_again();
        auto const asked_at = boot_clock::now();
        auto const [granted, number] = co_await ask(*mine, from);
        if (work_.is_stopping())
            throw stopped_failure(from);
        auto const now = boot_clock::now();
        if (granted) {
            mine->what->grant(asked_at, number);
            if (now < mine->what->ends_at())
                co_return mine->succeed();
            // The answer came too late to be of use. The release may be late, too: it must not end what is granted
            // next, which therefore has a token of its own.
            mine.emplace(*this, where, on);
        }
        if (now >= give_up)
            co_return std::nullopt;
        auto const pause = std::clamp<boot_clock::duration>(
            granted ? shortest_pause : held_for(number), shortest_pause, poll_);
        co_await mine->turn.wait_until(std::min(give_up, now + with_jitter(pause)));
    }
}

task<acquire_reply> lock_keeper::ask(attempt& by, std::source_location from)
{
    auto const& what = *by.what;
    bool const waits = what.terms.wait > what.terms.wait.zero();
    auto sent = what.place.acquire({what.token, what.terms.ttl, waits, by.turn.others_wait()});
    auto const answer = co_await db_.try_exec(std::move(sent), from);
    if (!answer) {
        by.left_behind |= answer.error().outcome() == outcome::maybe_applied;
        throw failure{answer.error()};
    }
    auto const is_granted = std::get<bool>(*answer);
    by.left_behind = is_granted || (waits && what.place.scripts->wakes == waking::first_in_line);
    co_return *answer;
}

void lock_keeper::keep(std::shared_ptr<holding> what)
{
    if (!watches_) {
        watches_ = true;
        work_.spawn(watch());
    }
    auto const first =
        what->is_renewed() ? std::min(what->renew_at, what->ends_at()) : what->ends_at();
    what->place_at_keeper = held_.size();
    what->is_kept = true;
    held_.push_back(std::move(what));
    look_by(first);
}

void lock_keeper::forget(holding& what) noexcept
{
    if (!std::exchange(what.is_kept, false))
        return;
    held_.back()->place_at_keeper = what.place_at_keeper;
    std::swap(held_[what.place_at_keeper], held_.back());
    held_.pop_back();
}

task<release_result> lock_keeper::release(std::shared_ptr<holding> what, std::source_location where)
{
    if (what->given_back)
        throw invalid_argument("this lock has been released", where);
    what->given_back = true;
    forget(*what);
    co_return co_await shielded(time_for_release, send_release(what, where));
}

task<release_result> lock_keeper::send_release(std::shared_ptr<holding> what,
                                               std::source_location where)
{
    auto sent = what->place.release(what->token, queue_.channel());
    auto const found = co_await db_.exec(std::move(sent), where);
    if (found > 0)
        co_return release_result::released;
    co_return found == 0 ? release_result::expired : release_result::stolen;
}

void lock_keeper::abandon(std::shared_ptr<holding> what)
{
    what->given_back = true;
    forget(*what);
    releases_.spawn(give_back(std::move(what)));
}

task<> lock_keeper::give_back(std::shared_ptr<holding> what)
{
    try {
        static_cast<void>(co_await within(time_for_release, send_release(what, {})));
    } catch (failure const&) {
        // The time to live ends the lock.
    }
}

task<> lock_keeper::watch()
{
    while (true) {
        auto const now = boot_clock::now();
        declare_losses(now);
        renew_what_is_due(now);
        looks_at_ = next_look();
        co_await wait_at_most(stirred_, looks_at_);
        stirred_.reset();
    }
}

void lock_keeper::declare_losses(boot_clock::time_point now)
{
    for (auto place = held_.size(); place-- > 0;) {
        auto const each = held_[place];
        if (now >= each->hold_until)
            each->lose("the lock was held for as long as its terms allow");
        else if (now >= each->valid_until)
            each->lose("the lock was not renewed in time");
        if (each->why_lost)
            forget(*each);
    }
}

// With the first whose time has come, those that are nearly there: so the locks of a loop come to be renewed together.
void lock_keeper::renew_what_is_due(boot_clock::time_point now)
{
    auto const can_be = [](std::shared_ptr<holding> const& each) {
        return each->is_renewed() && !each->under_renewal;
    };
    if (!std::ranges::any_of(
            held_, [&](auto const& each) { return can_be(each) && each->renew_at <= now; }))
        return;
    holdings due;
    for (auto const& each : held_)
        if (can_be(each) && each->renew_at <= now + each->terms.ttl / 6) {
            each->under_renewal = true;
            due.push_back(each);
        }
    work_.spawn(renew(std::move(due)));
}

// What fails is tried again until the local clock has the last word.
task<> lock_keeper::renew(holdings due)
{
    auto const asked_at = boot_clock::now();
    milliseconds shortest = due.front()->terms.ttl;
    std::vector<command<std::int64_t>> sent;
    for (auto const& each : due) {
        sent.push_back(each->place.renew(each->token, each->terms.ttl));
        shortest = std::min(shortest, each->terms.ttl);
    }
    auto const answers = co_await within(shortest / 3, db_.exec(std::move(sent)));
    auto const now = boot_clock::now();
    for (std::size_t i = 0; i < due.size(); ++i) {
        auto& each = *due[i];
        each.under_renewal = false;
        if (!answers[i])
            each.renew_at = now + each.terms.ttl / 20;
        else if (*answers[i] == 1)
            each.grant(asked_at);
        else if (!each.given_back)
            each.lose("the server does not know that the lock is held");
    }
    look_by(next_look());
}

boot_clock::time_point lock_keeper::next_look() const noexcept
{
    auto next = no_deadline;
    for (auto const& each : held_) {
        next = std::min(next, each->ends_at());
        if (each->is_renewed() && !each->under_renewal)
            next = std::min(next, each->renew_at);
    }
    return next;
}

void lock_keeper::look_by(boot_clock::time_point at) noexcept
{
    if (at < looks_at_)
        stirred_.set();
}

task<> lock_keeper::stop()
{
    while (!held_.empty()) {
        auto const last = held_.back();
        last->lose(stopping);
        forget(*last);
    }
    queue_.wake_all();
    co_await work_.stop();
    try {
        co_await within(time_for_release, until_none_is_under_way());
    } catch (failure const&) {
        // What is granted to them after this, ends by its time to live.
    }
    co_await releases_.stop(time_for_release);
}

task<> lock_keeper::until_none_is_under_way()
{
    while (under_way_ > 0) {
        none_is_under_way_.reset();
        co_await none_is_under_way_.wait();
    }
}

lock_keepers::lock_keepers(client& db, std::string channel, boot_clock::duration poll) : db_{db}
{
    for (std::size_t index = 0; index < db.loops().size(); ++index)
        all_.push_back(std::make_unique<lock_keeper>(db.loops().at(index), db, channel, poll));
}

task<std::optional<held_lock>> lock_keepers::acquire(lock_place where, lock_terms on,
                                                     std::source_location from)
{
    auto const here = co_await this_context();
    auto const index = static_cast<loop&>(*here.loop).index();
    co_return co_await all_[index]->acquire(std::move(where), on, from);
}

task<> lock_keepers::stop()
{
    for (std::size_t index = 0; index < all_.size(); ++index)
        co_await on(db_.loops().at(index), all_[index]->stop());
}

lock_terms checked(lock_terms on, std::source_location const& where)
{
    constexpr milliseconds day = std::chrono::days{1};
    if (on.ttl < milliseconds{10} || on.ttl > day)
        throw invalid_argument("the time to live of a lock is 10 ms to a day", where);
    if (on.wait < on.wait.zero() || on.wait > day)
        throw invalid_argument("a lock is waited for up to a day", where);
    if (on.max_hold < on.max_hold.zero() || on.max_hold > day)
        throw invalid_argument("a lock is held for up to a day, or without a limit", where);
    return on;
}

lock_terms checked(lock_terms on, milliseconds poll, std::source_location const& where)
{
    if (poll < milliseconds{1} || poll > longest_poll)
        throw invalid_argument("who waits for a lock asks every 1 ms to a minute", where);
    return checked(on, where);
}

}  // namespace redstart::toolkit::toolkit_detail
