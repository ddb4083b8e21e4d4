#include "redstart/toolkit/limits/sliding_window.hpp"

#include "redstart/command/keys.hpp"
#include "redstart/command/sorted_set_ranges.hpp"
#include "redstart/command/strings.hpp"
#include "redstart/task/when_all.hpp"
#include "redstart/toolkit/on_servers_test.hpp"

namespace redstart::toolkit {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view ada_log = "redstart:window:api:3600000000us:{ada}";

class sliding_window_test : public on_servers {
protected:
    sliding_window window(std::uint32_t limit)
    {
        return {db, {.name = "api", .limit = limit, .window = 1h}};
    }

    // Makes all that the log holds older, as if so much time had passed.
    void let_pass(std::chrono::microseconds time, std::string_view log = ada_log)
    {
        for (auto const& [member, score] : ask(zrange_with_scores(log)))
            ask(zadd(log, score - static_cast<double>(time.count()), member));
    }
};
REDSTART_ON_SERVERS(sliding_window_test);

TEST_P(sliding_window_test, allows_the_limit_and_no_more)
{
    auto const calls = window(3);
    for (std::uint32_t i = 1; i <= 3; ++i) {
        auto const decided = run(calls.acquire("ada"));
        EXPECT_TRUE(decided.allowed);
        EXPECT_EQ(decided.limit, 3U);
        EXPECT_EQ(decided.remaining, 3 - i);
        EXPECT_EQ(decided.retry_after, 0us);
        EXPECT_EQ(decided.reset_after, 1h);
    }
    auto const refused = run(calls.acquire("ada"));
    EXPECT_FALSE(refused.allowed);
    EXPECT_FALSE(refused.never);
    EXPECT_EQ(refused.remaining, 0U);
    EXPECT_GT(refused.retry_after, 50min);
    EXPECT_LT(refused.retry_after, 1h);
    EXPECT_EQ(refused.more_after, refused.retry_after);
    EXPECT_GT(refused.reset_after, refused.retry_after);
    EXPECT_TRUE(run(calls.acquire("bob")).allowed);
}

TEST_P(sliding_window_test, does_not_count_what_it_refuses)
{
    auto const calls = window(2);
    run(calls.acquire("ada"));
    run(calls.acquire("ada"));
    for (int i = 0; i < 10; ++i) {
        let_pass(5min);
        EXPECT_FALSE(run(calls.acquire("ada")).allowed);
    }
    EXPECT_EQ(ask(zcard(ada_log)), 2);
    let_pass(10min);
    EXPECT_TRUE(run(calls.acquire("ada")).allowed);
}

TEST_P(sliding_window_test, slides)
{
    auto const calls = window(2);
    run(calls.acquire("ada"));
    let_pass(40min);
    run(calls.acquire("ada"));
    let_pass(20min);
    EXPECT_TRUE(run(calls.acquire("ada")).allowed);
    auto const refused = run(calls.acquire("ada"));
    EXPECT_FALSE(refused.allowed);
    EXPECT_GT(refused.retry_after, 39min);
    EXPECT_LE(refused.retry_after, 40min);
}

TEST_P(sliding_window_test, charges_all_of_a_cost_or_nothing)
{
    auto const calls = window(10);
    EXPECT_EQ(run(calls.acquire("ada", 7)).remaining, 3U);
    auto const refused = run(calls.acquire("ada", 4));
    EXPECT_FALSE(refused.allowed);
    EXPECT_EQ(refused.remaining, 3U);
    EXPECT_EQ(run(calls.acquire("ada", 3)).remaining, 0U);
    EXPECT_EQ(ask(zcard(ada_log)), 2);
}

TEST_P(sliding_window_test, takes_nothing_for_a_look)
{
    auto const calls = window(2);
    EXPECT_EQ(run(calls.acquire("ada", 0)),
              (limit_decision{.allowed = true, .limit = 2, .remaining = 2}));
    EXPECT_EQ(ask(dbsize()), 0);
    run(calls.acquire("ada", 2));
    auto const looked = run(calls.acquire("ada", 0));
    EXPECT_TRUE(looked.allowed);
    EXPECT_EQ(looked.remaining, 0U);
    EXPECT_EQ(looked.retry_after, 0us);
    EXPECT_GT(looked.more_after, 50min);
}

TEST_P(sliding_window_test, says_never_to_a_cost_above_the_limit)
{
    auto const calls = window(2);
    for (std::uint32_t const cost : {3u, 10'001u, 0xffffffffu}) {
        auto const decided = run(calls.acquire("ada", cost));
        EXPECT_FALSE(decided.allowed);
        EXPECT_TRUE(decided.never);
        EXPECT_EQ(decided.remaining, 2U);
        EXPECT_EQ(decided.retry_after, 1h);
    }
    EXPECT_EQ(ask(dbsize()), 0);
    EXPECT_FALSE(run(calls.acquire("ada", 2)).never);
}

TEST_P(sliding_window_test, lets_its_key_expire)
{
    auto const calls = window(1);
    run(calls.acquire("ada"));
    auto const left = ask(ttl(ada_log)).left.value();
    EXPECT_GT(left, 59min);
    EXPECT_LE(left, 1h + 1ms);
}

TEST_P(sliding_window_test, gives_a_key_its_expiry_back)
{
    auto const calls = window(2);
    for (std::uint32_t const cost : {1u, 2u}) {  // allowed, refused
        run(calls.acquire("ada"));
        EXPECT_TRUE(ask(persist(ada_log)));
        run(calls.acquire("ada", cost));
        EXPECT_TRUE(ask(ttl(ada_log)).left) << cost;
    }
}

// The server rounds times to live to milliseconds: the log must not go before the window does.
TEST_P(sliding_window_test, never_allows_more_in_a_window_of_few_milliseconds)
{
    sliding_window const calls{db, {.name = "short", .limit = 1, .window = 2500us}};
    auto const at = [this] {
        auto const [seconds, microseconds] =
            ask(raw<std::tuple<std::int64_t, std::int64_t>>("TIME"));
        return seconds * 1'000'000 + microseconds;
    };
    std::int64_t before_last = 0;
    for (int allowed = 0; allowed < 30;) {
        auto const before = at();
        if (!run(calls.acquire("ada")).allowed)
            continue;
        auto const after = at();
        EXPECT_GE(after - before_last, 2500);
        before_last = before;
        ++allowed;
    }
}

TEST_P(sliding_window_test, applies_a_new_limit_to_what_is_logged)
{
    run(window(10).acquire("ada", 6));
    EXPECT_EQ(run(window(8).acquire("ada")).remaining, 1U);
    auto const decided = run(window(3).acquire("ada"));
    EXPECT_FALSE(decided.allowed);
    EXPECT_EQ(decided.remaining, 0U);
    EXPECT_TRUE(run(window(3).acquire("ada", 0)).allowed);
    EXPECT_EQ(run(window(20).acquire("ada", 0)).remaining, 13U);
}

TEST_P(sliding_window_test, counts_names_windows_prefixes_and_subjects_apart)
{
    sliding_window_options const one{.prefix = "p", .name = "api", .limit = 1, .window = 1h};
    auto other_name = one, other_window = one, other_prefix = one;
    other_name.name = "login";
    other_window.window = 2h;
    other_prefix.prefix = "q";
    for (auto const& options : {one, other_name, other_window, other_prefix})
        for (auto const* const subject : {"ada", "bob", "", "{ada}"}) {
            sliding_window const calls{db, options};
            EXPECT_TRUE(run(calls.acquire(subject)).allowed);
            EXPECT_FALSE(run(calls.acquire(subject)).allowed);
        }
    EXPECT_EQ(ask(dbsize()), 16);
}

TEST_P(sliding_window_test, takes_any_bytes_as_subjects)
{
    auto const calls = window(1);
    for (auto const& subject :
         {std::string{"\0\r\n}", 4}, std::string(1'000'000, 'x'), std::string{"\xff"}}) {
        EXPECT_TRUE(run(calls.acquire(subject)).allowed);
        EXPECT_FALSE(run(calls.acquire(subject)).allowed);
    }
    for (auto const& key : ask(raw<std::vector<std::string>>("KEYS", "*")))
        EXPECT_LT(key.size(), 150U);
}

TEST_P(sliding_window_test, refuses_options_that_make_no_sense)
{
    auto const refused = [this](sliding_window_options options) {
        try {
            sliding_window const calls{db, std::move(options)};
        } catch (failure const& why) {
            return why.code() == failure_code::invalid_argument;
        }
        return false;
    };
    EXPECT_TRUE(refused({.limit = 0}));
    EXPECT_TRUE(refused({.limit = 10'001}));
    EXPECT_TRUE(refused({.window = 999us}));
    EXPECT_TRUE(refused({.window = -1us}));
    EXPECT_TRUE(refused({.window = 366 * 24h + 1us}));
    EXPECT_TRUE(refused({.name = "{ada}"}));
    EXPECT_TRUE(refused({.prefix = ""}));
    EXPECT_FALSE(refused({.limit = 10'000, .window = 366 * 24h}));
    EXPECT_FALSE(refused({.limit = 1, .window = 1ms}));
}

task<std::uint32_t> acquire_together(sliding_window const& calls, int times)
{
    std::vector<task<limit_decision>> all;
    for (int i = 0; i < times; ++i)
        all.push_back(calls.acquire("ada"));
    std::uint32_t allowed = 0;
    for (auto const& decided : co_await when_all(std::move(all)))
        allowed += decided.allowed ? 1 : 0;
    co_return allowed;
}

// Half of them on each loop, and so from two connections.
std::uint32_t acquire_on_both_loops(runtime& loops, sliding_window const& calls, int times)
{
    std::uint32_t there = 0;
    std::jthread other{[&] { there = loops.run(acquire_together(calls, times / 2), 1); }};
    auto const here = loops.run(acquire_together(calls, times / 2), 0);
    other.join();
    return here + there;
}

TEST_P(sliding_window_test, allows_exactly_the_limit_of_200_at_once)
{
    EXPECT_EQ(acquire_on_both_loops(loops, window(100), 200), 100U);
    EXPECT_EQ(ask(zcard(ada_log)), 100);
}

TEST_P(sliding_window_test, allows_exactly_the_limit_of_2000_at_once)
{
    EXPECT_EQ(acquire_on_both_loops(loops, window(100), 2000), 100U);
}

TEST_P(sliding_window_test, allows_exactly_the_limit_while_scripts_are_forgotten)
{
    auto const calls = window(100);
    std::atomic<bool> done{false};
    std::jthread forgetting{[&] {
        auto peer = server.connect();
        while (!done)
            EXPECT_EQ(peer.ask({"SCRIPT", "FLUSH"}), "+OK");
    }};
    EXPECT_EQ(acquire_on_both_loops(loops, calls, 2000), 100U);
    done = true;
}

TEST_P(sliding_window_test, counts_the_largest_limit)
{
    auto const calls = window(10'000);
    EXPECT_EQ(acquire_on_both_loops(loops, calls, 2000), 2000U);
    EXPECT_EQ(run(calls.acquire("ada", 8000)).remaining, 0U);
    EXPECT_FALSE(run(calls.acquire("ada")).allowed);
    EXPECT_FALSE(run(calls.acquire("ada", 10'000)).allowed);
}

TEST_P(sliding_window_test, sends_one_command_on_one_key)
{
    auto const calls = window(2);
    run(calls.acquire("bob"));  // makes the script known
    auto const sent = sent_during([&]() -> task<> { co_await calls.acquire("ada"); });
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_TRUE(sent[0].starts_with("\"EVALSHA\"")) << sent[0];
    EXPECT_TRUE(
        sent[0].ends_with(R"("1" "redstart:window:api:3600000000us:{ada}" "2" "3600000000" "1")"))
        << sent[0];
}

TEST_P(sliding_window_test, touches_its_own_key_only)
{
    client limited{loops, limited_to(ada_log)};
    sliding_window const calls{limited, {.name = "api", .limit = 2, .window = 1h}};
    for (std::uint32_t const cost : {1u, 0u, 1u, 1u, 5u})
        EXPECT_NO_THROW(run(calls.acquire("ada", cost)));
    EXPECT_EQ(failure_of([&] { return calls.acquire("bob"); }).value().server_code(), "NOPERM");
    EXPECT_TRUE(forbids_other_keys_in_scripts(limited));
    run(limited.stop());
}

TEST_P(sliding_window_test, tells_that_its_key_is_something_else)
{
    ask(set(ada_log, "text"));
    auto const why = failure_of([calls = window(1)] { return calls.acquire("ada"); });
    EXPECT_EQ(why.value().server_code(), "WRONGTYPE");
    EXPECT_EQ(why->outcome(), outcome::maybe_applied) << "what a script did before its error stays";
    EXPECT_TRUE(std::string_view{why->where().file_name()}.ends_with("sliding_window_test.cpp"));
}

}  // namespace

}  // namespace redstart::toolkit
