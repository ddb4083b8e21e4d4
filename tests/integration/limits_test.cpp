// Logins, deadlines, cancellation, bounds, several loops, stopping: what a client promises whatever
// the server does.

#include "tests/integration/harness.hpp"

#include <numeric>

namespace redstart::integration {
namespace {

constexpr key_of<std::int64_t, int> counter{"counter:{}"};
constexpr key_of<std::int64_t> together{"together"};

class promises : public contract {};
INSTANTIATE_TEST_SUITE_P(servers, promises, ::testing::ValuesIn(every_setup()), setup_name);

TEST_P(promises, a_database_of_its_own)
{
    auto chosen = options();
    chosen.login.database = 3;
    connected other{chosen};
    EXPECT_TRUE(other.exec(set("k", "in 3")));
    EXPECT_EQ(exec(get("k")), std::nullopt);
    EXPECT_EQ(other.exec(get("k")), "in 3");
    chosen.login.database = 16;
    connected none{chosen};
    try {
        none.loops.run(none.db.connect());
        ADD_FAILURE() << "it should have failed";
    } catch (failure const& why) {
        EXPECT_EQ(why.code(), failure_code::connect_failed);
        EXPECT_EQ(why.reason(), "the server refused the database");
    }
}

TEST_P(promises, a_name_that_the_server_lists)
{
    auto named = options();
    named.login.client_name = "redstart-test";
    connected other{named};
    EXPECT_NE(other.exec(raw<std::string>("CLIENT LIST")).find("name=redstart-test "),
              std::string::npos);
    named.login.client_name = "not allowed";
    connected nameless{named};
    EXPECT_EQ(nameless.exec(ping()), "PONG") << "a refused name is no failure";
}

server_fixture& guarded(setup const& how)
{
    auto options = options_for(how);
    options.arguments.insert(options.arguments.end(), {"--requirepass", "secret"});
    return shared_server(options);
}

TEST_P(promises, a_login)
{
    auto right = options_to(guarded(GetParam()), GetParam());
    right.credentials = static_credentials("", "secret");
    connected inside{right};
    EXPECT_EQ(inside.exec(ping()), "PONG");
    right.credentials = static_credentials("default", "secret");
    connected named{right};
    EXPECT_EQ(named.exec(ping()), "PONG");
}

TEST_P(promises, a_clear_failure_when_the_login_is_refused)
{
    auto wrong = options_to(guarded(GetParam()), GetParam());
    for (auto const* const password : {"", "wrong"}) {
        wrong.credentials = static_credentials("", password);
        connected outside{wrong};
        auto const why = outside.fails(get("k"));
        EXPECT_EQ(why.code(), failure_code::authentication_failed);
        EXPECT_EQ(why.outcome(), outcome::not_sent);
        EXPECT_EQ(outside.fails(get("k")).code(), failure_code::authentication_failed);
        try {
            outside.loops.run(outside.db.connect());
            ADD_FAILURE() << "it should have failed";
        } catch (failure const& refused) {
            EXPECT_EQ(refused.code(), failure_code::authentication_failed);
            EXPECT_NE(refused.server_code(), "");
        }
    }
}

// A server of its own, which is stopped in the middle of its work.
class silence : public ::testing::TestWithParam<setup> {
protected:
    client_options options() const { return options_to(server, GetParam()); }

