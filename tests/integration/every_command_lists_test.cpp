#include "redstart/command/blocking_lists.hpp"
#include "redstart/command/lists.hpp"
#include "tests/integration/every_command.hpp"

namespace redstart::integration {
namespace {

using strings = std::vector<std::string>;

void run_ends(command_runner& run)
{
    EXPECT_EQ(run.exec(lpushx("l", "x")), 0);
    EXPECT_EQ(run.exec(rpush("l", {"c", "d"})), 2);
    EXPECT_EQ(run.exec(lpush("l", {"b", "a"})), 4);
    EXPECT_EQ(run.exec(rpushx("l", "e")), 5);
    EXPECT_EQ(run.exec(lpushx("l", "z")), 6);
    EXPECT_EQ(run.exec(lrange("l")), (strings{"z", "a", "b", "c", "d", "e"}));
    EXPECT_EQ(run.exec(llen("l")), 6);
    EXPECT_EQ(run.exec(lpop("l")), "z");
    EXPECT_EQ(run.exec(rpop("l")), "e");
    EXPECT_EQ(run.exec(lpop("l", 2)), (strings{"a", "b"}));
    EXPECT_EQ(run.exec(rpop("l", 5)), (strings{"d", "c"}));
    EXPECT_EQ(run.exec(lpop("l")), std::nullopt);
    EXPECT_EQ(run.exec(rpop("l", 5)), std::nullopt);
}

void run_inside(command_runner& run)
{
    run.exec(rpush("l", {"a", "b", "a", "c"}));
    EXPECT_EQ(run.exec(lindex("l", -1)), "c");
    EXPECT_EQ(run.exec(lindex("l", 9)), std::nullopt);
    run.exec(lset("l", 1, "B"));
    EXPECT_EQ(run.fails(lset("l", 9, "x")).code(), failure_code::server_error);
    EXPECT_EQ(run.exec(lpos("l", "a", {.rank = -1})), 2);
    EXPECT_EQ(run.exec(lpos("l", "none")), std::nullopt);
    EXPECT_EQ(run.exec(lpos_all("l", "a")), (std::vector<std::int64_t>{0, 2}));
    EXPECT_EQ(run.exec(lpos_all("l", "a", 0, {.look_at = 1})), (std::vector<std::int64_t>{0}));
    EXPECT_EQ(run.exec(linsert_before("l", "B", "x")), 5);
    EXPECT_EQ(run.exec(linsert_after("l", "B", "y")), 6);
    EXPECT_EQ(run.exec(linsert_after("l", "none", "y")), -1);
    EXPECT_EQ(run.exec(linsert_after("none", "B", "y")), 0);
    EXPECT_EQ(run.exec(lrem("l", "a")), 2);
    EXPECT_EQ(run.exec(lrange("l", 0, -2)), (strings{"x", "B", "y"}));
    run.exec(ltrim("l", 0, 0));
    EXPECT_EQ(run.exec(lrange("l")), (strings{"x"}));
}

void run_several_lists(command_runner& run)
{
    constexpr key_of<list<std::int64_t>, int> queue{"queue:{}"};
    constexpr list_ends to_the_left{.taken_from = list_end::right, .put_at = list_end::left};
    using one = std::optional<popped<std::int64_t>>;
    using several = std::optional<popped_several<std::int64_t>>;
    run.exec(rpush(queue(2), {1, 2, 3, 4, 5, 6}));
    EXPECT_EQ(run.exec(lmove(queue(2), queue(3), to_the_left)), 6);
    EXPECT_EQ(run.exec(lmove(queue(1), queue(3))), std::nullopt);
    EXPECT_EQ(run.exec(lmpop(keys(queue(1), queue(2)), list_end::right, 2)),
              (several{{"queue:2", {5, 4}}}));
    EXPECT_EQ(run.exec(lmpop(keys(queue(1)), list_end::left)), several{});

    EXPECT_EQ(run.exec(blpop(keys(queue(1), queue(2)), 5s)), (one{{"queue:2", 1}}));
    EXPECT_EQ(run.exec(brpop(keys(std::vector{queue(2)}), wait_forever)), (one{{"queue:2", 3}}));
    EXPECT_EQ(run.exec(blmove(queue(2), queue(3), to_the_left, 5s)), 2);
    EXPECT_EQ(run.exec(lrange(queue(3))), (std::vector<std::int64_t>{2, 6}));
    EXPECT_EQ(run.exec(blmpop(keys(queue(1), queue(3)), list_end::left, 5s, 9)),
              (several{{"queue:3", {2, 6}}}));
    EXPECT_EQ(run.exec(blpop(keys(queue(1)), 10ms)), one{});
    EXPECT_EQ(run.exec(blmpop(keys(queue(1)), list_end::left, 10ms)), several{});
    EXPECT_EQ(run.exec(blmove(queue(1), queue(3), {}, 10ms)), std::nullopt);
}

}  // namespace

void run_list_commands(command_runner& run)
{
    run_ends(run);
    run_inside(run);
    run_several_lists(run);
}

}  // namespace redstart::integration
