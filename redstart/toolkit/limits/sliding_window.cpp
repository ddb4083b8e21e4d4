#include "redstart/toolkit/limits/sliding_window.hpp"

#include "redstart/command/script.hpp"
#include "redstart/toolkit/limits/limit_script.hpp"
#include "redstart/toolkit/operation.hpp"

#include <utility>

namespace redstart::toolkit {

namespace {

using acquire_script = script<limit_reply>;

constexpr std::uint32_t highest_limit = 10'000;

acquire_script const& acquiring()
{
    static acquire_script const sent{"sliding_window", sliding_window_text()};
    return sent;
}

sliding_window_options checked(sliding_window_options options, std::source_location const& where)
{
    toolkit_detail::check_name(options.name, where);
    toolkit_detail::check_window(options.limit, highest_limit, options.window, where);
    return options;
}

// With the window in the key, no limiter forgets what one of the same name with a longer window has to remember.
std::string kind_of(sliding_window_options const& options)
{
    return "window:" + options.name + ":" + std::to_string(options.window.count()) + "us";
}

}  // namespace

sliding_window::sliding_window(client& db, sliding_window_options options,
                               std::source_location where)
    : db_{&db}, options_{checked(std::move(options), where)},
      keys_{options_.prefix, kind_of(options_), where}
{
}

task<limit_decision> sliding_window::acquire(std::string_view subject, std::uint32_t cost,
                                             std::source_location where) const
{
    auto const log = keys_.key_of<std::string>(subject);
    auto what = acquiring()(keys(log), options_.limit, options_.window.count(), cost);
    limit_decision asked;
    asked.never = cost > options_.limit;
    asked.limit = options_.limit;
    return toolkit_detail::decide(*db_, std::move(what), asked, where);
}

task<limit_decision> sliding_window::peek(std::string_view subject,
                                          std::source_location where) const
{
    return acquire(subject, 0, where);
}

limit_policy sliding_window::policy() const
{
    return {.name = options_.name, .limit = options_.limit, .window = options_.window};
}

}  // namespace redstart::toolkit
