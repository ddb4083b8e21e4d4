#include "redstart/toolkit/bloom/penetration_guard.hpp"

#include "redstart/task/cancellation.hpp"
#include "redstart/task/when_all.hpp"
#include "redstart/task/within.hpp"
#include "redstart/toolkit/on_servers_test.hpp"

namespace redstart::toolkit::penetration_guard_suite {

namespace {

using namespace std::chrono_literals;

// Users of which a database would hold two.
struct user_table {
    int asked = 0;

    task<std::optional<std::string>> load(std::string id)
    {
        ++asked;
        co_return id == "ada" || id == "bob" ? std::optional{"user " + id} : std::nullopt;
    }
};

class penetration_guard_test : public on_servers {
protected:
    bloom_filter filter(std::uint64_t capacity = 1000)
    {
        return {db, {.name = "users", .capacity = capacity}};
    }
    void fill()
    {
        run([](bloom_filter users) -> task<> {
            auto const build = co_await users.rebuild();
            co_await build.add_all(std::vector<std::string>{"ada", "bob", "deleted"});
            co_await build.finish();
        }(filter()));
    }
    std::optional<std::string> read(penetration_guard& guard, std::string const& id)
    {
        return run(guard.read(id, [this, id] { return table.load(id); }));
    }

    user_table table;
};
REDSTART_ON_SERVERS(penetration_guard_test);

TEST_P(penetration_guard_test, loads_only_what_may_exist)
{
    fill();
    penetration_guard guard{filter()};
    EXPECT_EQ(read(guard, "ada"), "user ada");
    EXPECT_EQ(read(guard, "deleted"), std::nullopt);
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(read(guard, "ghost"), std::nullopt);
    EXPECT_EQ(table.asked, 2);
    EXPECT_EQ(
        guard.counts(),
        (penetration_counts{.reads = 12, .kept_away = 10, .loads = 2, .loads_of_nothing = 1}));
}

TEST_P(penetration_guard_test, loads_everything_while_the_filter_is_not_ready)
{
    penetration_guard guard{filter()};
    EXPECT_EQ(read(guard, "ada"), "user ada");
    EXPECT_EQ(read(guard, "ghost"), std::nullopt);
    EXPECT_EQ(guard.counts(), (penetration_counts{.reads = 2, .loads = 2, .loads_of_nothing = 1}));
}

TEST_P(penetration_guard_test, loads_everything_when_the_filter_fails_and_tells)
{
    fill();
    std::vector<failure_code> told;
    penetration_guard guard{filter(2000), {.on_filter_failure = [&](failure const& why) {
                                told.push_back(why.code());
                            }}};
    EXPECT_EQ(read(guard, "ada"), "user ada");
    EXPECT_EQ(guard.counts(), (penetration_counts{.reads = 1, .loads = 1, .filter_failures = 1}));
    EXPECT_EQ(told, std::vector{failure_code::invalid_argument});
}

TEST_P(penetration_guard_test, loads_when_the_server_does_not_answer)
{
    fill();
    std::vector<failure_code> told;
    penetration_guard guard{filter(),
                            {.filter_timeout = 1ms, .on_filter_failure = [&](failure const& why) {
                                 told.push_back(why.code());
                             }}};
    server.pause();
    EXPECT_EQ(read(guard, "ada"), "user ada");
    server.resume();
    EXPECT_EQ(told, std::vector{failure_code::timed_out});
}

TEST_P(penetration_guard_test, does_not_load_when_the_callers_own_deadline_is_over)
{
    fill();
    penetration_guard guard{filter(), {.filter_timeout = 1min}};
    server.pause();
    auto const in_a_hurry = [&]() -> task<std::optional<std::string>> {
        co_return co_await within(1ms, guard.read("ada", [&] { return table.load("ada"); }));
    };
    auto const why = failure_of(in_a_hurry);
    server.resume();
    ASSERT_TRUE(why);
    EXPECT_EQ(why->code(), failure_code::timed_out);
    EXPECT_EQ(table.asked, 0);
    EXPECT_EQ(guard.counts(), (penetration_counts{.reads = 1}));
}

TEST_P(penetration_guard_test, throws_on_what_the_loader_throws)
{
    penetration_guard guard{filter()};
    auto const failing = []() -> task<std::optional<int>> {
        throw std::runtime_error{"no database"};
        co_return 1;
    };
    EXPECT_THROW(run(guard.read("ada", failing)), std::runtime_error);
    EXPECT_EQ(guard.counts(), (penetration_counts{.reads = 1, .loads = 1}));
}

task<bool> read_cancelled(penetration_guard& guard, user_table& table)
{
    context now = co_await this_context();
    cancellation gone;
    now.cancel = &gone;
    gone.request();
    try {
        static_cast<void>(
            co_await under(now, guard.read("ada", [&] { return table.load("ada"); })));
    } catch (failure const& why) {
        co_return why.code() == failure_code::cancelled;
    }
    co_return false;
}

TEST_P(penetration_guard_test, does_not_load_for_who_has_given_up)
{
    fill();
    penetration_guard guard{filter()};
    EXPECT_TRUE(run(read_cancelled(guard, table)));
    EXPECT_EQ(table.asked, 0);
}

TEST_P(penetration_guard_test, refuses_a_time_out_out_of_bounds)
{
    EXPECT_THROW((penetration_guard{filter(), {.filter_timeout = 0ms}}), failure);
    EXPECT_THROW((penetration_guard{filter(), {.filter_timeout = 2min}}), failure);
}

}  // namespace

}  // namespace redstart::toolkit::penetration_guard_suite
