#include "redstart/toolkit/limits/guarded_limiter.hpp"

#include "redstart/task/within.hpp"
#include "redstart/toolkit/limits/local_bucket.hpp"
#include "redstart/toolkit/limits/subject_table.hpp"
#include "redstart/toolkit/operation.hpp"

#include <algorithm>
#include <atomic>
#include <string>
#include <utility>

namespace redstart::toolkit {

namespace {

using std::chrono::microseconds;
using time_point = boot_clock::time_point;

// A refusal as it was told, with its waits as times: many of these are kept, and small.
struct refused_subject {
    time_point until{};  // it would be let in
    time_point more_at{};
    time_point reset_at{};
    std::uint32_t cost = 0;
    std::uint32_t limit = 0;
    std::uint32_t remaining = 0;
};

refused_subject remembered(limit_decision const& decided, std::uint32_t cost, time_point asked_at)
{
    return {.until = deadline_after(asked_at, decided.retry_after),
            .more_at = deadline_after(asked_at, decided.more_after),
            .reset_at = deadline_after(asked_at, decided.reset_after),
            .cost = cost,
            .limit = decided.limit,
            .remaining = decided.remaining};
}

// As it stands now, if nobody came in between.
limit_decision standing(refused_subject const& it, time_point now)
{
    auto const left = [now](time_point until) {
        return std::max(microseconds::zero(), std::chrono::ceil<microseconds>(until - now));
    };
    return {.limit = it.limit,
            .remaining = it.remaining,
            .retry_after = left(it.until),
            .more_after = left(it.more_at),
            .reset_after = left(it.reset_at)};
}

guard_options checked(guard_options options, std::source_location const& where)
{
    if (options.timeout <= boot_clock::duration::zero() ||
        options.pause <= boot_clock::duration::zero())
        throw toolkit_detail::invalid_argument("a guard's timeout and pause are above 0", where);
    if (options.instances == 0)
        throw toolkit_detail::invalid_argument("a guard has at least one instance", where);
    return options;
}

task<limit_decision> ready(limit_decision decided) { co_return decided; }

struct question {
    std::string subject;
    std::uint32_t cost;
    std::source_location where;
};

bool is_of_the_server(failure const& why, time_point callers_deadline)
{
    switch (why.code()) {
    case failure_code::cancelled:
    case failure_code::invalid_argument:
    case failure_code::stopped: return false;
    case failure_code::timed_out: return boot_clock::now() < callers_deadline;
    default: return true;
    }
}

// The server is there, and what lies at this subject's key is not ours: others can be asked about.
bool is_of_one_key(failure const& why)
{
    return why.code() == failure_code::decode_failed ||
           (why.code() == failure_code::server_error &&
            (why.server_code() == "WRONGTYPE" || why.server_code() == "ERR"));
}

}  // namespace

struct guarded_limiter::state {
    state(limiter taken, guard_options const& chosen)
        : guarded{std::move(taken)}, policy{guarded.policy()}, options{chosen},
          share{policy, chosen.instances}, refused{chosen.remembered},
          buckets{chosen.fallback == limit_fallback::local ? chosen.remembered : 0}
    {
    }

    std::optional<limit_decision> refusal(std::string_view subject, std::uint32_t cost)
    {
        auto const found = refused.find(subject, [&](refused_subject const* it, time_point now) {
            // Not what can never be: it would be told to wait.
            return it && cost >= it->cost && cost <= policy.limit
                       ? std::optional{standing(*it, now)}
                       : std::nullopt;
        });
        if (found)
            refused_from_memory.fetch_add(1, std::memory_order_relaxed);
        return found;
    }

    // False in the pause after a failure, but for the one who asks when it has ended.
    bool may_ask()
    {
        auto ends = failing_until.load(std::memory_order_relaxed);
        if (ends == time_point{})
            return true;
        auto const now = boot_clock::now();
        return now >= ends &&
               failing_until.compare_exchange_strong(ends, deadline_after(now, options.pause));
    }

    void heard(question const& about, limit_decision const& decided, time_point asked_at)
    {
        failing_until.store(time_point{}, std::memory_order_relaxed);
        if (decided.allowed || decided.never)
            return;
        refused.find_or_make(about.subject, [&](refused_subject* it, time_point) {
            if (it)
                *it = remembered(decided, about.cost, asked_at);
        });
    }

    limit_decision let_through(limit_decision decided)
    {
        if (decided.allowed)
            return decided;
        shadowed.fetch_add(1, std::memory_order_relaxed);
        decided.allowed = decided.shadowed = true;
        return decided;
    }

    void failed_now(failure const& why)
    {
        failed.fetch_add(1, std::memory_order_relaxed);
        failing_until.store(is_of_one_key(why) ? time_point{}
                                               : deadline_after(boot_clock::now(), options.pause),
                            std::memory_order_relaxed);
    }

    bool throws_failures() const
    {
        return options.fallback == limit_fallback::closed && !options.shadow;
    }

    microseconds until_asked_again(time_point now) const
    {
        auto const left = failing_until.load(std::memory_order_relaxed) - now;
        return std::max(microseconds{1}, std::chrono::ceil<microseconds>(left));
    }

