// The script of the sliding window against adding up.

#include "redstart/command/keys.hpp"
#include "redstart/command/sorted_sets.hpp"
#include "redstart/toolkit/limits/limit_script_test.hpp"

#include <algorithm>

namespace redstart::toolkit::limit_tests::logging {

namespace {

constexpr std::int64_t length = 1000 * second;  // of the window: no test takes so long

// Every acquisition that was allowed, for ever, and each question answered by adding up.
class window_model {
public:
    decided acquire(std::int64_t now, std::uint32_t limit, std::uint32_t cost)
    {
        decided answer{.allowed = cost <= room_at(now, limit)};
        if (answer.allowed && cost > 0)
            log_.push_back({now, cost});
        answer.remaining = room_at(now, limit);
        if (cost > limit)
            answer.retry = length;
        else if (!answer.allowed)
            answer.retry = wait(now, limit, cost);
        if (used_at(now) > 0) {
            answer.more = wait(now, limit, answer.remaining + 1);
            answer.reset = log_.back().at + length - now;
        }
        return answer;
    }

    std::uint32_t used_at(std::int64_t now) const
    {
        std::uint32_t used = 0;
        for (auto const& each : log_)
            if (now - length < each.at && each.at <= now)
                used += each.cost;
        return used;
    }

private:
    struct entry {
        std::int64_t at;
        std::uint32_t cost;
    };

    std::uint32_t room_at(std::int64_t now, std::uint32_t limit) const
    {
        return limit - std::min(limit, used_at(now));
    }

    // Room can only appear when an entry leaves.
    std::int64_t wait(std::int64_t now, std::uint32_t limit, std::uint32_t cost) const
    {
        for (auto const& each : log_)
            if (each.at + length > now && room_after(each.at + length, limit) >= cost)
                return each.at + length - now;
        return -1;
    }

    // If nobody comes in between.
    std::uint32_t room_after(std::int64_t later, std::uint32_t limit) const
    {
        return room_at(later, limit);
    }

    std::vector<entry> log_;
};

class sliding_window_script_test : public on_servers_that_count_changes {
protected:
    sliding_window_script_test()
        : script_{"own_clock", with_clock_of_its_own(sliding_window_text(), 4)}
    {
    }

    decided acquire(std::int64_t now, std::uint32_t limit, std::uint32_t cost = 1)
    {
        auto const [allowed, remaining, retry, more, reset] =
            ask(script_(keys("log"), limit, length, cost, now / second, now % second), cost == 0);
        return {allowed, remaining, retry, more, reset};
    }

