// Sums of counts, which may leave the range of an int64. Private to toolkit.

#pragma once

#include <cstdint>
#include <vector>

namespace redstart::toolkit::toolkit_detail {

// The nearest int64 where the sum is none.
std::int64_t nearest_sum(std::vector<std::int64_t> const& counts) noexcept;

}  // namespace redstart::toolkit::toolkit_detail
