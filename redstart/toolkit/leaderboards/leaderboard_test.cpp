#include "redstart/toolkit/leaderboards/leaderboard.hpp"

#include "redstart/codec/json.hpp"
#include "redstart/command/keys.hpp"
#include "redstart/command/sorted_sets.hpp"
#include "redstart/command/strings.hpp"
#include "redstart/task/when_all.hpp"
#include "redstart/task/within.hpp"
#include "redstart/toolkit/on_servers_test.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

namespace redstart::toolkit::leaderboard_cases {

namespace {

// A board as a plain sorted vector: slow, and easy to believe. Time is the number of the submission.
class board_model {
public:
    explicit board_model(leaderboard_options const& options) : options_{options} {}

    // Nothing if the score is refused.
    std::optional<board_submission> submit(std::string const& player, double score)
    {
        auto const found = std::ranges::find(players_, player, &seated::player);
        bool const is_new = found == players_.end();
        auto const before = is_new ? 0.0 : found->score;
        auto const after = is_new ? score : combined(before, score);
        if (!std::isfinite(after))
            return std::nullopt;
        bool const changed = is_new || before != after;
        if (is_new)
            players_.push_back({.player = player, .score = after, .since = ++time_});
        else if (changed)
            *found = {.player = player, .score = after, .since = ++time_};
        sort();
        if (options_.max_players != 0 && players_.size() > options_.max_players)
            players_.resize(options_.max_players);
        auto const at = std::ranges::find(players_, player, &seated::player);
        auto const rank = at == players_.end() ? 0 : rank_of(*at);
        return board_submission{.score = after, .rank = rank, .changed = changed};
    }

    bool remove(std::string const& player)
    {
        return std::erase_if(players_, [&](seated const& each) { return each.player == player; }) ==
               1;
    }

    std::vector<board_entry> top(std::size_t limit, std::size_t offset) const
    {
        auto const first = std::min(offset, players_.size());
        return slice(first, std::min(first + limit, players_.size()));
    }

    std::vector<board_entry> page_of(std::string const& player, std::size_t size) const
    {
        auto const found = std::ranges::find(players_, player, &seated::player);
        if (found == players_.end())
            return {};
        auto const at = static_cast<std::size_t>(found - players_.begin());
        return top(size, at / size * size);
    }

    std::vector<board_entry> between(leaderboard::score_range range, std::size_t limit,
                                     std::size_t offset) const
    {
        std::vector<board_entry> all;
        for (auto const& each : top(players_.size(), 0))
            if (each.score >= range.lowest && each.score <= range.highest)
                all.push_back(each);
        auto const first = std::min(offset, all.size());
        auto const last = std::min(first + limit, all.size());
        return {all.begin() + static_cast<std::ptrdiff_t>(first),
                all.begin() + static_cast<std::ptrdiff_t>(last)};
    }

    std::optional<board_standing> standing(std::string const& player, std::size_t neighbours) const
    {
        auto const found = std::ranges::find(players_, player, &seated::player);
        if (found == players_.end())
            return std::nullopt;
        auto const at = static_cast<std::size_t>(found - players_.begin());
        return board_standing{.score = found->score,
                              .rank = rank_of(*found),
                              .total = static_cast<std::int64_t>(players_.size()),
                              .above = slice(at - std::min(at, neighbours), at),
                              .below =
                                  slice(at + 1, std::min(at + 1 + neighbours, players_.size()))};
    }

    std::size_t size() const { return players_.size(); }

private:
    struct seated {
        std::string player;
        double score = 0;
        int since = 0;
    };

    bool comes_before(double left, double right) const
    {
        return options_.order == score_order::highest_first ? left > right : left < right;
    }

    double combined(double before, double score) const
    {
        switch (options_.policy) {
        case score_policy::sum: return before + score;
        case score_policy::last: return score;
        case score_policy::best: return comes_before(score, before) ? score : before;
        default: return comes_before(score, before) ? before : score;
        }
    }

    void sort()
    {
        std::ranges::sort(players_, [this](seated const& left, seated const& right) {
            if (left.score != right.score)
                return comes_before(left.score, right.score);
            if (options_.ties_by_time)
                return left.since < right.since;
            return options_.order == score_order::highest_first ? left.player > right.player
                                                                : left.player < right.player;
        });
    }

    // By counting, as the ranks are defined.
    std::int64_t rank_of(seated const& player) const
    {
        std::set<double> distinct;
        std::int64_t better = 0;
        std::int64_t before = 0;
        for (auto const& each : players_) {
            if (each.player == player.player)
                break;
            ++before;
        }
        for (auto const& each : players_)
            if (comes_before(each.score, player.score)) {
                ++better;
                distinct.insert(each.score);
            }
        switch (options_.ranks) {
        case rank_mode::ordinal: return before + 1;
        case rank_mode::competition: return better + 1;
        default: return static_cast<std::int64_t>(distinct.size()) + 1;
        }
    }

