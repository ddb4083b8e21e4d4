#include "redstart/command/script.hpp"

#include "redstart/command/probe_test.hpp"

#include <gtest/gtest.h>

namespace redstart::command_test {
namespace {

script<std::int64_t> const one{"one", "return 1"};
constexpr auto one_sha1 = "e0e1f9fabfc9d4800c877a703b823ac0578ff8db";
constexpr key_of<std::int64_t> visits{"visits"};

TEST(a_script, is_named_by_its_digest)
{
    EXPECT_EQ(one.sha1(), one_sha1);
    script_source const none{"none", ""};
    EXPECT_EQ(none.sha1(), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    EXPECT_EQ(one.text(), "return 1");
    EXPECT_EQ(one.name(), "one");
}

TEST(a_script, is_called_with_keys_and_arguments)
{
    expect_sent(one(keys()), {"EVALSHA", one_sha1, "0"});
    expect_sent(one(keys("a")), {"EVALSHA", one_sha1, "1", "a"});
    expect_sent(one(keys("a", visits), 5, "text", 1.5, true),
                {"EVALSHA", one_sha1, "2", "a", "visits", "5", "text", "1.5", "1"});
    auto const call = one(keys(visits));
    static_assert(std::same_as<decltype(call)::reply_type, std::int64_t>);
    EXPECT_EQ(call.id(), command_id::evalsha);
    EXPECT_EQ(call.script(), &one);
}

TEST(a_script, copies_its_keys_at_once)
{
    auto const build = [] {
        std::string const local = "gone with the function, and too long for a small string";
        return one(keys(local), local);
    };
    expect_sent(build(), {"EVALSHA", one_sha1, "1",
                          "gone with the function, and too long for a small string",
                          "gone with the function, and too long for a small string"});
}

TEST(a_script, is_sent_whole_with_the_same_keys_and_arguments)
{
    auto const call = one(keys("a", visits), 5, std::string(1'000, 'x'));
    EXPECT_EQ(to_eval(call.request(), one).bytes(),
              on_the_wire({"EVAL", "return 1", "2", "a", "visits", "5", std::string(1'000, 'x')}));
    EXPECT_EQ(to_eval(one(keys()).request(), one).bytes(), on_the_wire({"EVAL", "return 1", "0"}));
}

constexpr key_of<zset<std::string>, int> boards{"board:{}"};

TEST(a_script_with_a_signature, is_called_like_a_function)
{
    script<std::int64_t(key<zset<std::string>>, key<std::int64_t>, std::string_view, double)> const
        two{"two", "return 1", 3};
    expect_sent(two(boards(7), visits, "ada", 1),
                {"EVALSHA", one_sha1, "2", "board:7", "visits", "ada", "1"});
    EXPECT_EQ(two.version(), 3);
    EXPECT_EQ(one.version(), 1);
    static_assert(
        std::same_as<decltype(two(boards(7), visits, "ada", 1))::reply_type, std::int64_t>);
}

TEST(a_script_with_a_signature, refuses_what_does_not_fit_when_it_is_compiled)
{
    using adding = script<ok(key<std::int64_t>, int)>;
    static_assert(std::invocable<adding, key_of<std::int64_t>, int>);
    static_assert(!std::invocable<adding, key<zset<std::string>>, int>);
    static_assert(!std::invocable<adding, std::string, int>);
    static_assert(!std::invocable<adding, key<std::int64_t>>);
    static_assert(!std::invocable<adding, key<std::int64_t>, std::string>);
    static_assert(std::invocable<script<ok()>>);
    expect_sent(script<std::int64_t()>{"one", "return 1"}(), {"EVALSHA", one_sha1, "0"});
}

}  // namespace
}  // namespace redstart::command_test
