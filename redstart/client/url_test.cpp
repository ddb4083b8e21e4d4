#include "redstart/client/options.hpp"
#include "redstart/net/runtime.hpp"

#include <gtest/gtest.h>

namespace redstart::client_test {
namespace {

using namespace std::chrono_literals;

client_options parsed(std::string_view url)
{
    auto options = parse_redis_url(url);
    EXPECT_TRUE(options.has_value()) << url << ": " << (options ? "" : options.error());
    return options.value_or(client_options{});
}

std::string error_of(std::string_view url)
{
    auto const options = parse_redis_url(url);
    return options ? "no error" : options.error();
}

TEST(a_url, names_host_and_port)
{
    EXPECT_EQ(parsed("redis://example.org:6380").server,
              (net::endpoint{.host = "example.org", .port = 6380, .unix_path = {}}));
    EXPECT_EQ(parsed("redis://example.org").server.port, 6379);
    EXPECT_EQ(parsed("redis://127.0.0.1/").server.host, "127.0.0.1");
    EXPECT_EQ(parsed("redis://[::1]:7000").server.host, "::1");
}

TEST(a_url, names_a_unix_socket)
{
    auto const options = parsed("unix:///run/my%20socket?db=3");
    EXPECT_EQ(options.server.unix_path, "/run/my socket");
    EXPECT_EQ(options.login.database, 3u);
}

TEST(a_url, carries_a_login)
{
    runtime loops{{.loops = 1}};
    auto const login = [&](std::string_view url) {
        return loops.run(parsed(url).credentials->fetch());
    };
    EXPECT_EQ(login("redis://ada:p%40ss%3Aword@localhost"), (credentials{"ada", "p@ss:word"}));
    EXPECT_EQ(login("redis://:secret@localhost"), (credentials{"", "secret"}));
    EXPECT_EQ(login("redis://ada:@localhost"), (credentials{"ada", ""}));
    EXPECT_EQ(parsed("redis://localhost").credentials, nullptr);
    EXPECT_EQ(parsed("redis://:@localhost").credentials, nullptr);
}

TEST(a_url, asks_for_tls)
{
    EXPECT_FALSE(parsed("redis://localhost").tls.enabled);
    auto const plain = parsed("rediss://localhost");
    EXPECT_TRUE(parsed("valkeys://localhost").tls.enabled);
    EXPECT_FALSE(parsed("valkey://localhost").tls.enabled);
    EXPECT_TRUE(plain.tls.enabled);
    EXPECT_EQ(plain.server.port, 6379);
    EXPECT_FALSE(plain.tls.insecure_accept_any_certificate);
    auto const all = parsed(
        "rediss://localhost?tls_ca_file=/a%20b&tls_ca_directory=/c&tls_certificate_file=/d"
        "&tls_private_key_file=/e&tls_server_name=f&tls_insecure_accept_any_certificate=true");
    EXPECT_EQ(all.tls.ca_file, "/a b");
    EXPECT_EQ(all.tls.ca_directory, "/c");
    EXPECT_EQ(all.tls.certificate_file, "/d");
    EXPECT_EQ(all.tls.private_key_file, "/e");
    EXPECT_EQ(all.tls.server_name, "f");
    EXPECT_TRUE(all.tls.insecure_accept_any_certificate);
}

struct option_case {
    std::string_view written;
    bool (*holds)(client_options const& options);
};

// Every option, at the ends of its range.
TEST(a_url, carries_options)
{
    using options = client_options const&;
    for (auto const& [written, holds] : std::initializer_list<option_case>{
             {"db=0", [](options o) { return o.login.database == 0; }},
             {"db=65535", [](options o) { return o.login.database == 65'535; }},
             {"protocol=2", [](options o) { return !o.login.resp3; }},
             {"protocol=3", [](options o) { return o.login.resp3; }},
             {"client_name=my%20app", [](options o) { return o.login.client_name == "my app"; }},
             {"names_library=false", [](options o) { return !o.login.names_library; }},
             {"lanes=64", [](options o) { return o.lanes == 64; }},
             {"timeouts_before_probe=0", [](options o) { return o.timeouts_before_probe == 0; }},
             {"command_timeout_ms=0", [](options o) { return o.command_timeout == 0ms; }},
             {"command_timeout_ms=250", [](options o) { return o.command_timeout == 250ms; }},
             {"dial_timeout_ms=1", [](options o) { return o.dial_timeout == 1ms; }},
             {"subscription_check_ms=1", [](options o) { return o.subscription_check == 1ms; }},
             {"reconnect_first_ms=5", [](options o) { return o.reconnect.first == 5ms; }},
             {"reconnect_limit_ms=700", [](options o) { return o.reconnect.limit == 700ms; }},
             {"keepalive_idle_ms=0", [](options o) { return o.socket.keepalive_idle == 0ms; }},
             {"user_timeout_ms=9", [](options o) { return o.socket.user_timeout == 9ms; }},
             {"retry_attempts=0", [](options o) { return o.retry.attempts == 0; }},
             {"circuit_breaker_failures=7",
              [](options o) { return o.circuit_breaker.failures == 7; }},
             {"circuit_breaker_open_ms=8",
              [](options o) { return o.circuit_breaker.open_for == 8ms; }},
             {"max_in_flight=10", [](options o) { return o.in_flight.commands == 10; }},
             {"max_in_flight_bytes=11", [](options o) { return o.in_flight.bytes == 11; }},
             {"max_waiting=13", [](options o) { return o.in_flight.waiting == 13; }},
             {"max_reply_bytes=12", [](options o) { return o.replies.bytes == 12; }}})
        EXPECT_TRUE(holds(parsed("redis://localhost?" + std::string{written}))) << written;
    auto const several = parsed("redis://localhost/2?lanes=4&protocol=2");
    EXPECT_EQ(several.login.database, 2u);
    EXPECT_EQ(several.lanes, 4u);
    EXPECT_FALSE(several.login.resp3);
}

TEST(a_url, is_refused_with_a_reason)
{
    constexpr auto no_url =
        "not a URL; expected redis://host:port, rediss://host:port or unix:///path, and %40 "
        "for an @ in a password";
    constexpr auto no_path = "a unix socket is written unix:///path/to.sock";
    for (auto const& [url, reason] :
         std::initializer_list<std::pair<std::string_view, std::string_view>>{
             {"", no_url},
             {"redis://local host", no_url},
             {"redis://:p@ss@localhost", no_url},
             {"redis://localhost:65536", "the port must be a number from 1 to 65535"},
             {"redis://localhost:0", "the port must be a number from 1 to 65535"},
             {"localhost:6379",
              "the scheme must be redis, rediss, valkey, valkeys or unix, not \"localhost\""},
             {"http://localhost",
              "the scheme must be redis, rediss, valkey, valkeys or unix, not \"http\""},
             {"redis://", "the host is missing"},
             {"redis://localhost/x", "the database must be a number from 0 to 65535, not \"x\""},
             {"redis://localhost/1/2",
              "the database must be a number from 0 to 65535, not \"1/2\""},
             {"redis://localhost/1?db=1", "db is said twice"},
             {"redis://localhost?lanes=1&lanes=2", "lanes is said twice"},
             {"redis://localhost?db=-1", "db must be a number from 0 to 65535, not \"-1\""},
             {"redis://localhost?db=65536", "db must be a number from 0 to 65535, not \"65536\""},
             {"redis://localhost?lanes=0", "lanes must be a number from 1 to 64, not \"0\""},
             {"redis://localhost?lanes=65", "lanes must be a number from 1 to 64, not \"65\""},
             {"redis://localhost?protocol=4", "protocol must be a number from 2 to 3, not \"4\""},
             {"redis://localhost?client_name=", "client_name must not be empty"},
             {"redis://localhost?colour=red", "unknown option \"colour\""},
             {"redis://localhost?command_timeout_ms=1s",
              "command_timeout_ms must be a number from 0 to 86400000, not \"1s\""},
             {"redis://localhost?dial_timeout_ms=0",
              "dial_timeout_ms must be a number from 1 to 86400000, not \"0\""},
             {"redis://localhost?tls_ca_file=/x", "tls_ca_file is for rediss://"},
             {"unix:///x?tls_ca_file=/x", "tls_ca_file is for rediss://"},
             {"rediss://localhost?tls_insecure_accept_any_certificate=yes",
              "tls_insecure_accept_any_certificate must be true or false"},
             {"unix://run/socket", no_path},
             {"unix://", no_path},
             {"redis://ada@localhost", "a user needs a password: redis://user:password@host"}})
        EXPECT_EQ(error_of(url), reason) << url;
}

TEST(a_url, is_refused_without_repeating_a_password)
{
    for (auto const* const url :
         {"redis://ada:secret@", "redis://:secret@localhost:0", "redis://ada:secret@localhost/x",
          "redis://ada:secret@localhost?colour=1", "redis://ada:secret@local host",
          "http://:secret@host", "redis://ada:12/34secret@localhost/0",
          "redis://ada:1?secret=x@localhost", "redis://ada:1#secret@localhost"}) {
        EXPECT_NE(error_of(url), "no error") << url;
        EXPECT_EQ(error_of(url).find("secret"), std::string::npos) << error_of(url);
    }
}

TEST(a_url, is_described_without_its_password)
{
    EXPECT_EQ(describe(parsed("redis://ada:secret@example.org:6380/2")),
              "redis://example.org:6380/2");
    EXPECT_EQ(describe(parsed("redis://:secret@[::1]")), "redis://[::1]:6379/0");
    EXPECT_EQ(describe(parsed("rediss://ada:secret@example.org?lanes=2")),
              "rediss://example.org:6379/0");
    EXPECT_EQ(describe(parsed("unix:///run/socket")), "unix:///run/socket");
    EXPECT_EQ(describe(parsed("unix:///run/socket?db=3")), "unix:///run/socket?db=3");
}

}  // namespace
}  // namespace redstart::client_test
