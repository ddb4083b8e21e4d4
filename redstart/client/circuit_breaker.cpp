#include "redstart/client/circuit_breaker.hpp"

#include <utility>

namespace redstart {

bool circuit_breaker::lets_pass(boot_clock::time_point now) noexcept
{
    if (!is_open_)
        return true;
    if (is_trying_ || now < try_at_)
        return false;
    is_trying_ = true;
    return true;
}

void circuit_breaker::note_success() noexcept
{
    in_a_row_ = 0;
    is_open_ = is_trying_ = false;
}

bool circuit_breaker::note_failure(boot_clock::time_point now) noexcept
{
    is_trying_ = false;
    if (!is_on() || ++in_a_row_ < options_.failures)
        return false;
    try_at_ = deadline_after(now, options_.open_for);
    return !std::exchange(is_open_, true);
}

}  // namespace redstart