    // Closed comes here in the shadow only.
    limit_decision without_the_server(std::string_view subject, std::uint32_t cost)
    {
        limit_decision all_are;
        all_are.never = cost > policy.limit;
        all_are.allowed = !all_are.never && options.fallback == limit_fallback::open;
        all_are.limit = all_are.remaining = policy.limit;
        if (options.fallback != limit_fallback::local)
            return all_are;
        return buckets.find_or_make(subject, [&](toolkit_detail::local_bucket* it, time_point now) {
            toolkit_detail::local_bucket of_nobody;
            auto decided = (it ? *it : of_nobody).take(share, cost, now);
            // Above the share, and not above the limit: it has to wait for the server.
            if (decided.never && !all_are.never) {
                decided.never = false;
                decided.retry_after = until_asked_again(now);
            }
            return decided;
        });
    }

    limiter const guarded;
    limit_policy const policy;
    guard_options const options;
    toolkit_detail::local_share const share;
    toolkit_detail::subject_table<refused_subject> refused;
    toolkit_detail::subject_table<toolkit_detail::local_bucket> buckets;
    std::atomic<time_point> failing_until{time_point{}};  // the epoch: it is not
    std::atomic<std::uint64_t> asked{0};
    std::atomic<std::uint64_t> refused_from_memory{0};
    std::atomic<std::uint64_t> failed{0};
    std::atomic<std::uint64_t> fallen_back{0};
    std::atomic<std::uint64_t> shadowed{0};

    static task<limit_decision> ask(std::shared_ptr<state> guard, task<limit_decision> asking,
                                    question about);
    static task<limit_decision> fall_back(std::shared_ptr<state> guard, question about);
    static task<limit_decision> watch(std::shared_ptr<state> guard, task<limit_decision> deciding);
};

task<limit_decision> guarded_limiter::state::ask(std::shared_ptr<state> guard,
                                                 task<limit_decision> asking, question about)
{
    guard->asked.fetch_add(1, std::memory_order_relaxed);
    auto const callers = co_await this_context();
    auto const asked_at = boot_clock::now();
    try {
        auto const decided = co_await within(guard->options.timeout, std::move(asking));
        guard->heard(about, decided, asked_at);
        co_return decided;
    } catch (failure const& why) {
        if (!is_of_the_server(why, callers.deadline))
            throw;
        guard->failed_now(why);
        guard->fallen_back.fetch_add(1, std::memory_order_relaxed);
        if (guard->throws_failures())
            throw;
    }
    co_return guard->without_the_server(about.subject, about.cost);
}

task<limit_decision> guarded_limiter::state::fall_back(std::shared_ptr<state> guard, question about)
{
    guard->fallen_back.fetch_add(1, std::memory_order_relaxed);
    if (guard->throws_failures())
        throw failure{{.code = failure_code::circuit_open,
                       .outcome = outcome::not_sent,
                       .command = {},
                       .reason = "the limiter's server failed just now",
                       .server_text = {}},
                      about.where};
    co_return guard->without_the_server(about.subject, about.cost);
}

task<limit_decision> guarded_limiter::state::watch(std::shared_ptr<state> guard,
                                                   task<limit_decision> deciding)
{
    co_return guard->let_through(co_await std::move(deciding));
}

guarded_limiter::guarded_limiter(limiter guarded, guard_options options, std::source_location where)
    : state_{std::make_shared<state>(std::move(guarded), checked(options, where))}
{
}

task<limit_decision> guarded_limiter::acquire(std::string_view subject, std::uint32_t cost,
                                              std::source_location where) const
{
    if (cost > 0)
        if (auto const refused = state_->refusal(subject, cost))
            return ready(state_->options.shadow ? state_->let_through(*refused) : *refused);
    question asked{std::string{subject}, cost, where};
    auto deciding =
        state_->may_ask()
            ? state::ask(state_, state_->guarded.acquire(subject, cost, where), std::move(asked))
            : state::fall_back(state_, std::move(asked));
    return state_->options.shadow ? state::watch(state_, std::move(deciding)) : std::move(deciding);
}

task<limit_decision> guarded_limiter::peek(std::string_view subject,
                                           std::source_location where) const
{
    return acquire(subject, 0, where);
}

std::optional<limit_decision> guarded_limiter::refusal(std::string_view subject,
                                                       std::uint32_t cost) const
{
    return cost > 0 && !state_->options.shadow ? state_->refusal(subject, cost) : std::nullopt;
}

guard_counts guarded_limiter::counts() const noexcept
{
    return {.asked = state_->asked.load(std::memory_order_relaxed),
            .refused_from_memory = state_->refused_from_memory.load(std::memory_order_relaxed),
            .failed = state_->failed.load(std::memory_order_relaxed),
            .fallen_back = state_->fallen_back.load(std::memory_order_relaxed),
            .shadowed = state_->shadowed.load(std::memory_order_relaxed)};
}

limit_policy guarded_limiter::policy() const { return state_->policy; }

}  // namespace redstart::toolkit
