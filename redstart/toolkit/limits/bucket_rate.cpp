#include "redstart/toolkit/limits/bucket_rate.hpp"

#include "redstart/toolkit/limits/limit_script.hpp"
#include "redstart/toolkit/operation.hpp"

#include <limits>
#include <numeric>

namespace redstart::toolkit::toolkit_detail {

using std::chrono::microseconds;

constexpr std::int64_t most_parts = std::int64_t{1} << 51;

bucket_rate rate_of(std::uint32_t count, microseconds period) noexcept
{
    std::int64_t const tokens = count;
    auto const shared = std::gcd(tokens, period.count());
    return {.token = period.count() / shared, .parts = tokens / shared};
}

microseconds time_to_fill(bucket_rate const& rate, std::uint32_t burst) noexcept
{
    return microseconds{(burst * rate.token + rate.parts - 1) / rate.parts};
}

bucket_rate checked_rate(std::uint32_t count, microseconds period, std::uint32_t burst,
                         std::source_location const& where)
{
    check_window(count, std::numeric_limits<std::uint32_t>::max(), period, where);
    if (burst == 0)
        throw invalid_argument("the burst of a bucket is at least 1", where);
    auto const rate = rate_of(count, period);
    if (burst > most_parts / rate.token)
        throw invalid_argument(
            "burst times period, shortened by the count, is at most 2^51 microseconds", where);
    if (time_to_fill(rate, burst) > std::chrono::days{366})
        throw invalid_argument("a bucket fills within 366 days", where);
    return rate;
}

}  // namespace redstart::toolkit::toolkit_detail
