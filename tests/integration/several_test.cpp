// Several commands at once: batches and transactions, on real servers.

#include "tests/integration/harness.hpp"

namespace redstart::integration {
namespace {

class several_commands : public contract {
protected:
    static constexpr key_of<std::int64_t, int> counter{"counter:{}"};
};

INSTANTIATE_TEST_SUITE_P(servers, several_commands, ::testing::ValuesIn(every_setup()), setup_name);

TEST_P(several_commands, of_one_kind_give_one_result_each_whatever_their_number)
{
    static constexpr std::size_t many = 3 * most_in_a_round + 7;
    exec(set("counter:5", "no number"));
    with.run([this]() -> task<> {
        std::vector<command<std::int64_t>> all;
        for (std::size_t i = 0; i < many; ++i)
            all.push_back(incr(counter(static_cast<int>(i % 10))));
        auto const results = co_await db.exec(std::move(all));
        EXPECT_EQ(results.size(), many);
        for (std::size_t i = 0; i < results.size(); ++i) {
            if (i % 10 == 5)
                EXPECT_EQ(results[i].error().outcome(), outcome::refused);
            else
                EXPECT_EQ(results[i].value(), static_cast<std::int64_t>(i / 10 + 1));
        }
    });
}

TEST_P(several_commands, of_different_kinds_give_one_result_each)
{
    exec(set("text", "hello"));
    with.run([this]() -> task<> {
        batch work;
        auto const wrong = work.add(incr("text"));
        auto const text = work.add(get("text"));
        auto const count = work.add(incr(counter(1)));
        auto replies = co_await db.exec(std::move(work));
        EXPECT_EQ(replies.failures(), 1u);
        EXPECT_EQ(replies.take(wrong).error().code(), failure_code::server_error);
        EXPECT_EQ(replies.take(text).value(), "hello");
        EXPECT_EQ(replies.take(count).value(), 1);
    });
}

TEST_P(several_commands, run_as_a_transaction)
{
    auto const [count, text,
                again] = with.run([this]() -> task<std::tuple<std::int64_t, bool, std::int64_t>> {
        co_return co_await db.atomic(incr(counter(1)), set("text", "in between"), incr(counter(1)));
    });
    EXPECT_EQ(count, 1);
    EXPECT_TRUE(text);
    EXPECT_EQ(again, 2);
}

TEST_P(several_commands, of_a_transaction_are_not_executed_when_one_is_malformed)
{
    auto const why = with.run([this]() -> task<failure> {
        auto came = co_await db.try_atomic(incr(counter(1)), raw<ignored>("GET"));
        co_return came.error();
    });
    EXPECT_EQ(why.outcome(), outcome::refused);
    EXPECT_EQ(why.command(), "GET");
    EXPECT_EQ(exec(get(counter(1))), std::nullopt);
}

TEST_P(several_commands, of_a_transaction_are_executed_when_one_fails_then)
{
    exec(set("text", "hello"));
    auto const why = with.run([this]() -> task<failure> {
        auto came = co_await db.try_atomic(incr("text"), incr(counter(1)));
        co_return came.error();
    });
    EXPECT_EQ(why.command(), "INCR");
    EXPECT_EQ(exec(get(counter(1))), 1);
}

// Others try to come in between, on the same connection and on another one.
TEST_P(several_commands, of_a_transaction_let_nobody_in_between)
{
    connected other{options()};
    auto const disturb = [](client& through) -> task<> {
        for (int i = 0; i < 300; ++i)
            co_await through.exec(set("n", "1000"));
    };
    auto const add_two = [](client& through) -> task<> {
        for (int i = 0; i < 300; ++i) {
            auto const [first, second] = co_await through.atomic(incr("n"), incr("n"));
            EXPECT_EQ(second, first + 1);
        }
    };
    exec(set("n", "1000"));
    with.run([&]() -> task<> { co_await when_all(add_two(db), disturb(db), add_two(db)); });
    std::jthread const elsewhere{
        [&] { other.run([&]() -> task<> { co_await disturb(other.db); }); }};
    with.run([&]() -> task<> { co_await when_all(add_two(db), add_two(db)); });
}

TEST_P(several_commands, of_a_transaction_run_scripts_that_the_server_does_not_know)
{
    static script<std::int64_t> const bump_twice{"bump_twice",
                                                 "redis.call('INCR', KEYS[1]) "
                                                 "return redis.call('INCR', KEYS[1])"};
    auto const [twice, once] = with.run([this]() -> task<std::tuple<std::int64_t, std::int64_t>> {
        co_return co_await db.atomic(bump_twice(keys(counter(1))), incr(counter(1)));
    });
    EXPECT_EQ(twice, 2);
    EXPECT_EQ(once, 3);
}

}  // namespace
}  // namespace redstart::integration
