#include "redstart/command/keys.hpp"
#include "redstart/command/sorted_sets.hpp"
#include "redstart/command/strings.hpp"
#include "redstart/task/race.hpp"
#include "redstart/task/sleep.hpp"
#include "redstart/task/when_all.hpp"
#include "redstart/toolkit/locks/lock.hpp"
#include "redstart/toolkit/locks/lock_place.hpp"
#include "redstart/toolkit/on_servers_test.hpp"

#include <atomic>
#include <thread>

namespace redstart::toolkit {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view gate = "redstart:lock:default:{gate}";
constexpr std::string_view line = "redstart:lock:default:{gate}:line";
constexpr std::string_view alive = "redstart:lock:default:{gate}:alive";
constexpr lock_terms in_no_hurry{.ttl = 1min, .wait = 1min};
constexpr double forever = 4e15;  // microseconds since 1970: a hundred years from then

class fair_lock_test : public on_servers {
protected:
    ~fair_lock_test() override
    {
        run(locks.stop());
        run(others.stop());
    }

    static task<release_result> releasing(held_lock held) { co_return co_await held.release(); }
    release_result release(held_lock held) { return run(releasing(std::move(held))); }
    held_lock hold() { return *run(locks.acquire("gate", in_no_hurry)); }
    task<bool> is_to_be_had(lock_terms on)
    {
        co_return (co_await locks.acquire("gate", on)).has_value();
    }

    task<> until_there_wait(std::int64_t count)
    {
        while (co_await db.exec(zcard(line)) != count)
            co_await sleep_for(1ms);
    }
    task<std::string> first_in_line()
    {
        co_return (co_await db.exec(raw<std::vector<std::string>>("ZRANGE", line, 0, 0))).at(0);
    }
    // Somebody of another program.
    void stands_in_line(std::string_view token, double since, double is_believed_until)
    {
        ask(zadd(line, since, token));
        ask(zadd(alive, is_believed_until, token));
    }

