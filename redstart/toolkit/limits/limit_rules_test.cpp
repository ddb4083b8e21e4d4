#include "redstart/toolkit/limits/limit_rules.hpp"

#include "redstart/command/keys.hpp"
#include "redstart/toolkit/limits/bucket_model_test.hpp"
#include "redstart/toolkit/limits/limiter_crowd_test.hpp"

#include <thread>

namespace redstart::toolkit::limit_tests {

namespace {

using namespace std::chrono_literals;

class limit_rules_test : public on_servers_that_count_changes {
protected:
    limit_rules_test() : script_{"own_clock", with_clock_of_its_own(limit_rules_text(), 2)} {}

    // The time stands between the cost and the rules.
    static std::string with_clock_of_its_own(std::string_view text, int argument)
    {
        auto changed = limit_tests::with_clock_of_its_own(text, argument);
        constexpr std::string_view first = "for at = 2,";
        changed.replace(changed.find(first), first.size(), "for at = 4,");
        return changed;
    }

    std::vector<decided> acquire(std::int64_t now, std::vector<bucket_rate> const& rules,
                                 std::uint32_t cost)
    {
        auto what = script_(keys("rules"), cost, now / second, now % second);
        for (std::size_t i = 0; i < rules.size(); ++i)
            what.add(i, rules[i].burst, rules[i].token(), rules[i].parts());
        std::vector<decided> answers;
        for (auto const& [allowed, remaining, retry, more, reset] : ask(std::move(what), cost == 0))
            answers.push_back({allowed, remaining, retry, more, reset});
        return answers;
    }

    // An hour and a day: nothing comes back during a test.
    limit_rules two(std::uint32_t of_hour, std::uint32_t of_day)
    {
        return {db,
                {.name = "api",
                 .rules = {{.name = "hour", .count = 1, .period = 1h, .burst = of_hour},
                           {.name = "day", .count = 1, .period = 24h, .burst = of_day}}}};
    }

