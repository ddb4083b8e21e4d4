// Many who ask a limiter at once, as tests of several limiters need them.

#pragma once

#include "redstart/task/when_all.hpp"
#include "redstart/toolkit/limits/limiter.hpp"

#include <vector>

namespace redstart::toolkit {

// Of so many calls for one subject, made together from one loop: how many are allowed.
inline task<std::uint32_t> allowed_of(limiter calls, int times)
{
    std::vector<task<limit_decision>> all;
    for (int i = 0; i < times; ++i)
        all.push_back(calls.acquire("ada"));
    std::uint32_t allowed = 0;
    for (auto const& decided : co_await when_all(std::move(all)))
        allowed += decided.allowed ? 1 : 0;
    co_return allowed;
}

}  // namespace redstart::toolkit
