#include "redstart/toolkit/limits/concurrency_limiter.hpp"

#include "redstart/command/keys.hpp"
#include "redstart/task/event.hpp"
#include "redstart/task/race.hpp"
#include "redstart/task/sleep.hpp"
#include "redstart/task/when_all.hpp"
#include "redstart/testing/fault_proxy.hpp"
#include "redstart/toolkit/limits/limit_script_test.hpp"

#include <map>
#include <thread>

namespace redstart::toolkit::permitting {

namespace {

using namespace std::chrono_literals;
using limit_tests::noon;
using limit_tests::second;

constexpr std::int64_t hold = 600 * second;

class concurrency_limiter_test : public limit_tests::on_servers_that_count_changes {
protected:
    concurrency_limiter_test()
        : script_{"own_clock", limit_tests::with_clock_of_its_own(permits_text(), 5)}
    {
    }

    permits_reply at(std::int64_t now, std::string_view what, std::string_view token,
                     std::uint32_t limit = 3)
    {
        return ask(script_(keys("permits"), what, token, limit, hold, now / second, now % second),
                   what == "report");
    }
    concurrency_limiter four(std::chrono::milliseconds held = 1h)
    {
        return {db, {.name = "api", .limit = 4, .hold = held}};
    }

    std::uint32_t in_use() { return run(four().report("ada")).in_use; }
    task<concurrency_report> stands() { co_return co_await four().report("ada"); }
    static task<> never_ends() { co_await sleep_for(24h); }

    static constexpr std::string_view ada_permits = "redstart:permits:api:{ada}";
    script<permits_reply> script_;
    limit_tests::dice random{25};
};
REDSTART_ON_SERVERS(concurrency_limiter_test);

// Who holds one, and when each ends.
struct holders {
    permits_reply standing(std::int64_t now, bool done) const
    {
        std::int64_t first = 0, last = 0;
        for (auto const& [name, end] : all) {
            first = first == 0 ? end - now : std::min(first, end - now);
            last = std::max(last, end - now);
        }
        return {done, static_cast<std::uint32_t>(all.size()), first, last};
    }
    std::map<std::string, std::int64_t> all;
};

TEST_P(concurrency_limiter_test, agrees_with_a_list_of_who_holds_one)
{
    holders list;
    auto now = noon;
    int refused = 0;
    for (int i = 0; i < 2000 && !HasFailure(); ++i) {
        now += random.below(hold / 4);
        std::erase_if(list.all, [now](auto const& each) { return each.second <= now; });
        auto const token = std::to_string(random.below(8));
        auto const limit = random.one_in(10) ? 1U : 3U;
        EXPECT_EQ(at(now, "report", ""), list.standing(now, false)) << "those who ended are there";
        bool const is_held = list.all.contains(token);
        bool done = is_held;
        auto const* what = "renew";
        if (random.one_in(2)) {
            what = "acquire";
            done = is_held || list.all.size() < limit;
            refused += done ? 0 : 1;
        } else if (random.one_in(2)) {
            what = "release";
            list.all.erase(token);
        }
        if (done && std::string_view{what} != "release")
            list.all[token] = now + hold;
        EXPECT_EQ(at(now, what, token, limit), list.standing(now, done))
            << "step " << i << ", " << what;
    }
    EXPECT_GT(refused, 50);
}

TEST_P(concurrency_limiter_test,
       is_locked_by_the_crashed_for_an_hour_at_most_when_the_clock_is_set_back)
{
    at(noon, "acquire", "crashed", 1);
    auto const then = noon - 24 * 3600 * second;
    EXPECT_FALSE(std::get<0>(at(then, "acquire", "other", 1)));
    EXPECT_FALSE(std::get<0>(at(then + 3600 * second - 1, "acquire", "other", 1)));
    EXPECT_TRUE(std::get<0>(at(then + 3600 * second, "acquire", "other", 1)));
}

TEST_P(concurrency_limiter_test, reclaims_what_a_crashed_holder_had)
{
    EXPECT_TRUE(std::get<0>(at(noon, "acquire", "crashed", 1)));
    EXPECT_EQ(at(noon + hold - 1, "acquire", "other", 1), (permits_reply{false, 1, 1, 1}));
    EXPECT_TRUE(std::get<0>(at(noon + hold, "acquire", "other", 1)));
    EXPECT_FALSE(std::get<0>(at(noon + hold, "renew", "crashed", 1)));
    EXPECT_FALSE(std::get<0>(at(noon + hold, "release", "crashed", 1)));
}

TEST_P(concurrency_limiter_test, gives_out_its_limit_until_one_comes_back)
{
    auto const uploads = four();
    std::vector<permit> held;
    for (std::uint32_t i = 1; i <= 4; ++i) {
        auto const before = boot_clock::now();
        auto got = run(uploads.acquire("ada"));
        EXPECT_TRUE(got.allowed);
        EXPECT_EQ(got.in_use, i);
        EXPECT_GE(got.held.until, before + 1h);
        EXPECT_LE(got.held.until, boot_clock::now() + 1h);
        held.push_back(got.held);
    }
    auto const refused = run(uploads.acquire("ada"));
    EXPECT_FALSE(refused.allowed);
    EXPECT_EQ(refused.limit, 4U);
    EXPECT_EQ(refused.in_use, 4U);
    EXPECT_GT(refused.retry_after, 59min);
    EXPECT_TRUE(refused.held.token.empty());
    EXPECT_TRUE(run(uploads.acquire("bob")).allowed);

    EXPECT_TRUE(run(uploads.release(held[1])));
    EXPECT_FALSE(run(uploads.release(held[1]))) << "once";
    EXPECT_TRUE(run(uploads.renew(held[0])).has_value());
    EXPECT_FALSE(run(uploads.renew(held[1])).has_value());
    EXPECT_TRUE(run(uploads.acquire("ada")).allowed);
    EXPECT_FALSE(run(uploads.acquire("ada")).allowed);
}

TEST_P(concurrency_limiter_test, lets_its_key_expire)
{
    auto const uploads = four(10min);
    run(uploads.acquire("ada"));
    constexpr std::string_view key = "redstart:permits:api:{ada}";
    auto const left = ask(ttl(key)).left.value();
    EXPECT_GT(left, 9min);
    EXPECT_LE(left, 10min + 1ms);
    EXPECT_TRUE(ask(persist(key)));
    run(uploads.acquire("ada"));
    EXPECT_TRUE(ask(ttl(key)).left);
}

TEST_P(concurrency_limiter_test, reports_how_a_subject_stands)
{
    auto const uploads = four();
    EXPECT_EQ(run(uploads.report("ada")).in_use, 0U);
    run(uploads.acquire("ada"));
    run(uploads.acquire("ada"));
    auto const told = run(uploads.report("ada"));
    EXPECT_EQ(told.limit, 4U);
    EXPECT_EQ(told.in_use, 2U);
    EXPECT_GT(told.first_ends_in_us, 0);
    EXPECT_GE(told.last_ends_in_us, told.first_ends_in_us);
}

// Takes a permit and gives it back, and looks how many do so at this moment.
struct crowd {
    std::atomic<int> inside{0};
    std::atomic<int> most{0};
    std::atomic<int> admitted{0};

