#include "redstart/toolkit/limits/token_bucket.hpp"

#include "redstart/command/keys.hpp"
#include "redstart/command/strings.hpp"
#include "redstart/toolkit/limits/bucket_model_test.hpp"
#include "redstart/toolkit/limits/limit_script_test.hpp"

namespace redstart::toolkit::limit_tests {

namespace {

using namespace std::chrono_literals;

// Whole and broken numbers of microseconds for a token, and less than one. Buckets that no test outlives.
constexpr std::array<bucket_rate, 5> rates{{{9, 9, 1000 * second},
                                            {7, 13, 3001 * second},
                                            {1, 1, 500 * second},
                                            {50'000'000, 97'003, 1 * second},
                                            {2'000'000'000, 7'000'003, 1'000'000}}};

class token_bucket_test : public on_servers_that_count_changes {
protected:
    token_bucket_test() : script_{"own_clock", with_clock_of_its_own(token_bucket_text(), 6)} {}

    bucket_reply take(std::int64_t now, bucket_rate const& rate, std::uint32_t least,
                      std::uint32_t most)
    {
        return ask(script_(keys("bucket"), rate.burst, rate.token(), rate.parts(), least, most,
                           now / second, now % second),
                   most == 0);
    }
    decided acquire(std::int64_t now, bucket_rate const& rate, std::uint32_t cost = 1)
    {
        auto const [allowed, remaining, retry, more, reset, taken] = take(now, rate, cost, cost);
        EXPECT_EQ(taken, allowed ? cost : 0);
        return {allowed, remaining, retry, more, reset};
    }

    script<bucket_reply> script_;
    dice random{23};
};
REDSTART_ON_SERVERS(token_bucket_test);

TEST_P(token_bucket_test, agrees_with_a_bucket_that_is_filled)
{
    for (auto const& rate : rates) {
        SCOPED_TRACE(std::to_string(rate.count) + " in " + std::to_string(rate.period) + " us");
        ask(flushdb());
        bucket_model model;
        auto now = noon;
        int refused = 0;
        for (int i = 0; i < 400 && !HasFailure(); ++i) {
            now += random.one_in(30) ? rate.fills_in() : random.below(rate.fills_in() / 6);
            now += random.one_in(3) ? 1 : 0;
            auto const cost = random.one_in(2) ? random.number_below(rate.burst + 2)
                                               : 1 + random.number_below(rate.burst / 8 + 1);
            auto const expected = model.acquire(now, rate, cost);
            refused += expected.allowed ? 0 : 1;
            EXPECT_EQ(acquire(now, rate, cost), expected) << "step " << i << ", cost " << cost;
        }
        EXPECT_GT(refused, 40);
    }
}

TEST_P(token_bucket_test, has_a_token_after_exactly_the_wait_that_it_told)
{
    constexpr bucket_rate rate{.burst = 1, .count = 3, .period = 1000 * second};  // 333.3 s each
    EXPECT_TRUE(acquire(noon, rate).allowed);
    auto const refused = acquire(noon, rate);
    EXPECT_EQ(refused.retry, 333'333'334);
    EXPECT_FALSE(acquire(noon + refused.retry - 1, rate).allowed);
    EXPECT_TRUE(acquire(noon + refused.retry, rate).allowed);
}

// With every token rounded to microseconds, somebody who takes each as it comes would gain or lose.
TEST_P(token_bucket_test, keeps_a_rate_that_is_no_whole_number_of_microseconds)
{
    constexpr bucket_rate rate{.burst = 600'000'000, .count = 7, .period = 10};
    auto now = noon;
    EXPECT_TRUE(acquire(now, rate, rate.burst).allowed);
    for (int i = 0; i < 200; ++i) {
        now += acquire(now, rate).retry;
        EXPECT_TRUE(acquire(now, rate).allowed);
    }
    EXPECT_EQ(now - noon, 200 * 10 / 7 + 1);
}

TEST_P(token_bucket_test, gives_whole_tokens_up_to_what_is_there)
{
    constexpr bucket_rate rate{.burst = 5, .count = 1, .period = 100 * second};
    EXPECT_EQ(std::get<5>(take(noon, rate, 1, 3)), 3U);
    EXPECT_EQ(std::get<5>(take(noon + 50 * second, rate, 1, 3)), 2U) << "and not two and a half";
    EXPECT_EQ(take(noon + 50 * second, rate, 1, 3),
              (bucket_reply{false, 0, 50 * second, 50 * second, 450 * second, 0}));
}

// Real time only goes forward; the server's clock is what it is plus an error that falls now and then.
TEST_P(token_bucket_test, neither_admits_too_much_nor_locks_out_when_the_clock_is_set_back)
{
    constexpr bucket_rate rate{.burst = 5, .count = 7, .period = 1000 * second};
    bucket_model real_bucket;
    auto real = noon;
    std::int64_t error = 0;
    for (int i = 0; i < 1500 && !HasFailure(); ++i) {
        real += random.below(rate.fills_in() / 4);
        if (random.one_in(10))
            error -= random.one_in(4) ? random.below(10 * rate.fills_in())
                                      : random.below(rate.fills_in());
        auto const cost = 1 + random.number_below(2);
        auto const answer = acquire(real + error, rate, cost);
        EXPECT_TRUE(real_bucket.acquire(real, rate, answer.allowed ? cost : 0).allowed) << i;
        EXPECT_LE(answer.remaining * rate.period, real_bucket.level());
        EXPECT_LE(answer.reset, rate.fills_in());
        if (!random.one_in(5))
            continue;
        real += answer.reset;
        EXPECT_EQ(acquire(real + error, rate, 0).remaining, rate.burst) << "step " << i;
    }
}

TEST_P(token_bucket_test, goes_on_after_a_clock_that_was_set_back_though_all_are_refused)
{
    constexpr bucket_rate rate{.burst = 2, .count = 1, .period = 500 * second};
    for (std::int64_t const jump : {3600 * second, noon - second}) {  // also by decades
        ask(flushdb());
        acquire(noon, rate);
        auto const then = noon - jump;
        EXPECT_EQ(acquire(then, rate),
                  (decided{false, 0, 500 * second, 500 * second, 1000 * second}));
        EXPECT_EQ(acquire(then + 500 * second - 1, rate).retry, 1);
        EXPECT_TRUE(acquire(then + 500 * second, rate).allowed);
    }
}

TEST_P(token_bucket_test, is_full_once_more_when_the_clock_is_set_forward)
{
    constexpr bucket_rate rate{.burst = 5, .count = 1, .period = 100 * second};
    EXPECT_TRUE(acquire(noon, rate, 5).allowed);
    EXPECT_TRUE(acquire(noon + 3600 * second, rate, 5).allowed);
    EXPECT_FALSE(acquire(noon + 3600 * second, rate).allowed);
    EXPECT_FALSE(acquire(noon + 2, rate).allowed);  // and right again
}

TEST_P(token_bucket_test, applies_a_new_rate_and_burst_to_what_was_taken)
{
    constexpr bucket_rate slow{.burst = 5, .count = 1, .period = 100 * second};
    constexpr bucket_rate fast{.burst = 50, .count = 10, .period = 100 * second};
    constexpr bucket_rate small{.burst = 1, .count = 1, .period = 100 * second};
    acquire(noon, slow, 5);
    EXPECT_EQ(acquire(noon, fast, 0).reset, 500 * second);
    EXPECT_EQ(acquire(noon, small).retry, 100 * second) << "no longer than it takes to fill";
    constexpr bucket_rate slower{.burst = 5, .count = 1, .period = 1000 * second};
    ask(flushdb());
    acquire(noon, slow, 5);
    EXPECT_EQ(acquire(noon, slower, 0).remaining, 4U) << "it lacks 500 seconds, half a token";
}

TEST_P(token_bucket_test, keeps_its_state_under_its_own_key)
{
    token_bucket const calls{db, {.name = "api", .count = 1, .period = 1h, .burst = 3}};
    EXPECT_TRUE(run(calls.acquire("ada", 2)).allowed);
    auto const refused = run(calls.acquire("ada", 2));
    EXPECT_FALSE(refused.allowed);
    EXPECT_EQ(refused.limit, 3U);
    EXPECT_EQ(refused.remaining, 1U);
    EXPECT_GT(refused.retry_after, 59min);
    EXPECT_LE(refused.retry_after, 1h);
    auto const left = ask(ttl("redstart:bucket:api:{ada}")).left.value();
    EXPECT_GT(left, 119min);
    EXPECT_LE(left, 2h + 1ms);
    EXPECT_EQ(calls.policy(), (limit_policy{"api", 3, 3h}));
}

TEST_P(token_bucket_test, tells_how_much_of_what_was_asked_it_gave)
{
    token_bucket const calls{db, {.name = "api", .count = 1, .period = 1h, .burst = 10}};
    EXPECT_EQ(run(calls.acquire_up_to("ada", 7)).taken, 7U);
    auto const rest = run(calls.acquire_up_to("ada", 7));
    EXPECT_EQ(rest.taken, 3U);
    EXPECT_TRUE(rest.decision.allowed);
    EXPECT_EQ(rest.decision.remaining, 0U);
    auto const none = run(calls.acquire_up_to("ada", 7));
    EXPECT_EQ(none.taken, 0U);
    EXPECT_FALSE(none.decision.allowed);
    EXPECT_FALSE(none.decision.never);
    EXPECT_GT(none.decision.retry_after, 59min);
    auto const looked = run(calls.acquire_up_to("bob", 0));
    EXPECT_EQ(looked.taken, 0U);
    EXPECT_TRUE(looked.decision.allowed) << "as a peek is";
    EXPECT_TRUE(run(calls.acquire_up_to("ada", 0)).decision.allowed) << "also when there is none";
    EXPECT_EQ(run(calls.acquire_up_to("bob", 0xffffffff)).taken, 10U) << "more than it holds";
}

TEST_P(token_bucket_test, knows_the_most_that_a_span_admits)
{
    token_bucket const calls{db, {.count = 7, .period = 10s, .burst = 3}};
    EXPECT_EQ(calls.most_in(0s), 3U);
    EXPECT_EQ(calls.most_in(10s), 10U);
    EXPECT_EQ(calls.most_in(10s - 1us), 9U);
    EXPECT_EQ(calls.most_in(-1s), 0U);
    token_bucket const fast{db, {.count = 4'000'000'000, .period = 1ms, .burst = 1}};
    EXPECT_EQ(fast.most_in(366 * 24h), 1 + 4'000'000ULL * 366 * 24 * 3600 * 1'000'000);
}

TEST_P(token_bucket_test, makes_buckets_that_never_admit_more_than_a_cap)
{
    auto const options = hard_cap(100, 60s, 20);
    EXPECT_EQ(options.count, 80U);
    EXPECT_EQ((token_bucket{db, options}).most_in(60s), 100U);
    for (std::uint32_t const burst : {0U, 100U, 101U})
        EXPECT_THROW(hard_cap(100, 60s, burst), failure);
    // Whoever takes whatever there is, whenever there is something.
    bucket_rate const rate{.burst = 20, .count = 80, .period = 60'000'000};
    admissions admitted;
    for (auto now = noon; now < noon + 200 * second;) {
        auto const cost = 1 + random.number_below(20);
        auto const answer = acquire(now, rate, cost);
        admitted.add(now, answer.allowed ? cost : 0);
        now += answer.allowed ? random.below(3 * second) : answer.retry;
    }
    EXPECT_LE(admitted.most_in(60 * second), 100U);
    EXPECT_GT(admitted.most_in(60 * second), 80U);
}

TEST_P(token_bucket_test, refuses_options_that_make_no_sense)
{
    auto const refused = [this](token_bucket_options options) {
        try {
            token_bucket const calls{db, std::move(options)};
        } catch (failure const& why) {
            return why.code() == failure_code::invalid_argument;
        }
        return false;
    };
    EXPECT_TRUE(refused({.count = 0}));
    EXPECT_TRUE(refused({.burst = 0}));
    EXPECT_TRUE(refused({.period = 999us}));
    EXPECT_TRUE(refused({.period = 366 * 24h + 1us}));
    EXPECT_TRUE(refused({.count = 1, .period = 1h, .burst = 366 * 24 + 1}));
    EXPECT_TRUE(refused({.count = 999'983, .period = 24h, .burst = 999'983}));
    EXPECT_TRUE(refused({.name = "{ada}"}));
    EXPECT_FALSE(refused({.count = 1'000'000, .period = 24h, .burst = 1'000'000}));
    EXPECT_FALSE(refused({.count = 1, .period = 1h, .burst = 366 * 24}));
}

}  // namespace

}  // namespace redstart::toolkit::limit_tests
