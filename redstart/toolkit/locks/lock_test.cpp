#include "redstart/toolkit/locks/lock.hpp"

#include "redstart/command/connections.hpp"
#include "redstart/command/keys.hpp"
#include "redstart/command/scripting.hpp"
#include "redstart/command/strings.hpp"
#include "redstart/task/on.hpp"
#include "redstart/task/sleep.hpp"
#include "redstart/task/when_all.hpp"
#include "redstart/task/within.hpp"
#include "redstart/testing/fault_proxy.hpp"
#include "redstart/toolkit/locks/lock_place.hpp"
#include "redstart/toolkit/on_servers_test.hpp"

#include <atomic>
#include <thread>

namespace redstart::toolkit {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view door = "redstart:lock:default:{door}";
constexpr std::string_view last_fence = "redstart:lock:default:{door}:fence";
constexpr lock_terms patient{.ttl = 1min, .wait = 1min};

// What a lock protects: it takes what carries a fence that is no less than it has seen.
class fenced_register {
public:
    bool write(std::int64_t fence)
    {
        auto seen = seen_.load();
        while (seen <= fence)
            if (seen_.compare_exchange_weak(seen, fence))
                return true;
        return false;
    }

private:
    std::atomic<std::int64_t> seen_ = 0;
};

task<> never_ends(held_lock const&) { co_await sleep_for(1h); }
task<> ends_at_once(held_lock const&) { co_return; }

class lock_test : public on_servers {
protected:
    ~lock_test() override { run(locks.stop()); }

    held_lock hold(lock_terms on = {.ttl = 1min}) { return *run(locks.acquire("door", on)); }

    static task<release_result> releasing(held_lock held) { co_return co_await held.release(); }
    release_result release(held_lock held) { return run(releasing(std::move(held))); }

    // A guard ends on its loop.
    task<bool> is_free(std::string_view what)
    {
        co_return (co_await locks.try_acquire(what)).has_value();
    }

    bool is_locked() { return ask(exists(door)) == 1; }
    // A moment in which the loops go on.
    void pause() { run(a_moment()); }
    static task<> a_moment() { co_await sleep_for(1ms); }
    void wait_until_free()
    {
        while (is_locked())
            pause();
    }
    void wait_until_somebody_waits()
    {
        while (!ask(get(door)).value_or("").ends_with('w'))
            pause();
    }

    // Nobody asks again within the time that a test may take, unless he is told of a release.
    lock locks{db, {.poll = 1min}};

    // Locks of a client who is heard, but hears nothing. The server knows the scripts, so it carries them out at once.
    struct unheard {
        explicit unheard(lock_test& of, lock_options options = {})
            : test{of}, proxy{of.server.tcp()}, through{of.loops, by_way_of(proxy, of.server)},
              locks{through, std::move(options)}
        {
            test.run(test.is_free("window"));
            while (test.ask(exists("redstart:lock:default:{window}")) == 1)
                test.pause();
            test.run(through.connect());
            proxy.stall(testing::fault_proxy::direction::to_client);
        }
        unheard(unheard const&) = delete;
        unheard& operator=(unheard const&) = delete;
        ~unheard()
        {
            proxy.heal();
            test.run(locks.stop());
            test.run(through.stop());
        }

        static client_options by_way_of(testing::fault_proxy& proxy,
                                        testing::server_fixture const& server)
        {
            auto options = to(server);
            options.server = proxy.endpoint();
            return options;
        }

