// A token bucket as one would count it by hand. Private to toolkit.

#pragma once

#include "redstart/toolkit/limits/limit_script_test.hpp"

#include <algorithm>
#include <cstdint>
#include <numeric>

namespace redstart::toolkit::limit_tests {

struct bucket_rate {
    std::uint32_t burst;
    std::int64_t count;   // tokens in
    std::int64_t period;  // so many microseconds

    std::int64_t token() const { return period / std::gcd(count, period); }
    std::int64_t parts() const { return count / std::gcd(count, period); }
    std::int64_t fills_in() const { return (burst * token() + parts() - 1) / parts(); }
};

// A bucket that is filled as time goes by: exact, in parts of which `count` come back in each microsecond.
class bucket_model {
public:
    decided acquire(std::int64_t now, bucket_rate const& rate, std::uint32_t cost)
    {
        fill(now, rate);
        decided answer{.allowed = cost * rate.period <= level_};
        if (answer.allowed)
            level_ -= cost * rate.period;
        answer.remaining = static_cast<std::uint32_t>(level_ / rate.period);
        if (cost > rate.burst)
            answer.retry = rate.fills_in();
        else if (!answer.allowed)
            answer.retry = wait(rate, cost * rate.period);
        if (answer.remaining < rate.burst)
            answer.more = wait(rate, (answer.remaining + 1) * rate.period);
        answer.reset = wait(rate, rate.burst * rate.period);
        return answer;
    }
    bool has(std::int64_t now, bucket_rate const& rate, std::uint32_t cost)
    {
        fill(now, rate);
        return cost * rate.period <= level_;
    }
    std::int64_t level() const { return level_; }

private:
    void fill(std::int64_t now, bucket_rate const& rate)
    {
        auto const full = rate.burst * rate.period;
        level_ = last_ == 0 ? full : std::min(full, level_ + (now - last_) * rate.count);
        last_ = now;
    }
    std::int64_t wait(bucket_rate const& rate, std::int64_t needed) const
    {
        return first_wait(rate.fills_in(),
                          [&](std::int64_t w) { return level_ + w * rate.count >= needed; });
    }

    std::int64_t level_ = 0;
    std::int64_t last_ = 0;
};

}  // namespace redstart::toolkit::limit_tests
