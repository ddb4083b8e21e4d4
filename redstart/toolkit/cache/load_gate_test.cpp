#include "redstart/toolkit/cache/load_gate.hpp"

#include "redstart/net/runtime.hpp"
#include "redstart/task/race.hpp"
#include "redstart/task/sleep.hpp"
#include "redstart/task/within.hpp"

#include <gtest/gtest.h>

namespace redstart::toolkit::toolkit_detail {

namespace load_gate_tests {

using namespace std::chrono_literals;

task<> stay_inside(load_gate& gate)
{
    co_await gate.enter();
    load_gate::visit const inside{gate};
    co_await sleep_for(1h);
}

task<> a_moment() { co_await sleep_for(1ms); }

TEST(load_gate_test, loses_no_place_when_who_is_inside_and_who_waits_give_up_together)
{
    runtime loops{{.loops = 1}};
    load_gate gate{1};
    auto const test = [&]() -> task<> {
        for (int round = 0; round < 3; ++round)
            co_await race(stay_inside(gate), stay_inside(gate), a_moment());
        co_await within(10s, gate.enter());
        gate.leave();
    };
    EXPECT_NO_THROW(loops.run(test()));
}

}  // namespace load_gate_tests

}  // namespace redstart::toolkit::toolkit_detail
