#include "redstart/toolkit/leaderboard.hpp"

#include "redstart/command/keys.hpp"
#include "redstart/command/sorted_sets.hpp"
#include "redstart/command/strings.hpp"
#include "redstart/task/when_all.hpp"
#include "redstart/task/within.hpp"
#include "redstart/toolkit/on_servers_test.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace redstart::toolkit {

namespace {

// A board as a plain sorted vector: slow, and easy to believe.
class board_model {
public:
    explicit board_model(score_policy policy) : policy_{policy} {}

    // Nothing if the score is refused.
    std::optional<board_submission> submit(std::string const& player, double score)
    {
        auto const found = std::ranges::find(players_, player, &board_entry::player);
        bool const is_new = found == players_.end();
        auto const before = is_new ? 0.0 : found->score;
        auto const after = is_new ? score : combined(before, score);
        if (!std::isfinite(after))
            return std::nullopt;
        if (is_new)
            players_.push_back({.player = player, .score = after, .rank = 0});
        else
            found->score = after;
        sort();
        auto const rank = std::ranges::find(players_, player, &board_entry::player)->rank;
        return board_submission{.score = after, .rank = rank, .changed = is_new || before != after};
    }

    bool remove(std::string const& player)
    {
        bool const was_there = std::erase_if(players_, [&](board_entry const& each) {
                                   return each.player == player;
                               }) == 1;
        sort();
        return was_there;
    }

    std::vector<board_entry> top(std::size_t limit, std::size_t offset) const
    {
        auto const first = std::min(offset, players_.size());
        auto const last = std::min(first + limit, players_.size());
        return slice(first, last);
    }

    std::optional<board_standing> standing(std::string const& player, std::size_t neighbours) const
    {
        auto const found = std::ranges::find(players_, player, &board_entry::player);
        if (found == players_.end())
            return std::nullopt;
        auto const at = static_cast<std::size_t>(found - players_.begin());
        return board_standing{.score = found->score,
                              .rank = found->rank,
                              .total = static_cast<std::int64_t>(players_.size()),
                              .above = slice(at - std::min(at, neighbours), at),
                              .below =
                                  slice(at + 1, std::min(at + 1 + neighbours, players_.size()))};
    }

    std::size_t size() const { return players_.size(); }

private:
    double combined(double before, double score) const
    {
        if (policy_ == score_policy::sum)
            return before + score;
        return policy_ == score_policy::last ? score : std::max(before, score);
    }

    void sort()
    {
        std::ranges::sort(players_, [](board_entry const& left, board_entry const& right) {
            return left.score != right.score ? left.score > right.score
                                             : left.player > right.player;
        });
        for (std::size_t i = 0; i < players_.size(); ++i)
            players_[i].rank = static_cast<std::int64_t>(i + 1);
    }

    std::vector<board_entry> slice(std::size_t first, std::size_t last) const
    {
        return {players_.begin() + static_cast<std::ptrdiff_t>(first),
                players_.begin() + static_cast<std::ptrdiff_t>(last)};
    }

    score_policy policy_;
    std::vector<board_entry> players_;
};

class board_history {
public:
    board_history(leaderboard const& board, score_policy policy, unsigned seed, unsigned players)
        : board_{board}, model_{policy}, random_{seed}, players_{players}
    {
    }

    task<> step()
    {
        auto const what = below(10);
        if (what < 5)
            return submit();
        if (what < 7)
            return stand();
        if (what < 9)
            return page();
        return remove();
    }

    int refused() const { return refused_; }

private:
    unsigned below(unsigned end) { return static_cast<unsigned>(random_()) % end; }

    // Prefixes of each other, and bytes above 127: where orders of bytes, text and signed characters differ.
    std::string player()
    {
        auto const number = below(players_);
        std::string id(1 + number % 3, static_cast<char>(number % 2 == 0 ? 'a' : '\xe9'));
        return id + std::to_string(number);
    }

    double score()
    {
        static constexpr std::array<double, 8> odd{0.1,    -0.0,   1e308,  -1e308,
                                                   5e-324, 1e-300, 0x1p53, 1.0 / 3.0};
        if (below(8) == 0)
            return odd[below(odd.size())];
        return static_cast<double>(below(9)) - 4;  // many ties
    }

