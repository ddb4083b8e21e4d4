#include "redstart/base/failure.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace redstart {
namespace {

failure server_failure(std::string server_text)
{
    return failure{{.code = failure_code::server_error,
                    .outcome = outcome::refused,
                    .command = "HSET",
                    .reason = {},
                    .server_text = std::move(server_text)}};
}

TEST(failure, says_what_happened_and_what_became_of_the_command)
{
    failure const broken{{.code = failure_code::connection_lost,
                          .outcome = outcome::maybe_applied,
                          .command = "INCR",
                          .reason = "the peer closed the connection",
                          .server_text = {}}};
    EXPECT_STREQ(broken.what(),
                 "INCR: connection lost: the peer closed the connection [maybe applied]");
    EXPECT_EQ(broken.code(), failure_code::connection_lost);
    EXPECT_EQ(broken.outcome(), outcome::maybe_applied);
    EXPECT_EQ(broken.command(), "INCR");
    EXPECT_EQ(broken.reason(), "the peer closed the connection");
    EXPECT_EQ(broken.server_text(), "");
    EXPECT_EQ(broken.server_code(), "");
}

TEST(failure, needs_neither_command_nor_reason)
{
    failure const late{{.code = failure_code::timed_out,
                        .outcome = outcome::not_sent,
                        .command = {},
                        .reason = {},
                        .server_text = {}}};
    EXPECT_STREQ(late.what(), "timed out [not sent]");
}

TEST(failure, knows_where_it_was_made)
{
    auto const line = std::source_location::current().line();
    failure const here{{.code = failure_code::stopped,
                        .outcome = outcome::not_sent,
                        .command = {},
                        .reason = {},
                        .server_text = {}}};
    EXPECT_GT(here.where().line(), line);
    EXPECT_LE(here.where().line(), line + 6);
    EXPECT_NE(std::string{here.where().file_name()}.find("failure_test"), std::string::npos);
}

TEST(failure, shows_nothing_of_the_servers_words_but_their_code)
{
    auto const refused = server_failure("WRONGTYPE Operation against key 'user:ada' holding 4711");
    EXPECT_STREQ(refused.what(), "HSET: the server answered with an error (WRONGTYPE) [refused]");
    EXPECT_EQ(refused.server_code(), "WRONGTYPE");
    EXPECT_EQ(refused.server_text(), "WRONGTYPE Operation against key 'user:ada' holding 4711");
}

TEST(failure, shows_no_first_word_that_may_be_data)
{
    for (auto const* const text : {"secret is not valid", "4711 is not valid", "O'Hara is unknown",
                                   "-1 is negative", " ERR", "A\r\nB", "AB\x01", "SECRET:KEY gone"})
        EXPECT_STREQ(server_failure(text).what(),
                     "HSET: the server answered with an error (ERR) [refused]")
            << text;
}

TEST(failure, can_be_copied_and_keeps_its_text)
{
    auto const copy = [] {
        auto const original = server_failure("OOM command not allowed");
        return failure{original};
    }();
    EXPECT_STREQ(copy.what(), "HSET: the server answered with an error (OOM) [refused]");
    EXPECT_EQ(copy.server_code(), "OOM");
}

TEST(error_prefix, is_the_first_word_when_that_is_a_code)
{
    EXPECT_EQ(error_prefix("ERR unknown command"), "ERR");
    EXPECT_EQ(error_prefix("NOSCRIPT No matching script"), "NOSCRIPT");
    EXPECT_EQ(error_prefix("LOADING"), "LOADING");
    EXPECT_EQ(error_prefix("MY-OWN_CODE2 because"), "MY-OWN_CODE2");
    EXPECT_EQ(error_prefix("BUSY  two spaces"), "BUSY");
}

TEST(error_prefix, is_a_general_one_otherwise)
{
    EXPECT_EQ(error_prefix(""), "ERR");
    EXPECT_EQ(error_prefix(" ERR"), "ERR");
    EXPECT_EQ(error_prefix("Moved 3999"), "ERR");
    EXPECT_EQ(error_prefix("no such key"), "ERR");
    EXPECT_EQ(error_prefix("1234567890123456 is no number"), "ERR");
    EXPECT_EQ(error_prefix("-X y"), "ERR");
    EXPECT_EQ(error_prefix("_X y"), "ERR");
    EXPECT_EQ(error_prefix("MOVED\t3999"), "ERR");
}

TEST(error_prefix, has_a_longest_length)
{
    std::string const longest(32, 'A');
    EXPECT_EQ(error_prefix(longest + " text"), longest);
    EXPECT_EQ(error_prefix(longest + "A text"), "ERR");
}

TEST(to_string, names_every_code_and_outcome_differently)
{
    std::set<std::string_view> names;
    auto const last = static_cast<int>(failure_code::circuit_open);
    for (int code = 0; code <= last; ++code)
        names.insert(to_string(static_cast<failure_code>(code)));
    for (auto const result : {outcome::not_sent, outcome::maybe_applied, outcome::refused})
        names.insert(to_string(result));
    EXPECT_EQ(names.size(), static_cast<std::size_t>(last) + 1 + 3);
    EXPECT_FALSE(names.contains("unknown failure"));
    EXPECT_FALSE(names.contains("unknown"));
    EXPECT_EQ(to_string(static_cast<failure_code>(200)), "unknown failure");
    EXPECT_EQ(to_string(static_cast<outcome>(200)), "unknown");
}

}  // namespace
}  // namespace redstart
