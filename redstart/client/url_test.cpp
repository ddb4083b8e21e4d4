#include "redstart/client/options.hpp"

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
    auto const both = parsed("redis://ada:p%40ss%3Aword@localhost");
    EXPECT_EQ(both.login.user, "ada");
    EXPECT_EQ(both.login.password, "p@ss:word");
    auto const alone = parsed("redis://:secret@localhost");
    EXPECT_EQ(alone.login.user, "");
    EXPECT_EQ(alone.login.password, "secret");
    EXPECT_EQ(parsed("redis://localhost").login.password, "");
}

TEST(a_url, carries_options)
{
    auto const options = parsed("redis://localhost/2?client_name=my%20app&command_timeout_ms=250"
                                "&dial_timeout_ms=1500&protocol=2&lanes=4");
    EXPECT_EQ(options.login.database, 2u);
    EXPECT_EQ(options.login.client_name, "my app");
    EXPECT_EQ(options.command_timeout, 250ms);
    EXPECT_EQ(options.dial_timeout, 1500ms);
    EXPECT_FALSE(options.login.resp3);
    EXPECT_EQ(options.lanes, 4u);
    EXPECT_TRUE(parsed("redis://localhost?protocol=3").login.resp3);
    EXPECT_EQ(parsed("redis://localhost?db=65535").login.database, 65'535u);
    EXPECT_EQ(parsed("redis://localhost?command_timeout_ms=0").command_timeout, 0ms);
}

TEST(a_url, is_refused_with_a_reason)
{
    EXPECT_EQ(error_of(""), "not a URL; expected redis://host:port or unix:///path");
    EXPECT_EQ(error_of("localhost:6379"), "the scheme must be redis or unix, not \"localhost\"");
    EXPECT_EQ(error_of("http://localhost"), "the scheme must be redis or unix, not \"http\"");
    EXPECT_EQ(error_of("rediss://localhost"), "TLS (rediss://) is not supported yet");
    EXPECT_EQ(error_of("redis://"), "the host is missing");
    EXPECT_EQ(error_of("redis://localhost:0"), "the port must be a number from 1 to 65535");
    EXPECT_EQ(error_of("redis://localhost:65536"), "the port must be a number from 1 to 65535");
    EXPECT_EQ(error_of("redis://localhost/x"),
              "the database must be a number of at most 65535, not \"x\"");
    EXPECT_EQ(error_of("redis://localhost/1/2"),
              "the database must be a number of at most 65535, not \"1/2\"");
    EXPECT_EQ(error_of("redis://localhost?db=-1"),
              "the database must be a number of at most 65535, not \"-1\"");
    EXPECT_EQ(error_of("redis://localhost?lanes=0"), "lanes must be a number from 1 to 64");
    EXPECT_EQ(error_of("redis://localhost?lanes=65"), "lanes must be a number from 1 to 64");
    EXPECT_EQ(error_of("redis://localhost?protocol=4"), "protocol must be 2 or 3");
    EXPECT_EQ(error_of("redis://localhost?colour=red"), "unknown option \"colour\"");
    EXPECT_EQ(error_of("redis://localhost?command_timeout_ms=1s"),
              "command_timeout_ms must be a number of at most 86400000, not \"1s\"");
    EXPECT_EQ(error_of("redis://localhost?dial_timeout_ms=0"),
              "dial_timeout_ms must be at least 1");
    EXPECT_EQ(error_of("unix://run/socket"), "a unix socket is written unix:///path/to.sock");
    EXPECT_EQ(error_of("unix://"), "a unix socket is written unix:///path/to.sock");
    EXPECT_EQ(error_of("redis://ada@localhost"),
              "a user needs a password: redis://user:password@host");
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
    EXPECT_EQ(describe(parsed("unix:///run/socket")), "unix:///run/socket");
}

}  // namespace
}  // namespace redstart::client_test
