#include "redstart/toolkit/limits/sliding_counter.hpp"

#include "redstart/command/keys.hpp"
#include "redstart/toolkit/counters/counter.hpp"
#include "redstart/toolkit/limits/limit_script_test.hpp"

namespace redstart::toolkit::limit_tests::counting {

namespace {

using namespace std::chrono_literals;

constexpr std::int64_t window_ms = 1'000'000;  // no test takes so long
constexpr std::int64_t length = window_ms * 1000;

class sliding_counter_test : public on_servers_that_count_changes {
protected:
    sliding_counter_test() : script_{"own_clock", with_clock_of_its_own(sliding_counter_text(), 4)}
    {
    }

    decided acquire(std::int64_t now, std::uint32_t limit, std::uint32_t cost = 1)
    {
        auto const [allowed, remaining, retry, more, reset] =
            ask(script_(keys("counter"), limit, window_ms, cost, now / second, now % second),
                cost == 0);
        return {allowed, remaining, retry, more, reset};
    }

    script<limit_reply> script_;
    dice random{22};
};
REDSTART_ON_SERVERS(sliding_counter_test);

// Adds up two windows of all that was ever admitted, and finds waits by trying.
class counter_model {
public:
    decided acquire(std::int64_t now, std::uint32_t limit, std::uint32_t cost)
    {
        decided answer{.allowed = cost <= room_at(now, limit)};
        if (answer.allowed)
            admitted_.add(now, cost);
        answer.remaining = room_at(now, limit);
        if (cost > limit)
            answer.retry = length;
        else if (!answer.allowed)
            answer.retry = wait(now, limit, cost);
        if (answer.remaining < limit) {
            answer.more = wait(now, limit, answer.remaining + 1);
            answer.reset = wait(now, limit, limit);
        }
        return answer;
    }

private:
    std::int64_t counted_in(std::int64_t window) const
    {
        std::int64_t sum = 0;
        for (auto const& each : admitted_.all())
            sum += each.at / length == window ? each.cost : 0;
        return sum;
    }
    std::uint32_t room_at(std::int64_t now, std::uint32_t limit) const
    {
        auto const window = now / length;
        auto const left = window_ms - now % length / 1000;
        auto const weighed = (counted_in(window - 1) * left + window_ms - 1) / window_ms;
        auto const used = counted_in(window) + weighed;
        return used > limit ? 0 : limit - static_cast<std::uint32_t>(used);
    }
    // If nobody comes in between, room only grows.
    std::int64_t wait(std::int64_t now, std::uint32_t limit, std::uint32_t needed) const
    {
        return first_wait(2 * length,
                          [&](std::int64_t w) { return room_at(now + w, limit) >= needed; });
    }