    script<std::vector<limit_reply>> script_;
    dice random{24};
};
REDSTART_ON_SERVERS(limit_rules_test);

TEST_P(limit_rules_test, agrees_with_buckets_that_are_filled)
{
    std::vector<bucket_rate> const rules{
        {4, 4, 300 * second}, {9, 7, 1501 * second}, {20, 3, 1000 * second}};
    std::vector<bucket_model> models(rules.size());
    auto now = noon;
    std::vector<int> refused_by(rules.size());
    for (int i = 0; i < 1500 && !HasFailure(); ++i) {
        now += random.one_in(40) ? 3000 * second : random.below(200 * second);
        auto const cost = random.one_in(3) ? random.number_below(6) : 1;
        std::vector<bool> fits;
        for (std::size_t r = 0; r < rules.size(); ++r)
            fits.push_back(models[r].has(now, rules[r], cost));
        bool const allowed = std::ranges::find(fits, false) == fits.end();
        auto const answers = acquire(now, rules, cost);
        ASSERT_EQ(answers.size(), rules.size());
        for (std::size_t r = 0; r < rules.size(); ++r) {
            // Of what is refused as a whole nothing is taken; how long this one would wait is its own matter.
            auto expected = models[r].acquire(now, rules[r], allowed || !fits[r] ? cost : 0);
            EXPECT_EQ(answers[r], expected) << "step " << i << ", rule " << r << ", cost " << cost;
            refused_by[r] += fits[r] ? 0 : 1;
        }
    }
    for (auto const each : refused_by)
        EXPECT_GT(each, 20);
}

TEST_P(limit_rules_test, charges_all_rules_or_none)
{
    auto const calls = two(3, 5);
    EXPECT_EQ(run(calls.acquire("ada", 3)).remaining, 0U);
    auto const refused = run(calls.acquire_each("ada", 2));
    EXPECT_FALSE(refused[0].decision.allowed);
    EXPECT_TRUE(refused[1].decision.allowed);
    EXPECT_EQ(refused[1].decision.remaining, 2U) << "not charged, since the other had not enough";
    auto const all = run(calls.acquire("ada", 2));
    EXPECT_FALSE(all.allowed);
    EXPECT_EQ(all.limit, 3U);
    EXPECT_GT(all.retry_after, 119min);
    EXPECT_GT(all.reset_after, 71h);
    EXPECT_LE(all.more_after, 1h);
}

TEST_P(limit_rules_test, says_never_if_one_rule_does)
{
    auto const decided = run(two(3, 5).acquire("ada", 4));
    EXPECT_TRUE(decided.never);
    EXPECT_FALSE(decided.allowed);
    EXPECT_EQ(ask(dbsize()), 0);
}

TEST_P(limit_rules_test, goes_on_after_a_clock_that_was_set_back_though_all_are_refused)
{
    std::vector<bucket_rate> const rules{{2, 1, 500 * second}, {3, 1, 500 * second}};
    acquire(noon, rules, 2);
    auto const then = noon - 36'000 * second;
    EXPECT_EQ(acquire(then, rules, 1)[0].retry, 500 * second);
    EXPECT_EQ(acquire(then + 500 * second - 1, rules, 1)[0].retry, 1);
    EXPECT_TRUE(acquire(then + 500 * second, rules, 1)[0].allowed);
}

TEST_P(limit_rules_test, keeps_one_key_with_a_time_to_live)
{
    auto const calls = two(3, 5);
    run(calls.acquire("ada"));
    constexpr std::string_view key = "redstart:rules:api:{ada}";
    auto const left = ask(ttl(key)).left.value();
    EXPECT_GT(left, 23h);
    EXPECT_LE(left, 24h + 1ms);
    EXPECT_TRUE(ask(persist(key)));
    run(calls.acquire("ada"));
    EXPECT_TRUE(ask(ttl(key)).left);
    EXPECT_EQ(ask(dbsize()), 1);
}

TEST_P(limit_rules_test, keeps_what_the_others_have_when_a_rule_is_added)
{
    run(two(3, 5).acquire("ada", 3));
    limit_rules const three{db,
                            {.name = "api",
                             .rules = {{.name = "week", .count = 1, .period = 24h, .burst = 100},
                                       {.name = "day", .count = 1, .period = 24h, .burst = 5}}}};
    auto const looked = run(three.acquire_each("ada", 0));
    EXPECT_EQ(looked[0].decision.remaining, 100U);
    EXPECT_EQ(looked[1].decision.remaining, 2U);
}

TEST_P(limit_rules_test, does_not_end_rules_sooner_that_only_others_have)
{
    run(two(3, 5).acquire("ada", 3));
    auto const key = ask(raw<std::vector<std::string>>("KEYS", "*")).at(0);
    auto const before = ask(ttl(key)).left.value();
    limit_rules const one{
        db,
        {.name = "api",
         .rules = {
             {.name = "other", .count = 10, .period = std::chrono::seconds{1}, .burst = 10}}}};
    run(one.acquire("ada"));
    EXPECT_GT(ask(ttl(key)).left.value(), before / 2);
}

TEST_P(limit_rules_test, gives_back_a_lost_expiry_that_is_long_enough_for_the_rules_of_others)
{
    run(two(3, 5).acquire("ada", 3));
    auto const key = ask(raw<std::vector<std::string>>("KEYS", "*")).at(0);
    auto const before = ask(ttl(key)).left.value();
    limit_rules const other{
        db, {.name = "api", .rules = {{.name = "other", .count = 10, .period = 1s, .burst = 10}}}};
    for (std::uint32_t const cost : {11U, 1U}) {  // refused, allowed
        EXPECT_TRUE(ask(persist(key)));
        run(other.acquire("ada", cost));
        auto const left = ask(ttl(key)).left;
        ASSERT_TRUE(left) << cost;
        EXPECT_GT(*left, before / 2) << cost;
        EXPECT_LE(*left, before + 2ms) << cost;
    }
}

TEST_P(limit_rules_test, keeps_what_a_clock_far_ahead_left_behind_for_a_year_at_most)
{
    acquire(noon, {{3, 1, 500 * second}}, 1);
    ask(raw<std::int64_t>("HSET", "rules", "of others", "9000000000000000/0"));
    EXPECT_TRUE(ask(persist("rules")));
    acquire(noon, {{3, 1, 500 * second}}, 1);
    EXPECT_LE(ask(ttl("rules")).left.value(), std::chrono::days{366});
}

TEST_P(limit_rules_test, allows_exactly_the_smallest_limit_of_2000_at_once)
{
    limiter const calls = two(150, 100);
    std::uint32_t there = 0;
    std::jthread other{[&] { there = loops.run(allowed_of(calls, 1000), 1); }};
    auto const here = loops.run(allowed_of(calls, 1000), 0);
    other.join();
    EXPECT_EQ(here + there, 100U);
    EXPECT_EQ(run(two(150, 100).acquire_each("ada", 0))[0].decision.remaining, 50U)
        << "what the other refused took nothing";
}

TEST_P(limit_rules_test, refuses_options_that_make_no_sense)
{
    auto const refused = [this](std::vector<limit_rule> rules) {
        try {
            limit_rules const calls{db, {.rules = std::move(rules)}};
        } catch (failure const& why) {
            return why.code() == failure_code::invalid_argument;
        }
        return false;
    };
    EXPECT_TRUE(refused({}));
    EXPECT_TRUE(refused(std::vector<limit_rule>(17, limit_rule{.name = "x"})));
    EXPECT_TRUE(refused({limit_rule{.name = "x"}, limit_rule{.name = "x"}}));
    EXPECT_TRUE(refused({limit_rule{.name = ""}}));
    EXPECT_TRUE(refused({limit_rule{.name = "x", .count = 0}}));
    EXPECT_TRUE(refused({limit_rule{.name = "x", .burst = 0}}));
    EXPECT_FALSE(refused({limit_rule{.name = "x"}, limit_rule{.name = "y"}}));
}

}  // namespace

}  // namespace redstart::toolkit::limit_tests
