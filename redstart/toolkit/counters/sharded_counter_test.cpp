#include "redstart/toolkit/counters/sharded_counter.hpp"

#include "redstart/command/keys.hpp"
#include "redstart/command/server.hpp"
#include "redstart/task/when_all.hpp"
#include "redstart/toolkit/on_servers_test.hpp"

namespace redstart::toolkit::sharded_counter_cases {

namespace {

class sharded_counter_test : public on_servers {};
REDSTART_ON_SERVERS(sharded_counter_test);

task<> add_everywhere(sharded_counter const& to, int times)
{
    std::vector<task<>> all;
    for (int i = 0; i < times; ++i)
        all.push_back(to.add("x", i % 3 == 0 ? -1 : 2));
    co_await when_all(std::move(all));
}

TEST_P(sharded_counter_test, adds_up_what_many_add_at_once)
{
    sharded_counter const views{db, {.shards = 8}};
    std::jthread other{[&] { loops.run(add_everywhere(views, 300), 1); }};
    run(add_everywhere(views, 300));
    other.join();
    EXPECT_EQ(run(views.get("x")), 2 * (200 * 2 - 100));
    EXPECT_EQ(run(views.get("y")), 0);
    EXPECT_EQ(ask(dbsize()), 8);
    EXPECT_TRUE(run(views.erase("x")));
    EXPECT_FALSE(run(views.erase("x")));
    EXPECT_EQ(ask(dbsize()), 0);
}

TEST_P(sharded_counter_test, keeps_its_value_when_it_gets_more_shards)
{
    run(add_everywhere(sharded_counter{db, {.shards = 4}}, 60));
    EXPECT_EQ(run(sharded_counter{db, {.shards = 16}}.get("x")), 60);
}

TEST_P(sharded_counter_test, applies_an_operation_once_wherever_it_is_sent_from)
{
    sharded_counter const views{db, {.shards = 1024}};
    client elsewhere{loops, to(server)};
    sharded_counter const same{elsewhere, {.shards = 1024}};
    EXPECT_TRUE(run(views.add("x", 5, "a")));
    EXPECT_FALSE(run(same.add("x", 5, "a")));
    EXPECT_TRUE(run(same.add("x", 5, "b")));
    EXPECT_EQ(run(views.get("x")), 10);
    run(elsewhere.stop());
}

TEST_P(sharded_counter_test, sends_all_its_reads_together)
{
    sharded_counter const views{db, {.shards = 5}};
    auto const sent = sent_during([&]() -> task<> { co_await views.get("x"); });
    EXPECT_EQ(std::ranges::count_if(
                  sent, [](std::string const& each) { return each.starts_with("\"GET\""); }),
              5);
}

TEST_P(sharded_counter_test, tells_when_a_shard_would_overflow)
{
    sharded_counter const views{db, {.shards = 2}};
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    run(counter{db, {}}.set("x#0", most));
    run(counter{db, {}}.set("x#1", most));
    auto const why = failure_of([&] { return views.add("x", 1); });
    ASSERT_TRUE(why);
    EXPECT_EQ(why->code(), failure_code::invalid_argument);
    EXPECT_EQ(why->outcome(), outcome::refused);
    EXPECT_EQ(run(views.get("x")), most);  // the nearest to what does not fit
}

TEST_P(sharded_counter_test, reports_what_its_shards_hold)
{
    sharded_counter const views{db, {.shards = 8, .ttl = std::chrono::hours{1}}};
    auto told = run(views.report("x"));
    EXPECT_EQ(told.shards, 0);
    EXPECT_EQ(told.least, std::nullopt);
    EXPECT_EQ(told.ttl_ms, std::nullopt);
    counter const shards{db, {}};
    run(shards.set("x#7", 5));
    run(shards.set("x#2", -3));
    told = run(views.report("x"));
    EXPECT_EQ(told.value, 2);
    EXPECT_EQ(told.shards, 2);
    EXPECT_EQ(told.least, -3);
    EXPECT_EQ(told.greatest, 5);
    EXPECT_EQ(told.ttl_ms, std::nullopt);
    run(views.add("x", 1, "a"));
    run(views.add("x", 1, "b"));
    ask(expire("redstart:counter:default:{x#2}", std::chrono::seconds{100}));
    told = run(views.report("x"));
    EXPECT_EQ(told.operations, 2);
    EXPECT_GT(told.ttl_ms, 0);
    EXPECT_LE(told.ttl_ms, 100'000);
}

TEST_P(sharded_counter_test, reads_reports_and_erases_in_rounds_that_fit_the_client)
{
    auto options = to(server);
    options.in_flight.commands = 10;
    client narrow{loops, options};
    sharded_counter const views{narrow, {.shards = 100}};
    for (int i = 0; i < 20; ++i)
        run(views.add("x"));
    EXPECT_EQ(run(views.get("x")), 20);
    EXPECT_EQ(run(views.report("x")).value, 20);
    EXPECT_TRUE(run(views.erase("x")));
    EXPECT_EQ(run(views.get("x")), 0);
    run(narrow.stop());
}

TEST_P(sharded_counter_test, gives_each_shard_a_time_to_live)
{
    sharded_counter const views{db, {.shards = 1, .ttl = std::chrono::hours{1}}};
    run(views.add("x"));
    EXPECT_TRUE(ask(ttl("redstart:counter:default:{x#0}")).left);
    EXPECT_THROW((sharded_counter{db, {.shards = 0}}), failure);
    EXPECT_THROW((sharded_counter{db, {.shards = 1025}}), failure);
}

}  // namespace

}  // namespace redstart::toolkit::sharded_counter_cases
