// Histories of locks under faults, recorded and checked afterwards: no two held it at once, and fences grew in the
// order in which they were granted. The checker itself is checked with histories that break the rules.

#include "redstart/base/random.hpp"
#include "redstart/command/connections.hpp"
#include "redstart/command/scripting.hpp"
#include "redstart/task/sleep.hpp"
#include "redstart/task/when_all.hpp"
#include "redstart/testing/fault_proxy.hpp"
#include "redstart/toolkit/locks/lock.hpp"
#include "redstart/toolkit/on_servers_test.hpp"

#include <algorithm>
#include <mutex>
#include <thread>

namespace redstart::toolkit {

namespace {

using namespace std::chrono_literals;

// From when to when somebody was told that he holds the lock. All of one machine, by its one clock.
struct span_of_a_holder {
    boot_clock::time_point from{};
    boot_clock::time_point to{};
    std::int64_t fence = 0;
};
using lock_history = std::vector<span_of_a_holder>;

// What is wrong with it; nothing if all is well.
std::string broken_rule_of(lock_history history)
{
    std::ranges::sort(history, {}, &span_of_a_holder::from);
    for (std::size_t i = 1; i < history.size(); ++i) {
        if (history[i].from < history[i - 1].to)
            return "two holders";
        if (history[i].fence <= history[i - 1].fence)
            return "a fence that did not grow";
    }
    return {};
}

boot_clock::time_point at(std::chrono::milliseconds time) { return boot_clock::time_point{time}; }

TEST(lock_history_test, notices_two_holders_and_fences_that_do_not_grow)
{
    lock_history const fine{{at(1ms), at(5ms), 10}, {at(7ms), at(9ms), 12}, {at(5ms), at(6ms), 11}};
    EXPECT_EQ(broken_rule_of(fine), "");
    auto planted = fine;
    planted.push_back({at(8ms), at(10ms), 13});
    EXPECT_EQ(broken_rule_of(planted), "two holders");
    auto stale = fine;
    stale.push_back({at(10ms), at(11ms), 12});
    EXPECT_EQ(broken_rule_of(stale), "a fence that did not grow");
}

// Workers of two clients, each behind a proxy that breaks, who take and give back one lock.
class lock_faults_test : public on_servers {
protected:
    static constexpr int rounds = 40;

    struct side {
        side(runtime& loops, testing::server_fixture& of, client_options options, bool fair)
            : proxy{of.tcp()}, db{loops, through(proxy, std::move(options))},
              locks{db, {.poll = 5ms, .fair = fair}}
        {
        }
        static client_options through(testing::fault_proxy& proxy, client_options options)
        {
            options.server = proxy.endpoint();
            options.command_timeout = 50ms;
            options.reconnect.limit = 5ms;
            return options;
        }

        testing::fault_proxy proxy;
        client db;
        lock locks;
    };

    // Holds it for some time, now and then longer than it lasts.
    task<> hold_it_once(side& through)
    {
        auto held = co_await through.locks.acquire("door", {.ttl = 40ms, .wait = 200ms});
        if (!held)
            co_return;
        auto const from = boot_clock::now();
        auto const until = from + std::chrono::milliseconds{fast_random() % 30};
        while (boot_clock::now() < until && !held->lost())
            co_await sleep_for(1ms);
        auto const to = std::min(boot_clock::now(), held->valid_until());
        note({from, std::max(from, to), held->fence()});
        co_await held->release();
    }

    task<> work(side& through)
    {
        for (int round = 0; round < rounds; ++round) {
            try {
                co_await hold_it_once(through);
            } catch (failure const&) {
                // What the fault did to it is seen in the history, if it did.
            }
        }
    }

    task<> break_things(side& one)
    {
        for (int round = 0; round < rounds; ++round) {
            co_await sleep_for(std::chrono::milliseconds{fast_random() % 10});
            switch (fast_random() % 5) {
            case 0: one.proxy.cut(); break;
            case 1: one.proxy.stall(testing::fault_proxy::direction::to_client); break;
            case 2: one.proxy.freeze(); break;
            case 3: co_await db.try_exec(script_flush()); break;
            default: co_await db.try_exec(client_kill({.type = connection_type::normal}));
            }
            co_await sleep_for(std::chrono::milliseconds{fast_random() % 60});
            one.proxy.heal();
        }
    }

    task<> all_of(side& one)
    {
        std::vector<task<>> together;
        for (int i = 0; i < 3; ++i)
            together.push_back(work(one));
        together.push_back(break_things(one));
        co_await when_all(std::move(together));
    }

    // How often it was held.
    std::size_t record_under_faults(bool fair)
    {
        side first{loops, server, to(server), fair};
        side second{loops, server, to(server), fair};
        {
            std::jthread const other{[&] { run(all_of(second), 1); }};
            run(all_of(first));
        }
        for (auto* each : {&first, &second}) {
            run(each->locks.stop());
            run(each->db.stop());
        }
        return history_.size();
    }

    void note(span_of_a_holder span)
    {
        std::lock_guard const alone{guards_history_};
        history_.push_back(span);
    }

    std::mutex guards_history_;
    lock_history history_;
};
REDSTART_ON_SERVERS(lock_faults_test);

TEST_P(lock_faults_test, never_show_two_holders)
{
    EXPECT_GT(record_under_faults(false), std::size_t{rounds});
    EXPECT_EQ(broken_rule_of(history_), "");
}

TEST_P(lock_faults_test, never_show_two_holders_of_a_fair_lock)
{
    EXPECT_GT(record_under_faults(true), std::size_t{rounds});
    EXPECT_EQ(broken_rule_of(history_), "");
}

}  // namespace

}  // namespace redstart::toolkit
