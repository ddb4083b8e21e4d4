#include "redstart/toolkit/counters/nearest_sum.hpp"

#include <algorithm>
#include <limits>

namespace redstart::toolkit::toolkit_detail {

std::int64_t nearest_sum(std::vector<std::int64_t> const& counts) noexcept
{
    using limits = std::numeric_limits<std::int64_t>;
    __extension__ using wide = __int128;
    wide sum = 0;
    for (auto const each : counts)
        sum += each;
    return static_cast<std::int64_t>(std::clamp<wide>(sum, limits::min(), limits::max()));
}

}  // namespace redstart::toolkit::toolkit_detail