    script<limit_reply> script_;
    std::mt19937 random_{11};
    std::int64_t below(std::int64_t end)
    {
        return std::uniform_int_distribution<std::int64_t>{0, end - 1}(random_);
    }
};
REDSTART_ON_SERVERS(sliding_window_script_test);

TEST_P(sliding_window_script_test, agrees_with_adding_up)
{
    window_model model;
    std::int64_t now = noon;
    std::uint32_t limit = 9;
    int refused = 0;
    for (int i = 0; i < 3000 && !HasFailure(); ++i) {
        static constexpr std::array<std::int64_t, 6> steps{0,           0,          1,
                                                           length / 10, length - 1, length};
        now += below(3) == 0 ? below(length / 4)
                             : steps[static_cast<std::size_t>(below(static_cast<std::int64_t>(
                                   below(20) == 0 ? steps.size() : steps.size() - 2)))];
        if (below(40) == 0)
            limit = static_cast<std::uint32_t>(1 + below(14));
        auto const cost = static_cast<std::uint32_t>(below(3) == 0 ? below(limit + 2) : 1);
        auto const expected = model.acquire(now, limit, cost);
        refused += expected.allowed ? 0 : 1;
        EXPECT_EQ(acquire(now, limit, cost), expected) << "step " << i << ", cost " << cost;
    }
    EXPECT_GT(refused, 300);
}

TEST_P(sliding_window_script_test, counts_the_window_without_its_oldest_end)
{
    EXPECT_TRUE(acquire(noon, 1).allowed);
    EXPECT_EQ(acquire(noon + length - 1, 1), (decided{false, 0, 1, 1, 1}));
    EXPECT_EQ(acquire(noon + length, 1, 0), (decided{true, 1, 0, 0, 0}));
    EXPECT_TRUE(acquire(noon + length, 1).allowed);
}

// More than nine in one microsecond: members must stay in their order, and be different.
TEST_P(sliding_window_script_test, counts_many_in_one_microsecond)
{
    for (std::uint32_t i = 1; i <= 150; ++i)
        EXPECT_EQ(acquire(noon, 150).remaining, 150 - i);
    EXPECT_EQ(acquire(noon, 150, 100), (decided{false, 0, length, length, length}));
    EXPECT_EQ(acquire(noon + 5, 150).retry, length - 5);
    EXPECT_EQ(acquire(noon + length, 150).remaining, 149U);
}

TEST_P(sliding_window_script_test, finds_when_enough_has_left_among_different_costs)
{
    std::array<std::uint32_t, 5> const costs{5, 1, 20, 3, 21};
    for (std::size_t i = 0; i < costs.size(); ++i)
        EXPECT_TRUE(acquire(noon + static_cast<std::int64_t>(i), 50, costs[i]).allowed);
    auto const now = noon + 10;
    EXPECT_EQ(acquire(now, 50, 5).retry, length - 10);
    EXPECT_EQ(acquire(now, 50, 6).retry, length - 9);
    EXPECT_EQ(acquire(now, 50, 7).retry, length - 8);
    EXPECT_EQ(acquire(now, 50, 26).retry, length - 8);
    EXPECT_EQ(acquire(now, 50, 29).retry, length - 7);
    EXPECT_EQ(acquire(now, 50, 30).retry, length - 6);
    EXPECT_EQ(acquire(now, 50, 50).retry, length - 6);
}

TEST_P(sliding_window_script_test, starts_its_positions_anew_when_the_log_is_empty)
{
    acquire(noon, 5, 5);
    acquire(noon + length, 5, 2);
    EXPECT_EQ(ask(raw<std::vector<std::string>>("ZRANGE", "log", 0, -1)),
              (std::vector<std::string>{"0000000000000002:2:0"}));
}

TEST_P(sliding_window_script_test, goes_on_when_the_clock_is_set_back)
{
    constexpr auto jump = 3600 * second;
    acquire(noon, 2);
    acquire(noon + 100, 2);
    // The newest entry's time stands for now.
    EXPECT_EQ(acquire(noon + 200 - jump, 2),
              (decided{false, 0, length - 100, length - 100, length}));
    EXPECT_EQ(acquire(noon + 200 - jump, 2, 0).reset, length);
    // It goes on from there, though everybody was refused, and the promise holds to the microsecond.
    auto const later = noon + 200 - jump + (length - 100);
    EXPECT_FALSE(acquire(later - 1, 2).allowed);
    EXPECT_TRUE(acquire(later, 2).allowed);
}

// Real time only goes forward; the server's clock is what it is plus an error that falls now and then.
TEST_P(sliding_window_script_test, neither_admits_too_much_nor_locks_out_when_the_clock_is_set_back)
{
    constexpr std::uint32_t limit = 5;
    window_model admitted;
    std::int64_t real = noon;
    std::int64_t error = 0;
    int jumps = 0;
    for (int i = 0; i < 1500 && !HasFailure(); ++i) {
        real += below(length / 3);
        if (below(10) == 0) {
            error -= below(4) == 0 ? below(10 * length) : below(length);
            ++jumps;
        }
        auto const cost = static_cast<std::uint32_t>(1 + below(2));
        auto const answer = acquire(real + error, limit, cost);
        if (answer.allowed)
            admitted.acquire(real, limit, cost);
        EXPECT_LE(admitted.used_at(real) + answer.remaining, limit) << "step " << i;
        EXPECT_LE(answer.reset, length);
        if (below(5) != 0)
            continue;
        // Whoever waits as long as he was told finds what he was promised.
        real += answer.reset;
        EXPECT_EQ(acquire(real + error, limit, 0).remaining, limit) << "step " << i;
    }
    EXPECT_GT(jumps, 50);
}

TEST_P(sliding_window_script_test, admits_the_limit_once_more_when_the_clock_is_set_forward)
{
    EXPECT_TRUE(acquire(noon, 5, 5).allowed);
    EXPECT_TRUE(
        acquire(noon + length + 1, 5, 5).allowed);  // set forward: nothing of the window had passed
    EXPECT_FALSE(acquire(noon + length + 1, 5).allowed);
    EXPECT_FALSE(acquire(noon + 2, 5).allowed);  // and right again
    EXPECT_FALSE(acquire(noon + length / 2, 5).allowed);
    EXPECT_EQ(acquire(noon + 2, 5).retry, length);
}

}  // namespace

}  // namespace redstart::toolkit::limit_tests::logging
