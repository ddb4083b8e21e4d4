// Scripts: by digest, whole when the server does not know them, and whatever happens in between.

#include "tests/integration/harness.hpp"

namespace redstart::integration {
namespace {

constexpr key_of<std::int64_t, int> bumped_key{"bumped_key:{}"};

script<std::int64_t> const bump{"bump", "return redis.call('INCRBY', KEYS[1], ARGV[1])"};
script<std::tuple<std::string, std::int64_t, std::optional<std::string>>> const several{
    "several", "return {ARGV[1], #KEYS, redis.call('GET', KEYS[1])}"};
script<ok> const fails_inside{"fails_inside", "return redis.call('INCR', KEYS[1])"};

class scripts : public contract {};
INSTANTIATE_TEST_SUITE_P(servers, scripts, ::testing::ValuesIn(every_setup()), setup_name);

TEST_P(scripts, run_though_the_server_has_never_seen_them)
{
    EXPECT_EQ(exec(bump(keys(bumped_key(1)), 5)), 5);
    EXPECT_EQ(exec(bump(keys(bumped_key(1)), -2)), 3);
    std::string const raw_bytes{"\0\r\n{}", 5};
    EXPECT_EQ(exec(several(keys("none", "other"), raw_bytes)),
              (std::tuple<std::string, std::int64_t, std::optional<std::string>>{raw_bytes, 2,
                                                                                 std::nullopt}));
}

TEST_P(scripts, run_once_each_though_the_server_forgets_them_all_the_time)
{
    constexpr int callers = 8;
    constexpr int calls = 40;
    with.run([&]() -> task<> {
        std::vector<task<>> all;
        for (int i = 0; i < callers; ++i)
            all.push_back([](client& db, int number) -> task<> {
                for (int n = 1; n <= calls; ++n) {
                    if (n % 5 == 0)
                        co_await db.exec(raw<ok>("SCRIPT FLUSH"));
                    EXPECT_EQ(co_await db.exec(bump(keys(bumped_key(number)), 1)), n);
                }
            }(db, i));
        co_await when_all(std::move(all));
    });
    for (int i = 0; i < callers; ++i)
        EXPECT_EQ(exec(get(bumped_key(i))), calls);
}

TEST_P(scripts, run_whole_among_others_that_go_together)
{
    with.run([&]() -> task<> {
        auto const [before, bumped, after] = co_await db.exec(
            set(bumped_key(1), 10), bump(keys(bumped_key(1)), 1), incr(bumped_key(2)));
        EXPECT_TRUE(before);
        EXPECT_EQ(bumped, 11);
        EXPECT_EQ(after, 1);
    });
}

TEST_P(scripts, tell_what_went_wrong_inside)
{
    exec(set("text", "x"));
    for (int i = 0; i < 2; ++i) {
        auto const why = fails(fails_inside(keys("text")));
        EXPECT_EQ(why.code(), failure_code::server_error);
        EXPECT_EQ(why.server_code(), "ERR");
    }
    exec(raw<std::int64_t>("LPUSH", "list", "x"));
    EXPECT_EQ(fails(fails_inside(keys("list"))).server_code(), "WRONGTYPE");
    EXPECT_EQ(fails(fails_inside(keys("fresh"))).code(), failure_code::decode_failed);
}

}  // namespace
}  // namespace redstart::integration
