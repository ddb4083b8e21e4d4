#include "redstart/toolkit/counters/unique_counter.hpp"

#include "redstart/command/keys.hpp"
#include "redstart/command/server.hpp"
#include "redstart/toolkit/on_servers_test.hpp"

#include <cmath>

namespace redstart::toolkit::unique_counter_cases {

namespace {

std::vector<std::string> numbers(int first, int last)
{
    std::vector<std::string> all;
    for (int i = first; i < last; ++i)
        all.push_back("element " + std::to_string(i));
    return all;
}

class unique_counter_test : public on_servers {
protected:
    unique_counter visitors{db, {.name = "visitors"}};
};
REDSTART_ON_SERVERS(unique_counter_test);

TEST_P(unique_counter_test, counts_each_element_once)
{
    EXPECT_TRUE(run(visitors.add("shop", "monday", "ada")));
    EXPECT_FALSE(run(visitors.add("shop", "monday", "ada")));
    EXPECT_TRUE(run(visitors.add_all("shop", "monday", {"bob", "ada", std::string{"\0\n", 2}})));
    EXPECT_FALSE(run(visitors.add_all("shop", "monday", {})));
    EXPECT_EQ(run(visitors.count("shop", {"monday"})), 3);
    EXPECT_EQ(run(visitors.count("other", {"monday"})), 0);
    EXPECT_EQ(run(visitors.count("shop", {})), 0);
}

TEST_P(unique_counter_test, counts_once_over_several_buckets)
{
    run(visitors.add_all("shop", "monday", {"ada", "bob"}));
    run(visitors.add_all("shop", "tuesday", {"bob", "eve"}));
    EXPECT_EQ(run(visitors.count("shop", {"monday", "tuesday", "sunday"})), 3);
    run(visitors.merge("shop", "week", {"monday", "tuesday"}));
    run(visitors.merge("shop", "week", {"monday", "tuesday"}));
    run(visitors.merge("shop", "week", {}));
    EXPECT_EQ(run(visitors.count("shop", {"week"})), 3);
    EXPECT_TRUE(run(visitors.erase("shop", "monday")));
    EXPECT_FALSE(run(visitors.erase("shop", "monday")));
    EXPECT_EQ(run(visitors.count("shop", {"monday"})), 0);
}

// The elements are always the same, and so is the estimate: five standard errors are far from chance.
TEST_P(unique_counter_test, is_off_by_no_more_than_it_says)
{
    run(visitors.add_all("shop", "a", numbers(0, 60'000)));
    run(visitors.add_all("shop", "b", numbers(40'000, 100'000)));
    auto const near = [](std::int64_t counted, double truth) {
        return std::abs(static_cast<double>(counted) - truth) <= 5 * 0.0081 * truth;
    };
    EXPECT_TRUE(near(run(visitors.count("shop", {"a"})), 60'000));
    EXPECT_TRUE(near(run(visitors.count("shop", {"a", "b"})), 100'000));
}

TEST_P(unique_counter_test, gives_a_bucket_a_time_to_live_when_it_is_created)
{
    unique_counter const mortal{db, {.ttl = std::chrono::hours{1}}};
    constexpr auto day = "redstart:unique:default:{shop}:day";
    run(mortal.add("shop", "day", "ada"));
    EXPECT_TRUE(ask(ttl(day)).left);
    ask(expire(day, std::chrono::seconds{100}));
    run(mortal.add("shop", "day", "bob"));
    EXPECT_LE(ask(ttl(day)).left, std::chrono::seconds{100});
    ask(persist(day));
    run(mortal.add("shop", "day", "bob"));
    EXPECT_TRUE(ask(ttl(day)).left);
    run(mortal.merge("shop", "week", {"day"}));
    EXPECT_TRUE(ask(ttl("redstart:unique:default:{shop}:week")).left);
}

TEST_P(unique_counter_test, refuses_what_makes_no_sense_before_it_is_sent)
{
    auto const refused = [this](auto&& work) {
        auto const why = failure_of(work);
        return why && why->code() == failure_code::invalid_argument &&
               why->outcome() == outcome::not_sent;
    };
    for (std::string const bucket : {"", "a b", "a}", "{", "\xff", "a:b"})
        EXPECT_TRUE(refused([&] { return visitors.add("shop", bucket, "ada"); })) << bucket;
    EXPECT_TRUE(refused([&] { return visitors.add("shop", std::string(33, 'x'), "ada"); }));
    unique_counter const small{db, {.max_buckets = 2}};
    EXPECT_TRUE(refused([&] { return small.count("shop", {"a", "b", "c"}); }));
    EXPECT_TRUE(refused([&] { return small.merge("shop", "x", {"a", "b", "c"}); }));
    EXPECT_EQ(ask(dbsize()), 0);
    EXPECT_THROW((unique_counter{db, {.ttl = std::chrono::milliseconds{0}}}), failure);
    EXPECT_THROW((unique_counter{db, {.max_buckets = 0}}), failure);
    EXPECT_THROW((unique_counter{db, {.max_buckets = 4001}}), failure);
}

TEST_P(unique_counter_test, counts_and_merges_as_many_buckets_as_it_says)
{
    unique_counter const large{db, {.max_buckets = 4000}};
    std::vector<std::string> buckets;
    for (int i = 0; i < 4000; ++i)
        buckets.push_back(std::to_string(i));
    run(large.add("shop", "0", "ada"));
    run(large.add("shop", "3999", "bob"));
    EXPECT_EQ(run(large.count("shop", buckets)), 2);
    run(large.merge("shop", "all", buckets));
    EXPECT_EQ(run(large.count("shop", {"all"})), 2);
}

// They reach the server's scripts a thousand at a time.
TEST_P(unique_counter_test, leaves_none_of_many_elements_out)
{
    for (int const many : {1, 999, 1000, 1001, 2000, 2002}) {
        auto const bucket = std::to_string(many);
        auto const all = numbers(0, many);
        EXPECT_TRUE(run(visitors.add_all("shop", bucket, all)));
        for (auto const& each : all)
            EXPECT_FALSE(run(visitors.add("shop", bucket, each))) << each << " of " << many;
    }
}

TEST_P(unique_counter_test, reports_what_a_bucket_holds)
{
    EXPECT_FALSE(run(visitors.report("shop", "day")).exists);
    run(visitors.add_all("shop", "day", numbers(0, 10)));
    auto told = run(visitors.report("shop", "day"));
    EXPECT_TRUE(told.exists);
    EXPECT_EQ(told.count, 10);
    EXPECT_GT(told.bytes, 0);
    EXPECT_LT(told.bytes, 1000);
    EXPECT_EQ(told.ttl_ms, std::nullopt);
    unique_counter const mortal{db, {.name = "mortal", .ttl = std::chrono::hours{1}}};
    run(mortal.add_all("shop", "day", numbers(0, 20'000)));
    told = run(mortal.report("shop", "day"));
    EXPECT_EQ(told.count, run(mortal.count("shop", {"day"})));
    EXPECT_EQ(told.bytes, 12'304);
    EXPECT_GT(told.ttl_ms, 0);
    EXPECT_TRUE(failure_of([&] { return visitors.report("shop", "no day"); }));
}

TEST_P(unique_counter_test, tells_that_its_key_is_something_else)
{
    ask(raw<ok>("SET", "redstart:unique:visitors:{shop}:day", "text"));
    for (auto const& why : {failure_of([&] { return visitors.add("shop", "day", "ada"); }),
                            failure_of([&] { return visitors.count("shop", {"day"}); }),
                            failure_of([&] { return visitors.merge("shop", "x", {"day"}); })})
        EXPECT_EQ(why.value().server_code(), "WRONGTYPE");
}

TEST_P(unique_counter_test, touches_its_own_keys_only_and_goes_on_after_a_flush_of_scripts)
{
    client limited{loops, limited_to("redstart:unique:default:{x}:*")};
    unique_counter const mine{limited, {}};
    for (int i = 1; i <= 3; ++i) {
        run(mine.add("x", "a", std::to_string(i)));
        run(mine.merge("x", "all", {"a"}));
        ask(raw<ok>("SCRIPT FLUSH"));
        EXPECT_EQ(run(mine.count("x", {"all"})), i);
    }
    EXPECT_EQ(failure_of([&] { return mine.add("y", "a", "ada"); }).value().server_code(),
              "NOPERM");
    run(limited.stop());
}

}  // namespace

}  // namespace redstart::toolkit::unique_counter_cases
