#include "redstart/http/middleware.hpp"
#include "redstart/http/problem.hpp"

#include <memory>

namespace redstart::http {

namespace {

task<response> guarded(failure_log const& log, context& c, next go_on)
{
    std::exception_ptr thrown;
    try {
        co_return co_await go_on(c);
    } catch (...) {
        thrown = std::current_exception();
    }
    auto const shown = describe(thrown);
    bool const has_left = (co_await this_context()).is_cancelled();
    if (log && shown.status() >= 500 && !has_left)
        log(c, std::move(thrown));
    co_return response::problem(shown);
}

}  // namespace

middleware recover(failure_log log)
{
    return [log = std::move(log)](context& c, next go_on) { return guarded(log, c, go_on); };
}

}  // namespace redstart::http
