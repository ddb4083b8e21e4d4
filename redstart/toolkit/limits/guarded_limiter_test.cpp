#include "redstart/toolkit/limits/guarded_limiter.hpp"

#include "redstart/net/runtime.hpp"
#include "redstart/task/sleep.hpp"
#include "redstart/task/within.hpp"
#include "redstart/toolkit/limits/local_bucket.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <random>
#include <string>

namespace redstart::toolkit::guarding {

namespace {

using namespace std::chrono_literals;

// A limiter that answers what the test tells it to.
struct scripted {
    using answering = std::function<task<limit_decision>(std::string subject, std::uint32_t cost)>;

    task<limit_decision> acquire(std::string_view subject, std::uint32_t cost,
                                 std::source_location) const
    {
        return (*answer)(std::string{subject}, cost);
    }
    task<limit_decision> peek(std::string_view subject, std::source_location where) const
    {
        return acquire(subject, 0, where);
    }
    limit_policy policy() const { return {"scripted", 10, 1h}; }

    std::shared_ptr<answering> answer;
};

limit_decision refused_for(std::chrono::microseconds wait)
{
    return {
        .limit = 10, .remaining = 1, .retry_after = wait, .more_after = wait, .reset_after = 2h};
}

failure failing(failure_code code)
{
    return failure{
        {.code = code, .outcome = {}, .command = {}, .reason = "as told", .server_text = {}}};
}

class guarded_limiter_test : public ::testing::Test {
protected:
    // Each question is counted.
    guarded_limiter guard(scripted::answering answers, guard_options options = {})
    {
        return guarded_limiter{
            scripted{std::make_shared<scripted::answering>(
                [this, answers = std::move(answers)](std::string subject, std::uint32_t cost) {
                    ++questions;
                    return answers(std::move(subject), cost);
                })},
            options};
    }
    guarded_limiter refusing(std::chrono::microseconds wait, guard_options options = {})
    {
        return guard([wait](std::string,
                            std::uint32_t) -> task<limit_decision> { co_return refused_for(wait); },
                     options);
    }
    // Fails as long as `code` is set.
    guarded_limiter maybe_failing(guard_options options)
    {
        return guard(
            [this](std::string, std::uint32_t) -> task<limit_decision> {
                if (code)
                    throw failing(*code);
                co_return limit_decision{.allowed = true, .limit = 10, .remaining = 9};
            },
            options);
    }
    limit_decision run(task<limit_decision> work) { return loops.run(std::move(work)); }
    std::optional<failure_code> code_of(task<limit_decision> work)
    {
        try {
            loops.run(std::move(work));
        } catch (failure const& why) {
            return why.code();
        }
        return std::nullopt;
    }

