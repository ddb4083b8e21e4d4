// What all limiters have in common, on real servers.

#include "redstart/toolkit/limits/limiter.hpp"

#include "redstart/command/keys.hpp"
#include "redstart/toolkit/limits/concurrency_limiter.hpp"
#include "redstart/toolkit/limits/fixed_window.hpp"
#include "redstart/toolkit/limits/limit_rules.hpp"
#include "redstart/toolkit/limits/limit_script_test.hpp"
#include "redstart/toolkit/limits/limiter_crowd_test.hpp"
#include "redstart/toolkit/limits/sliding_counter.hpp"
#include "redstart/toolkit/limits/sliding_window.hpp"
#include "redstart/toolkit/limits/token_bucket.hpp"

#include <functional>
#include <thread>

namespace redstart::toolkit {

namespace {

using namespace std::chrono_literals;

class limiter_test : public limit_tests::on_servers_that_count_changes {
protected:
    // Each of them, on an empty server. Their windows are longer than any test.
    template <class Test>
    void with_each(std::uint32_t limit, Test const& test)
    {
        for (auto const& calls : all(db, limit)) {
            ask(flushdb());
            SCOPED_TRACE(name_of_script(calls));
            test(calls);
        }
    }
    static std::vector<limiter> all(client& to, std::uint32_t limit)
    {
        return {
            sliding_window{to, {.name = "api", .limit = limit, .window = 240h}},
            fixed_window{to, {.name = "api", .limit = limit, .window = 240h}},
            sliding_counter{to, {.name = "api", .limit = limit, .window = 240h}},
            token_bucket{to, {.name = "api", .count = 1, .period = 240h / limit, .burst = limit}}};
    }

