#include "redstart/task/event.hpp"

#include "redstart/task/manual_scheduler.hpp"
#include "redstart/task/probe_test.hpp"
#include "redstart/task/within.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace redstart {
namespace {

using namespace std::chrono_literals;
using probe::code_of;
using probe::wait_for;

task<> write_when_set(event& awaited, char letter, std::string& order)
{
    co_await awaited.wait();
    order += letter;
}

task<> wait_under(context given, event& awaited) { co_await under(given, wait_for(awaited)); }

TEST(event, lets_everybody_go_on_in_the_order_in_which_they_came)
{
    manual_scheduler loop;
    event gate;
    std::string order;
    std::array<result<void>, 3> ended;
    loop.start(write_when_set(gate, 'b', order), ended[0]);
    loop.start(write_when_set(gate, 'a', order), ended[1]);
    loop.start(write_when_set(gate, 'c', order), ended[2]);
    EXPECT_FALSE(gate.is_set());
    gate.set();
    EXPECT_EQ(order, "") << "nobody is resumed from inside set()";
    loop.run();
    EXPECT_EQ(order, "bac");
}

TEST(event, stays_set_for_those_who_come_later)
{
    manual_scheduler loop;
    event gate;
    gate.set();
    gate.set();
    loop.run(wait_for(gate));
    EXPECT_TRUE(gate.is_set());
    gate.reset();
    EXPECT_FALSE(gate.is_set());
    result<void> ended;
    loop.start(wait_for(gate), ended);
    EXPECT_FALSE(ended.is_set());
    gate.set();
    loop.run();
    EXPECT_TRUE(ended.is_set());
}

TEST(event, lets_those_go_on_who_waited_although_it_is_reset_at_once)
{
    manual_scheduler loop;
    event gate;
    result<void> ended;
    loop.start(wait_for(gate), ended);
    gate.set();
    gate.reset();
    loop.run();
    EXPECT_TRUE(ended.is_set());
}

TEST(event, is_set_even_for_the_cancelled)
{
    manual_scheduler loop;
    cancellation source;
    source.request();
    event gate;
    gate.set();
    loop.run(wait_under({.loop = &loop, .cancel = &source}, gate));
    loop.run(wait_under({.loop = &loop, .deadline = loop.clock() - 1s}, gate));
}

TEST(event, forgets_those_who_give_up_wherever_they_stand)
{
    for (std::size_t quitter = 0; quitter < 3; ++quitter) {
        manual_scheduler loop;
        event gate;
        std::array<cancellation, 3> sources;
        std::array<result<void>, 3> ended;
        for (std::size_t at = 0; at < 3; ++at)
            loop.start(wait_under({.loop = &loop, .cancel = &sources[at]}, gate), ended[at]);
        sources[quitter].request();
        loop.run();
        EXPECT_EQ(code_of(ended[quitter]), failure_code::cancelled);
        gate.set();
        loop.run();
        for (std::size_t at = 0; at < 3; ++at) {
            EXPECT_TRUE(ended[at].is_set());
            EXPECT_EQ(ended[at].has_failed(), at == quitter);
        }
    }
}

TEST(event, wins_over_a_cancellation_and_a_deadline_that_come_later)
{
    manual_scheduler loop;
    event gate;
    cancellation source;
    result<void> ended;
    loop.start(wait_under({.loop = &loop, .deadline = loop.clock() + 5ms, .cancel = &source}, gate),
               ended);
    gate.set();
    source.request();
    loop.advance(1s);
    EXPECT_TRUE(ended.is_set());
    EXPECT_FALSE(ended.has_failed());
}

TEST(event, loses_against_a_cancellation_that_came_before)
{
    manual_scheduler loop;
    event gate;
    cancellation source;
    result<void> ended;
    loop.start(wait_under({.loop = &loop, .cancel = &source}, gate), ended);
    source.request();
    gate.set();
    loop.run();
    EXPECT_EQ(code_of(ended), failure_code::cancelled);
}

TEST(event, times_out_with_the_ambient_deadline)
{
    manual_scheduler loop;
    event gate;
    result<void> ended;
    loop.start(wait_under({.loop = &loop, .deadline = loop.clock() + 5ms}, gate), ended);
    loop.advance(4ms);
    EXPECT_FALSE(ended.is_set());
    loop.advance(1ms);
    EXPECT_EQ(code_of(ended), failure_code::timed_out);
}

TEST(event, may_end_before_those_run_whom_it_woke)
{
    manual_scheduler loop;
    result<void> ended;
    {
        event gate;
        loop.start(wait_for(gate), ended);
        gate.set();
    }
    loop.run();
    EXPECT_TRUE(ended.is_set());
}

TEST(event_death, notices_that_it_ends_while_somebody_waits)
{
    manual_scheduler loop;
    EXPECT_DEATH(
        {
            event gate;
            result<void> ended;
            loop.start(wait_for(gate), ended);
        },
        "while somebody waits");
}

TEST(event_death, notices_that_it_is_set_by_a_foreign_thread)
{
    manual_scheduler loop;
    EXPECT_DEATH(
        {
            event gate;
            result<void> ended;
            loop.start(wait_for(gate), ended);
            manual_scheduler other;
            gate.set();
        },
        "the loop where it began");
}

}  // namespace
}  // namespace redstart
