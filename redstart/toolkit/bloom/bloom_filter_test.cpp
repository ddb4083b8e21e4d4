#include "redstart/toolkit/bloom/bloom_filter.hpp"

#include "redstart/command/keys.hpp"
#include "redstart/command/strings.hpp"
#include "redstart/task/on.hpp"
#include "redstart/task/when_all.hpp"
#include "redstart/toolkit/on_servers_test.hpp"

#include <cmath>
#include <mutex>
#include <set>

namespace redstart::toolkit::bloom_filter_suite {

namespace {

constexpr auto absent = bloom_answer::absent;
constexpr auto maybe = bloom_answer::maybe;
constexpr std::string_view users_key = "redstart:bloom:{users}";

std::vector<std::string> ids(std::string_view stem, int count, int first = 0)
{
    std::vector<std::string> all;
    for (int i = first; i < first + count; ++i)
        all.push_back(std::string{stem} + std::to_string(i));
    return all;
}

task<> build_of(bloom_filter filter, std::vector<std::string> keys)
{
    auto const build = co_await filter.rebuild();
    co_await build.add_all(keys);
    co_await build.finish();
}

class bloom_filter_test : public on_servers {
protected:
    bloom_filter users(std::uint64_t capacity = 1000, double rate = 0.01)
    {
        return {db, {.name = "users", .capacity = capacity, .false_positive_rate = rate}};
    }

    // A filter that is ready, and holds these.
    bloom_filter filled(std::vector<std::string> keys)
    {
        auto filter = users();
        run(build_of(filter, std::move(keys)));
        return filter;
    }

    bloom_answer look(bloom_filter const& in, std::string_view key)
    {
        return run(in.might_contain(key));
    }
    std::size_t found(bloom_filter const& in, std::vector<std::string> const& keys)
    {
        return static_cast<std::size_t>(std::ranges::count(run(in.might_contain_all(keys)), maybe));
    }
    std::vector<std::string> shards()
    {
        return ask(raw<std::vector<std::string>>("KEYS", "redstart:bloom:{users}:*"));
    }

