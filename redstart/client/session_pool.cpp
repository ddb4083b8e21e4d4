#include "redstart/client/session_pool.hpp"

#include "redstart/base/random.hpp"
#include "redstart/client/question.hpp"
#include "redstart/task/sleep.hpp"
#include "redstart/task/when_all.hpp"
#include "redstart/task/within.hpp"

#include <algorithm>
#include <cassert>
#include <vector>

namespace redstart {

namespace {

session_pool::refusal stopped()
{
    return {.code = failure_code::stopped, .reason = "the client has been stopped"};
}

// How often it is looked at whether connections are too old: so late may they be closed.
boot_clock::duration tending_pause(pool_options const& options) noexcept
{
    using std::chrono::milliseconds;
    auto shorter = options.max_lifetime;
    if (shorter.count() == 0 ||
        (options.idle_timeout.count() > 0 && options.idle_timeout < shorter))
        shorter = options.idle_timeout;
    return std::clamp<boot_clock::duration>(shorter / 4, milliseconds{1}, milliseconds{10'000});
}

boot_clock::duration lifetime(pool_options const& options) noexcept
{
    auto const jitter = std::min(options.lifetime_jitter, options.max_lifetime / 2).count();
    if (jitter <= 0)
        return options.max_lifetime;
    return options.max_lifetime -
           boot_clock::duration{fast_random() % static_cast<std::uint64_t>(jitter)};
}

}  // namespace

session_pool::session_pool(loop& home, client_options const& options, link& side,
                           metrics_registry* metrics)
    : home_{home}, options_{options}, side_{side}, counters_{metrics, options}, work_{home}
{
    assert(options.pool.max > 0 && options.pool.max_dials > 0 && "a pool without connections");
    all_back_.set();
}

// On any thread, so it touches nothing of the loop: stop() has seen to that.
session_pool::~session_pool()
{
    assert(in_use_.empty() && "a session is in use longer than its pool lives");
}

// ---- Asking and giving back ---------------------------------------------------------------------

void session_pool::ask(request& asking) noexcept
{
    if (stopping_)
        return asking.on_refused(stopped());
    ready_wanted_ = true;
    if (!idle_.empty()) {
        counters_.hits.add();
        asking.on_session(hand_out(idle_.front()));
        return dial_if_wanted();
    }
    counters_.misses.add();
    if (waiting_ >= options_.pool.max_waiting)
        return asking.on_refused(
            {.code = failure_code::overloaded, .reason = "too many wait for a connection"});
    enqueue(asking);
    if (open() + dials_ >= options_.pool.max)
        counters_.waits.add();
    dial_if_wanted();
}

void session_pool::enqueue(request& asking) noexcept
{
    asking.asked_at_ = home_.now();
    asking.next_ = nullptr;
    asking.previous_ = last_;
    (last_ ? last_->next_ : first_) = &asking;
    last_ = &asking;
    ++waiting_;
    note_sizes();
}

void session_pool::unlink(request& leaving) noexcept
{
    (leaving.previous_ ? leaving.previous_->next_ : first_) = leaving.next_;
    (leaving.next_ ? leaving.next_->previous_ : last_) = leaving.previous_;
    --waiting_;
    auto const waited = home_.now() - leaving.asked_at_;
    counters_.wait_time.record(static_cast<std::uint64_t>(waited.count()));
    note_sizes();
}

session_pool::refusal session_pool::leave(request& waiting, waiter::ending why) noexcept
{
    unlink(waiting);
    constexpr auto reason = "while it waited for a connection of its own";
    if (why != waiter::ending::timed_out)
        return {.code = failure_code::cancelled, .reason = reason};
    counters_.timeouts.add();
    if (unreachable_ && dials_ > 0)
        return {.code = unreachable_->code(), .reason = unreachable_->reason()};
    return {.code = failure_code::timed_out, .reason = reason};
}

void session_pool::refuse_all(refusal const& why) noexcept
{
    while (first_) {
        auto& refused = *first_;
        unlink(refused);
        refused.on_refused(why);
    }
}

void session_pool::move(session& one, sessions& to) noexcept
{
    to.splice(to.begin(), *one.list, one.place);
    one.list = &to;
    note_sizes();
}

session_pool::lease session_pool::hand_out(session& one) noexcept
{
    move(one, in_use_);
    return lease{*this, one};
}

void session_pool::take_back(session& returned) noexcept
{
    bool const usable = !stopping_ && returned.is_clean() && home_.now() < returned.expires_at;
    if (usable)
        serve_next(returned);
    else
        retire(returned);
}

// To whoever has waited longest, or to the idle ones.
void session_pool::serve_next(session& free) noexcept
{
    if (first_) {
        auto& next = *first_;
        unlink(next);
        return next.on_session(hand_out(free));
    }
    free.idle_since = home_.now();
    move(free, idle_);
}

// Not closed here, since it may be its own callback that led here.
void session_pool::retire(session& ended) noexcept
{
    move(ended, ended_);
    home_.call_before_idle(*this);
    dial_if_wanted();
}

void session_pool::before_idle()
{
    if (stopping_)
        return;  // somebody may look at them still: stop() does it
    sessions gone{std::move(ended_)};
    ended_.clear();
}

void session_pool::on_session_lost(session& which) noexcept
{
    if (which.list == &in_use_)
        counters_.lost.add(stopping_ ? 0 : 1);
    if (which.list != &idle_)
        return;
    counters_.stale.add(stopping_ ? 0 : 1);
    retire(which);
}

void session_pool::note_sizes() noexcept
{
    counters_.idle.set(static_cast<std::int64_t>(idle_.size()));
    counters_.in_use.set(static_cast<std::int64_t>(in_use_.size()));
    counters_.dials.set(static_cast<std::int64_t>(dials_));
    counters_.waiting.set(static_cast<std::int64_t>(waiting_));
    if (in_use_.empty())
        all_back_.set();
    else
        all_back_.reset();
}

// ---- Dialling -----------------------------------------------------------------------------------

std::size_t session_pool::wanted() const noexcept
{
    if (stopping_)
        return 0;
    auto const missing = options_.pool.min_idle - std::min(options_.pool.min_idle, idle_.size());
    auto const room = options_.pool.max - std::min(options_.pool.max, open());
    return std::min(waiting_ + (ready_wanted_ ? missing : 0), room);
}

void session_pool::keep_ready() noexcept
{
    ready_wanted_ = true;
    dial_if_wanted();
}

// Those who wait have no way back: without the few bytes that this takes, the program ends.
void session_pool::dial_if_wanted() noexcept
{
    while (dials_ < options_.pool.max_dials && dials_ < wanted()) {
        ++dials_;
        work_.spawn(keep_dialling());
    }
    note_sizes();
}

// While more are wanted. As a lane does, it goes on after a failure, with pauses: those who wait have their deadlines.
task<> session_pool::keep_dialling()
{
    struct ending {
        session_pool& pool;
        ~ending()
        {
            --pool.dials_;
            pool.note_sizes();
        }
    } const at_end{*this};
    backoff pause{options_.reconnect};
    while (dials_ <= wanted()) {
        if (co_await dial())
            pause.reset();
        else
            co_await sleep_for(pause.next());
    }
}

task<bool> session_pool::dial()
{
    auto& fresh = new_.emplace_front(home_, options_, static_cast<session::owner&>(*this));
    fresh.place = new_.begin();
    fresh.list = &new_;
    auto why = co_await try_begin(fresh);
    if (why || stopping_) {
        if (!stopping_)
            note_unreachable(*why);
        retire(fresh);
        co_return false;
    }
    unreachable_.reset();
    if (options_.pool.max_lifetime.count() > 0)
        fresh.expires_at = deadline_after(home_.now(), lifetime(options_.pool));
    serve_next(fresh);
    start_tending();
    co_return true;
}

task<std::optional<failure>> session_pool::try_begin(session& fresh)
{
    auto dialled = co_await connection::try_dial(home_, options_, dial_purpose::pool);
    if (!dialled)
        co_return std::move(dialled).error();
    try {
        co_await within(options_.dial_timeout, fresh.begin(std::move(*dialled)));
    } catch (failure const& why) {
        co_return why;
    }
    co_return std::nullopt;
}

// Waiting makes no password right; everything else may pass.
void session_pool::note_unreachable(failure const& why) noexcept
{
    unreachable_ = why;
    counters_.dial_failures.add();
    if (why.code() == failure_code::authentication_failed)
        refuse_all({.code = why.code(), .reason = why.reason()});
}

// ---- Age ----------------------------------------------------------------------------------------

void session_pool::start_tending() noexcept
{
    bool const ages =
        options_.pool.max_lifetime.count() > 0 || options_.pool.idle_timeout.count() > 0;
    if (ages && !std::exchange(tending_, true))
        work_.spawn(tend());
}

task<> session_pool::tend()
{
    while (open() > 0) {
        co_await sleep_for(tending_pause(options_.pool));
        close_expired();
    }
    tending_ = false;
}

void session_pool::close_expired() noexcept
{
    auto const now = home_.now();
    auto const limit = options_.pool.idle_timeout;
    while (limit.count() > 0 && idle_.size() > options_.pool.min_idle &&
           now - idle_.back().idle_since >= limit)
        retire(idle_.back());
    for (auto next = idle_.begin(); next != idle_.end();) {
        auto& one = *next++;
        if (now >= one.expires_at)
            retire(one);
    }
}

// ---- Unblocking ---------------------------------------------------------------------------------

void session_pool::unblock(lease blocked) noexcept
{
    work_.spawn(unblock_session(std::move(blocked)));
}

// The session is used again only after CLIENT UNBLOCK has been answered, or it could end the next command on it.
task<> session_pool::unblock_session(lease blocked)
{
    bool answered = false;
    try {
        co_await within(unblock_grace, until_unblocked(*blocked));
        answered = true;
    } catch (failure const&) {
        // Nothing more is known of it.
    }
    if (answered)
        blocked.give_back();
    else
        blocked.close();
}

// Asks again when the server has nothing to unblock: then the command is under way to it, or its answer from it.
task<> session_pool::until_unblocked(session& blocked)
{
    while (blocked.link().in_flight() > 0 && blocked.connection_id() != 0) {
        auto question = wire::request::named("CLIENT UNBLOCK");
        question.add(blocked.connection_id()).add("ERROR");
        auto const unblocked = co_await redstart::ask(side_, std::move(question));
        if (!unblocked)
            co_return;  // it may not be asked: whoever holds the session sees that it is not clean
        if (*unblocked == 1)
            co_await blocked.link().drain(unblock_grace);
        else if (blocked.link().in_flight() > 0)
            co_await sleep_for(std::chrono::milliseconds{1});
    }
}

// ---- The end ------------------------------------------------------------------------------------

task<> session_pool::unblock_all()
{
    std::vector<task<>> all;
    for (auto& each : in_use_)
        all.push_back(until_unblocked(each));
    co_await when_all(std::move(all));
    co_await all_back_.wait();
}

task<> session_pool::stop(boot_clock::duration grace)
{
    refuse_new();
    refuse_all(stopped());
    try {
        co_await within(grace, unblock_all());
    } catch (failure const&) {
        // They had their time.
    }
    co_await work_.stop();
    for (auto next = in_use_.begin(); next != in_use_.end();)
        (next++)->link().close();  // whose user may give it back at once
    try {
        co_await within(unblock_grace,
                        [](event& back) -> task<> { co_await back.wait(); }(all_back_));
    } catch (failure const&) {
        // Somebody keeps a session although nothing works on it any more.
    }
    idle_.clear();
    new_.clear();
    ended_.clear();
    home_.forget(*this);
    note_sizes();
}

}  // namespace redstart
