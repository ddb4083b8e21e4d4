#include "redstart/toolkit/cache/load_gate.hpp"

#include <algorithm>

namespace redstart::toolkit::toolkit_detail {

task<> load_gate::enter()
{
    if (free_ > 0) {
        --free_;
        co_return;
    }
    event may_enter;
    waiting_.push_back(&may_enter);
    try {
        co_await may_enter.wait();
    } catch (...) {
        if (may_enter.is_set())
            leave();  // it was handed over to somebody who had already given up
        else
            std::erase(waiting_, &may_enter);
        throw;
    }
}

void load_gate::leave() noexcept
{
    if (waiting_.empty()) {
        ++free_;
        return;
    }
    waiting_.front()->set();  // its place is handed over
    waiting_.pop_front();
}

}  // namespace redstart::toolkit::toolkit_detail
