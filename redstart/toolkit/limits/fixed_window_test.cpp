#include "redstart/toolkit/limits/fixed_window.hpp"

#include "redstart/command/keys.hpp"
#include "redstart/command/strings.hpp"
#include "redstart/toolkit/limits/limit_script_test.hpp"

namespace redstart::toolkit::limit_tests {

namespace {

using namespace std::chrono_literals;

class fixed_window_test : public on_servers_that_count_changes {
protected:
    static constexpr std::int64_t length = 1000 * second;  // no test takes so long

    fixed_window_test() : script_{"own_clock", with_clock_of_its_own(fixed_window_text(), 4)} {}

    decided acquire(std::int64_t now, std::uint32_t limit, std::uint32_t cost = 1)
    {
        auto const [allowed, remaining, retry, more, reset] = ask(
            script_(keys("counter"), limit, length, cost, now / second, now % second), cost == 0);
        return {allowed, remaining, retry, more, reset};
    }

    script<limit_reply> script_;
    dice random{21};
};
REDSTART_ON_SERVERS(fixed_window_test);

// Finds the windows anew for each question, in all that was ever admitted.
class fixed_model {
public:
    decided acquire(std::int64_t now, std::uint32_t limit, std::uint32_t cost)
    {
        auto const [used, end] = window_at(now);
        bool const allowed = cost == 0 || used + cost <= limit;
        if (allowed)
            admitted_.add(now, cost);
        auto const after = window_at(now);
        auto const left = after.end - now;
        return {.allowed = allowed,
                .remaining = limit - std::min(limit, after.used),
                .retry = cost > limit ? length_
                         : allowed    ? 0
                                      : left,
                .more = left,
                .reset = left};
    }

private:
    struct window {
        std::uint32_t used;
        std::int64_t end;
    };
    window window_at(std::int64_t now) const
    {
        window last{0, 0};
        for (auto const& each : admitted_.all()) {
            if (each.at >= last.end)
                last = {0, each.at + length_};
            last.used += each.cost;
        }
        return last.end > now ? last : window{0, now};
    }

    std::int64_t length_ = 1000 * second;
    admissions admitted_;
};

TEST_P(fixed_window_test, agrees_with_adding_up)
{
    fixed_model model;
    auto now = noon;
    std::uint32_t limit = 9;
    int refused = 0;
    for (int i = 0; i < 2000 && !HasFailure(); ++i) {
        now += random.one_in(30) ? length : random.below(length / 10);
        now += random.one_in(3) ? 1 : 0;
        if (random.one_in(40))
            limit = 1 + random.number_below(14);
        auto const cost = random.one_in(3) ? random.number_below(limit + 2) : 1;
        auto const expected = model.acquire(now, limit, cost);
        refused += expected.allowed ? 0 : 1;
        EXPECT_EQ(acquire(now, limit, cost), expected) << "step " << i << ", cost " << cost;
    }
    EXPECT_GT(refused, 200);
}

TEST_P(fixed_window_test, begins_with_the_first_call_and_ends_to_the_microsecond)
{
    EXPECT_EQ(acquire(noon, 1), (decided{true, 0, 0, length, length}));
    EXPECT_EQ(acquire(noon + length - 1, 1), (decided{false, 0, 1, 1, 1}));
    EXPECT_EQ(acquire(noon + length, 1, 0), (decided{true, 1, 0, 0, 0}));
    EXPECT_EQ(acquire(noon + length + 7, 1), (decided{true, 0, 0, length, length}));
}

TEST_P(fixed_window_test, may_admit_twice_its_limit_around_an_end)
{
    acquire(noon, 5);
    EXPECT_TRUE(acquire(noon + length - 1, 5, 4).allowed);
    EXPECT_TRUE(acquire(noon + length, 5, 5).allowed);
}

TEST_P(fixed_window_test, neither_admits_too_much_nor_locks_out_when_the_clock_is_set_back)
{
    expect_a_window_to_bear_clocks_set_back(
        random, length, length,
        [this](auto now, auto limit, auto cost) { return acquire(now, limit, cost); });
}

TEST_P(fixed_window_test, goes_on_after_a_clock_that_was_set_back_though_all_are_refused)
{
    constexpr auto jump = 3600 * second;
    acquire(noon, 1);
    EXPECT_EQ(acquire(noon - jump, 1), (decided{false, 0, length, length, length}));
    EXPECT_EQ(acquire(noon - jump + length - 1, 1).retry, 1);
    EXPECT_TRUE(acquire(noon - jump + length, 1).allowed);
}

TEST_P(fixed_window_test, admits_the_limit_once_more_when_the_clock_is_set_forward)
{
    EXPECT_TRUE(acquire(noon, 5, 5).allowed);
    EXPECT_TRUE(acquire(noon + length + 1, 5, 5).allowed);
    EXPECT_FALSE(acquire(noon + length + 1, 5).allowed);
    EXPECT_FALSE(acquire(noon + 2, 5).allowed);  // and right again
}

TEST_P(fixed_window_test, keeps_its_state_under_its_own_key)
{
    fixed_window const calls{db, {.name = "api", .limit = 3, .window = 1h}};
    EXPECT_TRUE(run(calls.acquire("ada", 2)).allowed);
    auto const refused = run(calls.acquire("ada", 2));
    EXPECT_FALSE(refused.allowed);
    EXPECT_EQ(refused.remaining, 1U);
    EXPECT_GT(refused.retry_after, 59min);
    auto const kept = ask(get("redstart:fixed:api:3600000000us:{ada}")).value();
    EXPECT_TRUE(kept.starts_with("2:")) << "what was refused is not counted: " << kept;
    auto const left = ask(ttl("redstart:fixed:api:3600000000us:{ada}")).left.value();
    EXPECT_GT(left, 59min);
    EXPECT_LE(left, 1h + 1ms);
}

TEST_P(fixed_window_test, refuses_options_that_make_no_sense)
{
    auto const refused = [this](fixed_window_options options) {
        try {
            fixed_window const calls{db, std::move(options)};
        } catch (failure const& why) {
            return why.code() == failure_code::invalid_argument;
        }
        return false;
    };
    EXPECT_TRUE(refused({.limit = 0}));
    EXPECT_TRUE(refused({.window = 999us}));
    EXPECT_TRUE(refused({.window = 366 * 24h + 1us}));
    EXPECT_TRUE(refused({.name = "{ada}"}));
    EXPECT_FALSE(refused({.limit = 0xffffffff, .window = 366 * 24h}));
}

TEST_P(fixed_window_test, counts_the_largest_limit_in_the_longest_window)
{
    fixed_window const calls{db, {.limit = 0xffffffff, .window = 366 * 24h}};
    EXPECT_EQ(run(calls.acquire("ada", 0xfffffffe)).remaining, 1U);
    EXPECT_FALSE(run(calls.acquire("ada", 2)).allowed);
    EXPECT_EQ(run(calls.acquire("ada")).remaining, 0U);
}

}  // namespace

}  // namespace redstart::toolkit::limit_tests