    server_fixture server{options_for(GetParam())};
};
INSTANTIATE_TEST_SUITE_P(servers, silence,
                         ::testing::ValuesIn(in_this_run({{"valkey-server", false, true},
                                                          {"redis-server", true, false}})),
                         setup_name);

TEST_P(silence, ends_at_the_deadline_of_the_client)
{
    auto impatient = options();
    impatient.command_timeout = 30ms;
    connected with{impatient};
    EXPECT_EQ(with.exec(ping()), "PONG");
    server.pause();
    auto const why = with.fails(incr("k"));
    EXPECT_EQ(why.code(), failure_code::timed_out);
    EXPECT_EQ(why.outcome(), outcome::maybe_applied);
    server.resume();
    auto const count = with.loops.run([](client& db) -> task<std::int64_t> {
        while (true)  // the server may need a moment to wake up
            if (auto const came = co_await db.try_exec(incr("k")))
                co_return *came;
    }(with.db));
    EXPECT_GE(count, 2) << "what timed out was applied all the same";
}

TEST_P(silence, ends_at_the_deadline_of_the_caller)
{
    connected with{options()};
    EXPECT_EQ(with.exec(ping()), "PONG");
    server.pause();
    with.run([&]() -> task<> {
        try {
            co_await within(20ms, exec_in(with.db, get("k")));
            ADD_FAILURE() << "it should have failed";
        } catch (failure const& why) {
            EXPECT_EQ(why.code(), failure_code::timed_out);
            EXPECT_EQ(why.outcome(), outcome::maybe_applied);
        }
        try {
            co_await within(0ms, exec_in(with.db, get("k")));
            ADD_FAILURE() << "it should have failed";
        } catch (failure const& why) {
            EXPECT_EQ(why.code(), failure_code::timed_out);
            EXPECT_EQ(why.outcome(), outcome::not_sent) << "there was no time to begin with";
        }
    });
    server.resume();
    EXPECT_EQ(with.exec(get("k")), std::nullopt);
}

TEST_P(silence, ends_when_the_caller_is_cancelled)
{
    connected with{options()};
    EXPECT_EQ(with.exec(ping()), "PONG");
    server.pause();
    with.run([&]() -> task<> {
        failure why = cancelled_failure();
        auto const call = [&why](client& db) -> task<> {
            auto const came = co_await db.try_exec(incr("k"));
            why = came.error();
        };
        auto const soon = []() -> task<> { co_await sleep_for(10ms); };
        auto const first = co_await race(call(with.db), soon());
        EXPECT_EQ(first.index(), 1u);
        EXPECT_EQ(why.code(), failure_code::cancelled);
        EXPECT_EQ(why.outcome(), outcome::maybe_applied);
    });
    server.resume();
    EXPECT_EQ(with.exec(get("k")), "1") << "it had left, and the answers are still in step";
}

TEST_P(silence, fills_the_bound_of_commands)
{
    auto narrow = options();
    narrow.in_flight.commands = 100;
    connected with{narrow};
    EXPECT_EQ(with.exec(ping()), "PONG");
    server.pause();
    with.run([&]() -> task<> {
        std::vector<task<failure>> refused;
        std::vector<task<std::int64_t>> taken;
        for (int i = 0; i < 100; ++i)
            taken.push_back(exec_in(with.db, incr(counter(i))));
        for (int i = 0; i < 50; ++i)
            refused.push_back(failure_in(with.db, incr(counter(i))));
        auto const wake = [](server_fixture& sleeping) -> task<> {
            co_await sleep_for(5ms);
            sleeping.resume();
        };
        auto const [values, failures, nothing] = co_await when_all(
            when_all(std::move(taken)), when_all(std::move(refused)), wake(server));
        for (auto const value : values)
            EXPECT_EQ(value, 1);
        for (auto const& why : failures) {
            EXPECT_EQ(why.code(), failure_code::overloaded);
            EXPECT_EQ(why.outcome(), outcome::not_sent);
        }
        EXPECT_EQ(co_await with.db.exec(incr(counter(0))), 2) << "there is room again";
    });
}

TEST_P(silence, fills_the_bound_of_bytes)
{
    auto narrow = options();
    narrow.in_flight.bytes = 1'000'000;
    connected with{narrow};
    EXPECT_EQ(with.exec(ping()), "PONG");
    server.pause();
    with.run([&]() -> task<> {
        std::vector<task<bool>> taken;
        std::string const value(100'000, 'x');
        for (int i = 0; i < 9; ++i)
            taken.push_back(exec_in(with.db, set("k" + std::to_string(i), value)));
        auto const late = [](client& db, std::string const& large) -> task<failure> {
            co_await sleep_for(1ms);
            co_return co_await failure_in(db, set("k", large));
        };
        auto const wake = [](server_fixture& sleeping) -> task<> {
            co_await sleep_for(30ms);
            sleeping.resume();
        };
        auto const [done, why, nothing] =
            co_await when_all(when_all(std::move(taken)), late(with.db, value), wake(server));
        EXPECT_EQ(std::accumulate(done.begin(), done.end(), 0), 9);
        EXPECT_EQ(why.code(), failure_code::overloaded);
        EXPECT_EQ(why.outcome(), outcome::not_sent);
        EXPECT_TRUE(co_await with.db.exec(set("k", value)));
    });
}

// Callers on every loop, each with a counter of its own; then all on one.
TEST_P(promises, several_loops_at_once)
{
    constexpr int callers = 10;
    constexpr int calls = 60;
    connected many{options(), 4};
    auto const on_one_loop = [](client& db, int first) -> task<> {
        std::vector<task<>> all;
        for (int i = 0; i < callers; ++i)
            all.push_back([](client& through, int number) -> task<> {
                for (int n = 1; n <= calls; ++n)
                    EXPECT_EQ(co_await through.exec(incr(counter(number))), n);
                co_await through.exec(incrby(together, calls));
            }(db, first + i));
        co_await when_all(std::move(all));
    };
    many.run([&]() -> task<> {
        std::vector<task<>> loops;
        for (std::size_t i = 0; i < many.loops.size(); ++i)
            loops.push_back([](loop& there, task<> work) -> task<> {
                co_await on(there, std::move(work));
            }(many.loops.at(i), on_one_loop(many.db, static_cast<int>(i) * callers)));
        co_await when_all(std::move(loops));
    });
    EXPECT_EQ(exec(get(together)), 4 * callers * calls);
}

TEST_P(promises, several_lanes)
{
    auto wide = options();
    wide.lanes = 3;
    wide.login.client_name = "wide";
    connected with_lanes{wide};
    with_lanes.run([&]() -> task<> {
        std::vector<task<std::int64_t>> all;
        for (int i = 0; i < 300; ++i)
            all.push_back(exec_in(with_lanes.db, incr(counter(i))));
        for (auto const value : co_await when_all(std::move(all)))
            EXPECT_EQ(value, 1);
    });
    auto const list = with_lanes.exec(raw<std::string>("CLIENT LIST"));
    std::size_t lanes = 0;
    for (auto at = list.find("name=wide "); at != std::string::npos;
         at = list.find("name=wide ", at + 1))
        ++lanes;
    EXPECT_EQ(lanes, 3u);
}

struct tally {
    std::int64_t acknowledged = 0;
    std::int64_t maybe = 0;
    std::int64_t untouched = 0;
    bool stopped = false;
};

// Counts until it is told that the client is stopping.
task<> count_until_stopped(client& db, tally& mine)
{
    while (!mine.stopped) {
        auto const came = co_await db.try_exec(incr(together));
        mine.acknowledged += came ? 1 : 0;
        if (came)
            continue;
        mine.maybe += came.error().outcome() == outcome::maybe_applied ? 1 : 0;
        mine.untouched += came.error().outcome() == outcome::not_sent ? 1 : 0;
        mine.stopped = came.error().code() == failure_code::stopped;
        EXPECT_TRUE(mine.stopped) << came.error().what();
    }
}

TEST_P(promises, a_clean_end_in_the_middle_of_work)
{
    for (auto const grace : {0ms, 1000ms}) {
        exec(set(together, 0));
        tally all;
        {
            connected busy{options(), 2};
            busy.run([&]() -> task<> {
                std::vector<tally> tallies(20);
                std::vector<task<>> callers;
                for (auto& mine : tallies)
                    callers.push_back(count_until_stopped(busy.db, mine));
                auto const end = [](client& db, boot_clock::duration wait) -> task<> {
                    co_await sleep_for(20ms);
                    co_await db.stop(wait);
                };
                co_await when_all(when_all(std::move(callers)), end(busy.db, grace));
                for (auto const& mine : tallies) {
                    EXPECT_TRUE(mine.stopped);
                    all.acknowledged += mine.acknowledged;
                    all.maybe += mine.maybe;
                }
            });
        }
        auto const final_value = exec(get(together)).value();
        EXPECT_GT(all.acknowledged, 0);
        EXPECT_LE(all.acknowledged, final_value);
        EXPECT_LE(final_value, all.acknowledged + all.maybe);
        if (grace > 0ms)
            EXPECT_EQ(all.maybe, 0) << "there was time for all of them";
    }
}

}  // namespace
}  // namespace redstart::integration
