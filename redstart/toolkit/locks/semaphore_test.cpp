#include "redstart/toolkit/locks/semaphore.hpp"

#include "redstart/command/keys.hpp"
#include "redstart/command/sorted_sets.hpp"
#include "redstart/command/strings.hpp"
#include "redstart/task/sleep.hpp"
#include "redstart/task/when_all.hpp"
#include "redstart/toolkit/locks/lock_place.hpp"
#include "redstart/toolkit/on_servers_test.hpp"

#include <atomic>
#include <thread>

namespace redstart::toolkit {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view hall = "redstart:semaphore:default:{hall}";
constexpr lock_terms patient_guest{.ttl = 1min, .wait = 1min};

class semaphore_test : public on_servers {
protected:
    ~semaphore_test() override { run(permits.stop()); }

    static task<release_result> releasing(held_lock held) { co_return co_await held.release(); }
    task<bool> has_room() { co_return (co_await permits.try_acquire("hall")).has_value(); }

    static toolkit_detail::lock_place place(std::int64_t limit)
    {
        key<std::string> const at{hall};
        return {
            .scripts = &toolkit_detail::permit_scripts(), .lock = at, .fence = at, .limit = limit};
    }

    // Nobody asks again within the time that a test may take, unless he is told of a release.
    semaphore permits{db, {.permits = 3, .poll = 1min}};
};
REDSTART_ON_SERVERS(semaphore_test);

TEST_P(semaphore_test, gives_as_many_permits_as_there_are)
{
    std::vector<held_lock> held;
    for (int i = 0; i < 3; ++i)
        held.push_back(*run(permits.acquire("hall")));
    EXPECT_FALSE(run(has_room()));
    EXPECT_EQ(run(releasing(std::move(held.back()))), release_result::released);
    held.pop_back();
    auto again = *run(permits.try_acquire("hall"));
    EXPECT_FALSE(run(has_room()));
    EXPECT_EQ(again.fence(), 0);
    EXPECT_EQ(run(releasing(std::move(again))), release_result::released);
    for (auto& each : held)
        EXPECT_EQ(run(releasing(std::move(each))), release_result::released);
}

TEST_P(semaphore_test, lets_many_in_but_never_too_many)
{
    std::atomic<int> inside = 0;
    auto const work = [&](held_lock const&) -> task<> {
        EXPECT_LE(inside.fetch_add(1), 2);
        co_await db.exec(set("work", "done"));
        inside.fetch_sub(1);
    };
    auto const enter = [&]() -> task<> {
        EXPECT_TRUE(co_await permits.run("hall", patient_guest, work));
    };
    auto const many = [&]() -> task<> {
        std::vector<task<>> all;
        for (int i = 0; i < 30; ++i)
            all.push_back(enter());
        co_await when_all(std::move(all));
    };
    std::jthread const others{[&] { run(many(), 1); }};
    run(many());
}

TEST_P(semaphore_test, wakes_the_next_when_there_is_room_for_more)
{
    std::vector<held_lock> held;
    for (int i = 0; i < 3; ++i)
        held.push_back(*run(permits.acquire("hall")));
    std::atomic<int> inside = 0;
    // Each waits for all: it takes three permits at a time.
    auto const together = [&](held_lock const&) -> task<> {
        ++inside;
        while (inside < 3)
            co_await sleep_for(1ms);
    };
    auto const enter = [&]() -> task<> {
        EXPECT_TRUE(co_await permits.run("hall", patient_guest, together));
    };
    auto const three = [&]() -> task<> { co_await when_all(enter(), enter(), enter()); };
    std::jthread const others{[&] { run(three(), 1); }};
    auto const pause = []() -> task<> { co_await sleep_for(1ms); };
    while (!ask(zscore(hall, "waiting")))
        run(pause());
    auto const all_at_once = [&]() -> task<> {
        co_await when_all(held[0].release(), held[1].release(), held[2].release());
    };
    run(all_at_once());
}

TEST_P(semaphore_test, neither_counts_nor_renews_what_has_ended)
{
    EXPECT_TRUE(std::get<0>(ask(place(1).acquire({"first", 10ms, false, false}))));
    auto const [granted, ends_after] = ask(place(1).acquire({"second", 1min, false, false}));
    EXPECT_FALSE(granted);
    EXPECT_GE(ends_after, 0);
    EXPECT_LE(ends_after, 10);
    while (!std::get<0>(ask(place(1).acquire({"second", 1min, false, false}))))
        ;
    EXPECT_EQ(ask(place(1).renew("first", 1min)), 0);
    EXPECT_EQ(ask(place(1).renew("second", 1min)), 1);
    ask(zadd(hall, 1.0, "ended, and not yet removed"));
    EXPECT_EQ(ask(place(1).renew("ended, and not yet removed", 1min)), 0);
    EXPECT_EQ(ask(place(1).release("first", "news")), 0);
    EXPECT_EQ(ask(place(1).release("second", "news")), 1);
}

TEST_P(semaphore_test, gives_the_same_answer_to_the_same_acquisition)
{
    for (int i = 0; i < 3; ++i)
        EXPECT_TRUE(std::get<0>(ask(place(1).acquire({"mine", 1min, false, false}))));
    EXPECT_EQ(ask(zcard(hall)), 1);
}

TEST_P(semaphore_test, cancels_the_body_whose_permit_is_lost)
{
    auto const body = [&](held_lock const&) -> task<> {
        co_await db.exec(del(hall));
        co_await sleep_for(1h);
    };
    auto const why = failure_of([&] { return permits.run("hall", {.ttl = 60ms}, body); });
    ASSERT_TRUE(why);
    EXPECT_EQ(why->code(), failure_code::conflict);
}

TEST_P(semaphore_test, leaves_nothing_behind_and_touches_only_its_key)
{
    client limited{loops, limited_to("redstart:semaphore:default:{hall}")};
    ASSERT_TRUE(forbids_other_keys_in_scripts(limited));
    semaphore theirs{limited, {}};
    auto const body = [](held_lock const& held) -> task<> {
        auto const first = held.valid_until();
        while (held.valid_until() == first)
            co_await sleep_for(1ms);
    };
    EXPECT_TRUE(run(theirs.run("hall", {.ttl = 60ms}, body)));
    EXPECT_EQ(ask(exists(hall)), 0);
    run(theirs.stop());
    run(limited.stop());
}

TEST_P(semaphore_test, reports_how_it_stands)
{
    EXPECT_EQ(run(permits.report("hall")).holders, 0);
    ask(place(3).acquire({"brief", 1s, false, false}));
    ask(place(3).acquire({"long", 1min, false, true}));
    ask(zadd(hall, 1.0, "ended"));
    auto const found = run(permits.report("hall"));
    EXPECT_EQ(found.holders, 2);
    EXPECT_EQ(found.fence, 0);
    EXPECT_GT(found.ends_in_ms, 50'000);
    EXPECT_LE(found.ends_in_ms, 60'000);
    EXPECT_EQ(found.waiting, 1);
    EXPECT_EQ(ask(zcard(hall)), 4) << "it writes nothing";
}

TEST_P(semaphore_test, refuses_options_without_sense)
{
    EXPECT_THROW((semaphore{db, {.permits = 0}}), failure);
    EXPECT_THROW((semaphore{db, {.permits = 10'001}}), failure);
    EXPECT_THROW((semaphore{db, {.poll = 0ms}}), failure);
}

}  // namespace

}  // namespace redstart::toolkit