    static void expect_conflict(std::optional<failure> const& why)
    {
        ASSERT_TRUE(why);
        EXPECT_EQ(why->code(), failure_code::conflict);
        EXPECT_EQ(why->outcome(), outcome::refused);
    }
};
REDSTART_ON_SERVERS(bloom_filter_test);

TEST_P(bloom_filter_test, knows_what_was_never_added)
{
    auto const filter = filled(ids("in", 500));
    EXPECT_EQ(found(filter, ids("in", 500)), 500U);
    EXPECT_LT(found(filter, ids("out", 500)), 20U);
    EXPECT_EQ(look(filter, "in0"), maybe);
    EXPECT_EQ(look(filter, "never"), absent);
    EXPECT_EQ(run(filter.add("never")), bloom_addition::added);
    EXPECT_EQ(look(filter, "never"), maybe);
    EXPECT_EQ(run(filter.add("never")), bloom_addition::seen);
}

TEST_P(bloom_filter_test, has_the_rate_that_was_asked_for)
{
    for (double const rate : {0.2, 0.02, 0.002}) {
        auto const filter = users(2000, rate);
        run(build_of(filter, ids("in", 2000)));
        constexpr int asked = 10'000;
        auto const expected = asked * rate;
        auto const deviation = std::sqrt(expected * (1 - rate));
        EXPECT_NEAR(static_cast<double>(found(filter, ids("out", asked))), expected,
                    // 99.9 %; the keys are fixed, so it is the same number every time
                    3.29 * deviation)
            << rate;
        run(filter.erase());
    }
}

TEST_P(bloom_filter_test, takes_keys_of_any_bytes)
{
    auto const filter = filled({});
    for (std::string const& key :
         {std::string{}, std::string{"\0\r\n{}", 5}, std::string(5000, 'x')}) {
        EXPECT_EQ(look(filter, key), absent);
        EXPECT_EQ(run(filter.add(key)), bloom_addition::added);
        EXPECT_EQ(look(filter, key), maybe);
    }
}

TEST_P(bloom_filter_test, answers_a_batch_in_its_order_and_in_one_round_trip)
{
    auto const filter = filled({"a", "c"});
    std::vector<std::string> const asked{"a", "b", "c", "d"};
    EXPECT_EQ(run(filter.might_contain_all(asked)), (std::vector{maybe, absent, maybe, absent}));
    EXPECT_EQ(run(filter.add_all(asked)),
              (std::vector{bloom_addition::seen, bloom_addition::added, bloom_addition::seen,
                           bloom_addition::added}));
    EXPECT_EQ(sent_during([&] { return filter.might_contain("a"); }).size(), 1U);
    EXPECT_EQ(sent_during([&] { return filter.might_contain_all(ids("x", 100)); }).size(), 1U);
    EXPECT_EQ(sent_during([&] { return filter.add_all(ids("x", 250)); }).size(), 3U);
    EXPECT_EQ(found(filter, ids("x", 250)), 250U);
    EXPECT_TRUE(run(filter.might_contain_all({})).empty());
}

TEST_P(bloom_filter_test, answers_maybe_until_it_was_built)
{
    auto const filter = users();
    EXPECT_EQ(look(filter, "a"), maybe);
    EXPECT_EQ(run(filter.add("a")), bloom_addition::not_ready);
    EXPECT_EQ(ask(dbsize()), 0) << "an add makes no filter";
    EXPECT_FALSE(run(filter.report()).ready);
    auto const build = run(filter.rebuild());
    EXPECT_EQ(look(filter, "a"), maybe);
    EXPECT_EQ(run(filter.add("early")), bloom_addition::not_ready);
    run(build.finish());
    EXPECT_EQ(look(filter, "a"), absent);
    EXPECT_EQ(look(filter, "early"), maybe) << "the build took it";
    EXPECT_TRUE(run(filter.report()).ready);
}

TEST_P(bloom_filter_test, answers_maybe_when_it_was_flushed_or_erased)
{
    auto const filter = filled({"a"});
    ASSERT_EQ(look(filter, "b"), absent);
    ask(flushdb());
    EXPECT_EQ(look(filter, "b"), maybe);
    EXPECT_EQ(run(filter.add("b")), bloom_addition::not_ready);
    EXPECT_EQ(look(filter, "c"), maybe);
    run(build_of(filter, {"a"}));
    ASSERT_EQ(look(filter, "b"), absent);
    EXPECT_TRUE(run(filter.erase()));
    EXPECT_EQ(look(filter, "b"), maybe);
    EXPECT_EQ(ask(dbsize()), 0);
    EXPECT_FALSE(run(filter.erase()));
}

TEST_P(bloom_filter_test, answers_maybe_when_a_part_of_it_is_gone)
{
    auto const filter = filled({"a"});
    auto const parts = shards();
    ASSERT_EQ(parts.size(), 1U);
    ask(unlink(parts[0]));
    EXPECT_EQ(look(filter, "b"), maybe);
    EXPECT_EQ(run(filter.add("b")), bloom_addition::not_ready);
    EXPECT_EQ(look(filter, "c"), maybe) << "the add did not make it whole";
    EXPECT_TRUE(shards().empty());
    auto const told = run(filter.report());
    EXPECT_FALSE(told.ready);
    EXPECT_EQ(told.lost_shards, 1U);
    run(build_of(filter, {"a"}));
    EXPECT_EQ(look(filter, "b"), absent);
    ask(unlink(users_key));
    EXPECT_EQ(look(filter, "b"), maybe) << "without the metadata";
    run(build_of(filter, {"a"}));
    EXPECT_EQ(look(filter, "b"), absent);
    EXPECT_EQ(shards().size(), 1U) << "what was left without metadata is removed";
}

TEST_P(bloom_filter_test, answers_maybe_when_it_was_evicted)
{
    auto const filter = filled({"a"});
    ASSERT_EQ(look(filter, "b"), absent);
    ask(raw<ok>("CONFIG SET", "maxmemory-policy", "allkeys-random", "maxmemory", "1"));
    // The next write has everything evicted that there is, and is refused all the same.
    EXPECT_TRUE(failure_of([&] {
        return [](client& to) -> task<ignored> {
            co_return co_await to.exec(raw<ignored>("SET", "x", "y"));
        }(db);
    }));
    ask(raw<ok>("CONFIG SET", "maxmemory", "0", "maxmemory-policy", "noeviction"));
    EXPECT_EQ(ask(dbsize()), 0);
    EXPECT_EQ(look(filter, "b"), maybe);
}

TEST_P(bloom_filter_test, does_not_believe_a_shard_of_another_generation)
{
    auto const filter = filled({"a"});
    auto const old_shard = shards().at(0);
    ask(raw<ignored>("COPY", old_shard, "kept:{users}"));
    run(build_of(filter, {"a", "b"}));
    ASSERT_EQ(look(filter, "b"), maybe);
    auto const new_shard = shards().at(0);
    ASSERT_NE(new_shard, old_shard);
    ask(raw<ignored>("COPY", "kept:{users}", new_shard, "REPLACE"));
    EXPECT_EQ(look(filter, "b"), maybe);
    EXPECT_EQ(look(filter, "never"), maybe);
}

TEST_P(bloom_filter_test, takes_additions_in_both_generations_while_one_is_built)
{
    auto const filter = filled({"old", "removed"});
    auto const build = run(filter.rebuild());
    EXPECT_EQ(run(filter.add("during")), bloom_addition::added);
    EXPECT_EQ(look(filter, "during"), maybe);
    EXPECT_EQ(look(filter, "never"), absent) << "the old generation goes on answering";
    run(build.add_all(std::vector<std::string>{"old"}));
    EXPECT_EQ(look(filter, "removed"), maybe);
    EXPECT_EQ(shards().size(), 2U);
    EXPECT_EQ(run(filter.report()).building, build.generation());
    run(build.finish());
    EXPECT_EQ(look(filter, "old"), maybe);
    EXPECT_EQ(look(filter, "during"), maybe);
    EXPECT_EQ(look(filter, "removed"), absent);
    EXPECT_EQ(shards().size(), 1U) << "the old one is removed";
    auto const told = run(filter.report());
    EXPECT_EQ(told.generation, build.generation());
    EXPECT_EQ(told.building, 0U);
    EXPECT_EQ(told.building_since_ms, 0);
    run(build.finish());
    EXPECT_EQ(look(filter, "old"), maybe) << "finishing twice is finishing once";
}

TEST_P(bloom_filter_test, lets_only_the_latest_build_finish)
{
    auto const filter = filled({"a"});
    auto const first = run(filter.rebuild());
    auto const second = run(filter.rebuild());
    EXPECT_GT(second.generation(), first.generation());
    expect_conflict(failure_of([&] { return first.add_all(ids("x", 3)); }));
    expect_conflict(failure_of([&] { return first.finish(); }));
    EXPECT_EQ(look(filter, "a"), maybe);
    EXPECT_EQ(look(filter, "b"), absent);
    run(second.add_all(std::vector<std::string>{"b"}));
    run(second.finish());
    EXPECT_EQ(look(filter, "b"), maybe);
    EXPECT_EQ(look(filter, "a"), absent);
    auto const third = run(filter.rebuild());
    run(filter.erase());
    expect_conflict(failure_of([&] { return third.finish(); }));
}

TEST_P(bloom_filter_test, does_not_finish_a_build_that_lost_a_part)
{
    auto const filter = users();
    auto const build = run(filter.rebuild());
    ask(unlink(shards().at(0)));
    expect_conflict(failure_of([&] { return build.add_all(ids("x", 3)); }));
    expect_conflict(failure_of([&] { return build.finish(); }));
    EXPECT_EQ(look(filter, "x0"), maybe);
}

TEST_P(bloom_filter_test, refuses_options_other_than_those_it_was_made_with)
{
    auto const filter = filled({"a"});
    for (auto const& other :
         {bloom_filter{db, {.name = "users", .capacity = 1001}},
          bloom_filter{db, {.name = "users", .capacity = 1000, .seed = 1}}, users(1000, 0.011)}) {
        auto const refused = [&](auto work) {
            auto const why = failure_of(work);
            ASSERT_TRUE(why);
            EXPECT_EQ(why->code(), failure_code::invalid_argument);
            EXPECT_EQ(why->outcome(), outcome::refused);
            EXPECT_NE(why->reason().find("it has layout=1 capacity=1000 rate=0.01 bits=9600 k=7 "
                                         "shards=1 seed=0; wanted are layout=1 capacity=100"),
                      std::string::npos)
                << why->reason();
        };
        refused([&] { return other.might_contain("a"); });
        refused([&] { return other.might_contain_all(ids("x", 3)); });
        refused([&] { return other.add("b"); });
        refused([&] { return other.add_all(ids("x", 3)); });
        refused([&] { return other.rebuild(); });
        refused([&] { return other.erase(); });
        refused([&] { return other.report(); });
    }
    EXPECT_EQ(look(filter, "a"), maybe);
    EXPECT_EQ(look(filter, "b"), absent);
}

TEST_P(bloom_filter_test, spreads_over_shards_of_which_one_may_be_lost)
{
    auto const filter = users(7'500'000);
    run(build_of(filter, ids("in", 1000)));
    ASSERT_EQ(shards().size(), 2U);
    EXPECT_EQ(found(filter, ids("in", 1000)), 1000U);
    EXPECT_EQ(found(filter, ids("out", 1000)), 0U);
    ask(unlink(shards()[0]));
    auto const without_one = found(filter, ids("out", 1000));
    EXPECT_GT(without_one, 400U);
    EXPECT_LT(without_one, 600U);
    EXPECT_EQ(found(filter, ids("in", 1000)), 1000U);
    EXPECT_EQ(run(filter.report()).lost_shards, 1U);
}

TEST_P(bloom_filter_test, reports_how_full_it_is)
{
    auto const filter = filled(ids("in", 500));
    auto told = run(filter.report());
    EXPECT_EQ(told.capacity, 1000U);
    EXPECT_EQ(told.bits, 9600U);
    EXPECT_EQ(told.bits_per_key, 7U);
    EXPECT_NEAR(told.estimated_keys, 500, 25);
    EXPECT_NEAR(told.fill, 0.306, 0.02);
    EXPECT_LT(told.estimated_rate, 0.001);
    EXPECT_FALSE(told.overfull);
    run(filter.add_all(ids("more", 1500)));
    told = run(filter.report());
    EXPECT_NEAR(told.estimated_keys, 2000, 100);
    EXPECT_GT(told.estimated_rate, 0.05);
    EXPECT_TRUE(told.overfull);
    EXPECT_EQ(sent_during([&] { return filter.report(); }).size(), 2U) << "in one round trip";
}

TEST_P(bloom_filter_test, refuses_too_large_a_batch_before_anything_is_sent)
{
    bloom_filter const filter{db, {.max_batch = 2}};
    EXPECT_THROW(static_cast<void>(filter.add_all(ids("x", 3))), failure);
    EXPECT_THROW(static_cast<void>(filter.might_contain_all(ids("x", 3))), failure);
    EXPECT_THROW((bloom_filter{db, {.prefix = "a b"}}), failure);
    EXPECT_THROW((bloom_filter{db, {.capacity = 0}}), failure);
}

TEST_P(bloom_filter_test, touches_no_key_but_its_own)
{
    client limited{loops, limited_to("redstart:bloom:{users}*")};
    ASSERT_TRUE(forbids_other_keys_in_scripts(limited));
    bloom_filter const filter{limited, {.name = "users", .capacity = 1000}};
    run(build_of(filter, {"a"}));
    run(build_of(filter, {"a"}));
    run(filter.add("b"));
    EXPECT_EQ(look(filter, "b"), maybe);
    EXPECT_EQ(look(filter, "c"), absent);
    EXPECT_TRUE(run(filter.report()).ready);
    EXPECT_TRUE(run(filter.erase()));
    run(limited.stop());
}

// What the filter stands before.
struct source {
    std::mutex guard;
    std::set<std::string> keys;

