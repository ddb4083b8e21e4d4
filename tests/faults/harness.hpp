// What the tests of faults share: a server behind a proxy, and callers that keep books.
//
// The books: every command that a caller began has ended once, as acknowledged, as refused before
// it left, or as one that may have been applied. For a counter that means
//
//     acknowledged <= its value at the server <= acknowledged + maybe applied
//
// whatever was cut, stalled, killed or restarted in between, as long as the server keeps its data.

#pragma once

#include "tests/integration/harness.hpp"

#include <atomic>
#include <string>

namespace redstart::faults {

using namespace std::chrono_literals;
using integration::connected;
using integration::exec_in;
using integration::failure_in;
using testing::fault_proxy;
using testing::server_fixture;
using direction = fault_proxy::direction;

inline constexpr key_of<std::int64_t, std::string> counter{"counter:{}"};

inline client_options options_to(net::endpoint const& at)
{
    client_options options;
    options.server = at;
    options.command_timeout = 20s;  // a slow machine is no failure
    options.reconnect = {.first = 1ms, .limit = 10ms};
    return options;
}

// A server that loses nothing which it has acknowledged, even when it is killed.
inline testing::server_options durable()
{
    return {.program = "valkey-server",
            .arguments = {"--appendonly", "yes", "--appendfsync", "always"}};
}

struct book {
    std::int64_t begun = 0;
    std::int64_t acknowledged = 0;
    std::int64_t not_sent = 0;
    std::int64_t maybe_applied = 0;
    std::int64_t refused = 0;
    std::int64_t last_value = 0;  // of the counter, as the last answer had it

    std::int64_t ended() const { return acknowledged + not_sent + maybe_applied + refused; }
    void add(failure const& why)
    {
        switch (why.outcome()) {
        case outcome::not_sent: ++not_sent; break;
        case outcome::maybe_applied: ++maybe_applied; break;
        case outcome::refused: ++refused; break;
        }
    }
};

// Counts once in a counter that nobody else uses, and looks whether the answer can be its own.
inline task<> count_once(client& db, std::string name, book& mine)
{
    ++mine.begun;
    auto const came = co_await db.try_exec(incr(counter(name)));
    if (!came) {
        mine.add(came.error());
        EXPECT_NE(came.error().code(), failure_code::protocol_error) << came.error().what();
        EXPECT_NE(came.error().code(), failure_code::decode_failed) << came.error().what();
        co_return;
    }
    ++mine.acknowledged;
    EXPECT_GT(*came, mine.last_value) << "an answer that came before";
    EXPECT_GE(*came, mine.acknowledged);
    EXPECT_LE(*came, mine.acknowledged + mine.maybe_applied);
    mine.last_value = *came;
}

// Asks for a text that nobody else asks for: another one back is somebody else's.
inline task<> echo_once(client& db, std::string unique, book& mine)
{
    ++mine.begun;
    auto const came = co_await db.try_exec(raw<std::string>("ECHO", unique));
    if (came) {
        ++mine.acknowledged;
        EXPECT_EQ(*came, unique);
    } else {
        mine.add(came.error());
    }
}

// Until `stop` is set.
inline task<> keep_counting(client& db, std::string name, book& mine, std::atomic<bool> const& stop)
{
    for (int i = 0; !stop; ++i) {
        co_await count_once(db, name, mine);
        book echoes;
        co_await echo_once(db, name + "/" + std::to_string(i), echoes);
    }
}

// What the server says, past the client and the proxy.
inline std::int64_t value_at(server_fixture const& server, std::string const& name)
{
    auto const text = server.connect().ask({"GET", counter(name).text()});
    return text == "$-1" || text == "_" ? 0 : std::stoll(text);
}

inline void expect_true(book const& mine, std::int64_t value)
{
    EXPECT_EQ(mine.begun, mine.ended());
    EXPECT_LE(mine.acknowledged, value);
    EXPECT_LE(value, mine.acknowledged + mine.maybe_applied);
}

}  // namespace redstart::faults