    std::string only_key()
    {
        auto const found = ask(raw<std::vector<std::string>>("KEYS", "*"));
        EXPECT_EQ(found.size(), 1U);
        return found.empty() ? "" : found[0];
    }

private:
    // Any that is used for something else is told apart by its key.
    std::string name_of_script(limiter const& calls)
    {
        run(calls.acquire("somebody"));
        auto const key = only_key();
        ask(flushdb());
        return key;
    }
};
REDSTART_ON_SERVERS(limiter_test);

TEST_P(limiter_test, allows_exactly_the_limit_of_2000_at_once_from_several_connections)
{
    client second{loops, to(server)};
    auto const there = all(second, 100);
    std::size_t which = 0;
    with_each(100, [&](limiter const& calls) {
        auto const& of_second = there[which++];
        std::uint32_t on_other_loop = 0;
        std::jthread other{[&] { on_other_loop = loops.run(allowed_of(of_second, 1000), 1); }};
        auto const here = loops.run(allowed_of(calls, 1000), 0);
        other.join();
        EXPECT_EQ(here + on_other_loop, 100U);
    });
    run(second.stop());
}

TEST_P(limiter_test, charges_all_of_a_cost_or_nothing)
{
    with_each(10, [this](limiter const& calls) {
        EXPECT_EQ(run(calls.acquire("ada", 7)).remaining, 3U);
        auto const refused = run(calls.acquire("ada", 4));
        EXPECT_FALSE(refused.allowed);
        EXPECT_FALSE(refused.never);
        EXPECT_EQ(refused.limit, 10U);
        EXPECT_EQ(refused.remaining, 3U);
        EXPECT_GT(refused.retry_after, 0us);
        EXPECT_LE(refused.retry_after, refused.reset_after);
        EXPECT_LE(refused.more_after, refused.retry_after);
        EXPECT_TRUE(run(calls.acquire("ada", 3)).allowed);
        EXPECT_TRUE(run(calls.acquire("bob", 10)).allowed) << "somebody else";
    });
}

TEST_P(limiter_test, takes_nothing_for_a_look)
{
    with_each(2, [this](limiter const& calls) {
        EXPECT_EQ(run(calls.peek("ada")),
                  (limit_decision{.allowed = true, .limit = 2, .remaining = 2}));
        EXPECT_EQ(ask(dbsize()), 0);
        run(calls.acquire("ada", 2));
        auto const looked = run(calls.peek("ada"));
        EXPECT_TRUE(looked.allowed);
        EXPECT_EQ(looked.remaining, 0U);
        EXPECT_EQ(looked.retry_after, 0us);
        EXPECT_GT(looked.more_after, 100h);
        EXPECT_GE(looked.reset_after, looked.more_after);
    });
}

TEST_P(limiter_test, writes_nothing_for_a_look_even_to_a_key_that_lost_its_expiry)
{
    with_each(2, [this](limiter const& calls) {
        run(calls.acquire("ada"));
        EXPECT_TRUE(ask(persist(only_key())));
        auto const before = changes();
        EXPECT_EQ(run(calls.peek("ada")).remaining, 1U);
        run(calls.report("ada"));
        run(calls.acquire("ada", 0));
        EXPECT_EQ(changes(), before);
    });
}

TEST_P(limiter_test, reports_how_a_subject_stands)
{
    with_each(3, [this](limiter const& calls) {
        run(calls.acquire("ada", 2));
        auto const told = run(calls.report("ada"));
        EXPECT_EQ(told.name, "api");
        EXPECT_EQ(told.limit, 3U);
        EXPECT_EQ(told.remaining, 1U);
        EXPECT_GT(told.more_after_us, 0);
        EXPECT_GE(told.reset_after_us, told.more_after_us);
    });
}

TEST_P(limiter_test, says_never_to_a_cost_above_the_limit)
{
    with_each(2, [this](limiter const& calls) {
        for (std::uint32_t const cost : {3U, 0xffffffffU}) {
            auto const decided = run(calls.acquire("ada", cost));
            EXPECT_FALSE(decided.allowed);
            EXPECT_TRUE(decided.never);
            EXPECT_EQ(decided.remaining, 2U);
            EXPECT_EQ(decided.retry_after, calls.policy().window);
        }
        EXPECT_EQ(ask(dbsize()), 0);
    });
}

TEST_P(limiter_test, gives_a_key_its_expiry_back)
{
    with_each(2, [this](limiter const& calls) {
        for (std::uint32_t const cost : {1U, 2U}) {  // allowed, refused
            run(calls.acquire("ada"));
            auto const key = only_key();
            EXPECT_TRUE(ask(ttl(key)).left);
            EXPECT_TRUE(ask(persist(key)));
            run(calls.acquire("ada", cost));
            EXPECT_TRUE(ask(ttl(key)).left) << cost;
        }
    });
}

TEST_P(limiter_test, takes_any_bytes_as_subjects)
{
    with_each(1, [this](limiter const& calls) {
        for (auto const& subject : {std::string{}, std::string{"\0\r\n}", 4}, std::string{"\xff"},
                                    std::string(100'000, 'x')}) {
            EXPECT_TRUE(run(calls.acquire(subject)).allowed);
            EXPECT_FALSE(run(calls.acquire(subject)).allowed);
        }
        for (auto const& key : ask(raw<std::vector<std::string>>("KEYS", "*")))
            EXPECT_LT(key.size(), 150U);
    });
}

TEST_P(limiter_test, copies_the_subject_by_the_call)
{
    with_each(1, [this](limiter const& calls) {
        std::string subject = "ada";
        auto asked = calls.acquire(subject);
        subject = "bob";
        EXPECT_TRUE(run(std::move(asked)).allowed);
        EXPECT_TRUE(run(calls.acquire("bob")).allowed);
        EXPECT_FALSE(run(calls.acquire("ada")).allowed);
    });
}

TEST_P(limiter_test, sends_one_command_on_one_key)
{
    with_each(2, [this](limiter const& calls) {
        run(calls.acquire("bob"));  // makes the script known
        auto const sent = sent_during([&]() -> task<> { co_await calls.acquire("ada"); });
        ASSERT_EQ(sent.size(), 1U);
        EXPECT_TRUE(sent[0].starts_with("\"EVALSHA\"")) << sent[0];
        EXPECT_NE(sent[0].find(R"( "1" "redstart:)"), std::string::npos) << sent[0];
    });
}

TEST_P(limiter_test, touches_its_own_key_only)
{
    client limited{loops, limited_to("redstart:*:{ada}")};
    for (auto const& calls : all(limited, 2)) {
        for (std::uint32_t const cost : {1U, 0U, 1U, 1U, 5U})
            EXPECT_NO_THROW(run(calls.acquire("ada", cost)));
        EXPECT_EQ(failure_of([&] { return calls.acquire("bob"); }).value().server_code(), "NOPERM");
    }
    EXPECT_TRUE(forbids_other_keys_in_scripts(limited));
    run(limited.stop());
}

TEST_P(limiter_test, tells_who_asked_when_the_server_fails)
{
    with_each(2, [this](limiter const& calls) {
        run(calls.acquire("ada"));
        auto const key = only_key();
        ask(flushdb());
        ask(raw<std::int64_t>("LPUSH", key, "something else"));
        auto const why = failure_of([&] { return calls.acquire("ada"); });
        EXPECT_EQ(why.value().server_code(), "WRONGTYPE");
        EXPECT_TRUE(std::string_view{why->where().file_name()}.ends_with("limiter_test.cpp"));
    });
}

TEST_P(limiter_test, has_a_name_of_40_bytes_at_most_and_says_so)
{
    auto const make_all = [this](std::string const& name) {
        std::vector<std::function<void()>> const makers{
            [&] { run(sliding_window{db, {.name = name, .window = 366 * 24h}}.acquire("ada")); },
            [&] { run(fixed_window{db, {.name = name, .window = 366 * 24h}}.acquire("ada")); },
            [&] { run(sliding_counter{db, {.name = name, .window = 366 * 24h}}.acquire("ada")); },
            [&] { run(token_bucket{db, {.name = name}}.acquire("ada")); },
            [&] { run(concurrency_limiter{db, {.name = name}}.acquire("ada")); },
            [&] { run(limit_rules{db, {.name = name, .rules = {{.name = "x"}}}}.acquire("ada")); }};
        return makers;
    };
    for (auto const& make : make_all(std::string(40, 'n')))
        EXPECT_NO_THROW(make());
    for (auto const& name : {std::string(41, 'n'), std::string{}, std::string{"a b"},
                             std::string{"a{b"}, std::string{"a%"}, std::string{"\xc3\xa4"}})
        for (auto const& make : make_all(name)) {
            try {
                make();
                ADD_FAILURE() << name;
            } catch (failure const& why) {
                EXPECT_EQ(why.code(), failure_code::invalid_argument);
                EXPECT_NE(std::string_view{why.what()}.find("limiter's name"),
                          std::string_view::npos)
                    << why.what();
            }
        }
}

TEST_P(limiter_test, keeps_kinds_and_names_apart)
{
    for (auto const* const name : {"api", "login"}) {
        std::vector<limiter> const each{
            sliding_window{db, {.name = name, .limit = 1, .window = 1h}},
            fixed_window{db, {.name = name, .limit = 1, .window = 1h}},
            sliding_counter{db, {.name = name, .limit = 1, .window = 1h}},
            token_bucket{db, {.name = name, .count = 1, .period = 1h, .burst = 1}}};
        for (auto const& calls : each) {
            EXPECT_EQ(calls.policy(), (limit_policy{name, 1, 1h}));
            EXPECT_TRUE(run(calls.acquire("ada")).allowed);
            std::vector<limiter> const copies(2, calls);
            EXPECT_FALSE(run(copies[1].acquire("ada")).allowed);
        }
    }
    EXPECT_EQ(ask(dbsize()), 8);
}

}  // namespace

}  // namespace redstart::toolkit
