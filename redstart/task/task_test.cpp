#include "redstart/task/task.hpp"

#include "redstart/task/manual_scheduler.hpp"
#include "redstart/task/probe_test.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace redstart {
namespace {

using probe::give;
using probe::mishap;

task<> raise_flag(bool& flag)
{
    flag = true;
    co_return;
}

task<std::unique_ptr<int>> give_unique(std::unique_ptr<int> owned) { co_return owned; }

struct no_default {
    explicit no_default(int number, std::string name) : value{number}, text{std::move(name)} {}
    no_default(no_default&&) = default;
    int const value;  // not assignable either
    std::string text;
};

task<no_default> give_no_default() { co_return no_default{7, "seven"}; }

task<std::pair<int, std::string>> give_braced() { co_return {7, "seven"}; }

task<std::string> give_converted() { co_return "text"; }

task<int> add(task<int> left, task<int> right)
{
    co_return co_await std::move(left) + co_await std::move(right);
}

task<> throw_from_void()
{
    throw mishap{1};
    co_return;
}

task<std::string> catch_inside()
{
    std::string caught;
    try {
        co_await throw_from_void();
    } catch (mishap const&) {
        caught += 'v';
    }
    try {
        co_await probe::fail(2);
    } catch (mishap const& thrown) {
        caught += std::to_string(thrown.number);
    }
    co_return caught;
}

task<int> pass_on(task<int> inner) { co_return co_await std::move(inner); }

TEST(task, does_nothing_until_it_is_awaited)
{
    bool started = false;
    {
        auto const dropped = raise_flag(started);
    }
    EXPECT_FALSE(started);
    manual_scheduler loop;
    loop.run(raise_flag(started));
    EXPECT_TRUE(started);
}

TEST(task, gives_values_of_every_sort)
{
    manual_scheduler loop;
    EXPECT_EQ(loop.run(give(5)), 5);
    EXPECT_EQ(*loop.run(give_unique(std::make_unique<int>(6))), 6);
    auto const odd = loop.run(give_no_default());
    EXPECT_EQ(odd.value, 7);
    EXPECT_EQ(odd.text, "seven");
    EXPECT_EQ(loop.run(give_braced()), (std::pair<int, std::string>{7, "seven"}));
    EXPECT_EQ(loop.run(give_converted()), "text");
    EXPECT_EQ(loop.run(add(give(1), add(give(2), give(3)))), 6);
}

TEST(task, throws_what_was_thrown_inside)
{
    manual_scheduler loop;
    EXPECT_THROW(loop.run(throw_from_void()), mishap);
    EXPECT_THROW(loop.run(pass_on(pass_on(probe::fail(3)))), mishap);
    EXPECT_EQ(loop.run(catch_inside()), "v2");
}

TEST(task, can_be_moved_and_replaced_before_it_starts)
{
    manual_scheduler loop;
    auto first = give(1);
    auto second = std::move(first);
    second = give(2);
    auto& itself = second;
    second = std::move(itself);
    EXPECT_EQ(loop.run(std::move(second)), 2);
}

TEST(task, frees_what_it_was_given_when_it_is_dropped_unstarted)
{
    bool gone = false;
    {
        auto const dropped = [](probe::tell_tale) -> task<> { co_return; }(probe::tell_tale{gone});
        EXPECT_FALSE(gone);
    }
    EXPECT_TRUE(gone);
}

task<bool> parameters_of_an_awaited_task_are_gone(bool& gone)
{
    co_await [](probe::tell_tale) -> task<> { co_return; }(probe::tell_tale{gone});
    co_return gone;
}

TEST(task, frees_its_frame_when_the_awaiting_expression_ends)
{
    manual_scheduler loop;
    bool gone = false;
    EXPECT_TRUE(loop.run(parameters_of_an_awaited_task_are_gone(gone)));
}

// The tasks that are awaited in here see the very same context, not a copy.
struct ambient_address {
    bool await_ready() const noexcept { return false; }
    template <contextual Promise>
    bool await_suspend(std::coroutine_handle<Promise> awaiting) noexcept
    {
        address = &awaiting.promise().ambient();
        return false;
    }
    context const* await_resume() const noexcept { return address; }
    context const* address = nullptr;
};

task<context const*> inherited_address() { co_return co_await ambient_address{}; }

task<bool> inherits_by_reference()
{
    auto const* const mine = co_await ambient_address{};
    co_return co_await inherited_address() == mine;
}

TEST(task, inherits_the_context_of_whoever_awaits_it)
{
    manual_scheduler loop;
    EXPECT_TRUE(loop.run(inherits_by_reference()));
    auto const seen = loop.run(probe::look_around());
    EXPECT_EQ(seen.loop, &loop);
    EXPECT_EQ(seen.deadline, no_deadline);
    EXPECT_EQ(seen.cancel, nullptr);
    EXPECT_EQ(seen.trace, nullptr);
    EXPECT_FALSE(seen.is_cancelled());
}

TEST(task_death, notices_that_it_is_destroyed_while_it_is_under_way)
{
    manual_scheduler loop;
    EXPECT_DEATH(
        {
            event never;
            context const own{.loop = &loop};
            auto stuck = probe::wait_for(never);
            std::move(stuck).operator co_await().begin(std::noop_coroutine(), own).resume();
        },
        "while it was under way");
}

TEST(task_death, notices_that_it_is_awaited_a_second_time)
{
    manual_scheduler loop;
    EXPECT_DEATH(
        {
            context const own{.loop = &loop};
            auto once = give(1);
            auto awaiter = std::move(once).operator co_await();
            awaiter.begin(std::noop_coroutine(), own).resume();
            awaiter.begin(std::noop_coroutine(), own);
        },
        "awaited once");
}

TEST(task_death, notices_that_it_was_moved_away)
{
    manual_scheduler loop;
    EXPECT_DEATH(
        {
            context const own{.loop = &loop};
            auto moved = give(1);
            auto const taken = std::move(moved);
            // NOLINTNEXTLINE(bugprone-use-after-move): that is the mistake
            std::move(moved).operator co_await().begin(std::noop_coroutine(), own);
        },
        "moved from");
}

TEST(branch_death, notices_that_it_is_destroyed_while_it_is_under_way)
{
    struct owner : branch_owner {
        std::coroutine_handle<> ended(branch::handle) noexcept override
        {
            return std::noop_coroutine();
        }
    };
    manual_scheduler loop;
    EXPECT_DEATH(
        {
            event never;
            result<void> into;
            owner mine;
            auto stuck = run_into(probe::wait_for(never), into);
            stuck.start({.loop = &loop}, mine);
            loop.run();
        },
        "branch was destroyed");
}

}  // namespace
}  // namespace redstart
