#include "redstart/command/blocking_sorted_sets.hpp"
#include "redstart/command/sorted_set_ranges.hpp"
#include "redstart/command/sorted_sets.hpp"
#include "tests/integration/every_command.hpp"

namespace redstart::integration {
namespace {

using names = std::vector<std::string>;
using standings = std::vector<scored<std::string>>;

void run_scores(command_runner& run)
{
    using when = zadd_options::when;
    EXPECT_TRUE(run.exec(zadd("z", 1, "ada")));
    EXPECT_FALSE(run.exec(zadd("z", 5, "ada", {.condition = when::if_absent})));
    EXPECT_EQ(run.exec(zadd("z", {{"ada", 2}, {"bob", 3}, {"cyd", 4}})), 2);
    EXPECT_EQ(run.exec(zadd("z", {{"ada", 1}, {"bob", 3.5}},
                            {.condition = when::if_greater, .count_changed = true})),
              1);
    EXPECT_EQ(run.exec(zincrby("z", 0.5, "ada")), 2.5);
    EXPECT_EQ(run.exec(zincrby("z", 1, "eve", {.condition = when::if_present})), std::nullopt);
    EXPECT_EQ(run.exec(zincrby("z", 1, "ada", {.condition = when::if_present})), 3.5);
    EXPECT_EQ(run.exec(zscore("z", "ada")), 3.5);
    EXPECT_EQ(run.exec(zmscore("z", {"ada", "none"})),
              (std::vector<std::optional<double>>{3.5, std::nullopt}));
    EXPECT_EQ(run.exec(zrank("z", "cyd")), 2);
    EXPECT_EQ(run.exec(zrevrank("z", "cyd")), 0);
    if (run.is_valkey()) {
        EXPECT_EQ(run.exec(zrank_with_score("z", "cyd")), (ranked{2, 4}));
        EXPECT_EQ(run.exec(zrevrank_with_score("z", "none")), std::nullopt);
    }
    EXPECT_EQ(run.exec(zcard("z")), 3);
    EXPECT_EQ(run.exec(zrem("z", {"cyd", "none"})), 1);
}

void run_chance_and_scan(command_runner& run)
{
    run.exec(zadd("one", 1.5, "ada"));
    EXPECT_EQ(run.exec(zrandmember("one")), "ada");
    EXPECT_EQ(run.exec(zrandmember("none")), std::nullopt);
    EXPECT_EQ(run.exec(zrandmember("one", -2)), (names{"ada", "ada"}));
    EXPECT_EQ(run.exec(zrandmember_with_scores("one", -2)),
              (standings{{"ada", 1.5}, {"ada", 1.5}}));
    EXPECT_EQ(run.exec(zscan("one", 0)), (scan_page<scored<std::string>>{0, {{"ada", 1.5}}}));
}

void run_ranges(command_runner& run)
{
    run.exec(zadd("r", {{"a", 1}, {"b", 2}, {"c", 3}}));
    EXPECT_EQ(run.exec(zrange("r", {.first = 1})), (names{"b", "c"}));
    EXPECT_EQ(run.exec(zrange_with_scores("r", {.last = 1, .highest_first = true})),
              (standings{{"c", 3}, {"b", 2}}));
    EXPECT_EQ(run.exec(zrange_by_score("r", {.min = 1, .without_min = true})), (names{"b", "c"}));
    EXPECT_EQ(
        run.exec(zrange_by_score_with_scores(
            "r",
            {.max = 3, .without_max = true, .highest_first = true, .limit = range_limit{0, 1}})),
        (standings{{"b", 2}}));
    EXPECT_EQ(run.exec(zcount("r", {.min = 2})), 2);
    EXPECT_EQ(run.exec(zrangestore("s", "r", {.first = 1})), 2);
    EXPECT_EQ(run.exec(zrangestore_by_score("s", "r", {.min = 3})), 1);

    run.exec(zadd("lex", {{"a", 0}, {"b", 0}, {"c", 0}, {"d", 0}}));
    EXPECT_EQ(run.exec(zrange_by_lex("lex", {.min = "b"})), (names{"b", "c", "d"}));
    EXPECT_EQ(
        run.exec(zrange_by_lex("lex", {.max = "c", .without_max = true, .highest_first = true})),
        (names{"b", "a"}));
    EXPECT_EQ(run.exec(zlexcount("lex", {.max = "b"})), 2);
    EXPECT_EQ(run.exec(zrangestore_by_lex("s", "lex", {.limit = range_limit{1, 2}})), 2);
    EXPECT_EQ(run.exec(zremrangebylex("lex", {.min = "b", .max = "b"})), 1);
    EXPECT_EQ(run.exec(zremrangebyrank("lex", 0, 0)), 1);
    EXPECT_EQ(run.exec(zremrangebyscore("lex", {.max = 0})), 2);
}

void run_several_sets(command_runner& run)
{
    using aggregate = join_options::aggregate;
    run.exec(zadd("x", {{"a", 1}, {"b", 2}}));
    run.exec(zadd("y", {{"b", 10}, {"c", 20}}));
    EXPECT_EQ(run.exec(zunion(keys("x", "y"))), (names{"a", "b", "c"}));
    EXPECT_EQ(run.exec(zunion_with_scores(keys("x", "y"), {.weights = {1, 2}})),
              (standings{{"a", 1}, {"b", 22}, {"c", 40}}));
    EXPECT_EQ(run.exec(zinter(keys("x", "y"))), (names{"b"}));
    EXPECT_EQ(run.exec(zinter_with_scores(keys("x", "y"), {.scores = aggregate::min})),
              (standings{{"b", 2}}));
    EXPECT_EQ(run.exec(zdiff(keys("x", "y"))), (names{"a"}));
    EXPECT_EQ(run.exec(zdiff_with_scores(keys("x", "y"))), (standings{{"a", 1}}));
    EXPECT_EQ(run.exec(zintercard(keys("x", "y"))), 1);
    EXPECT_EQ(run.exec(zunionstore("t", keys("x", "y"), {.scores = aggregate::max})), 3);
    EXPECT_EQ(run.exec(zinterstore("t", keys("x", "y"))), 1);
    EXPECT_EQ(run.exec(zdiffstore("t", keys("x", "y"))), 1);
}

void run_pops(command_runner& run)
{
    using one = std::optional<scored<std::string>>;
    using popped_one = std::optional<popped_scored<std::string>>;
    using several = std::optional<popped_several_scored<std::string>>;
    run.exec(zadd("p", {{"a", 1}, {"b", 2}, {"c", 3}, {"d", 4}, {"e", 5}, {"f", 6}, {"g", 7}}));
    EXPECT_EQ(run.exec(zpopmin("p")), (one{{"a", 1}}));
    EXPECT_EQ(run.exec(zpopmax("p")), (one{{"g", 7}}));
    EXPECT_EQ(run.exec(zpopmin("none")), one{});
    EXPECT_EQ(run.exec(zpopmax("p", 1)), (standings{{"f", 6}}));
    EXPECT_EQ(run.exec(zpopmin("none", 2)), standings{});
    EXPECT_EQ(run.exec(zmpop(keys("none", "p"), score_end::lowest)), (several{{"p", {{"b", 2}}}}));
    EXPECT_EQ(run.exec(zmpop(keys("none"), score_end::lowest)), several{});
    EXPECT_EQ(run.exec(bzpopmin(keys("none", "p"), 5s)), (popped_one{{"p", "c", 3}}));
    EXPECT_EQ(run.exec(bzpopmax(keys("p"), wait_forever)), (popped_one{{"p", "e", 5}}));
    EXPECT_EQ(run.exec(bzmpop(keys("p"), score_end::highest, 5s, 9)), (several{{"p", {{"d", 4}}}}));
    EXPECT_EQ(run.exec(bzpopmin(keys("p"), 10ms)), popped_one{});
    EXPECT_EQ(run.exec(bzmpop(keys("p"), score_end::highest, 10ms)), several{});
}

}  // namespace

void run_sorted_set_commands(command_runner& run)
{
    run_scores(run);
    run_chance_and_scan(run);
    run_ranges(run);
    run_several_sets(run);
    run_pops(run);
}

}  // namespace redstart::integration
