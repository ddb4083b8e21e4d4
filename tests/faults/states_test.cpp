// A call that ends in every state that there is between its start and its reply, in each way in which it can end. The
// test plays the server by hand, so that it knows the state. What was not sent must never arrive; what was sent is
// answered later, to nobody, and the next call gets its own answer.

#include "redstart/testing/plain_peer.hpp"
#include "tests/faults/harness.hpp"

#include <functional>
#include <semaphore>

namespace redstart::faults {
namespace {

using testing::plain_peer;

std::string on_wire(std::vector<std::string> const& words)
{
    auto text = "*" + std::to_string(words.size()) + "\r\n";
    for (auto const& word : words)
        text += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
    return text;
}

script<std::int64_t> const counts{"counts", "return redis.call('INCR', KEYS[1])"};
std::string const large(32 * 1024 * 1024, 'x');  // more than two sockets hold

// A call on the client's loop that the test's thread begins, cancels and awaits.
template <class Reply>
class begun_call {
public:
    begun_call(connected& with, command<Reply> sent, boot_clock::duration limit) : with_{with}
    {
        start_root(with.loops.at(0), attempt(std::move(sent), limit),
                   [ended = ended_](result<void>&& came) {
                       EXPECT_FALSE(came.has_failed());
                       ended->release();
                   });
    }

    void cancel()
    {
        with_.run([this]() -> task<> {
            source_.request();
            co_return;
        });
    }
    // A call that never ends fails the test.
    std::expected<Reply, failure> const& await()
    {
        if (!ended_->try_acquire_for(testing::patience))
            throw std::runtime_error{"the call does not end"};
        return *came_;
    }

private:
    task<> attempt(command<Reply> sent, boot_clock::duration limit)
    {
        auto own = co_await this_context();
        own.cancel = &source_;
        own.deadline = deadline_after(own.loop->now(), limit);
        co_await under(own, [](client& db, auto wanted, auto& into) -> task<> {
            into = co_await db.try_exec(std::move(wanted));
        }(with_.db, std::move(sent), came_));
    }

    connected& with_;
    cancellation source_;
    std::optional<std::expected<Reply, failure>> came_;
    // Shared, since the loop may still be inside release() when the test goes on.
    std::shared_ptr<std::binary_semaphore> ended_ = std::make_shared<std::binary_semaphore>(0);
};

// The test as a server that speaks RESP2: the handshake is one PING.
struct stage {
    net::endpoint at{.host = "127.0.0.1", .port = 0, .unix_path = {}};
    testing::descriptor reserved = testing::reserve_port(at);
    testing::descriptor listening;
    std::optional<plain_peer> server;
    std::optional<connected> with;