    task<> enter(concurrency_limiter const& uploads)
    {
        auto const got = co_await uploads.acquire("ada");
        if (!got.allowed)
            co_return;
        auto const now = ++inside;
        for (auto seen = most.load(); seen < now && !most.compare_exchange_weak(seen, now);) {}
        ++admitted;
        co_await uploads.renew(got.held);
        --inside;
        co_await uploads.release(got.held);
    }
    task<> all_enter(concurrency_limiter const& uploads, int times)
    {
        std::vector<task<>> all;
        for (int i = 0; i < times; ++i)
            all.push_back(enter(uploads));
        co_await when_all(std::move(all));
    }
};

TEST_P(concurrency_limiter_test, never_has_more_than_its_limit_inside_of_2000)
{
    auto const uploads = four();
    crowd here;
    std::jthread other{[&] { loops.run(here.all_enter(uploads, 1000), 1); }};
    loops.run(here.all_enter(uploads, 1000), 0);
    other.join();
    EXPECT_LE(here.most, 4);
    EXPECT_GE(here.admitted, 4);
    EXPECT_EQ(ask(dbsize()), 0) << "all were given back";
}

TEST_P(concurrency_limiter_test, runs_a_body_in_a_place_and_gives_the_place_back)
{
    auto const seen = [this]() -> task<std::uint32_t> {
        co_return (co_await four().report("ada")).in_use;
    };
    EXPECT_EQ(run(four().run("ada", seen)), 1U);
    EXPECT_EQ(in_use(), 0U);
    EXPECT_TRUE(run(four().run("ada", []() -> task<> { co_return; })).has_value());
}

TEST_P(concurrency_limiter_test, does_not_run_a_body_for_which_there_is_no_place)
{
    for (int i = 0; i < 4; ++i)
        run(four().acquire("ada"));
    bool ran = false;
    auto const body = [&]() -> task<int> {
        ran = true;
        co_return 7;
    };
    EXPECT_EQ(run(four().run("ada", body)), std::nullopt);
    EXPECT_FALSE(ran);
    EXPECT_EQ(in_use(), 4U);
}

TEST_P(concurrency_limiter_test, gives_the_place_back_when_the_body_fails)
{
    auto const fails = []() -> task<int> {
        throw std::runtime_error{"of its own"};
        co_return 0;
    };
    EXPECT_THROW(run(four().run("ada", fails)), std::runtime_error);
    EXPECT_EQ(in_use(), 0U);
    auto const refuses_to_begin = []() -> task<> { throw std::logic_error{"before its task"}; };
    EXPECT_THROW(run(four().run("ada", refuses_to_begin)), std::logic_error);
    EXPECT_EQ(in_use(), 0U);
}

TEST_P(concurrency_limiter_test, gives_the_place_back_when_the_caller_was_cancelled)
{
    event entered;
    auto const body = [&]() -> task<> {
        entered.set();
        co_await never_ends();
    };
    auto const first = [&]() -> task<std::size_t> {
        auto const wait = [&]() -> task<> { co_await entered.wait(); };
        co_return (co_await race(four().run("ada", body), wait())).index();
    };
    EXPECT_EQ(run(first()), 1U);
    EXPECT_EQ(in_use(), 0U);
}

TEST_P(concurrency_limiter_test, keeps_what_a_body_gave_when_the_server_is_gone_at_the_end)
{
    auto const body = [this]() -> task<int> {
        server.pause();
        co_return 7;
    };
    EXPECT_EQ(run(four().run("ada", body)), 7);
    server.resume();
}

TEST_P(concurrency_limiter_test, throws_what_the_body_threw_when_the_server_is_gone_at_the_end)
{
    auto const body = [this]() -> task<> {
        server.pause();
        throw std::runtime_error{"of its own"};
        co_return;
    };
    EXPECT_THROW(run(four().run("ada", body)), std::runtime_error);
    server.resume();
}

TEST_P(concurrency_limiter_test, holds_the_place_for_longer_than_a_permit_lasts_while_the_body_runs)
{
    auto const body = [this]() -> task<bool> {
        auto left = (co_await stands()).last_ends_in_us;
        while (true) {
            co_await sleep_for(1ms);
            auto const now = (co_await stands()).last_ends_in_us;
            if (now == 0 || now > left)
                co_return now > left;
            left = now;
        }
    };
    EXPECT_EQ(run(four(1s).run("ada", body)), true) << "it has been renewed";
    EXPECT_EQ(in_use(), 0U);
}

TEST_P(concurrency_limiter_test, lets_a_body_go_on_whose_permit_is_lost)
{
    auto const body = [this]() -> task<int> {
        co_await db.exec(del(ada_permits));
        co_await sleep_for(30ms);  // several renewals find nothing
        co_return 7;
    };
    EXPECT_EQ(run(four(10ms).run("ada", body)), 7);
    EXPECT_EQ(in_use(), 0U);
}

TEST_P(concurrency_limiter_test, gives_back_a_place_of_which_nobody_heard)
{
    testing::fault_proxy proxy{server.tcp()};
    auto options = to(server);
    options.server = proxy.endpoint();
    client through{loops, options};
    concurrency_limiter const far{through, {.name = "api", .limit = 4, .hold = 1h}};
    run(far.release(run(far.acquire("ada")).held));
    proxy.stall(testing::fault_proxy::direction::to_client);
    auto const carried_out = [&]() -> task<> {
        while ((co_await stands()).in_use == 0)
            co_await sleep_for(1ms);
    };
    auto const first = [&]() -> task<std::size_t> {
        co_return (co_await race(far.run("ada", never_ends), carried_out())).index();
    };
    EXPECT_EQ(run(first()), 1U);
    while (in_use() > 0) {}
    proxy.heal();
    run(through.stop());
}

TEST_P(concurrency_limiter_test, touches_its_own_key_only)
{
    client limited{loops, limited_to("redstart:permits:api:{ada}")};
    concurrency_limiter const uploads{limited, {.name = "api", .limit = 1}};
    auto const got = run(uploads.acquire("ada"));
    EXPECT_TRUE(got.allowed);
    EXPECT_NO_THROW(run(uploads.acquire("ada")));
    EXPECT_NO_THROW(run(uploads.renew(got.held)));
    EXPECT_NO_THROW(run(uploads.release(got.held)));
    EXPECT_NO_THROW(run(uploads.report("ada")));
    EXPECT_EQ(failure_of([&] { return uploads.acquire("bob"); }).value().server_code(), "NOPERM");
    run(limited.stop());
}

TEST_P(concurrency_limiter_test, refuses_options_that_make_no_sense)
{
    for (auto const& options :
         {concurrency_options{.limit = 0}, concurrency_options{.limit = 10'001},
          concurrency_options{.hold = 9ms}, concurrency_options{.hold = 1h + 1ms},
          concurrency_options{.name = "{ada}"}})
        EXPECT_THROW(concurrency_limiter(db, options), failure);
}

}  // namespace

}  // namespace redstart::toolkit::permitting
