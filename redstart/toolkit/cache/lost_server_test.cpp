#include "redstart/task/sleep.hpp"
#include "redstart/task/when_all.hpp"
#include "redstart/testing/server_fixture.hpp"
#include "redstart/toolkit/cache/loader_test.hpp"

#include <gtest/gtest.h>

namespace redstart::toolkit {

namespace cache_load_tests {

class lost_server_test : public ::testing::Test {
protected:
    client_options impatient() const
    {
        client_options options;
        options.server = server.unix_socket();
        options.command_timeout = 50ms;
        return options;
    }

    testing::server_fixture server;
    runtime loops{{.loops = 2}};
    client db{loops, impatient()};
    database source;
};

TEST_F(lost_server_test, gives_the_loaded_value_when_the_server_is_down)
{
    server.kill();
    texts tested{db};
    EXPECT_EQ(loops.run(tested.get_or_load("a", source.loader())), "a 1");
    EXPECT_GE(tested.report().errors, 1U);
    loops.run(tested.stop());
    loops.run(db.stop());
}

TEST_F(lost_server_test, gives_the_loaded_value_when_the_server_dies_meanwhile)
{
    texts tested{db};
    source.holds = true;
    auto const test = [&]() -> task<found> {
        auto both = co_await when_all(tested.get_or_load("a", source.loader()), [&]() -> task<> {
            while (source.loads == 0)
                co_await sleep_for(1ms);
            server.kill();
            source.holds = false;
        }());
        co_return std::get<0>(both);
    };
    EXPECT_EQ(loops.run(test()), "a 1");
    EXPECT_EQ(tested.report().errors, 1U);
    EXPECT_EQ(tested.report().fills, 0U);
    loops.run(tested.stop());
    loops.run(db.stop());
}

TEST_F(lost_server_test, lets_only_so_many_load_at_once_when_the_server_is_down)
{
    server.kill();
    texts tested{db, {.max_loads = 2}};
    source.holds = true;
    auto const test = [&]() -> task<> {
        std::vector<task<found>> all;
        for (int i = 0; i < 50; ++i)
            all.push_back(tested.get_or_load("name " + std::to_string(i), source.loader()));
        co_await when_all(when_all(std::move(all)), [&]() -> task<> {
            while (source.now < 4)
                co_await sleep_for(1ms);
            source.holds = false;
        }());
    };
    loops.run(test());
    EXPECT_EQ(source.loads, 50);
    EXPECT_EQ(source.most, 4);  // two on each loop
    loops.run(tested.stop());
    loops.run(db.stop());
}

}  // namespace cache_load_tests

}  // namespace redstart::toolkit