    void write(std::string const& key)
    {
        std::lock_guard const held{guard};
        keys.insert(key);
    }
    std::vector<std::string> read()
    {
        std::lock_guard const held{guard};
        return {keys.begin(), keys.end()};
    }
};

task<std::size_t> write_and_check(bloom_filter filter, source& from, std::string stem)
{
    std::size_t missed = 0;
    for (auto const& each : ids(stem, 150)) {
        from.write(each);
        static_cast<void>(co_await filter.add(each));
        missed += co_await filter.might_contain(each) == absent ? 1 : 0;
    }
    co_return missed;
}

task<std::size_t> rebuild_often(bloom_filter filter, source& from)
{
    for (int i = 0; i < 10; ++i) {
        auto const build = co_await filter.rebuild();
        co_await build.add_all(from.read());
        co_await build.finish();
    }
    co_return 0;
}

task<std::size_t> on_loop(loop& which, task<std::size_t> work)
{
    co_return co_await on{which, std::move(work)};
}

TEST_P(bloom_filter_test, misses_nothing_that_is_added_while_it_is_rebuilt)
{
    auto const filter = users(10'000);
    source from;
    std::vector<task<std::size_t>> all;
    for (int i = 0; i < 8; ++i)
        all.push_back(on_loop(loops.at(static_cast<std::size_t>(i) % 2),
                              write_and_check(filter, from, "w" + std::to_string(i) + ":")));
    all.push_back(on_loop(loops.at(1), rebuild_often(filter, from)));
    auto const missed = run(when_all(std::move(all)));
    for (auto const each : missed)
        EXPECT_EQ(each, 0U);
    EXPECT_EQ(found(filter, from.read()), 1200U);
    EXPECT_LT(found(filter, ids("never", 1000)), 5U);
}

}  // namespace

}  // namespace redstart::toolkit::bloom_filter_suite
