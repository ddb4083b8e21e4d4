#include "redstart/toolkit/limits/limiter.hpp"

namespace redstart::toolkit {

namespace {

task<limit_report> read_report(task<limit_decision> looking, limit_policy policy)
{
    auto const looked = co_await std::move(looking);
    co_return limit_report{.name = std::move(policy.name),
                           .limit = looked.limit,
                           .remaining = looked.remaining,
                           .more_after_us = looked.more_after.count(),
                           .reset_after_us = looked.reset_after.count()};
}

}  // namespace

task<limit_report> limiter::report(std::string_view subject, std::source_location where) const
{
    return read_report(peek(subject, where), policy());
}

}  // namespace redstart::toolkit
