// The rate of a token bucket in whole numbers. Private to toolkit.

#pragma once

#include <chrono>
#include <cstdint>
#include <source_location>

namespace redstart::toolkit::toolkit_detail {

// What a bucket lacks is counted in parts: so many make a token, and so many come back in each microsecond.
struct bucket_rate {
    std::int64_t token = 1;
    std::int64_t parts = 1;
};

bucket_rate rate_of(std::uint32_t count, std::chrono::microseconds period) noexcept;
std::chrono::microseconds time_to_fill(bucket_rate const& rate, std::uint32_t burst) noexcept;

// Throws unless count and burst are at least 1, the period is 1 ms to 366 days, as long as the bucket takes to fill at
// most, and what it holds is at most 2^51 parts.
bucket_rate checked_rate(std::uint32_t count, std::chrono::microseconds period, std::uint32_t burst,
                         std::source_location const& where);

}  // namespace redstart::toolkit::toolkit_detail
