#include "redstart/engine/handshake.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace redstart::engine {
namespace {

using action = handshake::action;

// What is sent, and what is answered.
struct exchange {
    std::string sent;
    std::string answered;
};

// A name for the library is what one test is about.
struct login {
    handshake_options options{.names_library = false};
    credentials who{};
};

struct ending {
    action last{};
    failure_code code{};
    std::string reason;
    std::string server_text;
    server_identity identity;
    std::string unconsumed;
};

std::string words(std::vector<std::string> const& all)
{
    auto text = "*" + std::to_string(all.size()) + "\r\n";
    for (auto const& word : all)
        text += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
    return text;
}

// Feeds each answer in pieces: cut at `first` and at `second`, where the handshake still wants
// something. Between two pieces it must want to read.
ending play(login const& settings, std::vector<exchange> const& exchanges, std::size_t first,
            std::size_t second)
{
    handshake shaking{settings.options, settings.who};
    ending came;
    came.last = action::write;
    std::size_t fed = 0;
    for (auto const& each : exchanges) {
        EXPECT_EQ(came.last, action::write);
        EXPECT_EQ(shaking.output(), each.sent);
        std::string held;
        for (auto const& byte : each.answered) {
            held += byte;
            ++fed;
            bool const is_last = &byte == &each.answered.back();
            if (fed != first && fed != second && !is_last)
                continue;
            char const* at = held.data();
            came.last = shaking.received(at, held.data() + held.size());
            held.erase(0, static_cast<std::size_t>(at - held.data()));
            if (came.last != action::read)
                break;
        }
        came.unconsumed = held;
    }
    came.code = shaking.code();
    came.reason = shaking.reason();
    came.server_text = shaking.server_text();
    came.identity = shaking.identity();
    return came;
}

// The same, cut at every byte: all ways must come to the same end.
ending play(login const& settings, std::vector<exchange> const& exchanges)
{
    auto const whole = play(settings, exchanges, 0, 0);
    std::size_t size = 0;
    for (auto const& each : exchanges)
        size += each.answered.size();
    for (std::size_t cut = 1; cut <= size; ++cut) {
        auto const pieces = play(settings, exchanges, cut, cut + 3);
        EXPECT_EQ(pieces.last, whole.last) << "cut at " << cut;
        EXPECT_EQ(pieces.code, whole.code) << "cut at " << cut;
        EXPECT_EQ(pieces.reason, whole.reason) << "cut at " << cut;
        EXPECT_EQ(pieces.identity.version, whole.identity.version) << "cut at " << cut;
        EXPECT_EQ(pieces.identity.protocol, whole.identity.protocol) << "cut at " << cut;
    }
    return whole;
}

std::string const hello = words({"HELLO", "3"});
std::string const ping = words({"PING"});
std::string const set_name = words({"CLIENT", "SETNAME", "app"});
std::string const select_4 = words({"SELECT", "4"});
std::string const hello_map = "%7\r\n"
                              "$6\r\nserver\r\n$6\r\nvalkey\r\n"
                              "$7\r\nversion\r\n$5\r\n8.0.1\r\n"
                              "$5\r\nproto\r\n:3\r\n"
                              "$2\r\nid\r\n:11\r\n"
                              "$4\r\nmode\r\n$10\r\nstandalone\r\n"
                              "$4\r\nrole\r\n$6\r\nmaster\r\n"
                              "$7\r\nmodules\r\n*1\r\n%2\r\n+name\r\n+server\r\n+ver\r\n:1\r\n";
std::string const unknown_hello =
    "-ERR unknown command 'HELLO', with args beginning with: '3' \r\n";
login const full{.options = {.client_name = "app", .database = 4, .names_library = false}};
login const with_password{.who = {.password = "secret"}};
std::string const hello_secret = words({"HELLO", "3", "AUTH", "default", "secret"});

// The same in RESP2.
login resp2(login settings)
{
    settings.options.resp3 = false;
    return settings;
}

TEST(a_handshake, settles_with_resp3_in_one_round_trip)
{
    auto const came = play({}, {{hello, hello_map}});
    EXPECT_EQ(came.last, action::ready);
    EXPECT_EQ(came.identity.server, "valkey");
    EXPECT_EQ(came.identity.version, "8.0.1");
    EXPECT_EQ(came.identity.mode, "standalone");
    EXPECT_EQ(came.identity.role, "master");
    EXPECT_EQ(came.identity.protocol, 3u);
    EXPECT_EQ(came.identity.connection_id, 11);
}

TEST(a_handshake, sends_all_it_has_to_say_at_once)
{
    auto everything = full;
    everything.who = {.user = "ada", .password = "secret"};
    auto const came =
        play(everything, {{words({"HELLO", "3", "AUTH", "ada", "secret"}) + set_name + select_4,
                           hello_map + "+OK\r\n+OK\r\n"}});
    EXPECT_EQ(came.last, action::ready);
    EXPECT_EQ(play(with_password, {{hello_secret, hello_map}}).last, action::ready);
    login const without_password{.who = {.user = "ada"}};
    EXPECT_EQ(play(without_password, {{words({"HELLO", "3", "AUTH", "ada", ""}), hello_map}}).last,
              action::ready);
}

TEST(a_handshake, names_the_library_and_does_not_mind_when_that_is_refused)
{
    auto const name_library =
        words({"CLIENT", "SETINFO", "LIB-NAME", "redstart"}) +
        words({"CLIENT", "SETINFO", "LIB-VER", std::string{library_version()}});
    login const named{.options = {}};
    EXPECT_EQ(play(named, {{hello + name_library, hello_map + "+OK\r\n+OK\r\n"}}).last,
              action::ready);
    auto const unknown =
        play(named, {{hello + name_library, hello_map + "-ERR Unknown subcommand 'SETINFO'\r\n"
                                                        "-ERR Unknown subcommand 'SETINFO'\r\n"}});
    EXPECT_EQ(unknown.last, action::ready);
    EXPECT_EQ(unknown.identity.protocol, 3u);
    EXPECT_EQ(play(resp2(named), {{name_library + ping, "+OK\r\n+OK\r\n+PONG\r\n"}}).last,
              action::ready);
}

TEST(a_handshake, begins_again_with_resp2_when_hello_is_unknown)
{
    auto const came = play(full, {{hello + set_name + select_4, unknown_hello + "+OK\r\n+OK\r\n"},
                                  {set_name + select_4 + ping, "+OK\r\n+OK\r\n+PONG\r\n"}});
    EXPECT_EQ(came.last, action::ready);
    EXPECT_EQ(came.identity.protocol, 2u);
    EXPECT_EQ(came.identity.server, "");
}

TEST(a_handshake, logs_in_with_auth_when_hello_is_unknown)
{
    auto const came = play(with_password, {{hello_secret, unknown_hello},
                                           {words({"AUTH", "secret"}) + ping, "+OK\r\n+PONG\r\n"}});
    EXPECT_EQ(came.last, action::ready);
    login const ada{.who = {.user = "ada", .password = "secret"}};
    EXPECT_EQ(
        play(resp2(ada), {{words({"AUTH", "ada", "secret"}) + ping, "+OK\r\n+PONG\r\n"}}).last,
        action::ready);
}

TEST(a_handshake, begins_again_with_resp2_when_resp3_is_not_spoken)
{
    auto const came =
        play({}, {{hello, "-NOPROTO unsupported protocol version\r\n"}, {ping, "+PONG\r\n"}});
    EXPECT_EQ(came.last, action::ready);
    EXPECT_EQ(came.identity.protocol, 2u);
}

// Some servers want to be told who it is before they look at HELLO. RESP3 is not given up for that.
TEST(a_handshake, tries_auth_before_hello_when_hello_wants_a_login_though_it_carried_one)
{
    auto const no_auth = "-NOAUTH Authentication required.\r\n";
    auto const auth_first = words({"AUTH", "secret"}) + hello;
    auto const came =
        play(with_password, {{hello_secret, no_auth}, {auth_first, "+OK\r\n" + hello_map}});
    EXPECT_EQ(came.last, action::ready);
    EXPECT_EQ(came.identity.protocol, 3u);
    auto const neither =
        play(with_password, {{hello_secret, no_auth},
                             {auth_first, std::string{"+OK\r\n"} + no_auth},
                             {words({"AUTH", "secret"}) + ping, "+OK\r\n+PONG\r\n"}});
    EXPECT_EQ(neither.last, action::ready);
    EXPECT_EQ(neither.identity.protocol, 2u);
}

TEST(a_handshake, does_without_hello_when_the_user_may_not_say_it)
{
    auto const came = play(
        {}, {{hello, "-NOPERM User has no permissions to run 'hello'\r\n"}, {ping, "+PONG\r\n"}});
    EXPECT_EQ(came.last, action::ready);
}

TEST(a_handshake, does_not_try_resp3_when_told_not_to)
{
    auto const came = play(resp2({}), {{ping, "+PONG\r\n"}});
    EXPECT_EQ(came.last, action::ready);
    EXPECT_EQ(came.identity.protocol, 2u);
}

TEST(a_handshake, fails_when_the_password_is_wrong)
{
    login const wrong{.who = {.password = "wrong"}};
    auto const sent = words({"HELLO", "3", "AUTH", "default", "wrong"});
    auto const came =
        play(wrong, {{sent, "-WRONGPASS invalid username-password pair or user is disabled.\r\n"}});
    EXPECT_EQ(came.last, action::failed);
    EXPECT_EQ(came.code, failure_code::authentication_failed);
    EXPECT_EQ(came.reason, "the server refused the login");
    EXPECT_TRUE(came.server_text.starts_with("WRONGPASS"));
}

TEST(a_handshake, fails_when_a_password_is_wanted)
{
    auto const came = play(
        {}, {{hello, "-NOAUTH HELLO must be called with the client already authenticated\r\n"}});
    EXPECT_EQ(came.last, action::failed);
    EXPECT_EQ(came.code, failure_code::authentication_failed);
    EXPECT_EQ(came.reason, "the server wants a password");
}

// In RESP2 the name or the database is the first that meets the refusal.
TEST(a_handshake, fails_when_a_password_is_wanted_whatever_meets_that_first)
{
    for (auto const* const answered :
         {"-NOAUTH Authentication required.\r\n", "+OK\r\n-NOAUTH Authentication required.\r\n",
          "+OK\r\n+OK\r\n-NOAUTH Authentication required.\r\n"}) {
        auto const came = play(resp2(full), {{set_name + select_4 + ping, answered}});
        EXPECT_EQ(came.last, action::failed);
        EXPECT_EQ(came.code, failure_code::authentication_failed);
    }
}

TEST(a_handshake, fails_when_auth_is_refused_and_does_not_repeat_the_password)
{
    auto const old = resp2(with_password);
    auto const sent = words({"AUTH", "secret"}) + ping;
    auto const invalid = play(old, {{sent, "-ERR invalid password\r\n-NOAUTH no\r\n"}});
    EXPECT_EQ(invalid.code, failure_code::authentication_failed);
    auto const unknown =
        play(old, {{sent, "-ERR unknown command 'AUTH', with args beginning with: 'secret'\r\n"}});
    EXPECT_EQ(unknown.code, failure_code::authentication_failed);
    EXPECT_EQ(unknown.server_text, "ERR");
}

TEST(a_handshake, does_without_a_name_that_is_refused)
{
    auto const came = play(
        full, {{hello + set_name + select_4,
                hello_map + "-NOPERM this user has no permissions to run 'client|setname'\r\n" +
                    "+OK\r\n"}});
    EXPECT_EQ(came.last, action::ready);
    EXPECT_EQ(came.identity.protocol, 3u);
}

TEST(a_handshake, fails_when_the_database_is_refused)
{
    auto const came = play(full, {{hello + set_name + select_4,
                                   hello_map + "+OK\r\n-ERR DB index is out of range\r\n"}});
    EXPECT_EQ(came.last, action::failed);
    EXPECT_EQ(came.code, failure_code::connect_failed);
    EXPECT_EQ(came.reason, "the server refused the database");
    EXPECT_EQ(came.server_text, "ERR DB index is out of range");
}

TEST(a_handshake, fails_when_the_server_takes_no_more_clients)
{
    for (bool const resp3 : {true, false}) {
        auto const options = resp3 ? full : resp2(full);
        auto const sent = resp3 ? hello + set_name + select_4 : set_name + select_4 + ping;
        auto const came = play(options, {{sent, "-ERR max number of clients reached\r\n"}});
        EXPECT_EQ(came.last, action::failed);
        EXPECT_EQ(came.code, failure_code::connect_failed);
        EXPECT_EQ(came.reason, "the server has too many clients");
        auto const denied =
            play(options, {{sent, "-DENIED Redis is running in protected mode\r\n"}});
        EXPECT_EQ(denied.code, failure_code::connect_failed);
        EXPECT_EQ(denied.reason, "the server takes no clients from here");
    }
}

TEST(a_handshake, leaves_it_to_the_commands_that_the_server_is_not_ready)
{
    for (auto const* const answered :
         {"-LOADING Redis is loading the dataset in memory\r\n",
          "-MASTERDOWN Link with MASTER is down\r\n", "-BUSY Redis is busy running a script\r\n"}) {
        auto const came = play(resp2({}), {{ping, answered}});
        EXPECT_EQ(came.last, action::ready) << answered;
    }
}

// What follows when one step is refused and all others succeed.
struct refusal {
    std::string error;
    // ready, again (in another way), or the reason of the failure
    std::vector<std::string> of_steps;
};

// One refusal after the other, at every step of the longest handshake.
TEST(a_handshake, that_is_refused_at_any_step_ends_as_that_step_and_that_refusal_want)
{
    auto everything = full;
    everything.options.names_library = true;
    everything.who = {.user = "ada", .password = "secret"};
    std::vector<std::string> const answers{hello_map, "+OK\r\n", "+OK\r\n", "+OK\r\n", "+OK\r\n"};
    std::string const full_house = "the server has too many clients";
    std::string const no_entry = "the server takes no clients from here";
    std::string const login = "the server refused the login";
    std::string const database = "the server refused the database";
    for (auto const& [error, of_steps] : std::initializer_list<refusal>{
             {"ERR max number of clients reached", std::vector(5, full_house)},
             {"DENIED Redis is running in protected mode", std::vector(5, no_entry)},
             {"WRONGPASS invalid username-password pair", std::vector(5, login)},
             {"NOAUTH Authentication required.", {"again", "ready", "ready", "ready", database}},
             {"NOPERM this user has no permissions",
              {"again", "ready", "ready", "ready", database}},
             {"ERR unknown command", {"again", "ready", "ready", "ready", database}},
             {"LOADING the dataset",
              {"the server is not ready: LOADING", "ready", "ready", "ready",
               "the server is not ready: LOADING"}},
             {"BUSY running a script",
              {"the server is not ready: BUSY", "ready", "ready", "ready",
               "the server is not ready: BUSY"}}}) {
        for (std::size_t at = 0; at < answers.size(); ++at) {
            auto answered = answers;
            answered[at] = "-" + error + "\r\n";
            std::string all;
            for (auto const& each : answered)
                all += each;
            handshake shaking{everything.options, everything.who};
            char const* begin = all.data();
            auto const last = shaking.received(begin, all.data() + all.size());
            auto const came = last == action::ready   ? "ready"
                              : last == action::write ? "again"
                                                      : shaking.reason();
            EXPECT_EQ(came, of_steps[at]) << error << " at step " << at;
            if (last == action::failed)
                EXPECT_EQ(shaking.code(), came == login ? failure_code::authentication_failed
                                                        : failure_code::connect_failed);
        }
    }
}

TEST(a_handshake, fails_when_the_peer_speaks_something_else)
{
    auto const http = play({}, {{hello, "HTTP/1.1 400 Bad Request\r\n"}});
    EXPECT_EQ(http.last, action::failed);
    EXPECT_EQ(http.code, failure_code::protocol_error);
    auto const no_map = play({}, {{hello, "+OK\r\n"}});
    EXPECT_EQ(no_map.last, action::failed);
    EXPECT_EQ(no_map.code, failure_code::protocol_error);
    EXPECT_EQ(no_map.reason, "HELLO was not answered with a map");
    auto const endless = play({}, {{hello, "*5000\r\n"}});
    EXPECT_EQ(endless.code, failure_code::protocol_error);
}

TEST(a_handshake, takes_an_error_without_text_for_an_error)
{
    auto const came = play({}, {{hello, "-\r\n"}, {ping, "+PONG\r\n"}});
    EXPECT_EQ(came.last, action::ready);
    EXPECT_EQ(came.identity.protocol, 2u);
}

TEST(a_handshake, reads_hello_in_the_shape_of_resp2_too)
{
    auto const came = play({}, {{hello, "*4\r\n+server\r\n+redis\r\n+proto\r\n:2\r\n"}});
    EXPECT_EQ(came.last, action::ready);
    EXPECT_EQ(came.identity.server, "redis");
    EXPECT_EQ(came.identity.protocol, 2u);
}

TEST(a_handshake, is_not_disturbed_by_pushes)
{
    auto const came = play({}, {{hello, ">1\r\n+news\r\n" + hello_map}});
    EXPECT_EQ(came.last, action::ready);
}

TEST(a_handshake, leaves_what_comes_after_it)
{
    auto const came = play({}, {{hello, hello_map + "+more\r\n"}}, 0, 0);
    EXPECT_EQ(came.last, action::ready);
    EXPECT_EQ(came.unconsumed, "+more\r\n");
}

}  // namespace
}  // namespace redstart::engine
