// The script of the sliding window, apart from its caller so that tests can run it under a clock of their own. Private
// to toolkit.

#pragma once

#include <cstdint>
#include <string_view>
#include <tuple>

namespace redstart::toolkit {

// KEYS: the log. ARGV: limit, window in microseconds, cost.
std::string_view sliding_window_text() noexcept;

// Allowed, remaining, retry after, more after, reset after; the times in microseconds.
using sliding_window_reply =
    std::tuple<bool, std::uint32_t, std::int64_t, std::int64_t, std::int64_t>;

}  // namespace redstart::toolkit
