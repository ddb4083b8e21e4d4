#include "redstart/toolkit/limits/limit_script.hpp"

#include "redstart/toolkit/operation.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace redstart::toolkit::toolkit_detail {

namespace {

using std::chrono::microseconds;

constexpr microseconds shortest_window = std::chrono::milliseconds{1};
constexpr std::size_t longest_name = 40;
constexpr microseconds longest_window = std::chrono::days{366};

}  // namespace

task<limit_decision> decide(client& db, command<limit_reply> what, limit_decision asked,
                            std::source_location where)
{
    auto const [allowed, remaining, retry, more, reset] = co_await db.exec(std::move(what), where);
    asked.allowed = allowed;
    asked.remaining = remaining;
    asked.retry_after = microseconds{retry};
    asked.more_after = microseconds{more};
    asked.reset_after = microseconds{reset};
    co_return asked;
}

void check_name(std::string_view name, std::source_location const& where)
{
    bool const is_plain =
        !name.empty() && name.size() <= longest_name && std::ranges::all_of(name, [](char c) {
            return c > ' ' && c < 0x7f && c != '{' && c != '}' && c != '%';
        });
    if (!is_plain)
        throw invalid_argument("a limiter's name is 1 to 40 printable ASCII characters without "
                               "blanks, braces and %",
                               where);
}

void check_window(std::uint32_t limit, std::uint32_t highest, microseconds window,
                  std::source_location const& where)
{
    if (limit == 0 || limit > highest)
        throw invalid_argument("a limit of such a window is 1 to " + std::to_string(highest),
                               where);
    if (window < shortest_window || window > longest_window)
        throw invalid_argument("a window is 1 ms to 366 days long", where);
}

}  // namespace redstart::toolkit::toolkit_detail
