#include "redstart/command/sets.hpp"

#include "redstart/command/probe_test.hpp"
#include "redstart/command/sample_keys_test.hpp"

#include <gtest/gtest.h>

namespace redstart::command_test {
namespace {

using id_list = std::vector<std::int64_t>;
using text_list = std::vector<std::string>;

TEST(commands_of_sets, have_members)
{
    expect_builds<std::int64_t>(sadd("s", "a"), {"SADD", "s", "a"});
    expect_builds<std::int64_t>(sadd(ids, {1, 2}), {"SADD", "ids", "1", "2"});
    expect_builds<std::int64_t>(srem(tags(1), text_list{"a", "b"}), {"SREM", "tags:1", "a", "b"});
    expect_builds<bool>(sismember(ids, 7), {"SISMEMBER", "ids", "7"});
    expect_builds<std::vector<bool>>(smismember("s", {"a", "b"}), {"SMISMEMBER", "s", "a", "b"});
    expect_builds<id_list>(smembers(ids), {"SMEMBERS", "ids"});
    expect_builds<std::int64_t>(scard("s"), {"SCARD", "s"});
    expect_builds<bool>(smove(tags(1), tags(2), "a"), {"SMOVE", "tags:1", "tags:2", "a"});
    expect_builds<std::optional<std::int64_t>>(spop(ids), {"SPOP", "ids"});
    expect_builds<id_list>(spop(ids, 3), {"SPOP", "ids", "3"});
    expect_builds<std::optional<std::string>>(srandmember("s"), {"SRANDMEMBER", "s"});
    expect_builds<id_list>(srandmember(ids, -3), {"SRANDMEMBER", "ids", "-3"});
    expect_builds<scan_page<std::int64_t>>(sscan(ids, 0, {.count = 5}),
                                           {"SSCAN", "ids", "0", "COUNT", "5"});
}

TEST(commands_of_sets, join_several)
{
    std::vector const some{tags(2), tags(3)};
    expect_builds<text_list>(sinter(tags(1), tags(2)), {"SINTER", "tags:1", "tags:2"});
    expect_builds<text_list>(sunion(tags(1), some), {"SUNION", "tags:1", "tags:2", "tags:3"});
    expect_builds<text_list>(sdiff("a", "b"), {"SDIFF", "a", "b"});
    expect_builds<std::int64_t>(sinterstore(tags(9), tags(1), some),
                                {"SINTERSTORE", "tags:9", "tags:1", "tags:2", "tags:3"});
    expect_builds<std::int64_t>(sunionstore("d", "a", "b"), {"SUNIONSTORE", "d", "a", "b"});
    expect_builds<std::int64_t>(sdiffstore("d", "a"), {"SDIFFSTORE", "d", "a"});
    expect_builds<std::int64_t>(sintercard(keys("a", "b"), 10),
                                {"SINTERCARD", "2", "a", "b", "LIMIT", "10"});
    EXPECT_TRUE(sinterstore("d", "a", "b").is_idempotent());
    EXPECT_FALSE(sdiffstore("d", "a", "d").is_idempotent());
    EXPECT_FALSE(sadd("s", "a").is_idempotent()) << "it would say that the member is old";
}

}  // namespace
}  // namespace redstart::command_test
