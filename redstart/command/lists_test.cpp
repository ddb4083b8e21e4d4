#include "redstart/command/lists.hpp"

#include "redstart/base/failure.hpp"
#include "redstart/command/blocking_lists.hpp"
#include "redstart/command/probe_test.hpp"
#include "redstart/command/sample_keys_test.hpp"

#include <gtest/gtest.h>

namespace redstart::command_test {
namespace {

using namespace std::chrono_literals;

TEST(commands_of_lists, put_at_the_ends)
{
    expect_builds<std::int64_t>(lpush("l", "a"), {"LPUSH", "l", "a"});
    expect_builds<std::int64_t>(lpush("l", {"a", "b"}), {"LPUSH", "l", "a", "b"});
    expect_builds<std::int64_t>(rpush(path, point{1, 2}), {"RPUSH", "path", R"({"x":1,"y":2})"});
    expect_builds<std::int64_t>(rpush(path, {{1, 2}, {3, 4}}),
                                {"RPUSH", "path", R"({"x":1,"y":2})", R"({"x":3,"y":4})"});
    expect_builds<std::int64_t>(rpush(numbers, std::vector{1, 2}), {"RPUSH", "numbers", "1", "2"});
    expect_builds<std::int64_t>(lpushx(numbers, 1), {"LPUSHX", "numbers", "1"});
    expect_builds<std::int64_t>(rpushx(numbers, {1, 2}), {"RPUSHX", "numbers", "1", "2"});
    EXPECT_THROW(static_cast<void>(rpush(numbers, std::vector<int>{})), failure);
}

TEST(commands_of_lists, take_from_the_ends)
{
    expect_builds<std::optional<point>>(lpop(path), {"LPOP", "path"});
    expect_builds<std::optional<std::string>>(rpop("l"), {"RPOP", "l"});
    expect_builds<std::optional<std::vector<point>>>(lpop(path, 2), {"LPOP", "path", "2"});
    expect_builds<std::optional<std::vector<std::string>>>(rpop("l", 2), {"RPOP", "l", "2"});
    expect_builds<std::optional<popped_several<std::string>>>(
        lmpop(keys("a", "b"), list_end::right, 5), {"LMPOP", "2", "a", "b", "RIGHT", "COUNT", "5"});
    expect_builds<std::optional<std::string>>(lmove("a", "b"),
                                              {"LMOVE", "a", "b", "LEFT", "RIGHT"});
    expect_builds<std::optional<point>>(
        lmove(path, path, {.taken_from = list_end::right, .put_at = list_end::left}),
        {"LMOVE", "path", "path", "RIGHT", "LEFT"});
}

TEST(commands_of_lists, read_and_change)
{
    expect_builds<std::int64_t>(llen("l"), {"LLEN", "l"});
    expect_builds<std::optional<point>>(lindex(path, -1), {"LINDEX", "path", "-1"});
    expect_builds<ok>(lset(path, 0, {1, 2}), {"LSET", "path", "0", R"({"x":1,"y":2})"});
    EXPECT_FALSE(lset(path, 0, {1, 2}).is_idempotent()) << "others may have pushed in between";
    expect_builds<std::vector<point>>(lrange(path), {"LRANGE", "path", "0", "-1"});
    expect_builds<std::vector<std::string>>(lrange("l", 1, 5), {"LRANGE", "l", "1", "5"});
    expect_builds<ok>(ltrim("l", 0, 99), {"LTRIM", "l", "0", "99"});
    expect_builds<std::int64_t>(lrem("l", "a", -2), {"LREM", "l", "-2", "a"});
    expect_builds<std::int64_t>(lrem(numbers, 7), {"LREM", "numbers", "0", "7"});
    expect_builds<std::int64_t>(linsert_before("l", "b", "a"),
                                {"LINSERT", "l", "BEFORE", "b", "a"});
    expect_builds<std::int64_t>(linsert_after(numbers, 1, 2),
                                {"LINSERT", "numbers", "AFTER", "1", "2"});
    expect_builds<std::optional<std::int64_t>>(lpos("l", "a"), {"LPOS", "l", "a"});
    expect_builds<std::optional<std::int64_t>>(lpos("l", "a", {.rank = -1, .look_at = 10}),
                                               {"LPOS", "l", "a", "RANK", "-1", "MAXLEN", "10"});
    expect_builds<std::vector<std::int64_t>>(lpos_all("l", "a"), {"LPOS", "l", "a", "COUNT", "0"});
    expect_builds<std::vector<std::int64_t>>(lpos_all("l", "a", 3, {.rank = 2}),
                                             {"LPOS", "l", "a", "COUNT", "3", "RANK", "2"});
}

TEST(commands_of_lists, wait)
{
    expect_builds<std::optional<popped<std::string>>>(blpop(keys("a", "b"), 1500ms),
                                                      {"BLPOP", "a", "b", "1.5"});
    expect_builds<std::optional<popped<point>>>(brpop(keys(path), wait_forever),
                                                {"BRPOP", "path", "0"});
    expect_builds<std::optional<popped_several<std::string>>>(
        blmpop(keys("a", "b"), list_end::left, 2s, 3),
        {"BLMPOP", "2", "2", "a", "b", "LEFT", "COUNT", "3"});
    expect_builds<std::optional<point>>(blmove(path, path, {}, 1ms),
                                        {"BLMOVE", "path", "path", "LEFT", "RIGHT", "0.001"});
    EXPECT_TRUE(blpop(keys("a"), 1s).is_blocking());
    EXPECT_EQ(blpop(keys("a"), 1500ms).block_time(), 1500ms);
    EXPECT_EQ(blmpop(keys("a"), list_end::left, wait_forever).block_time(), wait_forever);
    EXPECT_EQ(blmove("a", "b", {}, 3s).block_time(), 3s);
    EXPECT_FALSE(lmove("a", "b").is_blocking());
}

TEST(replies_to_commands_of_lists, name_the_list_that_had_something)
{
    using one = std::optional<popped<std::int64_t>>;
    using several = std::optional<popped_several<std::int64_t>>;
    for (auto const* const none : {"*-1\r\n", "_\r\n", "$-1\r\n"}) {
        expect_decoded(none, one{});
        expect_decoded(none, several{});
        expect_decoded(none, std::optional<std::vector<std::string>>{});
    }
    expect_decoded("*2\r\n$1\r\na\r\n$1\r\n7\r\n", one{{"a", 7}});
    expect_decoded("*2\r\n$1\r\na\r\n*2\r\n$1\r\n7\r\n$1\r\n8\r\n", several{{"a", {7, 8}}});
    for (auto const* const bytes : {"*1\r\n$1\r\na\r\n", "*0\r\n", "*2\r\n$1\r\na\r\n$1\r\nx\r\n"})
        expect_mismatch<one>(bytes);
    expect_mismatch<several>("*2\r\n$1\r\na\r\n$1\r\n7\r\n");
}

}  // namespace
}  // namespace redstart::command_test
