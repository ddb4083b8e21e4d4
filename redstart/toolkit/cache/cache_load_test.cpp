#include "redstart/command/keys.hpp"
#include "redstart/command/strings.hpp"
#include "redstart/task/on.hpp"
#include "redstart/task/race.hpp"
#include "redstart/task/sleep.hpp"
#include "redstart/task/when_all.hpp"
#include "redstart/task/within.hpp"
#include "redstart/toolkit/cache/loader_test.hpp"
#include "redstart/toolkit/on_servers_test.hpp"

#include <cmath>

namespace redstart::toolkit {

namespace cache_load_tests {

class cache_load_test : public on_servers {
protected:
    task<> until(std::function<bool()> condition)
    {
        while (!condition())
            co_await sleep_for(1ms);
    }

    // Each on another loop than the one before.
    task<std::vector<found>> get_by_many(texts& from, int callers)
    {
        std::vector<task<found>> all;
        for (int i = 0; i < callers; ++i)
            all.push_back(get_on(from, static_cast<std::size_t>(i % 2)));
        co_return co_await when_all(std::move(all));
    }
    task<found> get_on(texts& from, std::size_t loop)
    {
        co_return co_await on{loops.at(loop), from.get_or_load("a", source.loader())};
    }

    database source;
};
REDSTART_ON_SERVERS(cache_load_test);

// Without the question for the time, which is asked once a second.
std::vector<std::string> verbs_of(std::vector<std::string> const& sent)
{
    std::vector<std::string> verbs;
    for (auto const& each : sent)
        if (each != R"("TIME")")
            verbs.push_back(each.substr(0, each.find(' ')));
    return verbs;
}

constexpr auto entry = "redstart:cache:default:{a}";
constexpr auto lease = "redstart:cache:default:{a}:lease";

TEST_P(cache_load_test, loads_what_is_not_there_and_keeps_it)
{
    texts tested{db};
    EXPECT_EQ(run(tested.get_or_load("a", source.loader())), "a 1");
    EXPECT_EQ(run(tested.get_or_load("a", source.loader())), "a 1");
    EXPECT_EQ(run(tested.get_or_load("a", source.loader()), 1), "a 1");
    EXPECT_EQ(run(tested.get("a")).value, "a 1");
    EXPECT_EQ(ask(exists(lease)), 0);
    EXPECT_GT(ask(ttl(entry)).left.value(), 8min);
    auto const report = tested.report();
    EXPECT_EQ(report.loads, 1U);
    EXPECT_EQ(report.fills, 1U);
    EXPECT_EQ(report.hits, 3U);
    EXPECT_EQ(report.misses, 1U);
    run(tested.stop());
}

TEST_P(cache_load_test, takes_three_round_trips_to_load_and_one_to_hit)
{
    texts tested{db};
    run(tested.get_or_load("b", source.loader()));  // the scripts and the time are known now
    auto const sent = sent_during([&]() -> task<> {
        co_await tested.get_or_load("a", source.loader());
        co_await tested.get_or_load("a", source.loader());
    });
    EXPECT_EQ(verbs_of(sent),
              (std::vector<std::string>{R"("GET")", R"("EVALSHA")", R"("EVALSHA")", R"("GET")"}));
    run(tested.stop());
}

TEST_P(cache_load_test, takes_a_loader_that_always_has_a_value)
{
    cache<std::int64_t> lengths{db};
    auto const length = [](std::string const& name) -> task<std::int64_t> {
        co_return static_cast<std::int64_t>(name.size());
    };
    EXPECT_EQ(run(lengths.get_or_load("four", length)), 4);
    EXPECT_EQ(run(lengths.get_or_load("four", length)), 4);
    run(lengths.stop());
}

TEST_P(cache_load_test, remembers_that_the_source_has_none)
{
    texts tested{db, {.negative_ttl = 1h}};
    source.has = false;
    EXPECT_EQ(run(tested.get_or_load("a", source.loader())), std::nullopt);
    EXPECT_EQ(run(tested.get_or_load("a", source.loader())), std::nullopt);
    EXPECT_EQ(source.loads, 1);
    EXPECT_EQ(run(tested.get("a")).state, cache_state::negative);
    EXPECT_EQ(tested.report().negative, 2U);
    run(tested.stop());

    texts forgetful{db, {.name = "forgetful", .negative_ttl = 0ms}};
    EXPECT_EQ(run(forgetful.get_or_load("a", source.loader())), std::nullopt);
    EXPECT_EQ(run(forgetful.get_or_load("a", source.loader())), std::nullopt);
    EXPECT_EQ(source.loads, 3);
    run(forgetful.stop());
}

TEST_P(cache_load_test, loads_once_for_ten_thousand_who_miss_at_once)
{
    texts tested{db, {.operation_timeout = 1min}};
    source.holds = true;
    auto const test = [&]() -> task<std::vector<found>> {
        auto both = co_await when_all(get_by_many(tested, 10'000), [&]() -> task<> {
            co_await until([&] { return tested.report().misses == 10'000; });
            source.holds = false;
        }());
        co_return std::move(std::get<0>(both));
    };
    auto const all = run(test());
    EXPECT_EQ(all, std::vector<found>(10'000, "a 1"));
    EXPECT_EQ(source.loads, 1);
    run(tested.stop());
}

TEST_P(cache_load_test, loads_once_for_two_processes)
{
    client other_db{loops, to(server)};
    texts tested{db};
    texts other{other_db};
    source.holds = true;
    auto const test = [&]() -> task<std::vector<found>> {
        std::vector<task<found>> all;
        for (auto* each : {&tested, &other, &tested, &other})
            all.push_back(each->get_or_load("a", source.loader()));
        auto both = co_await when_all(when_all(std::move(all)), [&]() -> task<> {
            co_await until([&] { return source.loads > 0; });
            source.holds = false;
        }());
        co_return std::move(std::get<0>(both));
    };
    EXPECT_EQ(run(test()), std::vector<found>(4, "a 1"));
    EXPECT_EQ(source.loads, 1);
    run(tested.stop());
    run(other.stop());
    run(other_db.stop());
}

TEST_P(cache_load_test, gives_the_loaders_failure_to_all_who_wait_and_keeps_nothing)
{
    texts tested{db};
    source.holds = true;
    source.fails = true;
    auto const failing = [&](std::size_t loop) -> task<int> {
        try {
            co_await get_on(tested, loop);
        } catch (std::runtime_error const&) {
            co_return 1;
        }
        co_return 0;
    };
    auto const test = [&]() -> task<int> {
        std::vector<task<int>> all;
        for (std::size_t i = 0; i < 10; ++i)
            all.push_back(failing(i % 2));
        auto both = co_await when_all(when_all(std::move(all)), [&]() -> task<> {
            co_await until([&] { return tested.report().misses == 10; });
            source.holds = false;
        }());
        int sum = 0;
        for (auto const each : std::get<0>(both))
            sum += each;
        co_return sum;
    };
    EXPECT_EQ(run(test()), 10);
    EXPECT_EQ(ask(exists(entry, lease)), 0);
    EXPECT_EQ(tested.report().failed_loads, static_cast<std::uint64_t>(source.loads));
    source.fails = false;
    EXPECT_TRUE(run(tested.get_or_load("a", source.loader())));
    run(tested.stop());
}

TEST_P(cache_load_test, remembers_a_failure_for_as_long_as_it_was_told)
{
    texts tested{db, {.failure_ttl = 1h}};
    source.fails = true;
    for (int i = 0; i < 3; ++i)
        EXPECT_THROW(run(tested.get_or_load("a", source.loader())), std::runtime_error);
    EXPECT_EQ(source.loads, 1);
    source.fails = false;
    run(tested.erase("a"));  // also forgets that
    EXPECT_EQ(run(tested.get_or_load("a", source.loader())), "a 2");
    run(tested.stop());
}

TEST_P(cache_load_test, goes_on_loading_when_one_of_two_waiters_leaves)
{
    texts tested{db};
    source.holds = true;
    auto const test = [&]() -> task<found> {
        auto first = [&]() -> task<> {  // begins the load, and is cancelled as the race's loser
            co_await race(get_on(tested, 0), until([&] { return tested.report().misses == 2; }));
            source.holds = false;
        };
        auto second = [&]() -> task<found> {
            co_await until([&] { return source.loads == 1; });
            co_return co_await get_on(tested, 1);
        };
        auto both = co_await when_all(first(), second());
        co_return std::get<1>(both);
    };
    EXPECT_EQ(run(test()), "a 1");
    EXPECT_EQ(source.loads, 1);
    EXPECT_EQ(source.cancelled, 0);
    run(tested.stop());
}

TEST_P(cache_load_test, cancels_the_load_when_the_last_waiter_leaves_and_nobody_joins_it_then)
{
    texts tested{db};
    source.holds = true;
    for (int round = 1; round <= 3; ++round) {
        auto const test = [&]() -> task<> {
            co_await race(get_on(tested, 0), until([&] { return source.loads == round; }));
        };
        run(test());
    }
    source.holds = false;
    EXPECT_EQ(run(tested.get_or_load("a", source.loader())), "a 4");
    EXPECT_EQ(source.cancelled, 3);
    EXPECT_EQ(source.now, 0);
    run(tested.stop());
}

TEST_P(cache_load_test, ends_a_wait_at_the_callers_deadline)
{
    texts tested{db};
    source.holds = true;
    auto const test = [&]() -> task<> {
        co_await within(20ms, tested.get_or_load("a", source.loader()));
    };
    EXPECT_EQ(failure_of(test).value().code(), failure_code::timed_out);
    run(tested.stop());
    EXPECT_EQ(source.now, 0);
}

TEST_P(cache_load_test, ends_a_load_that_takes_too_long)
{
    texts tested{db, {.load_timeout = 20ms}};
    source.holds = true;
    auto const why = failure_of([&] { return tested.get_or_load("a", source.loader()); });
    EXPECT_EQ(why.value().code(), failure_code::timed_out);
    run(tested.stop());
}

TEST_P(cache_load_test, does_not_cache_what_was_invalidated_while_it_was_loaded)
{
    client other_db{loops, to(server)};
    texts tested{db};
    texts other{other_db};
    for (bool const is_written : {false, true}) {
        run(tested.erase("a"));
        source.holds = true;
        auto const before = source.loads.load();
        auto const test = [&]() -> task<found> {
            auto both = co_await when_all(get_on(tested, 0), [&]() -> task<> {
                co_await until([&] { return source.loads > before; });
                if (is_written)
                    co_await other.set("a", "newer");
                else
                    co_await other.erase("a");
                source.holds = false;
            }());
            co_return std::get<0>(both);
        };
        EXPECT_EQ(run(test()), "a " + std::to_string(before + 1));  // as it asked before
        auto const now = run(tested.get("a"));
        EXPECT_EQ(now.value, is_written ? found{"newer"} : std::nullopt);
    }
    EXPECT_EQ(tested.report().refused_fills, 2U);
    EXPECT_EQ(tested.report().fills, 0U);
    run(tested.stop());
    run(other.stop());
    run(other_db.stop());
}

TEST_P(cache_load_test, joins_no_load_that_began_before_an_invalidation_here)
{
    texts tested{db};
    source.holds = true;
    auto const test = [&]() -> task<std::pair<found, found>> {
        auto both = co_await when_all(get_on(tested, 0), [&]() -> task<found> {
            co_await until([&] { return source.loads == 1; });
            co_await tested.erase("a");
            auto second = co_await when_all(get_on(tested, 1), [&]() -> task<> {
                co_await until([&] { return source.loads == 2; });
                source.holds = false;
            }());
            co_return std::get<0>(second);
        }());
        co_return std::pair{std::get<0>(both), std::get<1>(both)};
    };
    EXPECT_EQ(run(test()), (std::pair<found, found>{"a 1", "a 2"}));
    EXPECT_EQ(run(tested.get("a")).value, "a 2");
    run(tested.stop());
}

TEST_P(cache_load_test, loads_when_the_lease_of_a_holder_that_died_expires)
{
    texts tested{db, {.wait = 1h}};
    ask(set(lease, "of somebody who died", {.ttl = 50ms}));
    EXPECT_EQ(run(tested.get_or_load("a", source.loader())), "a 1");
    EXPECT_EQ(run(tested.get("a")).value, "a 1");
    run(tested.stop());
}

TEST_P(cache_load_test, loads_for_itself_when_another_process_takes_too_long)
{
    texts tested{db, {.wait = 20ms}};
    ask(set(lease, "of somebody slow"));
    EXPECT_EQ(run(tested.get_or_load("a", source.loader())), "a 1");
    EXPECT_EQ(ask(exists(entry)), 0);
    EXPECT_EQ(ask(get(lease)), "of somebody slow");
    run(tested.stop());
}

TEST_P(cache_load_test, gives_back_a_lease_of_which_it_was_not_told)
{
    texts tested{db, {.load_timeout = 1h, .operation_timeout = 100ms}};
    for (std::size_t i = 0; i < 2; ++i)
        run(tested.get_or_load("b", source.loader()), i);
    source.fails = true;  // which makes the script known that gives a lease back
    EXPECT_ANY_THROW(run(tested.get_or_load("c", source.loader())));
    source.fails = false;
    ask(raw<ok>("CLIENT PAUSE", "60000", "WRITE"));  // which scripts might do
    EXPECT_TRUE(run(tested.get_or_load("a", source.loader())));
    EXPECT_EQ(tested.report().errors, 2U);
    ask(raw<ok>("CLIENT UNPAUSE"));
    for (std::size_t i = 0; i < 2; ++i)  // behind what was sent on that loop
        EXPECT_EQ(
            run([&]() -> task<std::int64_t> { co_return co_await db.exec(exists(lease)); }(), i),
            0);
    run(tested.stop());
}

TEST_P(cache_load_test, takes_what_another_process_loaded_meanwhile)
{
    texts tested{db, {.wait = 1h}};
    ask(set(lease, "of another"));
    auto const test = [&]() -> task<found> {
        auto both = co_await when_all(get_on(tested, 0), [&]() -> task<> {
            co_await until([&] { return tested.report().misses == 1; });
            co_await tested.set("a", "from another");
        }());
        co_return std::get<0>(both);
    };
    EXPECT_EQ(run(test()), "from another");
    EXPECT_EQ(source.loads, 0);
    run(tested.stop());
}

TEST_P(cache_load_test, serves_what_is_stale_at_once_and_loads_it_in_the_background)
{
    texts tested{db, {.jitter = 0, .stale_for = 1h}};
    run(tested.set("a", "old", {.ttl = 1ms}));
    while (run(tested.get("a")).state != cache_state::stale)
        ;
    source.holds = true;
    for (std::size_t i = 0; i < 10; ++i)
        EXPECT_EQ(run(tested.get_or_load("a", source.loader()), i % 2), "old");
    source.holds = false;
    run(until([&] { return tested.report().fills == 1; }));
    EXPECT_EQ(run(tested.get_or_load("a", source.loader())), "a 1");
    EXPECT_EQ(source.loads, 1);

    // A refresh that fails changes nothing.
    run(tested.set("b", "old", {.ttl = 1ms}));
    while (run(tested.get("b")).state != cache_state::stale)
        ;
    source.fails = true;
    EXPECT_EQ(run(tested.get_or_load("b", source.loader())), "old");
    run(until([&] { return tested.report().failed_loads == 1; }));
    EXPECT_EQ(run(tested.get_or_load("b", source.loader())), "old");
    run(tested.stop());
}

TEST_P(cache_load_test, leaves_the_refresh_to_another_process_that_is_at_it)
{
    texts tested{db, {.jitter = 0, .stale_for = 1h, .wait = 1h}};
    run(tested.set("a", "old", {.ttl = 1ms}));
    while (run(tested.get("a")).state != cache_state::stale)
        ;
    ask(set(lease, "of another"));
    EXPECT_EQ(run(tested.get_or_load("a", source.loader())), "old");
    run(tested.stop());
    EXPECT_EQ(source.loads, 0);
}

TEST_P(cache_load_test, loads_anew_before_the_time_by_chance)
{
    texts eager{db, {.ttl = 1h, .early_refresh = 1e12}};
    EXPECT_EQ(run(eager.get_or_load("a", source.loader())), "a 1");
    EXPECT_EQ(run(eager.get_or_load("a", source.loader())), "a 1");  // and refreshes
    while (eager.report().fills < 2)  // by chance one of a few hundred does not
        run(eager.get_or_load("a", source.loader()));
    run(eager.stop());
    EXPECT_NE(run(eager.get("a")).value, "a 1");

    texts patient{db, {.ttl = 1h, .early_refresh = 0}};
    auto const before = source.loads.load();
    for (int i = 0; i < 100; ++i)
        run(patient.get_or_load("a", source.loader()));
    run(patient.stop());
    EXPECT_EQ(source.loads, before);
}

TEST_P(cache_load_test, invalidates_what_has_a_tag_and_nothing_else)
{
    texts tested{db};
    run(tested.set("one", "1", {.tags = {"red", "blue"}}));
    run(tested.set("two", "2", {.tags = {"blue"}}));
    run(tested.set("three", "3", {.tags = {"green"}}));
    run(tested.set("four", "4"));
    run(tested.invalidate_tag("none"));
    auto const values = [&] {
        std::string all;
        for (auto const& each : run(tested.get_many({"one", "two", "three", "four"})))
            all += each.value().value.value_or("-");
        return all;
    };
    EXPECT_EQ(values(), "1234");
    run(tested.invalidate_tag("red"));
    EXPECT_EQ(values(), "-234");
    EXPECT_EQ(run(tested.get("one")), cache_result<std::string>{});
    run(tested.set("one", "again", {.tags = {"red", "blue"}}));
    EXPECT_EQ(run(tested.get("one")).value, "again");
    run(tested.invalidate_tag("blue"));
    EXPECT_EQ(values(), "--34");
    EXPECT_EQ(run(tested.get_or_load("one", source.loader(), {.tags = {"red"}})), "one 1");
    EXPECT_EQ(run(tested.get_or_load("one", source.loader())), "one 1");
    run(tested.stop());
}

// Two at once: what one of them asks in its first round trip is sent before the other begins.
TEST_P(cache_load_test, looks_up_the_tags_that_it_is_told_of_along_with_the_entry)
{
    texts tested{db};
    auto const load = [&](std::string_view name) {
        return tested.get_or_load(name, source.loader(), {.tags = {"red", "blue"}});
    };
    run(load("a"));
    auto const load_another = [&]() -> task<> { co_await load("b"); };
    EXPECT_EQ(verbs_of(sent_during(load_another)),
              (std::vector<std::string>{R"("GET")", R"("GET")", R"("GET")", R"("EVALSHA")",
                                        R"("EVALSHA")"}));
    auto const hit_both = [&]() -> task<> { co_await when_all(load("a"), load("b")); };
    std::vector<std::string> sent = sent_during(hit_both);
    std::erase(sent, R"("TIME")");
    ASSERT_EQ(sent.size(), 6U);
    EXPECT_EQ(sent[0], R"("GET" "redstart:cache:default:{a}")");
    EXPECT_EQ(sent[3], R"("GET" "redstart:cache:default:{b}")");
    EXPECT_EQ(source.loads, 2);
    run(tested.invalidate_tag("blue"));
    EXPECT_EQ(run(load("a")), "a 3");
    EXPECT_EQ(run(load("a")), "a 3");
    run(tested.stop());
}

TEST_P(cache_load_test, counts_an_entry_as_absent_whose_tag_was_lost)
{
    texts tested{db};
    run(tested.set("a", "text", {.tags = {"red"}}));
    EXPECT_TRUE(run(tested.get("a")));
    EXPECT_EQ(ask(del("redstart:cache-tag:default:{red}")), 1);
    EXPECT_FALSE(run(tested.get("a")));
    run(tested.invalidate_tag("red"));
    EXPECT_FALSE(run(tested.get("a")));
    EXPECT_EQ(run(tested.get_or_load("a", source.loader(), {.tags = {"red"}})), "a 1");
    EXPECT_TRUE(run(tested.get("a")));
    run(tested.stop());
}

TEST_P(cache_load_test, does_not_keep_what_was_loaded_before_its_tag_was_invalidated)
{
    texts tested{db};
    source.holds = true;
    auto const get = [&]() -> task<found> {
        co_return co_await tested.get_or_load("a", source.loader(), {.tags = {"red"}});
    };
    auto const test = [&]() -> task<std::pair<found, found>> {
        auto both = co_await when_all(get(), [&]() -> task<found> {
            co_await until([&] { return source.loads == 1; });
            co_await tested.invalidate_tag("red");
            auto second = co_await when_all(get(), [&]() -> task<> {
                co_await until([&] { return tested.report().misses == 2; });
                source.holds = false;
            }());
            co_return std::get<0>(second);
        }());
        co_return std::pair{std::get<0>(both), std::get<1>(both)};
    };
    // The second waits for the first, whose lease still stands, and finds that its value does not count.
    EXPECT_EQ(run(test()), (std::pair<found, found>{"a 1", "a 2"}));
    EXPECT_EQ(run(tested.get("a")).value, "a 2");
    run(tested.stop());
}

TEST_P(cache_load_test, refuses_tags_that_make_no_sense)
{
    texts tested{db};
    for (auto const& tags : std::vector<std::vector<std::string>>{
             {""}, {std::string(257, 'x')}, std::vector<std::string>(33, "x")}) {
        EXPECT_THROW(static_cast<void>(tested.set("a", "text", {.tags = tags})), failure);
        EXPECT_THROW(static_cast<void>(tested.get_or_load("a", source.loader(), {.tags = tags})),
                     failure);
    }
    EXPECT_THROW(static_cast<void>(tested.invalidate_tag("")), failure);
    run(tested.set("a", "text", {.tags = std::vector<std::string>(32, std::string(256, 'x'))}));
    EXPECT_TRUE(run(tested.get("a")));
}

TEST_P(cache_load_test, warms_up_and_tells_how_far_it_is)
{
    texts tested{db};
    run(tested.set("name 7", "cached before"));
    std::vector<std::string> names;
    for (int i = 0; i < 50; ++i)
        names.push_back("name " + std::to_string(i));
    auto const loader = [&](std::string const& name) -> task<found> {
        if (name == "name 13")
            throw std::runtime_error{"the database has a hole"};
        co_return co_await source.load(name);
    };
    std::vector<std::size_t> seen;
    auto const end = run(tested.warm_up(
        names, loader, {.at_once = 4, .on_progress = [&](warm_up_progress const& now) {
                            seen.push_back(now.done);
                        }}));
    EXPECT_EQ(end.total, 50U);
    EXPECT_EQ(end.done, 50U);
    EXPECT_EQ(end.failed, 1U);
    EXPECT_EQ(seen.size(), 50U);
    EXPECT_TRUE(std::ranges::is_sorted(seen));
    EXPECT_EQ(source.loads, 48);
    EXPECT_LE(source.most, 4);
    for (auto const& each : run(tested.get_many(names)))
        EXPECT_NE(each.value().state, cache_state::stale);
    EXPECT_EQ(run(tested.warm_up({}, loader)).total, 0U);

    source.holds = true;
    auto const ended = [&]() -> task<> {
        co_await within(20ms, tested.warm_up({"another"}, source.loader()));
    };
    EXPECT_EQ(failure_of(ended).value().code(), failure_code::timed_out);
    run(tested.stop());
}

TEST_P(cache_load_test, replaces_what_is_damaged)
{
    texts tested{db};
    for (auto const* damaged :
         {"", "no envelope", "a longer text that is no envelope, certainly not"}) {
        ask(set(entry, damaged));
        EXPECT_TRUE(run(tested.get_or_load("a", source.loader())));
        EXPECT_EQ(run(tested.get("a")).state, cache_state::hit) << damaged;
    }
    EXPECT_EQ(tested.report().errors, 3U);
    run(tested.stop());
}

TEST_P(cache_load_test, replaces_what_is_no_string)
{
    texts tested{db};
    for (auto const& tags : std::vector<std::vector<std::string>>{{}, {"red"}}) {
        ask(del(entry));
        ask(raw<std::int64_t>("RPUSH", entry, "a list"));
        EXPECT_THROW(run(tested.get("a")), failure);
        EXPECT_TRUE(run(tested.get_or_load("a", source.loader(), {.tags = tags})));
        EXPECT_EQ(run(tested.get("a")).state, cache_state::hit);
    }
    EXPECT_EQ(source.loads, 2);
    run(tested.stop());
}

// The lease is another's. Who comes later knows already that what the first has seen serves no longer.
TEST_P(cache_load_test, gives_nothing_that_was_seen_before_to_one_who_joins_and_sees_nothing)
{
    using namespace toolkit_detail;
    cache_store store{db, {.wait = 20ms}, std::source_location::current()};
    cache_loads loads{store};
    ask(set(entry, "an entry"));
    ask(set(lease, "another's"));
    auto const request = [&](shared_value usable) {
        return flight_request{.name = "a",
                              .source = source_of<std::string>(source.loader()),
                              .as = store.checked({}, std::source_location::current()),
                              .seen = "an entry",
                              .usable = std::move(usable)};
    };
    auto const seen = std::make_shared<std::string const>("invalidated");
    auto const text = [](shared_value const& of) {
        return *static_cast<std::string const*>(of.get());
    };
    auto const both = [&]() -> task<std::string> {
        auto const [first, second] =
            co_await when_all(loads.join(request(seen)), loads.join(request(nullptr)));
        co_return text(second);
    };
    auto const alone = [&]() -> task<std::string> {
        co_return text(co_await loads.join(request(seen)));
    };
    EXPECT_EQ(run(alone()), "invalidated");
    EXPECT_EQ(run(both()), "a 1");
    run(loads.stop());
}

TEST_P(cache_load_test, loads_although_it_may_not_ask_for_the_time)
{
    auto const options = limited_to("*");
    ask(raw<ok>("ACL SETUSER", "limited", "-time"));
    client limited{loops, options};
    texts tested{limited};
    EXPECT_THROW(run(tested.get("a")), failure);
    EXPECT_THROW(run(tested.set("a", "text")), failure);
    EXPECT_EQ(run(tested.get_or_load("a", source.loader())), "a 1");
    EXPECT_EQ(ask(exists(entry, lease)), 0);
    run(tested.stop());
    run(limited.stop());
}

TEST_P(cache_load_test, keeps_all_tags_when_one_of_them_was_lost)
{
    texts tested{db};
    auto const load = [&] {
        return run(tested.get_or_load("a", source.loader(), {.tags = {"red", "blue"}}));
    };
    EXPECT_EQ(load(), "a 1");
    EXPECT_EQ(ask(del("redstart:cache-tag:default:{blue}")), 1);
    EXPECT_EQ(load(), "a 2");
    EXPECT_EQ(load(), "a 2");
    run(tested.invalidate_tag("blue"));
    EXPECT_EQ(load(), "a 3");
    run(tested.stop());
}

TEST_P(cache_load_test, fails_to_read_what_has_a_tag_that_cannot_be_looked_up_and_nothing_else)
{
    constexpr auto tag = "redstart:cache-tag:default:{red}";
    texts tested{db};
    run(tested.set("a", "text", {.tags = {"red"}}));
    run(tested.set("b", "text", {.tags = {"blue"}}));
    ask(del(tag));
    ask(raw<std::int64_t>("RPUSH", tag, "no token"));
    auto const found = run(tested.get_many({"a", "b"}));
    EXPECT_FALSE(found[0]);
    EXPECT_TRUE(found[1] && *found[1]);
    EXPECT_THROW(run(tested.get("a")), failure);
    EXPECT_EQ(run(tested.get_or_load("a", source.loader(), {.tags = {"red"}})), "a 1");
    run(tested.invalidate_tag("red"));
    EXPECT_EQ(run(tested.get("a")).state, cache_state::miss);
    EXPECT_EQ(run(tested.get_or_load("a", source.loader(), {.tags = {"red"}})), "a 2");
    EXPECT_EQ(run(tested.get("a")).value, "a 2");
    run(tested.stop());
}

TEST_P(cache_load_test, counts_as_absent_what_has_tags_that_are_none)
{
    texts tested{db};
    ask(set(entry, seal({.tags = "?", .value = "text"})));
    EXPECT_EQ(run(tested.get("a")), cache_result<std::string>{});
    run(tested.stop());
}

TEST_P(cache_load_test, takes_a_tag_twice_and_tags_that_others_did_not_say)
{
    texts tested{db};
    EXPECT_EQ(run(tested.get_or_load("a", source.loader(), {.tags = {"red", "red", "blue"}})),
              "a 1");
    EXPECT_EQ(run(tested.get_or_load("a", source.loader(), {.tags = {"red", "red"}})), "a 1");
    EXPECT_EQ(run(tested.get_or_load("a", source.loader(), {.tags = {"green"}})), "a 1");
    run(tested.invalidate_tag("green"));
    EXPECT_EQ(run(tested.get_or_load("a", source.loader(), {.tags = {"green"}})), "a 1");
    run(tested.invalidate_tag("blue"));
    EXPECT_EQ(run(tested.get_or_load("a", source.loader(), {.tags = {"red", "red"}})), "a 2");
    run(tested.invalidate_tag("blue"));
    EXPECT_EQ(run(tested.get_or_load("a", source.loader(), {.tags = {"red"}})), "a 2");
    run(tested.invalidate_tag("red"));
    EXPECT_EQ(run(tested.get_or_load("a", source.loader(), {.tags = {"red"}})), "a 3");
    run(tested.stop());
}

TEST_P(cache_load_test, gives_a_value_that_cannot_be_cached)
{
    cache<double> numbers{db};
    auto const broken = [](std::string const&) -> task<double> { co_return std::nan(""); };
    texts small{db, {.longest_value = 2}};
    EXPECT_EQ(run(small.get_or_load("a", source.loader())), "a 1");
    EXPECT_EQ(ask(exists(entry, lease)), 0);
    run(small.stop());
    static_cast<void>(run(numbers.get_or_load("n", broken)));
    run(numbers.stop());
}

TEST_P(cache_load_test, cancels_loads_when_it_is_stopped_and_begins_none_later)
{
    texts tested{db};
    source.holds = true;
    auto const waiting = [&]() -> task<failure_code> {
        try {
            co_await get_on(tested, 0);
        } catch (failure const& why) {
            co_return why.code();
        }
        co_return failure_code::invalid_argument;
    };
    auto const test = [&]() -> task<failure_code> {
        auto both = co_await when_all(waiting(), [&]() -> task<> {
            co_await until([&] { return source.loads == 1; });
            co_await tested.stop();
        }());
        co_return std::get<0>(both);
    };
    EXPECT_EQ(run(test()), failure_code::stopped);
    EXPECT_EQ(source.now, 0);
    EXPECT_EQ(ask(exists(lease)), 0);
    EXPECT_EQ(run(waiting()), failure_code::stopped);
    run(tested.stop());
}

TEST_P(cache_load_test, goes_on_when_the_server_forgets_its_scripts)
{
    texts tested{db};
    for (int i = 0; i < 3; ++i) {
        ask(raw<ok>("SCRIPT FLUSH"));
        EXPECT_TRUE(run(tested.get_or_load("name " + std::to_string(i), source.loader())));
    }
    EXPECT_EQ(tested.report().fills, 3U);
    run(tested.stop());
}

TEST_P(cache_load_test, touches_the_keys_of_its_entry_only)
{
    client limited{loops, limited_to("redstart:cache:default:{a}*")};
    ASSERT_TRUE(forbids_other_keys_in_scripts(limited));
    texts tested{limited};
    EXPECT_EQ(run(tested.get_or_load("a", source.loader())), "a 1");
    source.fails = true;
    run(tested.erase("a"));
    EXPECT_THROW(run(tested.get_or_load("a", source.loader())), std::runtime_error);
    EXPECT_EQ(tested.report().errors, 0U);
    run(tested.stop());
    run(limited.stop());
}

}  // namespace cache_load_tests

}  // namespace redstart::toolkit