    task<> submit()
    {
        auto const who = player();
        auto const score_now = score();
        auto const expected = model_.submit(who, score_now);
        if (expected) {
            EXPECT_EQ(co_await board_.submit(who, score_now), *expected) << who << score_now;
            co_return;
        }
        ++refused_;
        try {
            co_await board_.submit(who, score_now);
            ADD_FAILURE() << "an infinite sum was taken";
        } catch (failure const& why) {
            EXPECT_EQ(why.code(), failure_code::invalid_argument);
            EXPECT_EQ(why.outcome(), outcome::refused);
        }
    }

    task<> stand()
    {
        auto const who = player();
        auto const neighbours = below(5);
        EXPECT_EQ(co_await board_.standing(who, neighbours), model_.standing(who, neighbours));
    }

    task<> page()
    {
        auto const limit = below(12);
        auto const offset = below(players_ + 5);
        EXPECT_EQ(co_await board_.top(limit, offset), model_.top(limit, offset));
    }

    task<> remove()
    {
        auto const who = player();
        EXPECT_EQ(co_await board_.remove(who), model_.remove(who));
        EXPECT_EQ(co_await board_.size(), static_cast<std::int64_t>(model_.size()));
    }

    leaderboard const& board_;
    board_model model_;
    std::mt19937 random_;
    unsigned players_;
    int refused_ = 0;
};

class leaderboard_test : public on_servers {
protected:
    leaderboard board(score_policy policy = score_policy::best, std::string name = "weekly")
    {
        return {db, {.name = std::move(name), .policy = policy}};
    }

