// What an observer is told of dials and calls.

#include "redstart/client/observer.hpp"

#include "redstart/client/probe_test.hpp"
#include "redstart/command/pubsub.hpp"
#include "redstart/command/server.hpp"
#include "redstart/command/strings.hpp"
#include "redstart/observe/trace_context.hpp"
#include "redstart/task/within.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace redstart::client_test {
namespace {

// Keeps what it is told, as text where that is of use only while it is told. On the one loop's thread, which has ended
// what it did when run() returns.
class kept_events final : public client_observer {
public:
    struct call {
        void const* id = nullptr;
        std::string name;
        std::vector<std::string> commands;
        std::size_t request_bytes = 0;
        bool has_trace = false;
        observed_end end;
        std::vector<std::string> failures;  // of each command, "" if it succeeded
    };
    struct dial {
        dial_purpose purpose{};
        boot_clock::duration took{};
        std::optional<failure_code> failed;
        std::string version;
    };

    void on_dial_begin(observed_dial const&) noexcept override { ++dials_begun; }
    void on_dial_end(observed_dial const& which, observed_dial_end const& how) noexcept override
    {
        dials.push_back({.purpose = which.purpose,
                         .took = how.took,
                         .failed = how.failed ? std::optional{how.failed->code()} : std::nullopt,
                         .version = how.server ? how.server->version : ""});
    }
    void on_call_begin(observed_call const& which) noexcept override
    {
        EXPECT_TRUE(open.insert({which.id(), which.name()}).second) << "it has begun already";
        EXPECT_EQ(which.server().host, "127.0.0.1");
    }
    void on_call_end(observed_call const& which, observed_end const& how) noexcept override
    {
        EXPECT_EQ(open.erase(which.id()), 1u) << "it has not begun";
        call ended{.id = which.id(),
                   .name = which.name(),
                   .commands = {},
                   .request_bytes = which.request_bytes(),
                   .has_trace = which.trace() != nullptr,
                   .end = how,
                   .failures = {}};
        for (std::size_t i = 0; i < which.commands(); ++i) {
            ended.commands.emplace_back(which.command_name(i));
            auto const failed = which.failed(i);
            ended.failures.emplace_back(failed ? failed->type : "");
        }
        calls.push_back(std::move(ended));
    }

    std::map<void const*, std::string> open;  // calls that have begun
    std::vector<call> calls;                  // that have ended
    int dials_begun = 0;
    std::vector<dial> dials;  // that have ended
};

class an_observer : public scripted {
protected:
    ~an_observer() override
    {
        stop();
        EXPECT_TRUE(told->open.empty()) << "a call did not end";
        EXPECT_EQ(told->dials_begun, told->dials.size());
    }

    void watch(client_options options = {})
    {
        options.observer = told;
        connect(options);
    }
    kept_events::call const& only_call() const
    {
        EXPECT_EQ(told->calls.size(), 1u);
        return told->calls.at(0);
    }

