// Threads that block share connections and writes.

#include "redstart/client/blocking_client.hpp"

#include "tests/integration/harness.hpp"

#include <latch>
#include <thread>

namespace redstart::integration {
namespace {

class blocking_calls : public contract {};

INSTANTIATE_TEST_SUITE_P(servers, blocking_calls, ::testing::ValuesIn(every_setup()), setup_name);

TEST_P(blocking_calls, give_replies_and_throw_failures)
{
    blocking_client through{options()};
    EXPECT_TRUE(through.exec(set("text", "hello")));
    EXPECT_EQ(through.exec(get("text")), "hello");
    EXPECT_THROW(through.exec(incr("text")), failure);
    EXPECT_EQ(through.try_exec(incr("text")).error().outcome(), outcome::refused);
    auto const [n, text] = through.exec(incr("n"), get("text"));
    EXPECT_EQ(n, 1);
    EXPECT_EQ(text, "hello");
    auto const [two, three] = through.atomic(incr("n"), incr("n"));
    EXPECT_EQ(two + three, 5);
    EXPECT_EQ(through.run([](client& db) -> task<std::string> {
        co_return co_await within(20s, exec_in(db, ping()));
    }),
              "PONG");
}

TEST_P(blocking_calls, run_on_a_client_that_others_use_asynchronously)
{
    blocking_client through{db};
    EXPECT_EQ(through.exec(incr("n")), 1);
    EXPECT_EQ(exec(incr("n")), 2);
}

TEST_P(blocking_calls, of_many_threads_leave_together)
{
    constexpr std::uint64_t threads = 50;
    constexpr std::uint64_t calls = 100;
    metrics_registry registry;
    blocking_client through{options(), {.loops = 1}, {.metrics = &registry, .spans = nullptr}};
    {
        std::latch everybody{threads};
        std::vector<std::jthread> all;
        for (std::uint64_t i = 0; i < threads; ++i)
            all.emplace_back([&] {
                everybody.arrive_and_wait();
                for (std::uint64_t call = 0; call < calls; ++call)
                    through.exec(incr("n"));
            });
    }
    EXPECT_EQ(exec(get("n")), std::to_string(threads * calls));
    auto const writes = counter_value(registry, "redis.client.connection.writes");
    RecordProperty("commands_per_write", std::to_string(threads * calls / writes));
    EXPECT_LT(4 * writes, threads * calls) << "a slow machine makes them fewer, but not single";
}

}  // namespace
}  // namespace redstart::integration