        lock_test& test;
        testing::fault_proxy proxy;
        client through;
        lock locks;
    };
};
REDSTART_ON_SERVERS(lock_test);

TEST_P(lock_test, is_held_by_one_at_a_time)
{
    auto first = hold();
    EXPECT_FALSE(first.lost());
    EXPECT_FALSE(run(is_free("door")));
    EXPECT_FALSE(run(is_free("door"), 1));
    EXPECT_TRUE(run(is_free("window")));
    auto const fence = first.fence();
    EXPECT_EQ(release(std::move(first)), release_result::released);
    EXPECT_FALSE(is_locked());

    auto second = hold();
    EXPECT_GT(second.fence(), fence);
    EXPECT_EQ(release(std::move(second)), release_result::released);
}

TEST_P(lock_test, admits_one_of_many_who_wait_at_a_time)
{
    std::atomic<int> inside = 0;
    fenced_register guarded;
    auto const work = [&](held_lock const& held) -> task<> {
        EXPECT_EQ(inside.fetch_add(1), 0);
        EXPECT_TRUE(guarded.write(held.fence()));
        co_await db.exec(set("work", "done"));
        inside.fetch_sub(1);
    };
    auto const enter = [&]() -> task<> { EXPECT_TRUE(co_await locks.run("door", patient, work)); };
    auto const many = [&]() -> task<> {
        std::vector<task<>> all;
        for (int i = 0; i < 20; ++i)
            all.push_back(enter());
        co_await when_all(std::move(all));
    };
    std::jthread const others{[&] { run(many(), 1); }};
    run(many());
}

TEST_P(lock_test, gives_the_same_answer_to_the_same_acquisition)
{
    toolkit_detail::lock_place const place{.scripts = &toolkit_detail::exclusive_scripts(),
                                           .lock = key<std::string>{door},
                                           .fence = key<std::string>{"{door}:fence"}};
    auto const [first, fence] = ask(place.acquire({"mine", 10s, false, false}));
    auto const [again, same] = ask(place.acquire({"mine", 1min, false, false}));
    EXPECT_TRUE(first && again);
    EXPECT_EQ(fence, same);
    auto const [granted, for_so_long] = ask(place.acquire({"yours", 1min, false, false}));
    EXPECT_FALSE(granted);
    EXPECT_GT(for_so_long, 10'000) << "the second answer has prolonged it";
    EXPECT_LE(for_so_long, 60'000);
}

// It blocks its loop, so nothing of this program can renew the lock, or tell its holder.
TEST_P(lock_test, tells_a_holder_who_was_stopped_that_others_may_have_it)
{
    std::atomic<bool> others_had_it = false;
    fenced_register guarded;
    auto const next = [&]() -> task<> {
        EXPECT_TRUE(co_await locks.run("door", patient, [&](held_lock const& held) -> task<> {
            EXPECT_TRUE(guarded.write(held.fence()));
            co_return;
        }));
        others_had_it = true;
        others_had_it.notify_one();
    };
    std::optional<std::jthread> others;
    auto const stopped = [&](held_lock const& held) -> task<> {
        EXPECT_TRUE(guarded.write(held.fence()));
        others.emplace([&] { run(next(), 1); });
        others_had_it.wait(false);
        EXPECT_TRUE(held.lost());
        EXPECT_FALSE(guarded.write(held.fence())) << "what the lock guards refuses a stale fence";
        co_return;
    };
    lock impatient{db, {.poll = 1ms}};
    auto const why = failure_of([&] { return impatient.run("door", {.ttl = 30ms}, stopped); });
    ASSERT_TRUE(why);
    EXPECT_EQ(why->code(), failure_code::conflict);
    EXPECT_EQ(why->outcome(), outcome::maybe_applied);
    run(impatient.stop());
}

TEST_P(lock_test, is_given_back_when_the_answer_was_lost)
{
    unheard far{*this};
    auto const asking = [&]() -> task<std::optional<held_lock>> {
        co_return co_await within(100ms, far.locks.acquire("door", {.ttl = 1h}));
    };
    auto const why = failure_of(asking);
    ASSERT_TRUE(why);
    EXPECT_EQ(why->outcome(), outcome::maybe_applied);
    while (ask(exists(last_fence)) == 0)  // it is carried out, and then given back
        pause();
    wait_until_free();
}

TEST_P(lock_test, is_given_back_when_the_caller_was_cancelled_meanwhile)
{
    unheard far{*this};
    auto const carried_out = [&]() -> task<> {
        while (!co_await db.exec(exists(door)))
            co_await sleep_for(1ms);
    };
    auto const first = [&]() -> task<std::size_t> {
        co_return (co_await race(far.locks.acquire("door", {.ttl = 1h}), carried_out())).index();
    };
    EXPECT_EQ(run(first()), 1U);
    wait_until_free();
}

TEST_P(lock_test, is_one_that_can_be_released_after_an_answer_that_came_too_late)
{
    unheard far{*this, {.poll = 1ms}};
    auto const late = [&]() -> task<release_result> {
        auto held = co_await far.locks.acquire("door", {.ttl = 300ms, .wait = 1min});
        co_return co_await held->release();
    };
    auto const granted_and_over = [&]() -> task<> {
        while (!co_await db.exec(exists(last_fence)) || co_await db.exec(exists(door)))
            co_await sleep_for(1ms);
        far.proxy.heal();
    };
    auto const both = [&]() -> task<release_result> {
        co_return std::get<0>(co_await when_all(late(), granted_and_over()));
    };
    EXPECT_NE(run(both()), release_result::stolen);
    EXPECT_FALSE(is_locked()) << "nobody renews it";
}

TEST_P(lock_test, outlives_lost_scripts_and_lost_connections)
{
    auto const test = [&]() -> task<> {
        auto held = *co_await locks.acquire("door", {.ttl = 900ms});
        auto const first = held.valid_until();
        co_await db.exec(script_flush());
        co_await db.try_exec(client_kill({.type = connection_type::normal}));
        while (held.valid_until() == first && !held.lost())
            co_await sleep_for(1ms);
        EXPECT_FALSE(held.lost()) << "it has been renewed";
        EXPECT_EQ(co_await held.release(), release_result::released);
    };
    run(test());
}

TEST_P(lock_test, is_renewed_together_with_the_others_of_its_loop)
{
    constexpr lock_terms brief{.ttl = 600ms};
    auto const one = [&](int number) { return locks.acquire(std::to_string(number), brief); };
    auto const test = [&]() -> task<> {
        std::vector<task<std::optional<held_lock>>> acquiring;
        for (int i = 0; i < 10; ++i)
            acquiring.push_back(one(i));
        auto const held = co_await when_all(std::move(acquiring));
        auto const until = [&](int number) {
            return held.at(static_cast<std::size_t>(number))->valid_until();
        };
        auto const first = until(0);
        while (until(0) == first)
            co_await sleep_for(1ms);
        for (int i = 1; i < 10; ++i)
            EXPECT_EQ(until(i), until(0)) << "each was renewed as of when all were asked for";
    };
    run(test());
}

TEST_P(lock_test, cancels_its_body_when_it_is_lost)
{
    bool cancelled = false;
    auto const body = [&](held_lock const& held) -> task<> {
        co_await db.exec(del(door));
        try {
            co_await sleep_for(1h);
        } catch (failure const& why) {
            cancelled = why.code() == failure_code::cancelled && held.lost();
            throw;
        }
    };
    auto const why = failure_of([&] { return locks.run("door", {.ttl = 100ms}, body); });
    ASSERT_TRUE(why);
    EXPECT_EQ(why->code(), failure_code::conflict);
    EXPECT_TRUE(cancelled);
}

TEST_P(lock_test, is_lost_by_the_local_clock_when_the_server_says_nothing)
{
    auto const body = [&](held_lock const&) -> task<> {
        server.pause();
        co_await sleep_for(1h);
    };
    auto const why = failure_of([&] { return locks.run("door", {.ttl = 100ms}, body); });
    server.resume();
    ASSERT_TRUE(why);
    EXPECT_EQ(why->code(), failure_code::conflict);
}

TEST_P(lock_test, ends_a_body_that_holds_it_for_too_long)
{
    auto const why =
        failure_of([&] { return locks.run("door", {.ttl = 1min, .max_hold = 20ms}, never_ends); });
    ASSERT_TRUE(why);
    EXPECT_EQ(why->code(), failure_code::conflict);
    EXPECT_FALSE(is_locked()) << "it has been released";
}

TEST_P(lock_test, is_released_although_the_caller_was_cancelled)
{
    event entered;
    auto const body = [&](held_lock const& held) -> task<> {
        entered.set();
        co_await never_ends(held);
    };
    auto const wait = [&]() -> task<> { co_await entered.wait(); };
    auto const first = [&]() -> task<std::size_t> {
        co_return (co_await race(locks.run("door", patient, body), wait())).index();
    };
    EXPECT_EQ(run(first()), 1U);
    EXPECT_FALSE(is_locked());
}

TEST_P(lock_test, gives_what_its_body_gives_and_throws_what_it_throws)
{
    auto const seven = [](held_lock const&) -> task<int> { co_return 7; };
    EXPECT_EQ(run(locks.run("door", seven)), 7);
    EXPECT_FALSE(is_locked());
    auto const fails = [](held_lock const&) -> task<int> {
        throw std::runtime_error{"of its own"};
        co_return 0;
    };
    EXPECT_THROW(run(locks.run("door", fails)), std::runtime_error);
    EXPECT_FALSE(is_locked());
    auto held = hold();
    EXPECT_EQ(run(locks.run("door", seven)), std::nullopt);
    EXPECT_EQ(run(locks.run("door", {.wait = 10ms}, seven)), std::nullopt);
    EXPECT_EQ(release(std::move(held)), release_result::released);
}

TEST_P(lock_test, says_what_a_release_found)
{
    auto expired = hold();
    ask(del(door));
    EXPECT_EQ(release(std::move(expired)), release_result::expired);
    auto robbed = hold();
    ask(del(door));
    auto robber = hold();
    EXPECT_EQ(release(std::move(robbed)), release_result::stolen);
    EXPECT_TRUE(is_locked());
    EXPECT_EQ(release(std::move(robber)), release_result::released);
}

TEST_P(lock_test, is_released_in_the_background_when_its_guard_ends)
{
    EXPECT_TRUE(run(is_free("door")));
    wait_until_free();
}

TEST_P(lock_test, wakes_those_who_wait_for_it)
{
    auto held = hold();
    std::jthread const other{
        [&] { EXPECT_TRUE(run(locks.run("door", patient, ends_at_once), 1)); }};
    wait_until_somebody_waits();
    EXPECT_EQ(release(std::move(held)), release_result::released);
}

TEST_P(lock_test, tells_the_next_who_waits_when_the_first_who_is_told_fails)
{
    auto held = hold();
    auto const waits = [&]() -> task<failure_code> {
        try {
            co_await within(30s, locks.acquire("door", patient));
        } catch (failure const& why) {
            co_return why.code();
        }
        co_return failure_code::stopped;
    };
    auto const breaks = [&]() -> task<> {
        while (!(co_await db.exec(get(door))).value_or("").ends_with('w'))
            co_await sleep_for(1ms);
        co_await db.exec(del(door));
        co_await db.exec(raw<std::int64_t>("RPUSH", door, "no lock"));
        co_await db.exec(raw<std::int64_t>("PUBLISH", "redstart:lock:default", door));
    };
    auto const all = [&]() -> task<> {
        auto const [first, second, none] = co_await when_all(waits(), waits(), breaks());
        EXPECT_EQ(first, failure_code::server_error);
        EXPECT_EQ(second, failure_code::server_error);
    };
    run(all());
    ask(del(door));
    EXPECT_EQ(release(std::move(held)), release_result::expired);
}

TEST_P(lock_test, without_renewal_ends_with_its_time_to_live)
{
    auto const why =
        failure_of([&] { return locks.run("door", {.ttl = 50ms, .renew = false}, never_ends); });
    ASSERT_TRUE(why);
    EXPECT_EQ(why->code(), failure_code::conflict);
}

TEST_P(lock_test, touches_only_its_keys)
{
    client limited{loops, limited_to("redstart:lock:default:{door}*")};
    ASSERT_TRUE(forbids_other_keys_in_scripts(limited));
    lock theirs{limited, {}};
    auto const body = [](held_lock const& held) -> task<> {
        auto const first = held.valid_until();
        while (held.valid_until() == first)
            co_await sleep_for(1ms);
    };
    EXPECT_TRUE(run(theirs.run("door", {.ttl = 60ms}, body)));
    EXPECT_FALSE(is_locked());
    run(theirs.stop());
    run(limited.stop());
}

TEST_P(lock_test, reports_how_it_stands)
{
    auto const idle = run(locks.report("door"));
    EXPECT_EQ(idle.holders, 0);
    EXPECT_EQ(idle.fence, 0);
    EXPECT_EQ(idle.ends_in_ms, 0);
    auto held = hold();
    std::jthread const other{
        [&] { EXPECT_TRUE(run(locks.run("door", patient, ends_at_once), 1)); }};
    wait_until_somebody_waits();
    auto const found = run(locks.report("door"));
    EXPECT_EQ(found.holders, 1);
    EXPECT_EQ(found.fence, held.fence());
    EXPECT_GT(found.ends_in_ms, 50'000);
    EXPECT_LE(found.ends_in_ms, 60'000);
    EXPECT_EQ(found.waiting, 1);
    EXPECT_EQ(release(std::move(held)), release_result::released);
}

TEST_P(lock_test, reports_what_is_held_without_an_end_or_by_a_fence_that_was_lost)
{
    auto held = hold();
    ask(del(last_fence));
    EXPECT_EQ(run(locks.report("door")).fence, held.fence());
    ask(set(door, "somebody else:7w"));
    auto const found = run(locks.report("door"));
    EXPECT_EQ(found.holders, 1);
    EXPECT_EQ(found.fence, 7);
    EXPECT_EQ(found.ends_in_ms, -1);
    ask(set(door, "another's value, no lock"));
    EXPECT_EQ(run(locks.report("door")).fence, 0);
    EXPECT_EQ(release(std::move(held)), release_result::stolen);
    EXPECT_FALSE(run(is_free("door")));
    ask(del(door));
    ask(raw<std::int64_t>("RPUSH", door, "another's list"));
    EXPECT_THROW(run(locks.report("door")), failure);
}

TEST_P(lock_test, refuses_terms_without_sense)
{
    EXPECT_THROW((lock{db, {.prefix = "a b"}}), failure);
    EXPECT_THROW((lock{db, {.poll = 0ms}}), failure);
    EXPECT_THROW((lock{db, {.terms = {.ttl = 9ms}}}), failure);
    EXPECT_THROW(static_cast<void>(locks.acquire("door", {.ttl = 25h})), failure);
    EXPECT_THROW(static_cast<void>(locks.acquire("door", {.wait = -1ms})), failure);
    EXPECT_THROW(static_cast<void>(locks.acquire("door", {.max_hold = 25h})), failure);
}

TEST_P(lock_test, counts_what_is_held_as_lost_when_it_is_stopped)
{
    auto held = hold();
    run(locks.stop());
    EXPECT_TRUE(held.lost());
    EXPECT_EQ(release(std::move(held)), release_result::released);
    EXPECT_EQ(failure_of([&] { return locks.try_acquire("door"); })->code(), failure_code::stopped);
}

TEST_P(lock_test, ends_waiting_when_it_is_stopped)
{
    auto held = hold();
    std::jthread const other{[&] {
        auto const why = failure_of([&] { return locks.acquire("door", patient); });
        EXPECT_EQ(why.value().code(), failure_code::stopped);
    }};
    wait_until_somebody_waits();
    run(locks.stop());
    EXPECT_EQ(release(std::move(held)), release_result::released);
}

TEST_P(lock_test, gives_back_what_is_granted_while_it_is_stopped)
{
    unheard far{*this};
    auto const asks = [&]() -> task<failure_code> {
        try {
            co_await far.locks.acquire("door", {.ttl = 1h});
        } catch (failure const& why) {
            co_return why.code();
        }
        co_return failure_code::timed_out;
    };
    auto const heals = [&]() -> task<> {
        far.proxy.heal();
        co_return;
    };
    auto const heals_on_its_loop = [&]() -> task<> {
        co_await on(loops.at(0), heals());  // after stop() has begun there
    };
    auto const stops = [&]() -> task<> {
        while (!co_await db.exec(exists(door)))
            co_await sleep_for(1ms);
        co_await when_all(far.locks.stop(), heals_on_its_loop());
    };
    auto const both = [&]() -> task<failure_code> {
        co_return std::get<0>(co_await when_all(asks(), stops()));
    };
    EXPECT_EQ(run(both()), failure_code::stopped);
    EXPECT_FALSE(is_locked());
}

// It is woken before its question is answered.
TEST_P(lock_test, ends_waiting_when_it_is_stopped_while_it_asks)
{
    auto held = hold();
    unheard far{*this, {.poll = 1min}};
    auto const asks = [&]() -> task<failure_code> {
        try {
            co_await far.locks.acquire("door", patient);
        } catch (failure const& why) {
            co_return why.code();
        }
        co_return failure_code::timed_out;
    };
    auto const heals = [&]() -> task<> {
        far.proxy.heal();
        co_return;
    };
    auto const heals_on_its_loop = [&]() -> task<> {
        co_await on(loops.at(0), heals());  // after stop() has begun there
    };
    auto const stops = [&]() -> task<> {
        while (!(co_await db.exec(get(door))).value_or("").ends_with('w'))
            co_await sleep_for(1ms);
        co_await when_all(far.locks.stop(), heals_on_its_loop());
    };
    auto const both = [&]() -> task<failure_code> {
        co_return std::get<0>(co_await when_all(asks(), stops()));
    };
    EXPECT_EQ(run(both()), failure_code::stopped);
    EXPECT_EQ(release(std::move(held)), release_result::released);
}

// The server forgot the script that gives back; nobody is there to send it whole but the background.
TEST_P(lock_test, is_given_back_in_the_background_when_the_server_has_lost_its_scripts)
{
    auto const leaves = [&]() -> task<> {
        auto const held = co_await locks.acquire("door", {.ttl = 1h});
        co_await db.exec(script_flush());
    };
    run(leaves());
    wait_until_free();
}

// On a server of its own, which keeps nothing: what it granted is gone.
TEST(lock_restart_test, gives_greater_fences_after_the_server_has_lost_all)
{
    testing::server_fixture server;
    runtime loops{{.loops = 1}};
    client_options options;
    options.server = server.unix_socket();
    client db{loops, options};
    lock locks{db, {.poll = 1ms}};
    auto held = *loops.run(locks.acquire("door", {.ttl = 5s}));
    server.restart();
    auto const until_lost = [&]() -> task<> { co_await held.until_lost(); };
    EXPECT_THROW(loops.run(until_lost()), failure);
    EXPECT_TRUE(held.lost());
    auto const after = [&]() -> task<> {
        auto next = co_await locks.acquire("door", {.ttl = 5s});
        EXPECT_GT(next->fence(), held.fence());
        EXPECT_EQ(co_await held.release(), release_result::stolen);
        EXPECT_EQ(co_await next->release(), release_result::released);
    };
    loops.run(after());
    loops.run(locks.stop());
    loops.run(db.stop());
}

}  // namespace

}  // namespace redstart::toolkit