    // Nobody asks again within the time that a test may take, unless he is told of a release.
    lock locks{db, {.poll = 1min, .fair = true}};
    lock others{db, {.poll = 1min, .fair = true}};
};
REDSTART_ON_SERVERS(fair_lock_test);

TEST_P(fair_lock_test, is_given_to_those_who_wait_in_the_order_in_which_they_asked)
{
    constexpr int count = 12;
    auto held = hold();
    std::vector<int> order;
    auto const enter = [&](int number) -> task<> {
        auto const body = [&](held_lock const&) -> task<> {
            order.push_back(number);
            EXPECT_EQ(co_await db.exec(zcard(line)), count - number - 1) << "he waits no longer";
            EXPECT_EQ(co_await db.exec(zcard(alive)), count - number - 1);
        };
        co_await until_there_wait(number);
        // Two of them as two programs, which do not know of each other.
        EXPECT_TRUE(co_await (number % 2 == 0 ? locks : others).run("gate", in_no_hurry, body));
    };
    auto const all = [&]() -> task<> {
        std::vector<task<>> waiting;
        for (int number = count; number-- > 0;)
            waiting.push_back(enter(number));
        auto const open = [&]() -> task<> {
            co_await until_there_wait(count);
            co_await held.release();
        };
        waiting.push_back(open());
        co_await when_all(std::move(waiting));
    };
    run(all());
    std::vector<int> in_order;
    for (int number = 0; number < count; ++number)
        in_order.push_back(number);
    EXPECT_EQ(order, in_order);
    EXPECT_EQ(ask(exists(line, alive)), 0);
}

TEST_P(fair_lock_test, admits_one_of_many_who_wait_at_a_time)
{
    std::atomic<int> inside = 0;
    std::atomic<std::int64_t> greatest_fence = 0;
    auto const work = [&](held_lock const& held) -> task<> {
        EXPECT_EQ(inside.fetch_add(1), 0);
        EXPECT_LT(greatest_fence.exchange(held.fence()), held.fence());
        co_await db.exec(set("work", "done"));
        inside.fetch_sub(1);
    };
    auto const enter = [&]() -> task<> {
        EXPECT_TRUE(co_await locks.run("gate", in_no_hurry, work));
    };
    auto const many = [&]() -> task<> {
        std::vector<task<>> all;
        for (int i = 0; i < 20; ++i)
            all.push_back(enter());
        co_await when_all(std::move(all));
    };
    std::jthread const elsewhere{[&] { run(many(), 1); }};
    run(many());
}

TEST_P(fair_lock_test, is_not_to_be_had_while_it_is_the_turn_of_another)
{
    stands_in_line("another", 1, forever);
    EXPECT_FALSE(run(is_to_be_had({.ttl = 1min})));
    EXPECT_EQ(ask(zcard(line)), 1) << "who asks once does not stand in line";
    EXPECT_FALSE(run(is_to_be_had({.ttl = 1min, .wait = 20ms})));
    run(until_there_wait(1));  // and who has waited in vain leaves it
    ask(zadd(alive, 1.0, "another"));
    EXPECT_TRUE(run(is_to_be_had({.ttl = 1min})));
    EXPECT_EQ(ask(exists(line, alive)), 0);
}

TEST_P(fair_lock_test, says_what_a_release_found)
{
    auto expired = hold();
    ask(del(gate));
    EXPECT_EQ(release(std::move(expired)), release_result::expired);
    auto robbed = hold();
    ask(del(gate));
    auto robber = hold();
    EXPECT_EQ(release(std::move(robbed)), release_result::stolen);
    EXPECT_EQ(ask(exists(gate)), 1);
    EXPECT_EQ(release(std::move(robber)), release_result::released);
}

TEST_P(fair_lock_test, passes_over_any_number_of_those_who_died)
{
    for (int i = 0; i < 150; ++i)
        stands_in_line(std::to_string(i), i, i % 2);
    ask(zrem(alive, {"3"}));
    EXPECT_FALSE(run(is_to_be_had({.ttl = 1min}))) << "a hundred at a time";
    EXPECT_TRUE(run(is_to_be_had({.ttl = 1min})));
}

TEST_P(fair_lock_test, keeps_the_order_when_the_clock_of_the_server_goes_back)
{
    auto held = hold();
    stands_in_line("from the future", forever, forever);
    auto const checks = [&]() -> task<> {
        co_await until_there_wait(2);
        EXPECT_EQ((co_await db.exec(zrank(line, "from the future"))), 0);
        co_await db.exec(zrem(line, {"from the future"}));
        co_await held.release();
    };
    auto const both = [&]() -> task<> { co_await when_all(is_to_be_had(in_no_hurry), checks()); };
    run(both());
}

TEST_P(fair_lock_test, keeps_the_place_of_one_who_asks_again)
{
    auto held = hold();
    lock restless{db, {.poll = 1ms, .fair = true}};
    auto const checks = [&]() -> task<> {
        co_await until_there_wait(1);
        auto const first = co_await first_in_line();
        auto const believed_until = co_await db.exec(zscore(alive, first));
        co_await db.exec(zadd(line, forever, "later"));
        co_await db.exec(zadd(alive, forever, "later"));
        while (co_await db.exec(zscore(alive, first)) == believed_until)
            co_await sleep_for(1ms);
        EXPECT_EQ(co_await first_in_line(), first);
        co_await db.exec(zrem(line, {"later"}));
        co_await held.release();
    };
    auto const waits = [&]() -> task<> {
        EXPECT_TRUE(co_await restless.acquire("gate", in_no_hurry));
    };
    auto const both = [&]() -> task<> { co_await when_all(waits(), checks()); };
    run(both());
    run(restless.stop());
}

TEST_P(fair_lock_test, goes_to_the_next_when_the_first_in_line_stops_waiting)
{
    auto held = hold();
    auto const leaves = [&]() -> task<> {
        co_await race(locks.acquire("gate", in_no_hurry), until_there_wait(2));
    };
    auto const stays = [&]() -> task<> {
        co_await until_there_wait(1);
        EXPECT_TRUE(co_await is_to_be_had(in_no_hurry));
    };
    auto const opens = [&]() -> task<> {
        co_await until_there_wait(2);
        co_await until_there_wait(1);
        co_await held.release();
    };
    auto const all = [&]() -> task<> { co_await when_all(leaves(), stays(), opens()); };
    run(all());
}

// The lock was released, the first was told, and is gone.
TEST_P(fair_lock_test, tells_the_next_when_the_first_in_line_leaves_a_lock_that_is_free)
{
    stands_in_line("first", 1, forever);
    auto const leaves = [&]() -> task<> {
        co_await until_there_wait(2);
        toolkit_detail::lock_place const place{
            .scripts = &toolkit_detail::fair_scripts(),
            .lock = key<std::string>{gate},
            .fence = key<std::string>{"{gate}:fence"},
            .others = {key<std::string>{line}, key<std::string>{alive}}};
        EXPECT_EQ(co_await db.exec(place.release("first", "redstart:lock:default")), 0);
    };
    auto const both = [&]() -> task<> { co_await when_all(is_to_be_had(in_no_hurry), leaves()); };
    run(both());
}

TEST_P(fair_lock_test, forgets_a_line_in_which_nobody_is_left)
{
    auto held = hold();
    auto const nobody = [&]() -> task<> {
        co_await race(others.acquire("gate", in_no_hurry), until_there_wait(1));
    };
    lock brief{db, {.poll = 1ms, .fair = true}};
    auto const comes_and_goes = [&]() -> task<> {
        co_await race(brief.acquire("gate", in_no_hurry), until_there_wait(1));
    };
    run(nobody());
    run(until_there_wait(0));
    run(comes_and_goes());
    run(until_there_wait(0));
    EXPECT_EQ(release(std::move(held)), release_result::released);
    run(brief.stop());
}

TEST_P(fair_lock_test, lets_a_line_end_by_itself)
{
    auto held = hold();
    toolkit_detail::lock_place const place{
        .scripts = &toolkit_detail::fair_scripts(),
        .lock = key<std::string>{gate},
        .fence = key<std::string>{"{gate}:fence"},
        .others = {key<std::string>{line}, key<std::string>{alive}},
        .limit = 60'000};
    EXPECT_FALSE(std::get<bool>(ask(place.acquire({"one who dies", 1min, true, false}))));
    for (auto const each : {line, alive}) {
        EXPECT_GT(ask(raw<std::int64_t>("PTTL", each)), 1'000);
        EXPECT_LE(ask(raw<std::int64_t>("PTTL", each)), 60'000);
    }
    EXPECT_EQ(release(std::move(held)), release_result::released);
}

TEST_P(fair_lock_test, lets_those_stand_in_line_again_whom_the_server_forgot)
{
    auto held = hold();
    lock restless{db, {.poll = 1ms, .fair = true}};
    auto const waits = [&]() -> task<> {
        EXPECT_TRUE(co_await restless.acquire("gate", in_no_hurry));
    };
    auto const forgets = [&]() -> task<> {
        for (auto const each : {line, alive}) {
            co_await until_there_wait(1);
            co_await db.exec(del(each));
            while (!co_await db.exec(exists(each)))
                co_await sleep_for(1ms);
        }
        co_await until_there_wait(1);
        co_await held.release();
    };
    auto const both = [&]() -> task<> { co_await when_all(waits(), forgets()); };
    run(both());
    run(restless.stop());
}

TEST_P(fair_lock_test, excludes_those_who_do_not_stand_in_line)
{
    lock without_a_line{db, {.poll = 1ms}};
    lock restless{db, {.poll = 1ms, .fair = true}};
    std::atomic<int> inside = 0;
    auto const work = [&](held_lock const&) -> task<> {
        EXPECT_EQ(inside.fetch_add(1), 0);
        co_await db.exec(set("work", "done"));
        inside.fetch_sub(1);
    };
    auto const enter = [&](lock& by) -> task<> {
        EXPECT_TRUE(co_await by.run("gate", in_no_hurry, work));
    };
    auto const many = [&]() -> task<> {
        std::vector<task<>> all;
        for (int i = 0; i < 20; ++i)
            all.push_back(enter(i % 2 == 0 ? restless : without_a_line));
        co_await when_all(std::move(all));
    };
    run(many());
    EXPECT_EQ(ask(exists(gate, line, alive)), 0);
    run(without_a_line.stop());
    run(restless.stop());
}

TEST_P(fair_lock_test, gives_places_back_when_it_is_stopped)
{
    auto held = hold();
    lock theirs{db, {.poll = 1min, .fair = true}};
    auto const waits = [&]() -> task<failure_code> {
        try {
            co_await theirs.acquire("gate", in_no_hurry);
        } catch (failure const& why) {
            co_return why.code();
        }
        co_return failure_code::timed_out;
    };
    auto const stops = [&]() -> task<> {
        co_await until_there_wait(2);
        co_await theirs.stop();
        EXPECT_EQ(co_await db.exec(exists(line, alive)), 0);
    };
    auto const all = [&]() -> task<> {
        auto const [first, second, none] = co_await when_all(waits(), waits(), stops());
        EXPECT_EQ(first, failure_code::stopped);
        EXPECT_EQ(second, failure_code::stopped);
    };
    run(all());
    EXPECT_EQ(release(std::move(held)), release_result::released);
}

TEST_P(fair_lock_test, says_how_long_it_is_certainly_not_to_be_had)
{
    toolkit_detail::lock_place const place{
        .scripts = &toolkit_detail::fair_scripts(),
        .lock = key<std::string>{gate},
        .fence = key<std::string>{"{gate}:fence"},
        .others = {key<std::string>{line}, key<std::string>{alive}},
        .limit = 30'000};
    auto const asks = [&](std::string_view token) {
        auto const [granted, for_so_long] = ask(place.acquire({token, 1h, true, false}));
        EXPECT_FALSE(granted);
        return for_so_long;
    };
    auto held = hold();
    EXPECT_GT(asks("first"), 50'000) << "as long as it is held";
    EXPECT_LE(asks("first"), 60'000);
    ask(del(gate));
    EXPECT_GT(asks("second"), 20'000) << "as long as the first is believed to wait";
    EXPECT_LE(asks("second"), 30'000);
    EXPECT_EQ(release(std::move(held)), release_result::expired);
}

TEST_P(fair_lock_test, touches_only_its_keys)
{
    client limited{loops, limited_to("redstart:lock:default:{gate}*")};
    ASSERT_TRUE(forbids_other_keys_in_scripts(limited));
    lock theirs{limited, {.fair = true}};
    auto const body = [](held_lock const& held) -> task<> {
        auto const first = held.valid_until();
        while (held.valid_until() == first)
            co_await sleep_for(1ms);
    };
    auto const two = [&]() -> task<> {
        lock_terms const on{.ttl = 60ms, .wait = 1min};
        co_await when_all(theirs.run("gate", on, body), theirs.run("gate", on, body));
    };
    run(two());
    EXPECT_EQ(ask(exists(gate, line, alive)), 0);
    run(theirs.stop());
    run(limited.stop());
}

TEST_P(fair_lock_test, reports_how_many_stand_in_line)
{
    auto held = hold();
    stands_in_line("alive", 1, forever);
    stands_in_line("dead", 2, 1);
    auto const found = run(locks.report("gate"));
    EXPECT_EQ(found.holders, 1);
    EXPECT_EQ(found.fence, held.fence());
    EXPECT_GT(found.ends_in_ms, 50'000);
    EXPECT_LE(found.ends_in_ms, 60'000);
    EXPECT_EQ(found.waiting, 1);
    EXPECT_EQ(release(std::move(held)), release_result::released);
}

}  // namespace

}  // namespace redstart::toolkit
