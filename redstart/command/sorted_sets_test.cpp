#include "redstart/command/sorted_sets.hpp"

#include "redstart/base/failure.hpp"
#include "redstart/command/blocking_sorted_sets.hpp"
#include "redstart/command/probe_test.hpp"
#include "redstart/command/sample_keys_test.hpp"
#include "redstart/command/sorted_set_ranges.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <map>

namespace redstart::command_test {
namespace {

using namespace std::chrono_literals;
using members = std::vector<std::string>;
using with_scores = std::vector<scored<std::string>>;
constexpr auto infinity = std::numeric_limits<double>::infinity();

TEST(commands_of_sorted_sets, score)
{
    expect_builds<bool>(zadd(ranking, 1.5, "ada"), {"ZADD", "ranking", "1.5", "ada"});
    expect_builds<bool>(zadd(ranking, 100'000, "ada"), {"ZADD", "ranking", "1e+05", "ada"});
    expect_builds<bool>(zadd(ranking, -infinity, "ada"), {"ZADD", "ranking", "-inf", "ada"});
    expect_builds<bool>(zadd(by_id, 0.1, 7), {"ZADD", "by_id", "0.1", "7"});
    expect_builds<bool>(zadd("k", 1, "m"), {"ZADD", "k", "1", "m"});
    expect_builds<bool>(zadd(cities, 1, "Ulm"), {"ZADD", "cities", "1", "Ulm"});
    expect_builds<std::int64_t>(zadd(ranking, {{"ada", 1.5}, {"bob", 2}}),
                                {"ZADD", "ranking", "1.5", "ada", "2", "bob"});
    expect_builds<std::int64_t>(zadd("k", {{1, 1.5}, {"bob", 2}}),
                                {"ZADD", "k", "1.5", "1", "2", "bob"});
    expect_builds<std::int64_t>(zadd(by_id, std::map<int, int>{{7, 1}}),
                                {"ZADD", "by_id", "1", "7"});
    expect_builds<std::int64_t>(zadd(ranking, with_scores{{"ada", 3}}),
                                {"ZADD", "ranking", "3", "ada"});
    expect_builds<double>(zincrby(ranking, 2, "ada"), {"ZINCRBY", "ranking", "2", "ada"});
    expect_builds<std::int64_t>(zrem(by_id, 7), {"ZREM", "by_id", "7"});
    expect_builds<std::int64_t>(zrem(ranking, {"ada", "bob"}), {"ZREM", "ranking", "ada", "bob"});
    EXPECT_THROW(static_cast<void>(zadd(ranking, with_scores{})), failure);
}

TEST(commands_of_sorted_sets, score_under_conditions)
{
    using when = zadd_options::when;
    auto const words_of = [](when condition) {
        auto const built = zadd("k", 1, "m", {.condition = condition});
        std::string words;
        for (std::uint32_t i = 2; i + 2 < built.request().arguments(); ++i)
            words.append(built.request().argument(i)).append(" ");
        return words;
    };
    EXPECT_EQ(words_of(when::always), "");
    EXPECT_EQ(words_of(when::if_absent), "NX ");
    EXPECT_EQ(words_of(when::if_present), "XX ");
    EXPECT_EQ(words_of(when::if_greater), "GT ");
    EXPECT_EQ(words_of(when::if_less), "LT ");
    EXPECT_EQ(words_of(when::if_present_and_greater), "XX GT ");
    EXPECT_EQ(words_of(when::if_present_and_less), "XX LT ");
    expect_builds<std::int64_t>(
        zadd("k", {{"m", 1}}, {.condition = when::if_greater, .count_changed = true}),
        {"ZADD", "k", "GT", "CH", "1", "m"});
    expect_builds<std::optional<double>>(zincrby("k", 2, "m", {.condition = when::if_present}),
                                         {"ZADD", "k", "XX", "INCR", "2", "m"});
}

TEST(commands_of_sorted_sets, read_members)
{
    expect_builds<std::optional<double>>(zscore(ranking, "ada"), {"ZSCORE", "ranking", "ada"});
    expect_builds<std::vector<std::optional<double>>>(zmscore(by_id, {1, 2}),
                                                      {"ZMSCORE", "by_id", "1", "2"});
    expect_builds<std::optional<std::int64_t>>(zrank(ranking, "ada"), {"ZRANK", "ranking", "ada"});
    expect_builds<std::optional<std::int64_t>>(zrevrank(ranking, "ada"),
                                               {"ZREVRANK", "ranking", "ada"});
    expect_builds<std::optional<ranked>>(zrank_with_score(ranking, "ada"),
                                         {"ZRANK", "ranking", "ada", "WITHSCORE"});
    expect_builds<std::optional<ranked>>(zrevrank_with_score(ranking, "ada"),
                                         {"ZREVRANK", "ranking", "ada", "WITHSCORE"});
    expect_builds<std::int64_t>(zcard(ranking), {"ZCARD", "ranking"});
    expect_builds<std::optional<std::int64_t>>(zrandmember(by_id), {"ZRANDMEMBER", "by_id"});
    expect_builds<members>(zrandmember("k", 2), {"ZRANDMEMBER", "k", "2"});
    expect_builds<with_scores>(zrandmember_with_scores("k", 2),
                               {"ZRANDMEMBER", "k", "2", "WITHSCORES"});
    expect_builds<scan_page<scored<std::int64_t>>>(zscan(by_id, 0, {.match = "1*"}),
                                                   {"ZSCAN", "by_id", "0", "MATCH", "1*"});
}

TEST(commands_of_sorted_sets, take_members)
{
    expect_builds<std::optional<scored<std::int64_t>>>(zpopmin(by_id), {"ZPOPMIN", "by_id"});
    expect_builds<std::optional<scored<std::string>>>(zpopmax("k"), {"ZPOPMAX", "k"});
    expect_builds<with_scores>(zpopmin("k", 2), {"ZPOPMIN", "k", "2"});
    expect_builds<with_scores>(zpopmax("k", 2), {"ZPOPMAX", "k", "2"});
    expect_builds<std::optional<popped_several_scored<std::string>>>(
        zmpop(keys("a", "b"), score_end::lowest, 3), {"ZMPOP", "2", "a", "b", "MIN", "COUNT", "3"});
    expect_builds<std::optional<popped_scored<std::string>>>(bzpopmin(keys("a", "b"), 1500ms),
                                                             {"BZPOPMIN", "a", "b", "1.5"});
    expect_builds<std::optional<popped_scored<std::int64_t>>>(bzpopmax(keys(by_id), wait_forever),
                                                              {"BZPOPMAX", "by_id", "0"});
    expect_builds<std::optional<popped_several_scored<std::string>>>(
        bzmpop(keys("a"), score_end::highest, 2s), {"BZMPOP", "2", "1", "a", "MAX", "COUNT", "1"});
    EXPECT_EQ(bzmpop(keys("a"), score_end::highest, 2s).block_time(), 2s);
    EXPECT_TRUE(bzpopmin(keys("a"), 1s).is_blocking());
}

TEST(commands_of_sorted_sets, read_by_rank_score_and_bytes)
{
    expect_builds<members>(zrange(ranking), {"ZRANGE", "ranking", "0", "-1"});
    expect_builds<std::vector<scored<std::int64_t>>>(
        zrange_with_scores(by_id, {.first = 2, .last = 5, .highest_first = true}),
        {"ZRANGE", "by_id", "2", "5", "REV", "WITHSCORES"});
    expect_builds<members>(zrange_by_score("k", {}), {"ZRANGE", "k", "-inf", "inf", "BYSCORE"});
    expect_builds<members>(
        zrange_by_score("k", {.min = 1, .max = 2.5, .without_min = true, .without_max = true}),
        {"ZRANGE", "k", "(1", "(2.5", "BYSCORE"});
    expect_builds<with_scores>(
        zrange_by_score_with_scores(
            "k",
            {.min = 1, .without_max = true, .highest_first = true, .limit = range_limit{2, 3}}),
        {"ZRANGE", "k", "(inf", "1", "BYSCORE", "REV", "LIMIT", "2", "3", "WITHSCORES"});
    expect_builds<members>(zrange_by_lex("k", {}), {"ZRANGE", "k", "-", "+", "BYLEX"});
    expect_builds<members>(
        zrange_by_lex("k", {.min = "a", .max = "b", .without_max = true, .limit = range_limit{}}),
        {"ZRANGE", "k", "[a", "(b", "BYLEX", "LIMIT", "0", "-1"});
    expect_builds<members>(zrange_by_lex("k", {.min = "a", .highest_first = true}),
                           {"ZRANGE", "k", "+", "[a", "BYLEX", "REV"});
}

TEST(commands_of_sorted_sets, keep_count_and_remove_ranges)
{
    expect_builds<std::int64_t>(zrangestore("d", "k", {.first = 1}),
                                {"ZRANGESTORE", "d", "k", "1", "-1"});
    expect_builds<std::int64_t>(zrangestore_by_score("d", "k", {.min = 1}),
                                {"ZRANGESTORE", "d", "k", "1", "inf", "BYSCORE"});
    expect_builds<std::int64_t>(zrangestore_by_lex("d", "k", {.min = "a"}),
                                {"ZRANGESTORE", "d", "k", "[a", "+", "BYLEX"});
    expect_builds<std::int64_t>(zcount("k", {.max = 5, .without_max = true}),
                                {"ZCOUNT", "k", "-inf", "(5"});
    expect_builds<std::int64_t>(zlexcount("k", {.min = "a"}), {"ZLEXCOUNT", "k", "[a", "+"});
    expect_builds<std::int64_t>(zremrangebyrank("k", 0, 5), {"ZREMRANGEBYRANK", "k", "0", "5"});
    expect_builds<std::int64_t>(zremrangebyscore("k", {.min = 1, .highest_first = true}),
                                {"ZREMRANGEBYSCORE", "k", "1", "inf"});
    expect_builds<std::int64_t>(zremrangebylex("k", {.max = "b"}),
                                {"ZREMRANGEBYLEX", "k", "-", "[b"});
}

TEST(commands_of_sorted_sets, join_several)
{
    using aggregate = join_options::aggregate;
    expect_builds<members>(zunion(keys("a", ranking)), {"ZUNION", "2", "a", "ranking"});
    expect_builds<with_scores>(
        zunion_with_scores(keys("a", "b"), {.weights = {2, 0.5}, .scores = aggregate::max}),
        {"ZUNION", "2", "a", "b", "WEIGHTS", "2", "0.5", "AGGREGATE", "MAX", "WITHSCORES"});
    expect_builds<std::vector<std::int64_t>>(zinter(keys(by_id), {.scores = aggregate::min}),
                                             {"ZINTER", "1", "by_id", "AGGREGATE", "MIN"});
    expect_builds<with_scores>(zinter_with_scores(keys("a", "b")),
                               {"ZINTER", "2", "a", "b", "WITHSCORES"});
    expect_builds<members>(zdiff(keys("a", "b")), {"ZDIFF", "2", "a", "b"});
    expect_builds<with_scores>(zdiff_with_scores(keys("a", "b")),
                               {"ZDIFF", "2", "a", "b", "WITHSCORES"});
    expect_builds<std::int64_t>(zintercard(keys("a", "b")),
                                {"ZINTERCARD", "2", "a", "b", "LIMIT", "0"});
    expect_builds<std::int64_t>(zunionstore("d", keys("a", "b"), {.weights = {1, 2}}),
                                {"ZUNIONSTORE", "d", "2", "a", "b", "WEIGHTS", "1", "2"});
    expect_builds<std::int64_t>(zinterstore("d", keys("a", "b")),
                                {"ZINTERSTORE", "d", "2", "a", "b"});
    expect_builds<std::int64_t>(zdiffstore(ranking, keys("a", "b")),
                                {"ZDIFFSTORE", "ranking", "2", "a", "b"});
    EXPECT_FALSE(zunionstore("d", keys("d", "b")).is_idempotent()) << "the scores are added again";
}

TEST(replies_to_commands_of_sorted_sets, are_members_with_scores)
{
    for (auto const* const bytes : {"*4\r\n$1\r\na\r\n$3\r\n1.5\r\n$1\r\nb\r\n$1\r\n2\r\n",
                                    "*2\r\n*2\r\n$1\r\na\r\n,1.5\r\n*2\r\n$1\r\nb\r\n,2\r\n"})
        expect_decoded(bytes, with_scores{{"a", 1.5}, {"b", 2}});
    expect_decoded("*0\r\n", with_scores{});

    using one = std::optional<scored<std::string>>;
    for (auto const* const bytes : {"*2\r\n$1\r\na\r\n$3\r\n1.5\r\n", "*2\r\n$1\r\na\r\n,1.5\r\n"})
        expect_decoded(bytes, one{{"a", 1.5}});
    for (auto const* const bytes : {"*0\r\n", "*-1\r\n", "_\r\n"})
        expect_decoded(bytes, one{});
    for (auto const* const bytes : {"*1\r\n$1\r\na\r\n", "*3\r\n$1\r\na\r\n:1\r\n:2\r\n", "+a\r\n",
                                    "%0\r\n", "%1\r\n+a\r\n:1\r\n"})
        expect_mismatch<one>(bytes);

    expect_decoded("*2\r\n:3\r\n$3\r\n1.5\r\n", std::optional<ranked>{{3, 1.5}});
    expect_decoded("*-1\r\n", std::optional<ranked>{});
    expect_decoded("*3\r\n+k\r\n+a\r\n,1.5\r\n",
                   std::optional<popped_scored<std::string>>{{"k", "a", 1.5}});
    for (auto const* const bytes :
         {"*2\r\n+k\r\n*1\r\n*2\r\n+a\r\n+1.5\r\n", "*2\r\n+k\r\n*1\r\n*2\r\n+a\r\n,1.5\r\n"})
        expect_decoded(bytes,
                       std::optional<popped_several_scored<std::string>>{{"k", {{"a", 1.5}}}});
    expect_decoded("*2\r\n+7\r\n*2\r\n+a\r\n+1.5\r\n",
                   scan_page<scored<std::string>>{7, {{"a", 1.5}}});
}

}  // namespace
}  // namespace redstart::command_test