    stage()
    {
        auto options = options_to(at);
        options.login.resp3 = false;
        options.login.names_library = false;
        options.timeouts_before_probe = 0;
        with.emplace(options);
    }
    void listen() { listening = testing::listen_at(at); }
    void expect(std::vector<std::string> const& words)
    {
        auto const bytes = on_wire(words);
        auto const heard = server->receive(bytes.size());
        EXPECT_TRUE(heard == bytes) << heard.substr(0, 200);
    }
    void say(std::string_view bytes)
    {
        server->send(bytes);
        // When a second round through the loop begins, the first has looked at the socket.
        for (int i = 0; i < 2; ++i)
            with->run([]() -> task<> { co_return; });
    }
    void await_handshake()
    {
        server.emplace(testing::accept_peer(listening));
        expect({"PING"});
    }
    void connect()
    {
        listen();
        begun_call<std::string> first{*with, ping(), 20s};
        await_handshake();
        say("+PONG\r\n");
        expect({"PING"});
        say("+PONG\r\n");
        EXPECT_TRUE(first.await());
    }
};

enum class way : std::uint8_t { cancelled, timed_out, stopped };

// How a state is reached, before and after the call begins, and what the server does after the call has ended: then it
// must be possible to go on.
struct state {
    std::string_view name;
    outcome expected;
    std::function<void(stage&)> before;
    std::function<void(stage&)> then;
    std::function<void(stage&)> afterwards;
    command<std::int64_t> (*sent)() = [] { return incr("k"); };
};

void nothing(stage&) {}
void answer_handshake(stage& on)
{
    on.listen();
    on.await_handshake();
    on.say("+PONG\r\n");
}

std::vector<state> const& every_state()
{
    auto const hear_it = [](stage& on) { on.expect({"INCR", "k"}); };
    auto const answer = [](std::string bytes) { return [bytes](stage& on) { on.say(bytes); }; };
    static std::vector<state> const all{
        {"while_nobody_listens", outcome::not_sent, nothing, nothing, answer_handshake},
        {"before_the_handshake_is_answered", outcome::not_sent, [](stage& on) { on.listen(); },
         [](stage& on) { on.await_handshake(); }, answer("+PONG\r\n")},
        {"in_the_middle_of_the_handshake", outcome::not_sent, [](stage& on) { on.listen(); },
         [](stage& on) {
             on.await_handshake();
             on.say("+PO");
         },
         answer("NG\r\n")},
        {"when_it_was_written", outcome::maybe_applied, [](stage& on) { on.connect(); }, hear_it,
         answer(":1\r\n")},
        {"in_the_middle_of_its_reply", outcome::maybe_applied, [](stage& on) { on.connect(); },
         [hear_it](stage& on) {
             hear_it(on);
             on.say(":12");
         },
         answer("34\r\n")},
        {"in_the_middle_of_a_reply_that_does_not_fit", outcome::maybe_applied,
         [](stage& on) { on.connect(); },
         [hear_it](stage& on) {
             hear_it(on);
             on.say("*2\r\n$100000\r\nabc");
         },
         [](stage& on) { on.say(std::string(99'997, 'x') + "\r\n:1\r\n"); }},
        {"when_a_script_was_sent_again", outcome::maybe_applied, [](stage& on) { on.connect(); },
         [](stage& on) {
             on.expect({"EVALSHA", std::string{counts.sha1()}, "1", "k"});
             on.say("-NOSCRIPT No matching script\r\n");
             on.expect({"EVAL", std::string{counts.text()}, "1", "k"});
         },
         answer(":1\r\n"), [] { return counts(keys("k")); }},
        {"half_written", outcome::maybe_applied, [](stage& on) { on.connect(); },
         [](stage& on) { EXPECT_EQ(on.server->receive(100).size(), 100u); },
         [](stage& on) {
             auto const all_of_it = on_wire({"APPEND", "k", large});
             EXPECT_TRUE(on.server->receive(all_of_it.size() - 100) == all_of_it.substr(100));
             on.say(":1\r\n");
         },
         [] { return raw<std::int64_t>("APPEND", "k", large); }},
    };
    return all;
}

using combination = std::tuple<state, way>;

class a_call_ends : public ::testing::TestWithParam<combination> {
protected:
    state const& where = std::get<0>(GetParam());
    way how = std::get<1>(GetParam());
    stage on;

    void end(begun_call<std::int64_t>& call)
    {
        if (how == way::cancelled)
            call.cancel();
        else if (how == way::stopped)
            on.with->run([this]() -> task<> { co_await on.with->db.stop(0ms); });
    }
};

std::string combination_name(::testing::TestParamInfo<combination> const& info)
{
    constexpr std::array<std::string_view, 3> ways{"cancelled", "timed_out", "stopped"};
    return std::string{ways[static_cast<std::size_t>(std::get<1>(info.param))]} + "_" +
           std::string{std::get<0>(info.param).name};
}

INSTANTIATE_TEST_SUITE_P(everywhere, a_call_ends,
                         ::testing::Combine(::testing::ValuesIn(every_state()),
                                            ::testing::Values(way::cancelled, way::timed_out,
                                                              way::stopped)),
                         combination_name);

TEST_P(a_call_ends, once_and_the_connection_stays_in_step)
{
    where.before(on);
    begun_call<std::int64_t> call{*on.with, where.sent(), how == way::timed_out ? 100ms : 20s};
    where.then(on);
    end(call);
    auto const& came = call.await();
    ASSERT_FALSE(came.has_value());
    EXPECT_EQ(came.error().outcome(), where.expected) << came.error().what();
    if (how == way::stopped) {
        EXPECT_EQ(came.error().code(), failure_code::stopped);
        return;
    }
    where.afterwards(on);
    begun_call<std::string> next{*on.with, raw<std::string>("ECHO", "next"), 20s};
    on.expect({"ECHO", "next"});
    on.say("$4\r\nnext\r\n");
    EXPECT_EQ(next.await().value(), "next");
}

// What waits behind a full socket was not sent, and never is.
TEST(a_call_that_waits, leaves_no_trace_when_it_ends)
{
    stage on;
    on.connect();
    auto const before_it = on_wire({"APPEND", "k", large});
    begun_call<std::int64_t> first{*on.with, raw<std::int64_t>("APPEND", "k", large), 20s};
    EXPECT_EQ(on.server->receive(100).size(), 100u);
    for (auto const how : {way::cancelled, way::timed_out}) {
        begun_call<std::int64_t> waiting{*on.with, incr("k"), how == way::timed_out ? 20ms : 20s};
        if (how == way::cancelled)
            waiting.cancel();
        auto const& came = waiting.await();
        ASSERT_FALSE(came.has_value());
        EXPECT_EQ(came.error().outcome(), outcome::not_sent);
    }
    EXPECT_TRUE(on.server->receive(before_it.size() - 100) == before_it.substr(100));
    on.say(":1\r\n");
    EXPECT_EQ(first.await().value(), 1);
    begun_call<std::string> next{*on.with, raw<std::string>("ECHO", "next"), 20s};
    on.expect({"ECHO", "next"});
    on.say("$4\r\nnext\r\n");
    EXPECT_EQ(next.await().value(), "next");
}

}  // namespace
}  // namespace redstart::faults
