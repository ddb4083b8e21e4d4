#include "redstart/toolkit/sliding_window.hpp"

#include "redstart/command/script.hpp"
#include "redstart/toolkit/operation.hpp"
#include "redstart/toolkit/sliding_window_script.hpp"

#include <utility>

namespace redstart::toolkit {

namespace {

using std::chrono::microseconds;
using acquire_script = script<sliding_window_reply>;

constexpr std::uint32_t highest_limit = 10'000;
constexpr microseconds shortest_window = std::chrono::milliseconds{1};
constexpr microseconds longest_window = std::chrono::days{366};

acquire_script const& acquiring()
{
    static acquire_script const sent{"sliding_window", sliding_window_text()};
    return sent;
}

sliding_window_options checked(sliding_window_options options, std::source_location const& where)
{
    if (options.limit == 0 || options.limit > highest_limit)
        throw toolkit_detail::invalid_argument("a window's limit is 1 to 10,000", where);
    if (options.window < shortest_window || options.window > longest_window)
        throw toolkit_detail::invalid_argument("a window is 1 ms to 366 days long", where);
    return options;
}

// With the window in the key, no limiter forgets what one of the same name with a longer window has to remember.
std::string kind_of(sliding_window_options const& options)
{
    return "window:" + options.name + ":" + std::to_string(options.window.count()) + "us";
}

task<window_decision> decide(client& db, command<sliding_window_reply> what, window_decision asked,
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

}  // namespace

sliding_window::sliding_window(client& db, sliding_window_options options,
                               std::source_location where)
    : db_{&db}, options_{checked(std::move(options), where)},
      keys_{options_.prefix, kind_of(options_), where}
{
}

task<window_decision> sliding_window::acquire(std::string_view subject, std::uint32_t cost,
                                              std::source_location where) const
{
    auto const log = keys_.key_of<std::string>(subject);
    auto what = acquiring()(keys(log), options_.limit, options_.window.count(), cost);
    window_decision asked;
    asked.never = cost > options_.limit;
    asked.limit = options_.limit;
    return decide(*db_, std::move(what), asked, where);
}

}  // namespace redstart::toolkit
