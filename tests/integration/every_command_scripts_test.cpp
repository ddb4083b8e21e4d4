// Scripts by their text, and functions, on every server.

#include "redstart/command/functions.hpp"
#include "tests/integration/every_command.hpp"

namespace redstart::integration {
namespace {

function_library const stock{"stock", R"(
redis.register_function('take', function(keys, args)
    return redis.call('DECRBY', keys[1], args[1])
end)
redis.register_function{
    function_name = 'left',
    callback = function(keys, args) return redis.call('GET', keys[1]) end,
    flags = {'no-writes'},
    description = 'how many are left'})"};

server_function<std::int64_t> const take{"take"};
server_function<std::optional<std::int64_t>> const left{
    "left", server_function<std::optional<std::int64_t>>::kind::only_reads};

std::string const return_one_sha1 = "e0e1f9fabfc9d4800c877a703b823ac0578ff8db";

}  // namespace

void run_script_commands(command_runner& run)
{
    EXPECT_EQ(run.exec(eval<std::int64_t>("return redis.call('INCRBY', KEYS[1], ARGV[1])",
                                          keys("hits"), 5)),
              5);
    EXPECT_EQ(run.exec(eval_ro<std::optional<std::int64_t>>("return redis.call('GET', KEYS[1])",
                                                            keys("hits"))),
              5);
    run.exec(script_flush());
    EXPECT_EQ(run.fails(evalsha<std::int64_t>(return_one_sha1, keys())).server_code(), "NOSCRIPT");
    EXPECT_EQ(run.exec(script_load("return 1")), return_one_sha1);
    EXPECT_EQ(run.exec(evalsha<std::int64_t>(return_one_sha1, keys())), 1);
    EXPECT_EQ(run.exec(evalsha_ro<std::int64_t>(return_one_sha1, keys())), 1);
    EXPECT_EQ(run.exec(script_exists({return_one_sha1, "none"})), (std::vector<bool>{true, false}));
    if (run.is_valkey())
        EXPECT_EQ(run.exec(script_show(return_one_sha1)), "return 1");
    run.exec(script_flush(flush_mode::in_background));
    EXPECT_EQ(run.fails(script_kill()).server_code(), "NOTBUSY");
}

void run_function_commands(command_runner& run)
{
    run.exec(function_flush(flush_mode::before_the_answer));
    EXPECT_EQ(run.exec(function_load(stock)), "stock");
    EXPECT_EQ(run.fails(function_load(stock)).server_code(), "ERR");
    EXPECT_EQ(run.exec(function_load(stock, {.replace = true})), "stock");
    EXPECT_EQ(run.exec(take(keys("books"), 3)), -3);
    EXPECT_EQ(run.exec(left(keys("books"))), -3);
    EXPECT_EQ(run.fails(fcall<ignored>("none", keys())).server_code(), "ERR");

    auto const libraries = run.exec(function_list({.library = "st*", .with_code = true}));
    ASSERT_EQ(libraries.size(), 1u);
    EXPECT_EQ(libraries[0].name, "stock");
    EXPECT_EQ(libraries[0].engine, "LUA");
    EXPECT_EQ(libraries[0].code, stock.text());
    ASSERT_EQ(libraries[0].functions.size(), 2u);
    auto const& reading = libraries[0].functions[libraries[0].functions[0].name == "left" ? 0 : 1];
    EXPECT_EQ(reading.description, "how many are left");
    EXPECT_EQ(reading.flags, (std::vector<std::string>{"no-writes"}));

    auto const statistics = run.exec(function_stats());
    EXPECT_FALSE(statistics.running.has_value());
    ASSERT_EQ(statistics.engines.size(), 1u);
    EXPECT_EQ(statistics.engines[0].second.functions, 2u);

    auto const dump = run.exec(function_dump());
    run.exec(function_delete("stock"));
    EXPECT_TRUE(run.exec(function_list()).empty());
    run.exec(function_restore(dump));
    run.exec(function_restore(dump, function_restore_policy::replace));
    EXPECT_EQ(run.exec(take(keys("books"), 1)), -4);
    EXPECT_EQ(run.fails(function_kill()).server_code(), "NOTBUSY");
    run.exec(function_flush());
}

}  // namespace redstart::integration
