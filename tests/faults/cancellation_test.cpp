// Cancellation at every suspension of a task: before it waits, while what it sent lies in the
// buffer, and after that has left. Whatever the moment, the connection stays in step.

#include "redstart/testing/scripted_server.hpp"
#include "tests/faults/harness.hpp"

namespace redstart::faults {
namespace {

enum class moment : std::uint8_t {
    before,   // the command is not even submitted
    encoded,  // it is, and waits for the end of the turn
    sent,     // it has left
};

// Requests cancellation at the n-th step that the task announces.
class canceller final : private ready_node, private idle_hook {
public:
    canceller(cancellation& source, int at, moment when)
        : ready_node{[](ready_node& self) { static_cast<canceller&>(self).source_.request(); }},
          source_{source}, left_{at}, when_{when}
    {
    }

    // Just before the task waits.
    void step()
    {
        if (left_-- != 0)
            return;
        auto& loop = *scheduler::current();
        switch (when_) {
        case moment::before: return source_.request();
        case moment::encoded: return loop.ready(*this);
        case moment::sent: return loop.call_before_idle(*this);
        }
    }
    bool was_reached() const { return left_ < 0; }

private:
    // What was encoded in this turn leaves before the next call.
    void before_idle() override
    {
        if (std::exchange(turn_over_, true))
            source_.request();
        else
            scheduler::current()->call_before_idle(*this);
    }

    cancellation& source_;
    int left_;
    moment when_;
    bool turn_over_ = false;
};

script<std::int64_t> const bump{"bump", "return redis.call('INCR', KEYS[1])"};

constexpr int last_step = 5;  // whose commands are begun by others, in the next turn

// A bit of everything, in six steps. Notes what happened to its counter.
task<> work(client& db, canceller& at, book& mine)
{
    at.step();
    co_await db.exec(set("text", "value"));
    at.step();
    co_await db.exec(raw<ok>("SCRIPT FLUSH"));
    for (int i = 0; i < 2; ++i) {
        at.step();
        ++mine.begun;
        auto const came = co_await db.try_exec(bump(keys(counter("a"))));
        if (!came) {
            mine.add(came.error());
            throw failure{came.error()};
        }
        ++mine.acknowledged;
    }
    at.step();
    auto const [text, echo] = co_await db.exec(get("text"), raw<std::string>("ECHO", "unique"));
    EXPECT_EQ(text, "value");
    EXPECT_EQ(echo, "unique");
    at.step();
    co_await when_all(exec_in(db, ping()), exec_in(db, get("text")));
}

// Runs the work under a cancellation that comes at step `n`. False if it never came.
task<bool> run_cancelled(client& db, int n, moment when, book& mine)
{
    cancellation source;
    canceller at{source, n, when};
    auto own = co_await this_context();
    own.cancel = &source;
    bool cancelled = false;
    try {
        co_await under(own, work(db, at, mine));
    } catch (failure const& why) {
        cancelled = true;
        EXPECT_EQ(why.code(), failure_code::cancelled) << why.what();
        bool const begins_later = when == moment::encoded && n == last_step;
        EXPECT_EQ(why.outcome() == outcome::not_sent, when == moment::before || begins_later)
            << why.what();
    }
    co_await sleep_for(1ms);  // the work may have been done before the cancellation came
    EXPECT_EQ(source.is_requested(), at.was_reached());
    EXPECT_TRUE(at.was_reached() || !cancelled);
    co_return at.was_reached();
}

class cancelled_at : public ::testing::TestWithParam<moment> {};
INSTANTIATE_TEST_SUITE_P(every_moment, cancelled_at,
                         ::testing::Values(moment::before, moment::encoded, moment::sent));

TEST_P(cancelled_at, every_step_leaves_the_connection_in_step)
{
    auto& server = integration::shared_server({});
    server.connect().ask({"FLUSHALL"});
    connected with{options_to(server.unix_socket())};
    with.loops.run(with.db.connect());
    book counted;
    with.run([&]() -> task<> {
        int n = 0;
        while (co_await run_cancelled(with.db, n, GetParam(), counted)) {
            ++n;
            book echoes;
            co_await echo_once(with.db, "after " + std::to_string(n), echoes);
            EXPECT_EQ(echoes.acknowledged, 1);
            EXPECT_EQ(with.db.on(*scheduler::current()).in_flight(), 0u)
                << "what was abandoned has been answered";
        }
        EXPECT_EQ(n, last_step + 1) << "it was not cancelled at some step";
    });
    expect_true(counted, value_at(server, "a"));
}

// A connection is being made when the caller gives up. That goes on, for those who come later.
TEST(cancelled, while_a_connection_is_made)
{
    auto& server = integration::shared_server({});
    server.connect().ask({"FLUSHALL"});
    fault_proxy proxy{server.unix_socket()};
    proxy.stall(direction::to_client);
    connected with{options_to(proxy.endpoint())};
    with.run([&]() -> task<> {
        try {
            co_await within(10ms, exec_in(with.db, incr(counter("a"))));
            ADD_FAILURE() << "it should have failed";
        } catch (failure const& why) {
            EXPECT_EQ(why.code(), failure_code::timed_out);
            EXPECT_EQ(why.outcome(), outcome::not_sent);
        }
        proxy.heal();
        book mine;
        co_await count_once(with.db, "a", mine);
        EXPECT_EQ(mine.acknowledged, 1);
    });
    EXPECT_EQ(proxy.accepted(), 1u);
    EXPECT_EQ(value_at(server, "a"), 1);
}

// Speaks RESP2 and answers two PINGs with one packet, so both have their answers before either caller runs.
testing::script two_answers_at_once()
{
    std::string const asked = "*1\r\n$4\r\nPING\r\n";
    return testing::script{}
        .hears(asked)
        .says("+PONG\r\n")
        .hears(asked + asked)
        .says("+PONG\r\n+PONG\r\n");
}

// The first caller cancels the second, who has its answer already, and must be given it.
TEST(cancelled, too_late)
{
    testing::scripted_server server;
    server.plays(two_answers_at_once());
    auto options = options_to(server.endpoint());
    options.login.resp3 = false;
    options.login.names_library = false;
    connected with{options};
    with.loops.run(with.db.connect());
    with.run([&]() -> task<> {
        cancellation source;
        auto own = co_await this_context();
        own.cancel = &source;
        bool second_has_returned = false;
        auto const first = [&](client& db) -> task<> {
            co_await db.exec(ping());
            EXPECT_FALSE(second_has_returned) << "too late to cancel anybody";
            source.request();
        };
        auto const second = [&](client& db) -> task<> {
            auto const came = co_await db.try_exec(ping());
            second_has_returned = true;
            EXPECT_TRUE(source.is_requested());
            EXPECT_EQ(came, "PONG") << "a finished operation beats a late cancellation";
        };
        auto const cancellable = [&](task<> work) -> task<> {
            co_await under(own, std::move(work));
        };
        co_await when_all(first(with.db), cancellable(second(with.db)));
        EXPECT_TRUE(second_has_returned);
    });
    EXPECT_EQ(server.complaints(), "");
}

}  // namespace
}  // namespace redstart::faults
