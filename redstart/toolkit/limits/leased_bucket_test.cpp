#include "redstart/toolkit/limits/leased_bucket.hpp"

#include "redstart/command/strings.hpp"
#include "redstart/toolkit/limits/limiter_crowd_test.hpp"
#include "redstart/toolkit/on_servers_test.hpp"

#include <thread>

namespace redstart::toolkit::leasing {

namespace {

using namespace std::chrono_literals;

class leased_bucket_test : public on_servers {
protected:
    // So slow that nothing comes back during a test.
    token_bucket bucket(std::uint32_t burst)
    {
        return {db, {.name = "api", .count = 1, .period = 24h, .burst = burst}};
    }
    leased_bucket leased(std::uint32_t burst, std::uint32_t tokens, boot_clock::duration keep = 1h)
    {
        return {bucket(burst), {.tokens = tokens, .keep = keep}};
    }
    std::uint32_t left_in_bucket(std::uint32_t burst)
    {
        return run(bucket(burst).peek("ada")).remaining;
    }
};
REDSTART_ON_SERVERS(leased_bucket_test);

TEST_P(leased_bucket_test, asks_once_for_several)
{
    auto const calls = leased(100, 10);
    run(bucket(100).acquire("somebody"));  // makes the script known
    auto const sent = sent_during([&]() -> task<> {
        for (std::uint32_t i = 0; i < 20; ++i)
            EXPECT_EQ((co_await calls.acquire("ada")).remaining, 99 - i);
    });
    EXPECT_EQ(sent.size(), 2U);
    EXPECT_EQ(left_in_bucket(100), 80U);
}

TEST_P(leased_bucket_test, gives_out_the_burst_and_no_more)
{
    auto const here = leased(25, 10);
    auto const there = leased(25, 10);  // as another process
    int allowed = 0;
    for (int i = 0; i < 30; ++i) {
        allowed += run(here.acquire("ada")).allowed ? 1 : 0;
        allowed += run(there.acquire("ada")).allowed ? 1 : 0;
    }
    EXPECT_EQ(allowed, 25);
    auto const refused = run(here.acquire("ada"));
    EXPECT_GT(refused.retry_after, 23h);
}

TEST_P(leased_bucket_test, gives_out_exactly_the_burst_of_2000_at_once)
{
    auto const calls = leased(100, 7);
    std::uint32_t there = 0;
    std::jthread other{[&] { there = loops.run(allowed_of(calls, 1000), 1); }};
    auto allowed = loops.run(allowed_of(calls, 1000), 0);
    other.join();
    allowed += there;
    // What was fetched for those who had asked before it came.
    while (run(calls.acquire("ada")).allowed)
        ++allowed;
    EXPECT_EQ(allowed, 100U);
}

TEST_P(leased_bucket_test, takes_all_of_a_cost_or_nothing)
{
    auto const calls = leased(10, 4);
    EXPECT_TRUE(run(calls.acquire("ada", 6)).allowed) << "more than a lease";
    EXPECT_FALSE(run(calls.acquire("ada", 5)).allowed);
    EXPECT_EQ(left_in_bucket(10), 4U) << "a refused call took nothing";
    EXPECT_TRUE(run(calls.acquire("ada", 3)).allowed);
    EXPECT_TRUE(run(calls.acquire("ada", 1)).allowed) << "of what was fetched with it";
    EXPECT_FALSE(run(calls.acquire("ada", 1)).allowed);
    EXPECT_TRUE(run(calls.acquire("ada", 11)).never);
}

TEST_P(leased_bucket_test, loses_what_was_not_used_in_time)
{
    auto const calls = leased(10, 5, 1ns);
    EXPECT_TRUE(run(calls.acquire("ada")).allowed);
    EXPECT_EQ(left_in_bucket(10), 5U);
    EXPECT_TRUE(run(calls.acquire("ada")).allowed);
    EXPECT_EQ(left_in_bucket(10), 0U);
    EXPECT_FALSE(run(calls.acquire("ada")).allowed);
}

TEST_P(leased_bucket_test, fetches_again_after_a_failure)
{
    auto const calls = leased(10, 5);
    ask(raw<std::int64_t>("LPUSH", "redstart:bucket:api:{ada}", "something else"));
    EXPECT_EQ(failure_of([&] { return calls.acquire("ada"); }).value().server_code(), "WRONGTYPE");
    ask(raw<std::int64_t>("DEL", "redstart:bucket:api:{ada}"));
    EXPECT_TRUE(run(calls.acquire("ada")).allowed);
    EXPECT_EQ(left_in_bucket(10), 5U);
}

TEST_P(leased_bucket_test, keeps_subjects_apart_and_forgets_some_when_there_are_too_many)
{
    leased_bucket const calls{bucket(10), {.tokens = 2, .keep = 1h, .subjects = 8}};
    for (int i = 0; i < 100; ++i)
        EXPECT_TRUE(run(calls.acquire(std::to_string(i))).allowed);
    EXPECT_TRUE(run(calls.acquire(std::string(300, 'x'))).allowed);
}

TEST_P(leased_bucket_test, loses_nobodys_tokens_to_a_crowd_of_others)
{
    leased_bucket const calls{bucket(30), {.tokens = 10, .keep = 1h, .subjects = 16}};
    EXPECT_TRUE(run(calls.acquire("ada")).allowed);
    for (int i = 0; i < 100; ++i)
        EXPECT_TRUE(run(calls.acquire(std::to_string(i))).allowed);
    for (int i = 0; i < 9; ++i)
        EXPECT_TRUE(run(calls.acquire("ada")).allowed);
    EXPECT_EQ(left_in_bucket(30), 20U) << "asked once";
}

TEST_P(leased_bucket_test, keeps_no_token_longer_for_fetches_that_came_to_nothing)
{
    constexpr auto keep = 20ms;
    auto const calls = leased(3, 2, keep);
    EXPECT_TRUE(run(calls.acquire("ada")).allowed);
    auto const ends = boot_clock::now() + keep;
    while (boot_clock::now() < ends)
        EXPECT_FALSE(run(calls.acquire("ada", 3)).allowed);
    EXPECT_TRUE(run(calls.acquire("ada")).allowed) << "the last of the bucket";
    EXPECT_FALSE(run(calls.acquire("ada")).allowed);
}

TEST_P(leased_bucket_test, may_keep_tokens_for_ever)
{
    auto const calls = leased(10, 5, boot_clock::duration::max());
    for (int i = 0; i < 5; ++i)
        EXPECT_TRUE(run(calls.acquire("ada")).allowed);
    EXPECT_EQ(left_in_bucket(10), 5U);
}

TEST_P(leased_bucket_test, refuses_options_that_make_no_sense)
{
    EXPECT_THROW(leased(10, 0), failure);
    EXPECT_THROW(leased(10, 11), failure);
    EXPECT_THROW(leased(10, 5, 0ns), failure);
    EXPECT_THROW(run(bucket(10).acquire_between("ada", 3, 2)), failure);
}

}  // namespace

}  // namespace redstart::toolkit::leasing