    int live_through(score_policy policy, unsigned seed, unsigned players, int steps)
    {
        auto const tested = board(policy);
        board_history history{tested, policy, seed, players};
        run([](board_history& of, int left) -> task<> {
            while (left-- > 0 && !HasFailure())
                co_await of.step();
        }(history, steps));
        return history.refused();
    }
};
REDSTART_ON_SERVERS(leaderboard_test);

TEST_P(leaderboard_test, agrees_with_the_model_by_best_score)
{
    live_through(score_policy::best, 1, 20, 1500);
}

TEST_P(leaderboard_test, agrees_with_the_model_by_last_score)
{
    live_through(score_policy::last, 2, 20, 1500);
}

TEST_P(leaderboard_test, agrees_with_the_model_by_sum)
{
    EXPECT_GT(live_through(score_policy::sum, 3, 20, 1500), 0);
}

// More members than a server keeps in its compact encoding.
TEST_P(leaderboard_test, agrees_with_the_model_when_it_is_large)
{
    live_through(score_policy::best, 4, 400, 2500);
}

TEST_P(leaderboard_test, keeps_the_best_score)
{
    auto const best = board();
    EXPECT_EQ(run(best.submit("ada", 12.5)), (board_submission{12.5, 1, true}));
    EXPECT_EQ(run(best.submit("ada", 12)), (board_submission{12.5, 1, false}));
    EXPECT_EQ(run(best.submit("bob", 13)), (board_submission{13, 1, true}));
    EXPECT_EQ(run(best.submit("ada", 12.5)), (board_submission{12.5, 2, false}));
    EXPECT_EQ(run(best.submit("ada", 14)), (board_submission{14, 1, true}));
}

TEST_P(leaderboard_test, keeps_the_last_score)
{
    auto const last = board(score_policy::last);
    EXPECT_EQ(run(last.submit("ada", 5)), (board_submission{5, 1, true}));
    EXPECT_EQ(run(last.submit("ada", 5)), (board_submission{5, 1, false}));
    EXPECT_EQ(run(last.submit("ada", -5)), (board_submission{-5, 1, true}));
}

TEST_P(leaderboard_test, adds_scores_up)
{
    auto const sum = board(score_policy::sum);
    EXPECT_EQ(run(sum.submit("ada", 0.1)), (board_submission{0.1, 1, true}));
    EXPECT_EQ(run(sum.submit("ada", 0.2)), (board_submission{0.1 + 0.2, 1, true}));
    EXPECT_EQ(run(sum.submit("ada", 0)), (board_submission{0.1 + 0.2, 1, false}));
    EXPECT_EQ(run(sum.submit("bob", 0)), (board_submission{0, 2, true}));
}

TEST_P(leaderboard_test, refuses_an_infinite_sum_and_stays_as_it_was)
{
    auto const sum = board(score_policy::sum);
    auto const most = std::numeric_limits<double>::max();
    run(sum.submit("ada", most));
    auto const why = failure_of([&] { return sum.submit("ada", most); });
    ASSERT_TRUE(why);
    EXPECT_EQ(why->code(), failure_code::invalid_argument);
    EXPECT_EQ(why->outcome(), outcome::refused);
    EXPECT_EQ(run(sum.submit("ada", -most)), (board_submission{0, 1, true}));
}

TEST_P(leaderboard_test, keeps_every_bit_of_a_score)
{
    auto const last = board(score_policy::last);
    for (double const score : {0.1 + 0.2, 5e-324, std::numeric_limits<double>::max(), -1e-300,
                               std::nextafter(1.0, 2.0), 9007199254740993.0, 123456789.123456789,
                               std::numeric_limits<double>::lowest(), 1.0 / 3.0}) {
        EXPECT_EQ(run(last.submit("ada", score)).score, score);
        EXPECT_EQ(run(last.top(1)).at(0).score, score);
        EXPECT_EQ(run(last.standing("ada"))->score, score);
    }
}

TEST_P(leaderboard_test, knows_no_minus_zero)
{
    auto const last = board(score_policy::last);
    EXPECT_FALSE(std::signbit(run(last.submit("ada", -0.0)).score));
    std::string const too_long_for_the_compact_encoding(100, 'x');
    EXPECT_FALSE(std::signbit(run(last.submit(too_long_for_the_compact_encoding, -0.0)).score));
}

TEST_P(leaderboard_test, orders_equal_scores_by_id_from_the_greatest)
{
    auto const best = board();
    for (auto const* const id : {"b", "a", "\xff", "ab"})
        run(best.submit(id, 7));
    EXPECT_EQ(run(best.top(10)),
              (std::vector<board_entry>{{"\xff", 7, 1}, {"b", 7, 2}, {"ab", 7, 3}, {"a", 7, 4}}));
}

TEST_P(leaderboard_test, gives_neighbours_at_both_ends)
{
    auto const best = board();
    for (int i = 1; i <= 5; ++i)
        run(best.submit("p" + std::to_string(i), i));
    EXPECT_EQ(run(best.standing("p5", 2)),
              (board_standing{5, 1, 5, {}, {{"p4", 4, 2}, {"p3", 3, 3}}}));
    EXPECT_EQ(run(best.standing("p1", 1)), (board_standing{1, 5, 5, {{"p2", 2, 4}}, {}}));
    EXPECT_EQ(run(best.standing("p3", 1)),
              (board_standing{3, 3, 5, {{"p4", 4, 2}}, {{"p2", 2, 4}}}));
    EXPECT_EQ(run(best.standing("p3", 0)), (board_standing{3, 3, 5, {}, {}}));
    EXPECT_EQ(run(best.standing("nobody")), std::nullopt);
    EXPECT_EQ(run(board(score_policy::best, "empty").standing("p1")), std::nullopt);
}

TEST_P(leaderboard_test, never_answers_with_more_than_a_page)
{
    leaderboard const small{db, {.max_page = 4}};
    for (int i = 0; i < 9; ++i)
        run(small.submit("p" + std::to_string(i), i));
    EXPECT_EQ(run(small.top(100)).size(), 4U);
    EXPECT_EQ(run(small.top(3)).size(), 3U);
    EXPECT_EQ(run(small.top(0)).size(), 0U);
    EXPECT_EQ(run(small.top(100, 7)).size(), 2U);
    auto const found = run(small.standing("p4", 100)).value();
    EXPECT_EQ(found.above.size() + 1 + found.below.size(), 3U);

    leaderboard const none{db, {.max_page = 0}};
    EXPECT_TRUE(run(none.top(5)).empty());
    EXPECT_TRUE(run(none.standing("p4", 5))->above.empty());
}

TEST_P(leaderboard_test, has_nothing_past_its_end)
{
    auto const best = board();
    run(best.submit("ada", 1));
    constexpr auto most = std::numeric_limits<std::size_t>::max();
    for (std::size_t const offset : {std::size_t{1}, std::size_t{1} << 61, std::size_t{1} << 62,
                                     std::size_t{1} << 63, most - 1, most})
        EXPECT_TRUE(run(best.top(10, offset)).empty()) << offset;
    EXPECT_EQ(run(best.top(most, 0)).size(), 1U);
}

TEST_P(leaderboard_test, takes_any_bytes_as_ids)
{
    auto const best = board();
    std::string every_byte;
    for (int c = 0; c < 256; ++c)
        every_byte.push_back(static_cast<char>(c));
    for (auto const& id : {every_byte, std::string{"\0", 1}, std::string{"\r\n"},
                           std::string{"{}%"}, std::string{"$-1\r\n"}, std::string(256, 'x')}) {
        EXPECT_TRUE(run(best.submit(id, 1)).changed);
        EXPECT_EQ(run(best.standing(id))->score, 1);
        EXPECT_EQ(run(best.top(1)).at(0).player, id);
        EXPECT_TRUE(run(best.remove(id)));
        EXPECT_FALSE(run(best.remove(id)));
    }
}

TEST_P(leaderboard_test, refuses_what_makes_no_sense_before_it_is_sent)
{
    auto const best = board();
    auto const refused = [this](auto&& work) {
        auto const why = failure_of(work);
        return why && why->code() == failure_code::invalid_argument &&
               why->outcome() == outcome::not_sent &&
               std::string_view{why->where().file_name()}.ends_with("leaderboard_test.cpp");
    };
    for (double const score : {std::nan(""), HUGE_VAL, -HUGE_VAL})
        EXPECT_TRUE(refused([&] { return best.submit("ada", score); }));
    for (auto const& id : {std::string{}, std::string(257, 'x'), std::string(5'000'000, 'x')}) {
        EXPECT_TRUE(refused([&] { return best.submit(id, 1); }));
        EXPECT_TRUE(refused([&] { return best.standing(id); }));
        EXPECT_TRUE(refused([&] { return best.remove(id); }));
    }
    EXPECT_EQ(ask(dbsize()), 0);
    EXPECT_THROW((leaderboard{db, {.prefix = "a{b"}}), failure);
}

TEST_P(leaderboard_test, sends_one_command_for_each_operation)
{
    auto const sum = board(score_policy::sum);
    auto const sent = sent_during([&]() -> task<> {
        co_await sum.submit("ada", 1);  // makes the script known
        co_await sum.submit("ada", 1);
        co_await sum.top(10);
        co_await sum.remove("ada");
        co_await sum.size();
    });
    ASSERT_GE(sent.size(), 5U);
    auto const count = [&](std::string_view name) {
        return std::ranges::count_if(
            sent, [&](std::string const& each) { return each.starts_with(name); });
    };
    EXPECT_EQ(count("\"EVALSHA\""), 2);
    EXPECT_LE(count("\"EVAL\""), 1);
    EXPECT_EQ(count("\"ZRANGE\""), 1);
    EXPECT_EQ(count("\"ZREM\""), 1);
    EXPECT_EQ(count("\"ZCARD\""), 1);
}

TEST_P(leaderboard_test, touches_its_own_key_only)
{
    client limited{loops, limited_to("redstart:board:{weekly}")};
    for (auto const policy : {score_policy::best, score_policy::last, score_policy::sum}) {
        leaderboard const mine{limited, {.name = "weekly", .policy = policy}};
        EXPECT_NO_THROW(run(mine.submit("ada", 1)));
        EXPECT_NO_THROW(run(mine.standing("ada")));
        EXPECT_NO_THROW(run(mine.top(10)));
        EXPECT_NO_THROW(run(mine.size()));
        EXPECT_NO_THROW(run(mine.remove("ada")));
    }
    leaderboard const other{limited, {.name = "other"}};
    auto const why = failure_of([&] { return other.submit("ada", 1); });
    EXPECT_EQ(why.value().server_code(), "NOPERM");
    EXPECT_TRUE(forbids_other_keys_in_scripts(limited));
    run(limited.stop());
}

TEST_P(leaderboard_test, goes_on_when_the_server_forgets_its_scripts)
{
    auto const sum = board(score_policy::sum);
    for (int i = 1; i <= 3; ++i) {
        EXPECT_EQ(run(sum.submit("ada", 1)).score, i);
        ask(raw<ok>("SCRIPT FLUSH"));
        EXPECT_EQ(run(sum.standing("ada"))->score, i);
        ask(raw<ok>("SCRIPT FLUSH"));
    }
}

task<> submit_together(leaderboard const& board, int times)
{
    std::vector<task<board_submission>> all;
    for (int i = 0; i < times; ++i)
        all.push_back(board.submit("ada", 1));
    co_await when_all(std::move(all));
}

TEST_P(leaderboard_test, loses_no_submission_of_many_at_once)
{
    auto const sum = board(score_policy::sum);
    std::jthread other{[&] { loops.run(submit_together(sum, 500), 1); }};
    run(submit_together(sum, 500));
    other.join();
    EXPECT_EQ(run(sum.standing("ada"))->score, 1000);
}

task<board_submission> submit_within(boot_clock::duration limit, leaderboard const& board)
{
    co_return co_await within(limit, board.submit("ada", 1));
}

TEST_P(leaderboard_test, says_whether_a_submission_without_an_answer_may_count)
{
    auto const sum = board(score_policy::sum);
    run(sum.submit("ada", 1));
    auto const late = failure_of([&] { return submit_within({}, sum); });
    ASSERT_TRUE(late);
    EXPECT_EQ(late->code(), failure_code::timed_out);
    EXPECT_EQ(late->outcome(), outcome::not_sent);
    EXPECT_EQ(run(sum.standing("ada"))->score, 1);

    server.pause();
    auto const unanswered =
        failure_of([&] { return submit_within(std::chrono::milliseconds{20}, sum); });
    server.resume();
    ASSERT_TRUE(unanswered);
    EXPECT_EQ(unanswered->code(), failure_code::timed_out);
    EXPECT_EQ(unanswered->outcome(), outcome::maybe_applied);
    EXPECT_EQ(run(sum.standing("ada"))->score, 2);  // it was
}

TEST_P(leaderboard_test, tells_that_its_key_is_something_else)
{
    ask(set("redstart:board:{weekly}", "text"));
    auto const best = board();
    for (auto const& why : {failure_of([&] { return best.submit("ada", 1); }),
                            failure_of([&] { return best.standing("ada"); }),
                            failure_of([&] { return best.top(3); })}) {
        ASSERT_TRUE(why);
        EXPECT_EQ(why->code(), failure_code::server_error);
        EXPECT_EQ(why->server_code(), "WRONGTYPE");
        EXPECT_TRUE(std::string_view{why->where().file_name()}.ends_with("leaderboard_test.cpp"));
    }
}

TEST_P(leaderboard_test, keeps_boards_of_different_names_and_prefixes_apart)
{
    leaderboard const one{db, {.prefix = "a", .name = "x"}};
    leaderboard const two{db, {.prefix = "a", .name = "y"}};
    leaderboard const three{db, {.prefix = "b", .name = "x"}};
    run(one.submit("ada", 1));
    EXPECT_EQ(run(two.size()), 0);
    EXPECT_EQ(run(three.size()), 0);
    EXPECT_EQ(ask(zscore("a:board:{x}", "ada")), 1);
    EXPECT_EQ(ask(ttl("a:board:{x}")).left, std::nullopt);
}

TEST(score_policy, reads_from_text)
{
    auto policy = score_policy::best;
    EXPECT_TRUE(codec::text_codec<score_policy>::read("sum", policy));
    EXPECT_EQ(policy, score_policy::sum);
    EXPECT_FALSE(codec::text_codec<score_policy>::read("worst", policy));
}

}  // namespace

}  // namespace redstart::toolkit
