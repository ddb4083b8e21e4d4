#include "redstart/toolkit/bloom/penetration_guard.hpp"

#include "redstart/task/within.hpp"
#include "redstart/toolkit/operation.hpp"

namespace redstart::toolkit {

namespace {

using namespace std::chrono_literals;

void count(std::atomic<std::uint64_t>& one) { one.fetch_add(1, std::memory_order_relaxed); }

penetration_guard_options checked(penetration_guard_options options,
                                  std::source_location const& where)
{
    if (options.filter_timeout < 1ms || options.filter_timeout > 1min)
        throw toolkit_detail::invalid_argument("a filter's time-out is 1 ms to 1 min", where);
    return options;
}

}  // namespace

penetration_guard::penetration_guard(bloom_filter filter, penetration_guard_options options,
                                     std::source_location where)
    : filter_{std::move(filter)}, options_{checked(std::move(options), where)}
{
}

task<bool> penetration_guard::is_absent(task<bloom_answer> asked)
{
    count(reads_);
    auto const callers = co_await this_context();
    bool absent = false;
    try {
        absent = co_await within(options_.filter_timeout, std::move(asked)) == bloom_answer::absent;
    } catch (failure const& why) {
        bool const gave_up =
            why.code() == failure_code::timed_out && boot_clock::now() >= callers.deadline;
        if (gave_up || why.code() == failure_code::cancelled)
            throw;
        count(filter_failures_);
        if (options_.on_filter_failure)
            options_.on_filter_failure(why);
    }
    count(absent ? kept_away_ : loads_);
    co_return absent;
}

penetration_counts penetration_guard::counts() const noexcept
{
    auto const now = [](std::atomic<std::uint64_t> const& one) {
        return one.load(std::memory_order_relaxed);
    };
    return {.reads = now(reads_),
            .kept_away = now(kept_away_),
            .loads = now(loads_),
            .loads_of_nothing = now(loads_of_nothing_),
            .filter_failures = now(filter_failures_)};
}

}  // namespace redstart::toolkit
