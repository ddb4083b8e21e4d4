#include "redstart/toolkit/counters/time_buckets.hpp"

#include "redstart/command/hashes.hpp"
#include "redstart/command/keys.hpp"
#include "redstart/command/server.hpp"
#include "redstart/task/when_all.hpp"
#include "redstart/toolkit/on_servers_test.hpp"

#include <numeric>

namespace redstart::toolkit::time_buckets_cases {

namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr microseconds a_year = std::chrono::days{366};

std::string key_of_width(microseconds width)
{
    return "redstart:buckets:default:" + std::to_string(width.count()) + "us:{x}";
}

std::vector<std::int64_t> counts(std::vector<time_bucket> const& of)
{
    std::vector<std::int64_t> all;
    for (auto const& each : of)
        all.push_back(each.count);
    return all;
}

class time_buckets_test : public on_servers {
protected:
    // What would have been counted so many buckets ago; a bucket of a year does not end while a test runs, but for one
    // run in a great many.
    void put(std::int64_t buckets_ago, std::int64_t count)
    {
        auto const now = std::stoll(ask(raw<std::vector<std::string>>("TIME")).at(0));
        auto const bucket = now * 1'000'000 / a_year.count() - buckets_ago;
        ask(hset(key_of_width(a_year), {{std::to_string(bucket), std::to_string(count)}}));
    }
};
REDSTART_ON_SERVERS(time_buckets_test);

TEST_P(time_buckets_test, counts_in_the_bucket_of_now)
{
    time_buckets const calls{db, {.width = a_year, .buckets = 5}};
    EXPECT_EQ(run(calls.add("x", 3)), 3);
    EXPECT_EQ(run(calls.add("x", -1)), 2);
    EXPECT_EQ(run(calls.sum("x", 1)), 2);
    EXPECT_EQ(run(calls.sum("x", 0)), 0);
    EXPECT_EQ(run(calls.sum("y", 5)), 0);
    EXPECT_EQ(counts(run(calls.last("x", 3))), (std::vector<std::int64_t>{0, 0, 2}));
    EXPECT_TRUE(run(calls.erase("x")));
    EXPECT_FALSE(run(calls.erase("x")));
}

TEST_P(time_buckets_test, sums_the_newest_and_forgets_the_old)
{
    time_buckets const calls{db, {.width = a_year, .buckets = 4}};
    for (int ago = 1; ago <= 9; ++ago)
        put(ago, ago * 10);
    EXPECT_EQ(counts(run(calls.last("x", 4))), (std::vector<std::int64_t>{30, 20, 10, 0}));
    run(calls.add("x"));
    EXPECT_EQ(run(calls.sum("x", 2)), 11);
    EXPECT_EQ(run(calls.sum("x", 1000)), 61);
    EXPECT_EQ(ask(hlen(key_of_width(a_year))), 4);
}

TEST_P(time_buckets_test, forgets_what_a_clock_that_was_set_back_left_ahead)
{
    time_buckets const calls{db, {.width = a_year, .buckets = 4}};
    put(-1, 7);
    put(-100, 7);
    EXPECT_EQ(run(calls.sum("x", 4)), 0);
    run(calls.add("x"));
    EXPECT_EQ(ask(hlen(key_of_width(a_year))), 1);
}

TEST_P(time_buckets_test, keeps_every_digit)
{
    time_buckets const calls{db, {.width = a_year, .buckets = 2}};
    constexpr std::int64_t odd = (1LL << 53) + 1;
    EXPECT_EQ(run(calls.add("x", odd)), odd);
    EXPECT_EQ(run(calls.sum("x", 1)), odd);
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    put(1, most);
    EXPECT_EQ(run(calls.sum("x", 2)), most);
    auto const why = failure_of([&] { return calls.add("x", most); });
    EXPECT_EQ(why.value().code(), failure_code::server_error);
    EXPECT_EQ(run(calls.sum("x", 1)), odd);
}

task<> add_often(time_buckets const& to, int times)
{
    std::vector<task<std::int64_t>> all;
    for (int i = 0; i < times; ++i)
        all.push_back(to.add("x"));
    co_await when_all(std::move(all));
}

TEST_P(time_buckets_test, loses_nothing_and_stays_bounded_while_buckets_begin)
{
    time_buckets const many{db, {.name = "many", .width = std::chrono::minutes{1}}};
    time_buckets const few{db, {.width = milliseconds{1}, .buckets = 3}};
    std::jthread other{[&] { loops.run(add_often(many, 400), 1); }};
    run(add_often(many, 400));
    other.join();
    EXPECT_EQ(run(many.sum("x", 60)), 800);
    for (int i = 0; i < 50; ++i) {
        run(add_often(few, 5));
        EXPECT_LE(ask(hlen(key_of_width(milliseconds{1}))), 3);
    }
}

TEST_P(time_buckets_test, goes_by_itself_and_gets_a_lost_time_to_live_back)
{
    time_buckets const calls{db, {.width = a_year, .buckets = 4}};
    run(calls.add("x"));
    EXPECT_GT(ask(ttl(key_of_width(a_year))).left, 3 * std::chrono::days{366});
    ask(persist(key_of_width(a_year)));
    run(calls.add("x"));
    EXPECT_TRUE(ask(ttl(key_of_width(a_year))).left);
    time_buckets const brief{db, {.width = milliseconds{1}, .buckets = 2}};
    run(brief.add("x"));
    while (ask(exists(key_of_width(milliseconds{1}))) == 1) {}
}

TEST_P(time_buckets_test, lives_longer_with_every_bucket_that_begins)
{
    time_buckets const calls{db, {.width = a_year, .buckets = 4}};
    put(1, 5);
    ask(expire(key_of_width(a_year), std::chrono::seconds{100}));
    run(calls.add("x"));
    EXPECT_GT(ask(ttl(key_of_width(a_year))).left, 3 * std::chrono::days{366});
    ask(expire(key_of_width(a_year), std::chrono::seconds{100}));
    run(calls.add("x"));
    EXPECT_LE(ask(ttl(key_of_width(a_year))).left, std::chrono::seconds{100});
    EXPECT_EQ(run(calls.sum("x", 4)), 7);
}

TEST_P(time_buckets_test, tells_when_each_bucket_began)
{
    time_buckets const calls{db, {.width = std::chrono::hours{1}, .buckets = 100}};
    auto const last = run(calls.last("x", 200));
    ASSERT_EQ(last.size(), 100U);
    for (std::size_t i = 0; i < last.size(); ++i) {
        EXPECT_EQ(last[i].start.time_since_epoch() % std::chrono::hours{1}, microseconds{0});
        EXPECT_EQ(last[i].start - last[0].start, std::chrono::hours{i});
    }
}

TEST_P(time_buckets_test, touches_its_own_key_only_and_goes_on_after_a_flush_of_scripts)
{
    client limited{loops, limited_to("redstart:buckets:default:60000000us:{x}")};
    time_buckets const mine{limited, {}};
    for (int i = 1; i <= 3; ++i) {
        run(mine.add("x"));
        ask(raw<ok>("SCRIPT FLUSH"));
        EXPECT_EQ(run(mine.sum("x", 60)), i);
    }
    EXPECT_EQ(failure_of([&] { return mine.add("y"); }).value().server_code(), "NOPERM");
    run(limited.stop());
}

TEST_P(time_buckets_test, reports_what_a_series_holds)
{
    time_buckets const calls{db, {.width = a_year, .buckets = 4}};
    auto told = run(calls.report("x"));
    EXPECT_EQ(told.buckets, 0);
    EXPECT_EQ(told.sum, 0);
    EXPECT_EQ(told.ttl_ms, std::nullopt);
    for (int ago = 1; ago <= 9; ++ago)
        put(ago, ago * 10);
    EXPECT_EQ(run(calls.report("x")).buckets, 9);
    run(calls.add("x", 5));
    told = run(calls.report("x"));
    EXPECT_EQ(told.buckets, 4);
    EXPECT_EQ(told.sum, 65);
    EXPECT_EQ(told.newest, 5);
    EXPECT_GT(told.ttl_ms, 0);
}

TEST_P(time_buckets_test, does_without_fields_that_are_no_buckets_and_keys_that_are_no_series)
{
    time_buckets const calls{db, {.width = a_year, .buckets = 4}};
    ask(hset(key_of_width(a_year), {{"text", "7"}, {"", "7"}}));
    EXPECT_EQ(run(calls.add("x", 2)), 2);
    EXPECT_EQ(run(calls.sum("x", 4)), 2);
    EXPECT_EQ(ask(hlen(key_of_width(a_year))), 1);
    run(calls.erase("x"));
    ask(raw<std::int64_t>("LPUSH", key_of_width(a_year), "x"));
    EXPECT_EQ(failure_of([&] { return calls.add("x"); }).value().server_code(), "WRONGTYPE");
    EXPECT_EQ(failure_of([&] { return calls.sum("x", 4); }).value().server_code(), "WRONGTYPE");
}

TEST_P(time_buckets_test, refuses_options_without_sense)
{
    for (auto const& senseless :
         {time_buckets_options{.width = microseconds{999}},
          time_buckets_options{.width = a_year + microseconds{1}},
          time_buckets_options{.buckets = 0}, time_buckets_options{.buckets = 1001}})
        EXPECT_THROW((time_buckets{db, senseless}), failure);
}

}  // namespace

}  // namespace redstart::toolkit::time_buckets_cases
