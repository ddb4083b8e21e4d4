// Commands that wait at the server, when callers give up, connections break and servers say nothing.
//
// The books of a queue: every element that was pushed has been received once, or is still there, or was lost with a
// call that says `maybe_applied`.

#include "redstart/base/random.hpp"
#include "tests/faults/harness.hpp"
#include "tests/integration/blocking_harness.hpp"

#include <set>

namespace redstart::faults {
namespace {

using integration::cancelled_when_blocked;
using integration::until_blocked;
using element = std::optional<std::vector<std::string>>;

command<element> pop(std::string_view seconds = "0")
{
    return raw<element>("BLPOP", "queue", seconds);
}

struct queue_book {
    std::multiset<std::string> received;
    int given_up = 0;
    int maybe_applied = 0;
    int pushed = 0;

    void add(std::expected<element, failure> const& came)
    {
        if (came && *came) {
            received.insert(came->value().at(1));
        } else if (!came) {
            EXPECT_EQ(came.error().code(), failure_code::timed_out) << came.error().what();
            ++given_up;
            maybe_applied += came.error().outcome() == outcome::maybe_applied ? 1 : 0;
        }
    }
    void add_rest(std::vector<std::string> const& left)
    {
        received.insert(left.begin(), left.end());
    }
};

task<> produce(client& db, int count, queue_book& book)
{
    for (int i = 0; i < count; ++i) {
        co_await db.exec(raw<std::int64_t>("RPUSH", "queue", book.pushed++));
        co_await sleep_for(boot_clock::duration{fast_random() % 300'000});
    }
}

task<std::expected<element, failure>> try_pop(client& db) { co_return co_await db.try_exec(pop()); }

// Gives up after a moment of random length, again and again.
task<> consume(client& db, bool const& over, queue_book& book)
{
    while (!over) {
        boot_clock::duration const patience{fast_random() % 2'000'000};
        book.add(co_await within(patience, try_pop(db)));
    }
}

TEST(a_queue, loses_no_element_when_its_consumers_give_up_at_random)
{
    auto& server = integration::shared_server({});
    server.connect().ask({"FLUSHALL"});
    connected with{options_to(server.unix_socket())};
    queue_book book;
    with.run([&]() -> task<> {
        bool over = false;
        std::vector<task<>> producers;
        std::vector<task<>> all;
        for (int i = 0; i < 3; ++i)
            producers.push_back(produce(with.db, 300, book));
        for (int i = 0; i < 8; ++i)
            all.push_back(consume(with.db, over, book));
        all.push_back([](std::vector<task<>> work, bool& ended) -> task<> {
            co_await when_all(std::move(work));
            ended = true;
        }(std::move(producers), over));
        co_await when_all(std::move(all));
        book.add_rest(
            co_await with.db.exec(raw<std::vector<std::string>>("LRANGE", "queue", "0", "-1")));
    });
    EXPECT_GT(book.given_up, 0);
    EXPECT_LE(book.maybe_applied * 10, book.given_up) << "what became of them is known";
    std::set<std::string> const different{book.received.begin(), book.received.end()};
    EXPECT_EQ(different.size(), book.received.size()) << "an element was received twice";
    EXPECT_LE(static_cast<int>(different.size()), book.pushed);
    EXPECT_GE(static_cast<int>(different.size()), book.pushed - book.maybe_applied);
}

class a_blocked_command : public ::testing::Test {
protected:
    a_blocked_command() { server.connect().ask({"FLUSHALL"}); }

    task<> until(std::function<bool(pool_statistics const&)> holds)
    {
        while (!holds(with.db.pool_usage()))
            co_await sleep_for(1ms);
    }

    server_fixture& server = integration::shared_server({});
    fault_proxy proxy{server.unix_socket()};
    connected with{options_to(proxy.endpoint())};
};

// The answer has left the server when its caller gives up.
TEST_F(a_blocked_command, is_given_the_element_that_is_on_its_way)
{
    with.loops.run(with.db.connect());
    with.run([&]() -> task<> {
        cancellation source;
        auto own = co_await this_context();
        own.cancel = &source;
        auto const give_up = [&]() -> task<> {
            co_await until_blocked(server, 1);
            proxy.delay(direction::to_client, 30ms);
            server.connect().ask({"RPUSH", "queue", "late"});
            source.request();
        };
        auto const popped = [&]() -> task<element> {
            co_return co_await under(own, exec_in(with.db, pop()));
        };
        auto const [came, done] = co_await when_all(popped(), give_up());
        EXPECT_EQ(came, (std::vector<std::string>{"queue", "late"}));
    });
    EXPECT_EQ(server.connect().ask({"LLEN", "queue"}), ":0");
}

TEST_F(a_blocked_command, may_be_applied_when_its_connection_breaks)
{
    with.run([&]() -> task<> {
        auto const cut = [](server_fixture& at, fault_proxy& between) -> task<> {
            co_await until_blocked(at, 1);
            between.cut();
        };
        auto const [why, done] = co_await when_all(failure_in(with.db, pop()), cut(server, proxy));
        EXPECT_EQ(why.code(), failure_code::connection_lost);
        EXPECT_EQ(why.outcome(), outcome::maybe_applied);
        co_await until([](auto const& usage) { return usage.total == 0; });
        server.connect().ask({"RPUSH", "queue", "next"});
        EXPECT_EQ((co_await with.db.exec(pop())).value().at(1), "next");
    });
}

// Neither the command's connection nor the one for CLIENT UNBLOCK says anything any more.
TEST_F(a_blocked_command, may_be_applied_when_its_caller_gives_up_and_nothing_answers)
{
    with.loops.run(with.db.connect());
    with.run([&]() -> task<> {
        auto const give_up = [](server_fixture& at, fault_proxy& between,
                                cancellation& whom) -> task<> {
            co_await until_blocked(at, 1);
            between.freeze();
            whom.request();
        };
        cancellation source;
        auto own = co_await this_context();
        own.cancel = &source;
        auto const popped = [&]() -> task<failure> {
            co_return co_await under(own, failure_in(with.db, pop()));
        };
        auto const [why, done] = co_await when_all(popped(), give_up(server, proxy, source));
        EXPECT_EQ(why.code(), failure_code::cancelled);
        EXPECT_EQ(why.outcome(), outcome::maybe_applied);
        co_await until([](auto const& usage) { return usage.total == 0; });
    });
}

// What the server pops for a connection that it does not know to be dead is lost, so that is not kept for ever.
TEST_F(a_blocked_command, ends_at_its_own_deadline_when_the_server_forgets_to_end_it)
{
    auto options = options_to(proxy.endpoint());
    options.command_timeout = 100ms;
    connected other{options};
    other.run([&]() -> task<> {
        auto const freeze = [](server_fixture& at, fault_proxy& between) -> task<> {
            co_await until_blocked(at, 1);
            between.freeze();
        };
        auto sent = pop("0.2");
        sent.set_block_time(200ms);
        auto const [why, done] =
            co_await when_all(failure_in(other.db, std::move(sent)), freeze(server, proxy));
        EXPECT_EQ(why.code(), failure_code::timed_out);
        EXPECT_EQ(why.outcome(), outcome::maybe_applied);
    });
}

TEST_F(a_blocked_command, outlasts_the_time_out_of_other_commands)
{
    auto options = options_to(server.unix_socket());
    options.command_timeout = 50ms;
    options.pool.min_idle = 1;
    connected other{options};
    other.run([&]() -> task<> {
        co_await other.db.connect();
        while (other.db.pool_usage().idle == 0)
            co_await sleep_for(1ms);
        auto const push = [](server_fixture& at) -> task<> {
            co_await until_blocked(at, 1);
            co_await sleep_for(100ms);
            at.connect().ask({"RPUSH", "queue", "late"});
        };
        auto const [came, done] = co_await when_all(exec_in(other.db, pop()), push(server));
        EXPECT_EQ(came.value().at(1), "late");
    });
}

TEST_F(a_blocked_command, may_be_applied_when_the_server_lets_nobody_unblock)
{
    auto& strict =
        integration::shared_server({.program = "valkey-server",
                                    .arguments = {"--user", "worker", "on", ">secret", "~*", "&*",
                                                  "+@all", "-client|unblock"}});
    auto options = options_to(strict.unix_socket());
    options.credentials = static_credentials("worker", "secret");
    connected other{options};
    other.run([&]() -> task<> {
        auto const why = co_await cancelled_when_blocked(strict, failure_in(other.db, pop()));
        EXPECT_EQ(why.code(), failure_code::cancelled);
        EXPECT_EQ(why.outcome(), outcome::maybe_applied);
        co_await until_blocked(strict, 0);
        EXPECT_EQ(other.db.pool_usage().total, 0) << "its connection was closed";
    });
}

TEST_F(a_blocked_command, tells_why_no_connection_could_be_made)
{
    proxy.refuse();
    auto options = options_to(proxy.endpoint());
    options.command_timeout = 30ms;
    connected other{options};
    auto const why = other.fails(pop());
    EXPECT_EQ(why.code(), failure_code::connect_failed);
    EXPECT_EQ(why.outcome(), outcome::not_sent);
    EXPECT_EQ(other.db.pool_usage().timeouts, 1u);
    EXPECT_GT(other.db.pool_usage().dial_failures, 0u);
}

TEST_F(a_blocked_command, waits_until_somebody_listens_again)
{
    proxy.refuse();
    server.connect().ask({"RPUSH", "queue", "patient"});
    with.run([&]() -> task<> {
        auto const heal = [&]() -> task<> {
            co_await until([](auto const& usage) { return usage.dial_failures > 2; });
            proxy.heal();
        };
        auto const [came, healed] = co_await when_all(exec_in(with.db, pop()), heal());
        EXPECT_EQ(came.value().at(1), "patient");
    });
}

TEST_F(a_blocked_command, leaves_the_connection_that_was_begun_for_it_to_others)
{
    proxy.stall(direction::to_client);
    with.run([&]() -> task<> {
        auto const why = co_await within(10ms, failure_in(with.db, pop()));
        EXPECT_EQ(why.code(), failure_code::timed_out);
        EXPECT_EQ(why.outcome(), outcome::not_sent);
        EXPECT_EQ(with.db.pool_usage().dials, 1) << "it goes on without him";
        proxy.heal();
        co_await until([](auto const& usage) { return usage.idle == 1; });
        server.connect().ask({"RPUSH", "queue", "x"});
        co_await with.db.exec(pop());
    });
    EXPECT_EQ(proxy.accepted(), 1u);
    EXPECT_EQ(with.db.pool_usage().hits, 1u);
    EXPECT_EQ(with.db.pool_usage().timeouts, 1u);
}

TEST_F(a_blocked_command, is_one_of_few_that_dial_at_a_time)
{
    auto options = options_to(proxy.endpoint());
    options.pool.max_dials = 2;
    connected other{options};
    proxy.stall(direction::to_client);
    for (int i = 0; i < 10; ++i)
        server.connect().ask({"RPUSH", "queue", "x"});
    other.run([&]() -> task<> {
        auto const heal = [](fault_proxy& healed, client& through) -> task<> {
            while (through.pool_usage().waiting != 10)
                co_await sleep_for(1ms);
            EXPECT_EQ(through.pool_usage().dials, 2);
            healed.heal();
        };
        std::vector<task<>> all;
        for (int i = 0; i < 10; ++i)
            all.push_back([](client& through) -> task<> {
                EXPECT_TRUE((co_await through.exec(pop())).has_value());
            }(other.db));
        all.push_back(heal(proxy, other.db));
        co_await when_all(std::move(all));
    });
    EXPECT_LE(proxy.accepted(), 10u);
    EXPECT_EQ(other.db.pool_usage().in_use, 0);
}

TEST_F(a_blocked_command, finds_no_connection_that_broke_in_the_pool)
{
    server.connect().ask({"RPUSH", "queue", "1", "2"});
    with.run([&]() -> task<> {
        co_await with.db.exec(pop());
        EXPECT_EQ(with.db.pool_usage().idle, 1);
        proxy.cut();
        co_await until([](auto const& usage) { return usage.idle == 0; });
        EXPECT_EQ(with.db.pool_usage().stale, 1u);
        EXPECT_EQ((co_await with.db.exec(pop())).value().at(1), "2");
    });
}

TEST_F(a_blocked_command, survives_a_server_that_is_restarted)
{
    server_fixture own;
    connected other{options_to(own.unix_socket())};
    other.run([&]() -> task<> {
        auto const restart = [](server_fixture& at) -> task<> {
            co_await until_blocked(at, 3);
            at.restart();
        };
        auto const [a, b, c, done] =
            co_await when_all(failure_in(other.db, pop()), failure_in(other.db, pop()),
                              failure_in(other.db, pop()), restart(own));
        for (auto const* const why : {&a, &b, &c})
            EXPECT_EQ(why->code(), failure_code::connection_lost) << why->what();
        own.connect().ask({"RPUSH", "queue", "again"});
        EXPECT_EQ((co_await other.db.exec(pop())).value().at(1), "again");
    });
}

}  // namespace
}  // namespace redstart::faults
