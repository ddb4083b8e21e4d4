// What the rate limiters share, and their scripts, apart from their callers so that tests can run them under a clock of
// their own. Private to toolkit.

#pragma once

#include "redstart/client/client.hpp"
#include "redstart/toolkit/limits/limit_decision.hpp"

#include <cstdint>
#include <source_location>
#include <string_view>
#include <tuple>

namespace redstart::toolkit {

// Allowed, remaining, retry after, more after, reset after; the times in microseconds.
using limit_reply = std::tuple<bool, std::uint32_t, std::int64_t, std::int64_t, std::int64_t>;
// The same, and how much was taken.
using bucket_reply =
    std::tuple<bool, std::uint32_t, std::int64_t, std::int64_t, std::int64_t, std::uint32_t>;

// Whether it was done, permits that are held, when the first ends and the last.
using permits_reply = std::tuple<bool, std::uint32_t, std::int64_t, std::int64_t>;

// KEYS: what is kept of the subject. ARGV: limit, window in microseconds, cost.
std::string_view sliding_window_text() noexcept;
std::string_view fixed_window_text() noexcept;
// ARGV: limit, window in milliseconds, cost.
std::string_view sliding_counter_text() noexcept;
// ARGV: burst, parts of a token, parts that come back in a microsecond, the least to take, the most to take.
std::string_view token_bucket_text() noexcept;
// ARGV: cost, and of each rule its name, burst, parts of a token, parts that come back in a microsecond.
std::string_view limit_rules_text() noexcept;
// ARGV: acquire, renew, release or report; token, limit, microseconds to hold it.
std::string_view permits_text() noexcept;

namespace toolkit_detail {

task<limit_decision> decide(client& db, command<limit_reply> what, limit_decision asked,
                            std::source_location where);

// Throws unless it is a name of a limiter: see options. So it fits into a key's kind, whatever stands beside it.
void check_name(std::string_view name, std::source_location const& where);

// Throws unless the limit is 1 to `highest` and the window 1 ms to 366 days long.
void check_window(std::uint32_t limit, std::uint32_t highest, std::chrono::microseconds window,
                  std::source_location const& where);

}  // namespace toolkit_detail

}  // namespace redstart::toolkit
