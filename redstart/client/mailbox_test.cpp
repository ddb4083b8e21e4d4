#include "redstart/client/mailbox.hpp"

#include "redstart/task/manual_scheduler.hpp"
#include "redstart/task/race.hpp"
#include "redstart/task/within.hpp"

#include <gtest/gtest.h>

namespace redstart::client_test {
namespace {

using namespace std::chrono_literals;

class a_mailbox : public ::testing::Test {
protected:
    task<std::string> next()
    {
        auto const came = co_await box.next(std::source_location::current());
        co_return came ? came->text : "nothing";
    }
    void put(std::string_view text) { box.put("channel", {}, text); }

    manual_scheduler loop;
    mailbox box{{}, nullptr};
};

// The order that takes a message and throws it away, if next() does not look: it was woken, and then lost the race.
TEST_F(a_mailbox, gives_nothing_to_who_was_cancelled_after_it_came)
{
    event other;
    auto const either = [](task<std::string> message, event& first) -> task<std::size_t> {
        auto const won = co_await race(std::move(message),
                                       [](event& set) -> task<> { co_await set.wait(); }(first));
        co_return won.index();
    };
    result<std::size_t> ended;
    loop.start(either(next(), other), ended);
    other.set();
    put("x");
    loop.run();
    EXPECT_EQ(ended.take(), 1u);
    EXPECT_EQ(box.stats().buffered, 1u);
    EXPECT_EQ(loop.run(next()), "x");
}

TEST_F(a_mailbox, keeps_what_comes_after_a_deadline)
{
    auto const in_time = [](task<std::string> message) -> task<std::string> {
        co_return co_await within(1s, std::move(message));
    };
    result<std::string> ended;
    loop.start(in_time(next()), ended);
    loop.advance(2s);
    put("x");
    EXPECT_TRUE(ended.has_failed());
    EXPECT_EQ(loop.run(next()), "x");
}

TEST_F(a_mailbox, serves_several_who_wait_each_with_a_message_of_its_own)
{
    result<std::string> first;
    result<std::string> second;
    loop.start(next(), first);
    loop.start(next(), second);
    put("a");
    put("b");
    loop.run();
    EXPECT_EQ(first.take() + second.take(), "ab");
}

TEST_F(a_mailbox, that_has_ended_gives_what_it_holds_and_then_why)
{
    result<std::string> waiting;
    loop.start(next(), waiting);
    box.end(std::nullopt);
    loop.run();
    EXPECT_EQ(waiting.take(), "nothing");
    EXPECT_EQ(loop.run(next()), "nothing");

    mailbox failed{{}, nullptr};
    failed.put("channel", {}, "x");
    failed.end(cancelled_failure());
    EXPECT_EQ(loop.run(failed.next(std::source_location::current()))->text, "x");
    EXPECT_THROW(loop.run(failed.next(std::source_location::current())), failure);
}

}  // namespace
}  // namespace redstart::client_test
