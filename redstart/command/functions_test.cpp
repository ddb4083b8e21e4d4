// Scripts by their text, and functions.

#include "redstart/command/functions.hpp"

#include "redstart/command/probe_test.hpp"

#include <gtest/gtest.h>

namespace redstart::command_test {
namespace {

using namespace std::chrono_literals;

constexpr key_of<std::int64_t> counter{"counter"};

TEST(commands_of_scripts, run_a_text_or_a_digest)
{
    expect_sent(eval<ignored>("return 1", keys()), {"EVAL", "return 1", "0"});
    expect_sent(eval<std::int64_t>("x", keys("a", counter), 5, "b"),
                {"EVAL", "x", "2", "a", "counter", "5", "b"});
    expect_sent(eval_ro<ignored>("x", keys("a")), {"EVAL_RO", "x", "1", "a"});
    expect_sent(evalsha<ignored>("abc", keys(), 1.5), {"EVALSHA", "abc", "0", "1.5"});
    expect_sent(evalsha_ro<ignored>("abc", keys()), {"EVALSHA_RO", "abc", "0"});
    EXPECT_FALSE(eval<ignored>("x", keys()).is_idempotent());
    EXPECT_TRUE(eval_ro<ignored>("x", keys()).is_idempotent());
}

TEST(commands_of_scripts, keep_them_at_the_server)
{
    expect_sent(script_load("return 1"), {"SCRIPT", "LOAD", "return 1"});
    expect_sent(script_exists({"a", "b"}), {"SCRIPT", "EXISTS", "a", "b"});
    expect_sent(script_show("a"), {"SCRIPT", "SHOW", "a"});
    expect_sent(script_flush(), {"SCRIPT", "FLUSH"});
    expect_sent(script_flush(flush_mode::before_the_answer), {"SCRIPT", "FLUSH", "SYNC"});
    expect_sent(script_kill(), {"SCRIPT", "KILL"});
}

TEST(commands_of_functions, call_them)
{
    server_function<std::int64_t> const take{"take"};
    server_function<std::int64_t> const peek{"peek",
                                             server_function<std::int64_t>::kind::only_reads};
    expect_sent(take(keys(counter), 3), {"FCALL", "take", "1", "counter", "3"});
    expect_sent(peek(keys()), {"FCALL_RO", "peek", "0"});
    EXPECT_FALSE(take(keys()).is_idempotent());
    EXPECT_TRUE(peek(keys()).is_idempotent());
    expect_sent(fcall<ignored>("f", keys("a"), "x"), {"FCALL", "f", "1", "a", "x"});
    expect_sent(fcall_ro<ignored>("f", keys()), {"FCALL_RO", "f", "0"});
}

TEST(commands_of_functions, keep_libraries_at_the_server)
{
    function_library const library{"stock", "code"};
    expect_sent(function_load(library), {"FUNCTION", "LOAD", "#!lua name=stock\ncode"});
    expect_sent(function_load(library, {.replace = true}),
                {"FUNCTION", "LOAD", "REPLACE", "#!lua name=stock\ncode"});
    EXPECT_FALSE(function_load(library).is_idempotent());
    EXPECT_TRUE(function_load(library, {.replace = true}).is_idempotent());
    expect_sent(function_delete("stock"), {"FUNCTION", "DELETE", "stock"});
    expect_sent(function_flush(flush_mode::in_background), {"FUNCTION", "FLUSH", "ASYNC"});
    expect_sent(function_kill(), {"FUNCTION", "KILL"});
    expect_sent(function_dump(), {"FUNCTION", "DUMP"});
    std::vector<std::byte> const dump{std::byte{'a'}, std::byte{'b'}};
    expect_sent(function_restore(dump), {"FUNCTION", "RESTORE", "ab"});
    expect_sent(function_restore(dump, function_restore_policy::flush),
                {"FUNCTION", "RESTORE", "ab", "FLUSH"});
    EXPECT_FALSE(function_restore(dump).is_idempotent());
    EXPECT_TRUE(function_restore(dump, function_restore_policy::replace).is_idempotent());
    expect_sent(function_list(), {"FUNCTION", "LIST"});
    expect_sent(function_list({.library = "s*", .with_code = true}),
                {"FUNCTION", "LIST", "LIBRARYNAME", "s*", "WITHCODE"});
    expect_sent(function_stats(), {"FUNCTION", "STATS"});
}

TEST(replies_about_functions, are_libraries_and_what_runs)
{
    for (
        std::string const bytes :
        {"*1\r\n*6\r\n+library_name\r\n+m\r\n+engine\r\n+LUA\r\n+functions\r\n*1\r\n*6\r\n+name\r\n"
         "+f\r\n+description\r\n$-1\r\n+flags\r\n*1\r\n+no-writes\r\n",
         "*1\r\n%3\r\n+library_name\r\n+m\r\n+engine\r\n+LUA\r\n+functions\r\n*1\r\n%3\r\n+name\r\n"
         "+f\r\n+description\r\n_\r\n+flags\r\n~1\r\n+no-writes\r\n"}) {
        auto const all = decoding<std::vector<function_library_info>>{}.of(bytes, 9).value();
        ASSERT_EQ(all.size(), 1u);
        EXPECT_EQ(all[0].name, "m");
        EXPECT_EQ(all[0].code, std::nullopt);
        ASSERT_EQ(all[0].functions.size(), 1u);
        EXPECT_EQ(all[0].functions[0].description, "");
        EXPECT_EQ(all[0].functions[0].flags, (std::vector<std::string>{"no-writes"}));
    }
    auto const busy = decoding<function_statistics>{}.of(
        "%2\r\n+running_script\r\n%3\r\n+name\r\n+f\r\n+command\r\n*2\r\n+fcall\r\n+f\r\n"
        "+duration_ms\r\n:7\r\n+engines\r\n%1\r\n+LUA\r\n%2\r\n+libraries_count\r\n:1\r\n"
        "+functions_count\r\n:2\r\n",
        50);
    ASSERT_TRUE(busy && busy->running);
    EXPECT_EQ(busy->running->duration, 7ms);
    EXPECT_EQ(busy->running->command, (std::vector<std::string>{"fcall", "f"}));
    EXPECT_EQ(busy->engines.at(0).second.functions, 2u);
}

}  // namespace
}  // namespace redstart::command_test