    std::vector<board_entry> slice(std::size_t first, std::size_t last) const
    {
        std::vector<board_entry> all;
        for (auto i = first; i < last; ++i)
            all.push_back({players_[i].player, players_[i].score, rank_of(players_[i])});
        return all;
    }

    leaderboard_options options_;
    std::vector<seated> players_;
    int time_ = 0;
};

class board_history {
public:
    board_history(leaderboard const& board, unsigned seed, unsigned players)
        : board_{board}, model_{board.options()}, random_{seed}, players_{players}
    {
    }

    task<> step()
    {
        auto const what = below(13);
        if (what < 5)
            return submit();
        if (what < 7)
            return stand();
        if (what < 9)
            return page();
        if (what < 10)
            return page_of();
        if (what < 12)
            return range();
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

    task<> page_of()
    {
        auto const who = player();
        auto const size = 1 + below(7);
        EXPECT_EQ(co_await board_.page_of(who, size), model_.page_of(who, size));
    }

    task<> range()
    {
        leaderboard::score_range range{score(), score()};  // also from the greater to the lesser
        if (below(10) == 0)
            range = {-HUGE_VAL, HUGE_VAL};
        auto const limit = below(12);
        auto const offset = below(6);
        EXPECT_EQ(co_await board_.between(range, limit, offset),
                  model_.between(range, limit, offset));
        EXPECT_EQ(co_await board_.count_between(range),
                  static_cast<std::int64_t>(model_.between(range, 100'000, 0).size()));
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

    int live_through(leaderboard_options options, unsigned seed, unsigned players, int steps)
    {
        options.name = "weekly";
        leaderboard const tested{db, options};
        board_history history{tested, seed, players};
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
    live_through({.policy = score_policy::best}, 1, 20, 1500);
}

TEST_P(leaderboard_test, agrees_with_the_model_by_last_score)
{
    live_through({.policy = score_policy::last}, 2, 20, 1500);
}

TEST_P(leaderboard_test, agrees_with_the_model_by_sum)
{
    EXPECT_GT(live_through({.policy = score_policy::sum}, 3, 20, 1500), 0);
}

// More members than a server keeps in its compact encoding.
TEST_P(leaderboard_test, agrees_with_the_model_when_it_is_large)
{
    live_through({.policy = score_policy::best}, 4, 400, 2500);
}

// Every policy with every kind of ranks, both orders, both kinds of ties, with and without a limit of players.
TEST_P(leaderboard_test, agrees_with_the_model_in_all_its_layouts)
{
    unsigned seed = 100;
    for (auto const policy :
         {score_policy::best, score_policy::worst, score_policy::last, score_policy::sum})
        for (auto const ranks : {rank_mode::ordinal, rank_mode::competition, rank_mode::dense})
            for (unsigned bits = 0; bits < 8 && !HasFailure(); ++bits) {
                SCOPED_TRACE(static_cast<int>(policy) * 100 + static_cast<int>(ranks) * 10 +
                             static_cast<int>(bits));
                ask(flushdb());
                live_through({.policy = policy,
                              .order = (bits & 1) != 0 ? score_order::lowest_first
                                                       : score_order::highest_first,
                              .ranks = ranks,
                              .ties_by_time = (bits & 2) != 0,
                              .max_players = (bits & 4) != 0 ? 7U : 0U},
                             ++seed, 14, 150);
            }
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
    EXPECT_EQ(run(small.between({0, 9}, 100)).size(), 4U);
    EXPECT_EQ(run(small.page_of("p4", 100)).size(), 4U);
    auto const found = run(small.standing("p4", 100)).value();
    EXPECT_EQ(found.above.size() + 1 + found.below.size(), 3U);

    constexpr auto most = std::numeric_limits<std::size_t>::max();
    leaderboard const large{db, {.max_page = 1'000'000}};
    EXPECT_EQ(run(large.standing("p4", most))->above.size(), 4U);
    EXPECT_EQ(run(large.page_of("p4", most)).size(), 9U);

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
    EXPECT_EQ(count("\"EVALSHA\""), 4);
    EXPECT_LE(count("\"EVAL\""), 3);  // where the script was not known yet
    EXPECT_EQ(count("\"ZCARD\""), 1);
}

TEST_P(leaderboard_test, touches_its_own_key_only)
{
    client limited{loops, limited_to("redstart:board:{weekly}")};
    for (auto const policy :
         {score_policy::best, score_policy::last, score_policy::sum, score_policy::worst}) {
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

TEST_P(leaderboard_test, touches_the_keys_of_its_layout_only)
{
    client limited{loops, limited_to("redstart:board:dense:timed:{weekly}*")};
    leaderboard const mine{limited,
                           {.name = "weekly",
                            .ranks = rank_mode::dense,
                            .ties_by_time = true,
                            .max_players = 2,
                            .ttl = std::chrono::hours{1}}};
    for (int i = 0; i < 4; ++i)
        EXPECT_NO_THROW(run(mine.submit(std::to_string(i), i)));
    EXPECT_NO_THROW(run(mine.standing("3")));
    EXPECT_NO_THROW(run(mine.page_of("3", 2)));
    EXPECT_NO_THROW(run(mine.between({0, 9}, 5)));
    EXPECT_NO_THROW(run(mine.remove("3")));
    EXPECT_TRUE(run(mine.erase()));
    EXPECT_FALSE(run(mine.erase()));
    EXPECT_EQ(ask(exists(std::string{"redstart:board:dense:timed:{weekly}:distinct"},
                         std::string{"redstart:board:dense:timed:{weekly}:stamps"})),
              0);
    run(limited.stop());
}

TEST_P(leaderboard_test, ranks_equal_scores_in_three_ways)
{
    auto const ranks_of = [&](rank_mode mode) {
        leaderboard const tested{db, {.name = "ranks", .ranks = mode}};
        for (auto const& [player, score] : {std::pair{"a", 9}, {"b", 7}, {"c", 7}, {"d", 5}})
            run(tested.submit(player, score));
        std::vector<std::int64_t> all;
        for (auto const& each : run(tested.top(10)))
            all.push_back(each.rank);
        return all;
    };
    EXPECT_EQ(ranks_of(rank_mode::ordinal), (std::vector<std::int64_t>{1, 2, 3, 4}));
    EXPECT_EQ(ranks_of(rank_mode::competition), (std::vector<std::int64_t>{1, 2, 2, 4}));
    EXPECT_EQ(ranks_of(rank_mode::dense), (std::vector<std::int64_t>{1, 2, 2, 3}));
}

TEST_P(leaderboard_test, ranks_whoever_reached_a_score_first)
{
    for (auto const order : {score_order::highest_first, score_order::lowest_first}) {
        leaderboard const timed{
            db, {.policy = score_policy::last, .order = order, .ties_by_time = true}};
        for (auto const* const player : {"mid", "aaa", "zzz"})
            run(timed.submit(player, 7));
        // no later than before
        EXPECT_EQ(run(timed.submit("mid", 7)), (board_submission{7, 1, false}));
        EXPECT_EQ(run(timed.standing("zzz"))->rank, 3);
        run(timed.submit("mid", 8));
        EXPECT_EQ(run(timed.submit("mid", 7)), (board_submission{7, 3, true}));
        EXPECT_EQ(run(timed.top(1)).at(0).player, "aaa");
    }
}

TEST_P(leaderboard_test, lets_the_last_fall_off_when_it_is_full)
{
    leaderboard const small{db,
                            {.ranks = rank_mode::dense, .ties_by_time = true, .max_players = 2}};
    run(small.submit("ada", 5));
    run(small.submit("bob", 4));
    EXPECT_EQ(run(small.submit("cyd", 3)), (board_submission{3, 0, true}));
    EXPECT_EQ(run(small.submit("dan", 6)).rank, 1);
    EXPECT_EQ(run(small.standing("bob")), std::nullopt);
    EXPECT_EQ(run(small.size()), 2);
    EXPECT_EQ(ask(zcard("redstart:board:dense:timed:{default}:distinct")), 2);
    EXPECT_EQ(ask(raw<std::int64_t>("HLEN", "redstart:board:dense:timed:{default}:stamps")), 2);
    for (auto const* const player : {"ada", "dan"})
        run(small.remove(player));
    EXPECT_EQ(ask(dbsize()), 0);  // no key is left behind
}

TEST_P(leaderboard_test, shrinks_to_a_new_limit_a_hundred_players_at_a_time)
{
    std::vector<board_score> many;
    for (int i = 0; i < 250; ++i)
        many.push_back({"p" + std::to_string(i), 1.0 * i});
    run(leaderboard{db, {}}.submit_all(many));
    leaderboard const small{db, {.max_players = 7}};
    double score = 1000;
    for (int const left : {151, 51, 7, 7}) {
        run(small.submit("ada", ++score));
        EXPECT_EQ(run(small.size()), left);
    }
    EXPECT_EQ(run(small.top(7)).back().player, "p244");
    leaderboard const sums{db, {.policy = score_policy::sum, .max_players = 6}};
    EXPECT_EQ(run(sums.submit("p244", -4)), (board_submission{240, 0, true}));
}

TEST_P(leaderboard_test, ends_as_a_whole_when_its_time_to_live_is_over)
{
    leaderboard const mortal{
        db, {.ranks = rank_mode::dense, .ties_by_time = true, .ttl = std::chrono::hours{1}}};
    run(mortal.submit("ada", 5));
    constexpr auto at = "redstart:board:dense:timed:{default}";
    for (auto const* const part : {"", ":distinct", ":stamps"})
        EXPECT_TRUE(ask(ttl(std::string{at} + part)).left) << part;
    ask(expire(at, std::chrono::seconds{100}));
    run(mortal.submit("ada", 6));  // the only member changes, and the key stays
    EXPECT_LE(ask(ttl(at)).left, std::chrono::seconds{100});
    ask(persist(at));
    run(mortal.submit("ada", 6));
    EXPECT_TRUE(ask(ttl(at)).left);
    EXPECT_GT(run(mortal.report()).ttl_ms, 0);
}

// Evicted, or deleted by somebody who knows of one key only.
TEST_P(leaderboard_test, begins_anew_when_the_board_itself_is_lost)
{
    for (auto const order : {score_order::highest_first, score_order::lowest_first}) {
        leaderboard const timed{db,
                                {.order = order, .ranks = rank_mode::dense, .ties_by_time = true}};
        for (int i = 0; i < 9; ++i)
            run(timed.submit("p" + std::to_string(i), i));
        std::string const at = order == score_order::highest_first
                                   ? "redstart:board:dense:timed:{default}"
                                   : "redstart:board:dense:timed:lowest:{default}";
        ask(del(at));
        EXPECT_EQ(run(timed.submit("p4", 4)), (board_submission{4, 1, true}));
        EXPECT_EQ(ask(zcard(at + ":distinct")), 1);
        EXPECT_EQ(ask(raw<std::int64_t>("HLEN", at + ":stamps")), 1);
    }
}

TEST_P(leaderboard_test, takes_exact_integers_only_where_it_is_told_to)
{
    leaderboard const whole{db, {.policy = score_policy::sum, .integers = true}};
    for (double const score : {0.5, 0x1p53, -0x1p53, 1e300}) {
        auto const why = failure_of([&] { return whole.submit("ada", score); });
        ASSERT_TRUE(why);
        EXPECT_EQ(why->outcome(), outcome::not_sent);
    }
    EXPECT_EQ(run(whole.submit("ada", 0x1p53 - 1)).score, 0x1p53 - 1);
    EXPECT_EQ(failure_of([&] { return whole.submit("ada", 1); }).value().outcome(),
              outcome::refused);
    EXPECT_EQ(run(whole.submit("ada", -1)).score, 0x1p53 - 2);
}

TEST_P(leaderboard_test, takes_many_submissions_in_one_round_trip)
{
    leaderboard const sum{db, {.policy = score_policy::sum}};
    constexpr auto greatest = std::numeric_limits<double>::max();
    auto const told =
        run(sum.submit_all({{"ada", 1}, {"bob", greatest}, {"ada", 2}, {"bob", greatest}}));
    ASSERT_EQ(told.size(), 4U);
    EXPECT_EQ(told[0].value(), (board_submission{1, 1, true}));
    EXPECT_EQ(told[2].value(), (board_submission{3, 2, true}));
    EXPECT_EQ(told[3].error().outcome(), outcome::refused);
    EXPECT_TRUE(failure_of([&] { return sum.submit_all({{"ada", 1}, {"", 1}}); }));
    EXPECT_EQ(run(sum.standing("ada"))->score, 3);
}

TEST_P(leaderboard_test, reports_what_it_holds)
{
    leaderboard const golf{db, {.order = score_order::lowest_first}};
    EXPECT_EQ(run(golf.report()).first_score, std::nullopt);
    run(golf.submit_all({{"ada", 70}, {"bob", 68}, {"cyd", 75}}));
    auto const told = run(golf.report());
    EXPECT_EQ(told.players, 3);
    EXPECT_EQ(told.first_score, 68);
    EXPECT_EQ(told.last_score, 75);
    EXPECT_EQ(told.ttl_ms, std::nullopt);
    EXPECT_EQ(codec::to_json(run(golf.top(1))), R"([{"player":"bob","score":68,"rank":1}])");
    EXPECT_TRUE(failure_of([&] { return golf.between({std::nan(""), 1}, 5); }));
    EXPECT_THROW((leaderboard{db, {.ttl = std::chrono::milliseconds{0}}}), failure);
    EXPECT_THROW((leaderboard{db, {.max_page = 1'000'001}}), failure);
}

TEST(score_policy, reads_from_text)
{
    auto policy = score_policy::best;
    EXPECT_TRUE(codec::text_codec<score_policy>::read("sum", policy));
    EXPECT_EQ(policy, score_policy::sum);
    EXPECT_FALSE(codec::text_codec<score_policy>::read("middle", policy));
}

}  // namespace

}  // namespace redstart::toolkit::leaderboard_cases