    runtime loops{{.loops = 1}};
    std::optional<failure_code> code = failure_code::connection_lost;
    int questions = 0;
};

TEST_F(guarded_limiter_test, asks_about_others_when_the_key_of_one_is_not_a_limiters)
{
    auto const calls = guard([](std::string subject, std::uint32_t) -> task<limit_decision> {
        if (subject == "spoiled")
            throw failure{{.code = failure_code::server_error,
                           .outcome = {},
                           .command = {},
                           .reason = "as told",
                           .server_text = "WRONGTYPE of another"}};
        co_return limit_decision{.allowed = true, .limit = 10, .remaining = 9};
    });
    EXPECT_EQ(code_of(calls.acquire("spoiled")), failure_code::server_error);
    EXPECT_EQ(code_of(calls.acquire("ada")), std::nullopt);
    EXPECT_EQ(code_of(calls.acquire("spoiled")), failure_code::server_error);
    EXPECT_EQ(calls.counts().failed, 2U);
    EXPECT_EQ(calls.counts().asked, 3U);
}

TEST_F(guarded_limiter_test, ends_the_pause_when_the_server_answers_that_a_key_is_not_a_limiters)
{
    auto const calls = guard(
        [this](std::string, std::uint32_t) -> task<limit_decision> {
            throw failing(questions == 1 ? failure_code::connection_lost
                                         : failure_code::decode_failed);
            co_return {};
        },
        {.pause = 20ms});
    EXPECT_EQ(code_of(calls.acquire("ada")), failure_code::connection_lost);
    while (code_of(calls.acquire("ada")) == failure_code::circuit_open)
        ;
    EXPECT_EQ(code_of(calls.acquire("ada")), failure_code::decode_failed);
    EXPECT_EQ(questions, 3);
}

TEST_F(guarded_limiter_test, remembers_whom_it_refused)
{
    auto const calls = refusing(1h);
    EXPECT_FALSE(run(calls.acquire("ada")).allowed);
    for (int i = 0; i < 100; ++i) {
        auto const again = run(calls.acquire("ada"));
        EXPECT_FALSE(again.allowed);
        EXPECT_EQ(again.remaining, 1U);
        EXPECT_GT(again.retry_after, 50min);
        EXPECT_LE(again.retry_after, 1h);
        EXPECT_LE(again.reset_after, 2h);
    }
    EXPECT_EQ(questions, 1);
    EXPECT_FALSE(run(calls.acquire("bob")).allowed);
    EXPECT_EQ(questions, 2);
    EXPECT_EQ(calls.counts().asked, 2U);
    EXPECT_EQ(calls.counts().refused_from_memory, 100U);
}

TEST_F(guarded_limiter_test, asks_for_a_lower_cost_than_was_refused_and_not_for_a_higher_one)
{
    auto const calls = refusing(1h);
    run(calls.acquire("ada", 5));
    run(calls.acquire("ada", 6));
    EXPECT_EQ(questions, 1);
    run(calls.acquire("ada", 4));
    EXPECT_EQ(questions, 2);
    run(calls.acquire("ada", 4));
    run(calls.peek("ada"));
    EXPECT_EQ(questions, 3) << "a look is always asked for";
}

TEST_F(guarded_limiter_test, asks_again_when_the_wait_has_ended)
{
    auto const calls = refusing(0us);
    for (int i = 0; i < 3; ++i)
        run(calls.acquire("ada"));
    EXPECT_EQ(questions, 3);
}

TEST_F(guarded_limiter_test, does_not_remember_what_can_never_be)
{
    auto const calls = guard([](std::string, std::uint32_t) -> task<limit_decision> {
        co_return limit_decision{.never = true, .limit = 10, .retry_after = 1h};
    });
    run(calls.acquire("ada", 11));
    run(calls.acquire("ada", 11));
    EXPECT_EQ(questions, 2);
}

TEST_F(guarded_limiter_test, tells_nobody_to_wait_for_what_can_never_be)
{
    auto const calls = refusing(1h);
    run(calls.acquire("ada"));
    EXPECT_EQ(calls.refusal("ada", 11), std::nullopt);
    EXPECT_TRUE(calls.refusal("ada", 10));
}

TEST_F(guarded_limiter_test, may_pause_for_ever)
{
    auto const calls =
        maybe_failing({.fallback = limit_fallback::open, .pause = boot_clock::duration::max()});
    for (int i = 0; i < 3; ++i)
        run(calls.acquire("ada"));
    EXPECT_EQ(questions, 1);
}

TEST_F(guarded_limiter_test, tells_a_refusal_without_a_coroutine)
{
    auto const calls = refusing(1h);
    EXPECT_EQ(calls.refusal("ada"), std::nullopt);
    run(calls.acquire("ada"));
    EXPECT_FALSE(calls.refusal("ada").value().allowed);
    EXPECT_EQ(calls.refusal("ada", 0), std::nullopt);
}

TEST_F(guarded_limiter_test, forgets_some_when_there_are_too_many)
{
    auto const calls = refusing(1h, {.remembered = 64});
    for (int i = 0; i < 5000; ++i)
        run(calls.acquire(std::to_string(i)));
    questions = 0;
    for (int i = 0; i < 5000; ++i)
        EXPECT_FALSE(run(calls.acquire(std::to_string(i))).allowed);
    EXPECT_GE(questions, 5000 - 64);
    run(calls.acquire(std::string(257, 'x')));
    questions = 0;
    run(calls.acquire(std::string(257, 'x')));
    EXPECT_EQ(questions, 1) << "too long to be remembered";
    auto const without = refusing(1h, {.remembered = 0});
    run(without.acquire("ada"));
    run(without.acquire("ada"));
    EXPECT_EQ(questions, 3);
}

TEST_F(guarded_limiter_test, allows_when_the_server_fails_and_asks_it_no_more)
{
    auto const calls = maybe_failing({.fallback = limit_fallback::open, .pause = 1h});
    for (int i = 0; i < 20; ++i)
        EXPECT_TRUE(run(calls.acquire("ada")).allowed);
    EXPECT_EQ(questions, 1);
    EXPECT_TRUE(run(calls.acquire("ada", 11)).never);
    EXPECT_EQ(calls.counts().failed, 1U);
    EXPECT_EQ(calls.counts().fallen_back, 21U);
}

TEST_F(guarded_limiter_test, fails_when_the_server_does)
{
    auto const calls = maybe_failing({.fallback = limit_fallback::closed, .pause = 1h});
    EXPECT_EQ(code_of(calls.acquire("ada")), failure_code::connection_lost);
    EXPECT_EQ(code_of(calls.acquire("ada")), failure_code::circuit_open);
    EXPECT_EQ(questions, 1);
}

TEST_F(guarded_limiter_test, allows_its_share_when_the_server_fails)
{
    auto const calls =
        maybe_failing({.fallback = limit_fallback::local, .pause = 1h, .instances = 2});
    for (auto const* const subject : {"ada", "bob"}) {
        for (int i = 0; i < 5; ++i)
            EXPECT_TRUE(run(calls.acquire(subject)).allowed);
        auto const refused = run(calls.acquire(subject));
        EXPECT_FALSE(refused.allowed);
        EXPECT_EQ(refused.limit, 5U);
        EXPECT_LE(refused.retry_after, 12min + 1us);
        EXPECT_GT(refused.retry_after, 10min);
    }
}

TEST_F(guarded_limiter_test,
       tells_to_wait_for_the_server_what_is_above_its_share_and_not_above_the_limit)
{
    auto const calls =
        maybe_failing({.fallback = limit_fallback::local, .pause = 1h, .instances = 2});
    auto const waits = run(calls.acquire("ada", 10));
    EXPECT_FALSE(waits.allowed);
    EXPECT_FALSE(waits.never);
    EXPECT_GT(waits.retry_after, 50min);
    EXPECT_LE(waits.retry_after, 1h);
    EXPECT_TRUE(run(calls.acquire("ada", 11)).never);
    EXPECT_TRUE(run(calls.acquire("ada", 5)).allowed) << "neither took anything";
}

TEST_F(guarded_limiter_test, asks_again_after_the_pause)
{
    auto const calls = maybe_failing({.fallback = limit_fallback::open, .pause = 1ns});
    run(calls.acquire("ada"));
    run(calls.acquire("ada"));
    EXPECT_EQ(questions, 2);
    code.reset();
    EXPECT_EQ(run(calls.acquire("ada")).remaining, 9U);
    EXPECT_EQ(run(calls.acquire("ada")).remaining, 9U);
    EXPECT_EQ(calls.counts().failed, 2U);
}

TEST_F(guarded_limiter_test, does_not_wait_longer_than_its_timeout)
{
    auto const calls = guard(
        [](std::string, std::uint32_t) -> task<limit_decision> {
            co_await sleep_for(24h);
            co_return limit_decision{};
        },
        {.fallback = limit_fallback::open, .timeout = 1ms});
    EXPECT_TRUE(run(calls.acquire("ada")).allowed);
    EXPECT_EQ(calls.counts().failed, 1U);
}

TEST_F(guarded_limiter_test, throws_on_what_the_caller_caused)
{
    for (auto const caused :
         {failure_code::cancelled, failure_code::invalid_argument, failure_code::stopped}) {
        code = caused;
        auto const calls = maybe_failing({.fallback = limit_fallback::open, .pause = 1h});
        EXPECT_EQ(code_of(calls.acquire("ada")), caused);
        EXPECT_EQ(calls.counts().failed, 0U);
    }
    auto const slow = guard(
        [](std::string, std::uint32_t) -> task<limit_decision> {
            co_await sleep_for(24h);
            co_return limit_decision{};
        },
        {.fallback = limit_fallback::open, .timeout = 24h});
    auto const in_a_hurry = [](guarded_limiter const& calls) -> task<limit_decision> {
        co_return co_await within(1ms, calls.acquire("ada"));
    };
    EXPECT_EQ(code_of(in_a_hurry(slow)), failure_code::timed_out);
    EXPECT_EQ(slow.counts().failed, 0U);
}

TEST_F(guarded_limiter_test, lets_through_in_the_shadow_whom_it_would_refuse_and_says_so)
{
    auto const calls = refusing(1h, {.shadow = true});
    for (int i = 0; i < 5; ++i) {
        auto const decided = run(calls.acquire("ada"));
        EXPECT_TRUE(decided.allowed);
        EXPECT_TRUE(decided.shadowed);
        EXPECT_EQ(decided.remaining, 1U);
        EXPECT_GT(decided.retry_after, 50min) << "as a refusal tells it";
    }
    EXPECT_EQ(questions, 1) << "it remembers";
    EXPECT_EQ(calls.refusal("ada"), std::nullopt) << "nobody is refused";
    EXPECT_EQ(calls.counts().shadowed, 5U);
    EXPECT_EQ(calls.counts().refused_from_memory, 4U);
}

TEST_F(guarded_limiter_test, casts_no_shadow_on_those_who_are_allowed)
{
    auto const calls = guard(
        [](std::string, std::uint32_t cost) -> task<limit_decision> {
            co_return limit_decision{.allowed = cost < 11, .never = cost > 10, .limit = 10};
        },
        {.shadow = true});
    EXPECT_FALSE(run(calls.acquire("ada")).shadowed);
    EXPECT_FALSE(run(calls.peek("ada")).shadowed);
    EXPECT_EQ(calls.counts().shadowed, 0U);
    auto const never = run(calls.acquire("ada", 11));
    EXPECT_TRUE(never.allowed && never.never && never.shadowed);
    EXPECT_EQ(calls.counts().shadowed, 1U);
}

TEST_F(guarded_limiter_test, lets_through_in_the_shadow_when_the_server_fails)
{
    auto const closed =
        maybe_failing({.fallback = limit_fallback::closed, .pause = 1h, .shadow = true});
    for (int i = 0; i < 2; ++i) {  // the failure, and then the pause
        auto const decided = run(closed.acquire("ada"));
        EXPECT_TRUE(decided.allowed);
        EXPECT_TRUE(decided.shadowed) << "it would have been thrown on";
    }
    EXPECT_EQ(closed.counts().failed, 1U);
    EXPECT_EQ(closed.counts().fallen_back, 2U);
    auto const open =
        maybe_failing({.fallback = limit_fallback::open, .pause = 1h, .shadow = true});
    EXPECT_FALSE(run(open.acquire("ada")).shadowed);
    auto const local =
        maybe_failing({.fallback = limit_fallback::local, .pause = 1h, .shadow = true});
    EXPECT_FALSE(run(local.acquire("ada", 10)).shadowed);
    EXPECT_TRUE(run(local.acquire("ada", 10)).shadowed);
    code = failure_code::cancelled;
    auto const given_up = maybe_failing({.shadow = true});
    EXPECT_EQ(code_of(given_up.acquire("ada")), failure_code::cancelled) << "not the server's";
}

TEST_F(guarded_limiter_test, is_a_limiter_itself)
{
    limiter const calls = refusing(1h);
    EXPECT_EQ(calls.policy().name, "scripted");
    EXPECT_FALSE(run(calls.acquire("ada")).allowed);
}

TEST_F(guarded_limiter_test, refuses_options_that_make_no_sense)
{
    for (auto const& options : {guard_options{.timeout = 0ns}, guard_options{.pause = 0ns},
                                guard_options{.instances = 0}})
        EXPECT_THROW(refusing(1h, options), failure);
}

// Tokens are counted by hand, in nanoseconds.
TEST(local_bucket, agrees_with_a_bucket_that_is_filled)
{
    std::mt19937 random{31};
    auto const below = [&](std::int64_t end) {
        return std::uniform_int_distribution<std::int64_t>{0, end - 1}(random);
    };
    toolkit_detail::local_share const share{{"", 21, 100s}, 3};
    EXPECT_EQ(share.burst, 7U);
    EXPECT_GE(share.token * 7, 100s) << "never faster than its share";
    toolkit_detail::local_bucket bucket;
    auto now = boot_clock::time_point{1000s};
    auto const full = share.token * 7;
    auto level = full;
    for (int i = 0; i < 5000; ++i) {
        boot_clock::duration const passed{below(share.token.count() * 2)};
        now += passed;
        level = std::min(full, level + passed);
        auto const cost = static_cast<std::uint32_t>(below(9));
        auto const answer = bucket.take(share, cost, now);
        ASSERT_EQ(answer.allowed, level >= share.token * cost) << i;
        if (answer.allowed)
            level -= share.token * cost;
        EXPECT_EQ(answer.remaining, level / share.token);
        EXPECT_EQ(answer.never, cost > 7);
        if (!answer.allowed && !answer.never) {
            EXPECT_GE(level + answer.retry_after, share.token * cost);
            EXPECT_LT(level + answer.retry_after - 1us, share.token * cost);
        }
    }
}

}  // namespace

}  // namespace redstart::toolkit::guarding
