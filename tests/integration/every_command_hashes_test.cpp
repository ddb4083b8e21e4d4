#include "redstart/command/hash_ttl.hpp"
#include "redstart/command/hashes.hpp"
#include "tests/integration/every_command.hpp"

namespace redstart::integration {

void run_hash_commands(command_runner& run)
{
    constexpr key_of<hash<std::string, std::int64_t>> stock{"stock"};
    constexpr key_of<hash<std::string, double>> prices{"prices"};
    using entries = std::vector<std::pair<std::string, std::int64_t>>;
    EXPECT_TRUE(run.exec(hset(stock, "nails", 1)));
    EXPECT_FALSE(run.exec(hset(stock, "nails", 12)));
    EXPECT_FALSE(run.exec(hsetnx(stock, "nails", 1)));
    EXPECT_EQ(run.exec(hgetall(stock)), (entries{{"nails", 12}}));
    EXPECT_EQ(run.exec(hrandfield(stock)), "nails");
    EXPECT_EQ(run.exec(hrandfield(stock, -2)), (std::vector<std::string>{"nails", "nails"}));
    EXPECT_EQ(run.exec(hrandfield_with_values(stock, 5)), (entries{{"nails", 12}}));
    EXPECT_EQ(run.exec(hrandfield_with_values(stock, -2)), (entries{{"nails", 12}, {"nails", 12}}));
    EXPECT_EQ(run.exec(hscan(stock, 0)), (scan_page<entries::value_type>{0, {{"nails", 12}}}));
    EXPECT_EQ(run.exec(hset(stock, {{"nails", 12}, {"nuts", 3}})), 1);
    EXPECT_EQ(run.exec(hget(stock, "nuts")), 3);
    EXPECT_EQ(run.exec(hget(stock, "none")), std::nullopt);
    EXPECT_EQ(run.exec(hmget(stock, {"nuts", "none"})),
              (std::vector<std::optional<std::int64_t>>{3, std::nullopt}));
    EXPECT_EQ(run.exec(hkeys(stock)).size(), 2u);
    EXPECT_EQ(run.exec(hvals(stock)).size(), 2u);
    EXPECT_EQ(run.exec(hlen(stock)), 2);
    EXPECT_EQ(run.exec(hstrlen(stock, "nails")), 2);
    EXPECT_TRUE(run.exec(hexists(stock, "nuts")));
    EXPECT_EQ(run.exec(hincrby(stock, "nuts", -5)), -2);
    EXPECT_EQ(run.exec(hincrbyfloat(prices, "nuts", 0.25)), 0.25);
    EXPECT_EQ(run.exec(hdel(stock, {"nuts", "none"})), 1);
    EXPECT_FALSE(run.exec(hexists(stock, "nuts")));

    EXPECT_EQ(run.exec(hgetall("none")), (std::vector<std::pair<std::string, std::string>>{}));
    EXPECT_EQ(run.exec(hrandfield("none")), std::nullopt);
    EXPECT_EQ(run.exec(hrandfield_with_values("none", 2)).size(), 0u);
    EXPECT_EQ(run.exec(hscan("none", 0)).next, 0u);
}

}  // namespace redstart::integration