    admissions admitted_;
};

TEST_P(sliding_counter_test, agrees_with_adding_up)
{
    counter_model model;
    auto now = noon;
    std::uint32_t limit = 9;
    int refused = 0;
    for (int i = 0; i < 1200 && !HasFailure(); ++i) {
        now += random.one_in(30) ? random.below(3) * length : random.below(length / 10);
        now += random.one_in(3) ? 1 : 0;
        if (random.one_in(60))
            now = (now / length + 1) * length - random.below(2);
        if (random.one_in(40))
            limit = 1 + random.number_below(random.one_in(3) ? 1000 : 14);
        auto const cost = random.one_in(3) ? random.number_below(limit + 2) : 1;
        auto const expected = model.acquire(now, limit, cost);
        refused += expected.allowed ? 0 : 1;
        EXPECT_EQ(acquire(now, limit, cost), expected) << "step " << i << ", cost " << cost;
    }
    EXPECT_GT(refused, 150);
}

TEST_P(sliding_counter_test, counts_less_and_less_of_the_window_before)
{
    auto const start = noon / length * length;
    acquire(start + length - 1, 10, 10);
    EXPECT_EQ(acquire(start + length, 10, 0).remaining, 0U);
    EXPECT_EQ(acquire(start + length, 10, 1).retry, length / 10);
    EXPECT_EQ(acquire(start + length + length / 10 - 1, 10, 0).remaining, 0U);
    EXPECT_EQ(acquire(start + length + length / 10, 10, 0).remaining, 1U);
    EXPECT_EQ(acquire(start + 2 * length - 1, 10, 0).remaining, 9U);
    EXPECT_EQ(acquire(start + 2 * length, 10, 0), (decided{true, 10, 0, 0, 0}));
}

TEST_P(sliding_counter_test, gives_steady_callers_their_limit_less_one)
{
    for (std::uint32_t const limit : {1U, 2U, 5U}) {
        ask(flushdb());
        std::uint32_t allowed = 0;
        for (std::int64_t i = 0; i < 20 * limit; ++i)
            allowed += acquire(noon + i * length / limit, limit).allowed ? 1 : 0;
        EXPECT_NEAR(allowed, limit == 1 ? 10 : 20 * (limit - 1), 1);
    }
}

TEST_P(sliding_counter_test, shares_no_key_with_a_counter)
{
    counter const other{db, {.name = "api:3600000ms"}};
    EXPECT_EQ(run(other.add("ada", 5)).value, 5);
    sliding_counter const calls{db, {.name = "api", .limit = 3, .window = 1h}};
    EXPECT_TRUE(run(calls.acquire("ada", 2)).allowed);
}

// As its header says: a burst at the end of a window, and then one after the other as it seems to fade.
TEST_P(sliding_counter_test, is_an_estimate_that_admits_less_than_twice_the_limit)
{
    constexpr std::uint32_t limit = 20;
    admissions admitted;
    auto now = noon / length * length + length - 1;
    while (admitted.most_in(length) < 2 * limit && now < noon + 3 * length) {
        auto const answer = acquire(now, limit);
        admitted.add(now, answer.allowed ? 1 : 0);
        now += answer.allowed ? 0 : answer.retry;
    }
    EXPECT_GT(admitted.most_in(length), limit + limit / 2);
    EXPECT_LT(admitted.most_in(length), 2 * limit);
}

TEST_P(sliding_counter_test, neither_admits_too_much_nor_locks_out_when_the_clock_is_set_back)
{
    expect_a_window_to_bear_clocks_set_back(
        random, length, 2 * length,
        [this](auto now, auto limit, auto cost) { return acquire(now, limit, cost); });
}

TEST_P(sliding_counter_test, goes_on_after_a_clock_that_was_set_back_though_all_are_refused)
{
    constexpr auto jump = 10 * length;
    auto const start = noon / length * length;
    acquire(start, 1);
    EXPECT_EQ(acquire(start - jump, 1).retry, 2 * length);
    EXPECT_EQ(acquire(start - jump + length, 1).retry, length);
    EXPECT_EQ(acquire(start - jump + 2 * length - 1, 1).retry, 1);
    EXPECT_TRUE(acquire(start - jump + 2 * length, 1).allowed);
}

TEST_P(sliding_counter_test, admits_the_limit_once_more_when_the_clock_is_set_forward)
{
    EXPECT_TRUE(acquire(noon, 5, 5).allowed);
    EXPECT_TRUE(acquire(noon + 2 * length, 5, 5).allowed);
    EXPECT_FALSE(acquire(noon + 2 * length, 5).allowed);
    EXPECT_FALSE(acquire(noon, 5).allowed);  // and right again
}

TEST_P(sliding_counter_test, keeps_one_small_hash)
{
    sliding_counter const calls{db, {.name = "api", .limit = 3, .window = 1h}};
    EXPECT_TRUE(run(calls.acquire("ada", 2)).allowed);
    EXPECT_FALSE(run(calls.acquire("ada", 2)).allowed);
    constexpr std::string_view key = "redstart:sliding:api:3600000ms:{ada}";
    EXPECT_EQ(ask(raw<std::string>("HGET", key, "current")), "2");
    EXPECT_EQ(ask(raw<std::int64_t>("HLEN", key)), 3);
    auto const left = ask(ttl(key)).left.value();
    EXPECT_GT(left, 59min);
    EXPECT_LE(left, 2h + 1ms);
}

TEST_P(sliding_counter_test, refuses_options_that_make_no_sense)
{
    auto const refused = [this](sliding_counter_options options) {
        try {
            sliding_counter const calls{db, std::move(options)};
        } catch (failure const& why) {
            return why.code() == failure_code::invalid_argument;
        }
        return false;
    };
    EXPECT_TRUE(refused({.limit = 0}));
    EXPECT_TRUE(refused({.window = 0ms}));
    EXPECT_TRUE(refused({.window = 366 * 24h + 1ms}));
    EXPECT_TRUE(refused({.window = std::chrono::milliseconds::max()}));
    EXPECT_TRUE(refused({.limit = 100'000, .window = 366 * 24h}));
    EXPECT_TRUE(refused({.name = "{ada}"}));
    EXPECT_FALSE(refused({.limit = 70'000, .window = 366 * 24h}));
    EXPECT_FALSE(refused({.limit = 0xffffffff, .window = 1ms}));
}

}  // namespace

}  // namespace redstart::toolkit::limit_tests::counting
