#include "redstart/command/sets.hpp"
#include "tests/integration/every_command.hpp"

namespace redstart::integration {

namespace {

template <class T>
std::vector<T> in_order(std::vector<T> all)
{
    std::ranges::sort(all);
    return all;
}

}  // namespace

void run_set_commands(command_runner& run)
{
    constexpr key_of<set_of<std::int64_t>, int> ids{"ids:{}"};
    using numbers = std::vector<std::int64_t>;
    EXPECT_EQ(run.exec(sadd(ids(1), {1, 2, 3})), 3);
    EXPECT_EQ(run.exec(sadd(ids(1), 3)), 0);
    EXPECT_EQ(run.exec(sadd(ids(2), numbers{2, 3, 4})), 3);
    EXPECT_TRUE(run.exec(sismember(ids(1), 1)));
    EXPECT_EQ(run.exec(smismember(ids(1), {1, 9})), (std::vector<bool>{true, false}));
    EXPECT_EQ(in_order(run.exec(smembers(ids(1)))), (numbers{1, 2, 3}));
    EXPECT_EQ(run.exec(scard(ids(1))), 3);
    EXPECT_EQ(in_order(run.exec(sscan(ids(1), 0)).items), (numbers{1, 2, 3}));

    EXPECT_EQ(in_order(run.exec(sinter(ids(1), ids(2)))), (numbers{2, 3}));
    EXPECT_EQ(in_order(run.exec(sunion(ids(1), ids(2)))), (numbers{1, 2, 3, 4}));
    EXPECT_EQ(run.exec(sdiff(ids(1), ids(2))), (numbers{1}));
    EXPECT_EQ(run.exec(sintercard(keys(ids(1), ids(2)))), 2);
    EXPECT_EQ(run.exec(sintercard(keys(ids(1), ids(2)), 1)), 1);
    EXPECT_EQ(run.exec(sinterstore(ids(3), ids(1), ids(2))), 2);
    EXPECT_EQ(run.exec(sunionstore(ids(3), ids(1), ids(2))), 4);
    EXPECT_EQ(run.exec(sdiffstore(ids(3), ids(1), ids(2))), 1);

    EXPECT_EQ(run.exec(srandmember(ids(3))), 1);
    EXPECT_EQ(run.exec(srandmember(ids(3), -2)), (numbers{1, 1}));
    EXPECT_TRUE(run.exec(smove(ids(3), ids(4), 1)));
    EXPECT_FALSE(run.exec(smove(ids(3), ids(4), 1)));
    EXPECT_EQ(run.exec(spop(ids(4))), 1);
    EXPECT_EQ(run.exec(spop(ids(4))), std::nullopt);
    EXPECT_EQ(run.exec(spop(ids(4), 2)), numbers{});
    EXPECT_EQ(run.exec(spop(ids(1), 9)).size(), 3u);
    EXPECT_EQ(run.exec(srem(ids(2), {2, 9})), 1);
    EXPECT_EQ(run.exec(smembers("none")), std::vector<std::string>{});
}

}  // namespace redstart::integration
