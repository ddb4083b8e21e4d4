#include "redstart/task/waiter.hpp"

#include "redstart/task/manual_scheduler.hpp"
#include "redstart/task/probe_test.hpp"
#include "redstart/task/within.hpp"

#include <gtest/gtest.h>

namespace redstart {
namespace {

using namespace std::chrono_literals;
using probe::code_of;
using ending = waiter::ending;

// An operation that is answered by hand. A stubborn one insists on its answer after it was given
// up.
class operation_by_hand : private waiter {
public:
    explicit operation_by_hand(bool is_stubborn = false) : stubborn_{is_stubborn} {}

    bool await_ready() const noexcept { return false; }
    template <contextual Promise>
    bool await_suspend(std::coroutine_handle<Promise> awaiting) noexcept
    {
        if (!may_begin(awaiting.promise().ambient(), own_deadline))
            return false;
        begin(awaiting.promise().ambient(), own_deadline, awaiting);
        return true;
    }
    void await_resume()
    {
        ++resumed;
        throw_unless_finished(std::source_location::current());
    }

    using waiter::ended_by;
    using waiter::finish;
    using waiter::prolong;

    boot_clock::time_point own_deadline = no_deadline;
    int resumed = 0;
    int given_up_calls = 0;
    ending given_up_why = ending::pending;

private:
    bool given_up(ending why) noexcept override
    {
        ++given_up_calls;
        given_up_why = why;
        return !stubborn_;
    }

    bool stubborn_;
};

task<> await(operation_by_hand& operation, context given)
{
    auto const inner = [](operation_by_hand& which) -> task<> { co_await which; };
    co_await under(given, inner(operation));
}

TEST(waiter, may_be_given_another_deadline_but_none_beyond_the_ambient_one)
{
    manual_scheduler loop;
    operation_by_hand operation;
    operation.own_deadline = loop.now() + 1ms;
    context const ambient{.loop = &loop, .deadline = loop.now() + 20ms};
    result<void> ended;
    loop.start(await(operation, ambient), ended);
    operation.prolong(ambient, loop.now() + 10ms);
    loop.advance(9ms);
    EXPECT_EQ(operation.ended_by(), ending::pending);
    operation.prolong(ambient, no_deadline);
    loop.advance(10ms);
    EXPECT_EQ(operation.ended_by(), ending::pending);
    loop.advance(1ms);
    EXPECT_EQ(operation.ended_by(), ending::timed_out);
    EXPECT_EQ(code_of(ended), failure_code::timed_out);
}

TEST(waiter, finishes_once)
{
    manual_scheduler loop;
    operation_by_hand operation;
    result<void> ended;
    loop.start(await(operation, {.loop = &loop}), ended);
    EXPECT_EQ(operation.ended_by(), ending::pending);
    operation.finish();
    operation.finish();
    EXPECT_EQ(operation.resumed, 0) << "only from the ready list";
    loop.run();
    EXPECT_EQ(operation.resumed, 1);
    EXPECT_EQ(operation.given_up_calls, 0);
    EXPECT_TRUE(ended.is_set());
    EXPECT_FALSE(ended.has_failed());
    operation.finish();
    loop.run();
    EXPECT_EQ(operation.resumed, 1);
}

TEST(waiter, obeys_the_earlier_of_two_deadlines)
{
    for (auto const [own, ambient] : {std::pair{5ms, 9ms}, std::pair{9ms, 5ms}}) {
        manual_scheduler loop;
        operation_by_hand operation;
        operation.own_deadline = loop.clock() + own;
        result<void> ended;
        loop.start(await(operation, {.loop = &loop, .deadline = loop.clock() + ambient}), ended);
        loop.advance(4ms);
        EXPECT_FALSE(ended.is_set());
        loop.advance(1ms);
        EXPECT_EQ(code_of(ended), failure_code::timed_out);
        EXPECT_EQ(operation.given_up_why, ending::timed_out);
    }
}

// Every order of the three things that may end a wait, all of them before the coroutine runs.
TEST(waiter, is_ended_by_whatever_comes_first)
{
    std::string events = "cft";  // cancelled, finished, timed out
    do {
        manual_scheduler loop;
        cancellation source;
        operation_by_hand operation;
        result<void> ended;
        loop.start(
            await(operation, {.loop = &loop, .deadline = loop.clock() + 5ms, .cancel = &source}),
            ended);
        for (char const what : events)
            if (what == 'c')
                source.request();
            else if (what == 'f')
                operation.finish();
            else
                loop.advance(5ms);
        loop.advance(1s);
        auto const expected = events[0] == 'c'   ? ending::cancelled
                              : events[0] == 'f' ? ending::finished
                                                 : ending::timed_out;
        EXPECT_EQ(operation.ended_by(), expected) << events;
        EXPECT_EQ(operation.resumed, 1) << events;
        EXPECT_EQ(operation.given_up_calls, events[0] == 'f' ? 0 : 1) << events;
        EXPECT_TRUE(ended.is_set());
    } while (std::ranges::next_permutation(events).found);
}

TEST(waiter, may_insist_on_its_answer)
{
    manual_scheduler loop;
    cancellation source;
    operation_by_hand operation{true};
    result<void> ended;
    loop.start(await(operation, {.loop = &loop, .deadline = loop.clock() + 5ms, .cancel = &source}),
               ended);
    source.request();
    loop.advance(1h);
    EXPECT_EQ(operation.given_up_calls, 1) << "the deadline after it is not another reason";
    EXPECT_EQ(operation.given_up_why, ending::cancelled);
    EXPECT_FALSE(ended.is_set());
    operation.finish();
    loop.run();
    EXPECT_EQ(operation.resumed, 1);
    EXPECT_TRUE(ended.is_set());
    EXPECT_FALSE(ended.has_failed()) << "what finished in the end is finished";
}

TEST(waiter, does_not_begin_without_time_or_when_cancelled)
{
    manual_scheduler loop;
    cancellation source;
    source.request();
    for (auto const& given : {context{.loop = &loop, .deadline = loop.clock()},
                              context{.loop = &loop, .cancel = &source}}) {
        operation_by_hand operation;
        result<void> ended;
        loop.start(await(operation, given), ended);
        EXPECT_TRUE(ended.has_failed());
        EXPECT_EQ(operation.resumed, 1);
        EXPECT_EQ(operation.given_up_calls, 0) << "it stands in no list yet";
    }
}

}  // namespace
}  // namespace redstart