    std::shared_ptr<kept_events> told = std::make_shared<kept_events>();
};

TEST_F(an_observer, is_told_of_a_command_with_sizes_and_times)
{
    auto const request = words({"GET", "key"});
    server.plays(settled().hears(request).says_slowly("$5\r\nvalue\r\n"));
    watch();
    EXPECT_EQ(exec(get("key")), "value");
    auto const& call = only_call();
    EXPECT_EQ(call.name, "GET");
    EXPECT_EQ(call.request_bytes, request.size());
    EXPECT_EQ(call.end.reply_bytes, 11u);
    EXPECT_GT(call.end.queued.count(), 0) << "it waited for a connection";
    EXPECT_GT(call.end.on_wire.count(), 0);
    EXPECT_EQ(call.end.repetitions, 0u);
    EXPECT_FALSE(call.end.failed);
    EXPECT_FALSE(call.has_trace);
}

TEST_F(an_observer, is_told_of_each_command_of_several)
{
    auto const sent = words({"SET", "k", "v"}) + words({"INCR", "k"});
    server.plays(settled().hears(sent).says("+OK\r\n-ERR value is not an integer\r\n"));
    watch();
    run([this]() -> task<> {
        auto const [first, second] = co_await db->try_exec(set("k", "v"), incr("k"));
        EXPECT_TRUE(first);
        EXPECT_FALSE(second);
    });
    auto const& call = only_call();
    EXPECT_EQ(call.name, "PIPELINE");
    EXPECT_EQ(call.commands, (std::vector<std::string>{"SET", "INCR"}));
    EXPECT_EQ(call.failures, (std::vector<std::string>{"", "ERR"}));
    EXPECT_EQ(call.request_bytes, sent.size());
    EXPECT_EQ(call.end.reply_bytes, 35u);
    ASSERT_TRUE(call.end.failed);
    EXPECT_EQ(call.end.failed->outcome, outcome::refused);
}

TEST_F(an_observer, is_told_of_a_transaction_as_one_call)
{
    server.plays(
        settled()
            .hears(words({"MULTI"}) + words({"INCR", "a"}) + words({"INCR", "b"}) + words({"EXEC"}))
            .says("+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n:1\r\n:2\r\n"));
    watch();
    run([this]() -> task<> { static_cast<void>(co_await db->atomic(incr("a"), incr("b"))); });
    EXPECT_EQ(only_call().name, "MULTI INCR");
    EXPECT_EQ(only_call().commands.size(), 2u);
    EXPECT_EQ(only_call().end.reply_bytes, 35u);
}

TEST_F(an_observer, is_told_of_repetitions)
{
    server.plays(settled()
                     .hears(words({"GET", "k"}))
                     .says("-LOADING wait\r\n")
                     .hears(words({"GET", "k"}))
                     .says("_\r\n"));
    client_options options;
    options.retry = {.attempts = 1, .pause = {.first = 5ms, .limit = 5ms}};
    watch(options);
    EXPECT_EQ(exec(get("k")), std::nullopt);
    EXPECT_EQ(only_call().end.repetitions, 1u);
    EXPECT_EQ(only_call().end.reply_bytes, 3u) << "of the last attempt";
    EXPECT_FALSE(only_call().end.failed);
}

TEST_F(an_observer, is_told_of_what_never_left)
{
    server.plays(script{}.hears(hello).hears_the_end());  // no answer to the handshake
    watch();
    run([this]() -> task<> {
        auto const sent = [](client& through) -> task<> {
            static_cast<void>(co_await through.try_exec(get("k")));
        };
        co_await within(5ms, sent(*db));
    });
    auto const& call = only_call();
    EXPECT_EQ(call.failures, std::vector<std::string>{"timed_out"});
    EXPECT_EQ(call.end.failed->outcome, outcome::not_sent);
    EXPECT_GE(call.end.queued, 5ms);
    EXPECT_EQ(call.end.on_wire.count(), 0);
}

TEST_F(an_observer, is_told_of_what_is_refused_at_once)
{
    watch();
    EXPECT_EQ(fails(raw<ignored>("SUBSCRIBE", "c")).code(), failure_code::forbidden_command);
    EXPECT_EQ(only_call().failures, std::vector<std::string>{"forbidden_command"});
    EXPECT_TRUE(told->dials.empty());
}

TEST_F(an_observer, is_told_of_dials)
{
    server.plays(script{}.hears(hello).hangs_up());
    server.plays(script{}.hears(hello).says(
        "%3\r\n+server\r\n+valkey\r\n+version\r\n+8.0.1\r\n+proto\r\n:3\r\n"));
    watch();
    run([this]() -> task<> {
        EXPECT_THROW(co_await db->connect(), failure);
        co_await db->connect();
    });
    ASSERT_EQ(told->dials.size(), 2u);
    EXPECT_EQ(told->dials[0].failed, failure_code::connect_failed);
    EXPECT_EQ(told->dials[0].version, "");
    EXPECT_EQ(told->dials[1].failed, std::nullopt);
    EXPECT_EQ(told->dials[1].version, "8.0.1");
    EXPECT_EQ(told->dials[1].purpose, dial_purpose::lane);
    EXPECT_GT(told->dials[1].took.count(), 0);
}

TEST_F(an_observer, is_told_of_a_blocking_command_and_its_own_connection)
{
    server.plays(script{}
                     .hears(hello)
                     .says("%2\r\n+proto\r\n:3\r\n+id\r\n:7\r\n")
                     .hears(words({"BLPOP", "l", "0"}))
                     .says("*2\r\n$1\r\nl\r\n$1\r\nx\r\n"));
    watch();
    exec(raw<ignored>("BLPOP", "l", "0"));
    EXPECT_EQ(only_call().name, "BLPOP");
    EXPECT_EQ(only_call().end.reply_bytes, 18u);
    EXPECT_GT(only_call().end.queued.count(), 0);
    ASSERT_EQ(told->dials.size(), 1u);
    EXPECT_EQ(told->dials[0].purpose, dial_purpose::pool);
}

TEST_F(an_observer, is_told_of_the_connection_of_subscriptions)
{
    server.plays(settled()
                     .hears(words({"SUBSCRIBE", "c"}))
                     .says(">3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n"));
    watch();
    run([this]() -> task<> {
        static_cast<void>(co_await db->subscribe(channel_of<std::string>{"c"}));
    });
    ASSERT_EQ(told->dials.size(), 1u);
    EXPECT_EQ(told->dials[0].purpose, dial_purpose::subscriptions);
}

TEST_F(an_observer, is_told_of_a_probe_of_a_silent_connection)
{
    server.plays(settled().hears(words({"GET", "k"})).hears_the_end());
    server.plays(settled());
    client_options options;
    options.command_timeout = 5ms;
    options.timeouts_before_probe = 1;
    options.retry.attempts = 0;
    watch(options);
    run([this]() -> task<> { co_await db->connect(); });  // or it would time out before it left
    EXPECT_EQ(fails(get("k")).code(), failure_code::timed_out);
    run([this]() -> task<> {
        while (told->dials.size() < 2)
            co_await sleep_for(1ms);
    });
    EXPECT_EQ(told->dials[1].purpose, dial_purpose::probe);
}

}  // namespace
}  // namespace redstart::client_test
