#include "redstart/toolkit/counters/counter.hpp"

#include "redstart/command/keys.hpp"
#include "redstart/command/strings.hpp"
#include "redstart/task/when_all.hpp"
#include "redstart/task/within.hpp"
#include "redstart/toolkit/on_servers_test.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace redstart::toolkit::counter_cases {

namespace {

using std::chrono::milliseconds;
using limits = std::numeric_limits<std::int64_t>;

constexpr auto an_hour = std::chrono::milliseconds{std::chrono::hours{1}};

// Counters as a map and integers that cannot overflow.
class counter_model {
public:
    explicit counter_model(counter_options const& options) : options_{options} {}

    counter_state add(std::string const& name, std::int64_t delta)
    {
        __extension__ using wide = __int128;
        auto const sum = wide{value_of(name)} + delta;
        bool const passes = delta > 0 ? sum > options_.ceiling : sum < options_.floor;
        counter_state told{.value = value_of(name), .applied = delta == 0 || !passes};
        if (told.applied && delta != 0)
            values_[name] = told.value = static_cast<std::int64_t>(sum);
        return told;
    }

    counter_state add_once(std::string const& name, std::int64_t delta, std::string const& id)
    {
        if (done_.contains({name, id}))
            return {.value = value_of(name), .applied = true, .repeated = true};
        auto const told = add(name, delta);
        if (told.applied)
            done_.insert({name, id});
        return told;
    }

    std::int64_t value_of(std::string const& name) const
    {
        auto const found = values_.find(name);
        return found == values_.end() ? 0 : found->second;
    }
    void set(std::string const& name, std::int64_t value) { values_[name] = value; }
    bool erase(std::string const& name) { return values_.erase(name) == 1; }

private:
    counter_options options_;
    std::map<std::string, std::int64_t> values_;
    std::set<std::pair<std::string, std::string>> done_;
};

class counter_history {
public:
    counter_history(client& db, counter_options const& options, unsigned seed)
        : tested_{db, options}, model_{options}, random_{seed}
    {
    }

    task<> step()
    {
        auto const name = std::to_string(below(4));
        auto const what = below(12);
        if (what < 5) {
            auto const delta = some_step();
            EXPECT_EQ(co_await tested_.add(name, delta), model_.add(name, delta)) << delta;
        } else if (what < 9) {
            auto const delta = some_step();
            auto const id = std::to_string(below(300));
            EXPECT_EQ(co_await tested_.add(name, delta, id), model_.add_once(name, delta, id));
        } else if (what == 9) {
            EXPECT_EQ(co_await tested_.get(name), model_.value_of(name));
        } else if (what == 10) {
            auto const value =
                std::clamp(some_step(), tested_.options().floor, tested_.options().ceiling);
            co_await tested_.set(name, value);
            model_.set(name, value);
        } else {
            EXPECT_EQ(co_await tested_.erase(name), model_.erase(name));
        }
    }

private:
    unsigned below(unsigned end) { return static_cast<unsigned>(random_()) % end; }

    // Small ones, and those around every border that there is.
    std::int64_t some_step()
    {
        static constexpr std::array<std::int64_t, 8> odd{
            limits::max(),     limits::max() - 1, limits::min() + 1, limits::max() / 2,
            limits::min() / 2, (1LL << 53) + 1,   -(1LL << 53) - 1,  0};
        if (below(4) == 0)
            return odd[below(odd.size())];
        return static_cast<std::int64_t>(below(21)) - 10;
    }

    counter tested_;
    counter_model model_;
    std::mt19937 random_;
};

class counter_test : public on_servers {
protected:
    void live_through(counter_options const& options, unsigned seed)
    {
        counter_history history{db, options, seed};
        run([](counter_history& of) -> task<> {
            for (int left = 1500; left > 0 && !HasFailure(); --left)
                co_await of.step();
        }(history));
    }

    bool refused(auto&& work)
    {
        auto const why = failure_of(work);
        return why && why->code() == failure_code::invalid_argument &&
               why->outcome() == outcome::not_sent &&
               std::string_view{why->where().file_name()}.ends_with("counter_test.cpp");
    }
};
REDSTART_ON_SERVERS(counter_test);

TEST_P(counter_test, agrees_with_the_model_without_bounds) { live_through({}, 1); }

TEST_P(counter_test, agrees_with_the_model_within_narrow_bounds)
{
    live_through({.floor = -7, .ceiling = 12}, 2);
}

TEST_P(counter_test, agrees_with_the_model_at_the_ends_of_int64)
{
    live_through({.floor = limits::min() + 5, .ceiling = limits::max() - 5}, 3);
    live_through({.name = "other", .floor = 0}, 4);
}

TEST_P(counter_test, refuses_a_step_that_would_overflow_and_stays_as_it_was)
{
    counter const all{db, {}};
    run(all.set("x", limits::max()));
    EXPECT_EQ(run(all.add("x", 1)), (counter_state{.value = limits::max()}));
    EXPECT_EQ(run(all.get("x")), limits::max());
    EXPECT_EQ(run(all.add("x", limits::min() + 1)).value, 0);
}

TEST_P(counter_test, lets_a_value_outside_of_new_bounds_come_nearer)
{
    run(counter{db, {}}.set("x", 100));
    counter const bounded{db, {.ceiling = 10}};
    EXPECT_FALSE(run(bounded.add("x", 1)).applied);
    EXPECT_EQ(run(bounded.add("x", -1)).value, 99);
}

TEST_P(counter_test, gives_a_time_to_live_when_it_is_created_and_does_not_prolong_it)
{
    counter const mortal{db, {.ttl = an_hour}};
    EXPECT_EQ(run(mortal.add("x")).ttl, an_hour);
    ask(expire("redstart:counter:default:{x}", std::chrono::seconds{100}));
    EXPECT_LE(run(mortal.add("x")).ttl, std::chrono::seconds{100});
    run(mortal.set("x", 5));
    auto const left = ask(ttl("redstart:counter:default:{x}")).left;
    EXPECT_TRUE(left && *left <= std::chrono::seconds{100});

    ask(persist("redstart:counter:default:{x}"));
    EXPECT_EQ(run(mortal.add("x", 0)).ttl, an_hour);  // given back
    ask(persist("redstart:counter:default:{x}"));
    run(mortal.set("x", 5));
    EXPECT_TRUE(ask(ttl("redstart:counter:default:{x}")).left);
    run(mortal.set("new", 5));
    EXPECT_TRUE(ask(ttl("redstart:counter:default:{new}")).left);
    EXPECT_EQ(run(mortal.add("none", 0)).ttl, std::nullopt);
}

TEST_P(counter_test, does_not_expire_unless_told_to)
{
    counter const eternal{db, {}};
    EXPECT_EQ(run(eternal.add("x")).ttl, std::nullopt);
    EXPECT_EQ(ask(get("redstart:counter:default:{x}")), "1");
}

TEST_P(counter_test, applies_an_operation_once)
{
    counter const stock{db, {.ceiling = 10}};
    EXPECT_EQ(run(stock.add("x", 4, "a")), (counter_state{.value = 4, .applied = true}));
    EXPECT_EQ(run(stock.add("x", 5)).value, 9);
    EXPECT_EQ(run(stock.add("x", 4, "a")),
              (counter_state{.value = 9, .applied = true, .repeated = true}));
    EXPECT_EQ(run(stock.add("y", 4, "a")).value, 4);  // of another counter
    EXPECT_FALSE(run(stock.add("x", 4, "b")).applied);
    run(stock.add("x", -9));
    EXPECT_EQ(run(stock.add("x", 4, "b")), (counter_state{.value = 4, .applied = true}));
    run(stock.erase("x"));
    EXPECT_TRUE(run(stock.add("x", 4, "b")).repeated);
    EXPECT_EQ(run(stock.get("x")), 0);
}

TEST_P(counter_test, forgets_the_oldest_of_too_many_operations)
{
    counter const few{db, {.max_operations = 3}};
    for (auto const* const id : {"a", "b", "c", "d"})
        run(few.add("x", 1, id));
    EXPECT_EQ(run(few.report("x")).operations, 3);
    EXPECT_TRUE(run(few.add("x", 1, "b")).repeated);
    EXPECT_FALSE(run(few.add("x", 1, "a")).repeated);
    EXPECT_EQ(run(few.get("x")), 5);
}

TEST_P(counter_test, forgets_an_operation_after_its_time)
{
    counter const brief{db, {.remember = milliseconds{20}}};
    run(brief.add("x", 1, "a"));
    while (run(brief.add("x", 1, "a")).repeated) {}
    EXPECT_EQ(run(brief.get("x")), 2);

    // Also where others keep coming, and the ids as a whole do not go.
    int others = 0;
    while (run(brief.add("x", 1, "a")).repeated)
        run(brief.add("x", 1, "other " + std::to_string(++others)));
    EXPECT_EQ(run(brief.get("x")), 3 + others);
}

TEST_P(counter_test, lets_the_ids_of_a_counter_go_when_nobody_adds_anymore)
{
    run(counter{db, {}}.add("x", 1, "a"));
    auto const left = ask(ttl("redstart:counter:default:{x}:operations")).left;
    EXPECT_TRUE(left && *left > std::chrono::minutes{9} && *left <= std::chrono::minutes{11});
}

TEST_P(counter_test, takes_an_id_for_one_addition_whatever_its_step_is)
{
    counter const all{db, {}};
    run(all.add("x", 4, "a"));
    for (std::int64_t const delta : {9, -4, 0})
        EXPECT_EQ(run(all.add("x", delta, "a")),
                  (counter_state{.value = 4, .applied = true, .repeated = true}));
}

constexpr auto ids_of_x = "redstart:counter:default:{x}:operations";

// Ids that were kept before the clock was set back are not newer than those that come after.
TEST_P(counter_test, remembers_the_newest_operation_also_when_the_clock_is_behind)
{
    ask(raw<std::int64_t>("ZADD", ids_of_x, "8000000000000000", "ahead"));
    counter const one{db, {.max_operations = 1}};
    for (auto const* const id : {"z", "y", "a"}) {
        EXPECT_FALSE(run(one.add("x", 1, id)).repeated);
        EXPECT_TRUE(run(one.add("x", 1, id)).repeated) << id;
    }
    EXPECT_EQ(run(one.report("x")).operations, 1);
}

TEST_P(counter_test, removes_few_ids_at_once_and_knows_none_of_the_others)
{
    ask(raw<ignored>("EVAL", "for i = 1, 250 do redis.call('ZADD', KEYS[1], 1, i) end return 1", 1,
                     ids_of_x));
    counter const all{db, {}};
    EXPECT_EQ(run(all.add("x", 1, "new")).value, 1);
    EXPECT_EQ(run(all.report("x")).operations, 151);
    EXPECT_FALSE(run(all.add("x", 1, "99")).repeated);  // still there, but too old
    EXPECT_EQ(run(all.report("x")).operations, 51);
    EXPECT_TRUE(run(all.add("x", 1, "99")).repeated);
    EXPECT_EQ(run(all.report("x")).operations, 2);

    counter const few{db, {.max_operations = 10}};
    for (int i = 0; i < 250; ++i)
        run(all.add("x", 1, std::to_string(i)));
    run(few.add("x", 1, "next"));
    EXPECT_EQ(run(all.report("x")).operations, 152);
    EXPECT_TRUE(run(few.add("x", 1, "next")).repeated);
}

TEST_P(counter_test, takes_any_bytes_as_names_and_ids)
{
    counter const all{db, {}};
    std::vector<std::string> const odd{"",
                                       "%",
                                       "{",
                                       "}",
                                       "{}",
                                       "}{x}",
                                       std::string{"\0", 1},
                                       "\r\n",
                                       "\xff\xfe",
                                       "%7B",
                                       ":",
                                       "a}:operations",
                                       std::string(200, 'x'),
                                       std::string(201, 'x')};
    for (auto const& name : odd)
        EXPECT_EQ(run(all.add(name)).value, 1);
    int so_far = 1;
    for (auto const& id : odd)
        if (!id.empty())
            EXPECT_EQ(run(all.add("", 1, id)).value, ++so_far);
    for (auto const& name : odd)
        EXPECT_EQ(run(all.get(name)), name.empty() ? so_far : 1);
}

task<std::vector<counter_state>> add_together(counter const& to, std::string id, int times)
{
    std::vector<task<counter_state>> all;
    for (int i = 0; i < times; ++i)
        all.push_back(id.empty() ? to.add("x") : to.add("x", 1, id));
    co_return co_await when_all(std::move(all));
}

TEST_P(counter_test, admits_exactly_the_ceiling_of_many_at_once)
{
    counter const capped{db, {.ceiling = 100}};
    std::vector<counter_state> there;
    std::jthread other{[&] { there = loops.run(add_together(capped, {}, 1000), 1); }};
    auto const here = run(add_together(capped, {}, 1000));
    other.join();
    EXPECT_EQ(std::ranges::count_if(here, &counter_state::applied) +
                  std::ranges::count_if(there, &counter_state::applied),
              100);
    EXPECT_EQ(run(capped.get("x")), 100);
}

TEST_P(counter_test, applies_one_of_many_repeats_at_once)
{
    counter const all{db, {}};
    std::jthread other{[&] { loops.run(add_together(all, "same", 200), 1); }};
    run(add_together(all, "same", 200));
    other.join();
    EXPECT_EQ(run(all.get("x")), 1);
}

task<counter_state> add_in_vain(counter const& to)
{
    co_return co_await within(milliseconds{20}, to.add("x", 3, "a"));
}

TEST_P(counter_test, adds_once_when_an_addition_without_an_answer_is_sent_again)
{
    counter const all{db, {}};
    run(all.add("x"));
    server.pause();
    auto const unanswered = failure_of([&] { return add_in_vain(all); });
    server.resume();
    EXPECT_EQ(unanswered.value().outcome(), outcome::maybe_applied);
    EXPECT_EQ(run(all.add("x", 3, "a")),
              (counter_state{.value = 4, .applied = true, .repeated = true}));
}

TEST_P(counter_test, adds_to_many_in_one_round_trip)
{
    counter const capped{db, {.ceiling = 5}};
    ask(raw<std::int64_t>("LPUSH", "redstart:counter:default:{list}", "x"));
    auto const told = run(capped.add_all(
        {{"a", 3, {}}, {"a", 3, {}}, {"list", 1, {}}, {"b", 2, "id"}, {"b", 2, "id"}}));
    ASSERT_EQ(told.size(), 5U);
    EXPECT_EQ(told[0].value(), (counter_state{.value = 3, .applied = true}));
    EXPECT_FALSE(told[1].value().applied);
    EXPECT_EQ(told[2].error().server_code(), "WRONGTYPE");
    EXPECT_EQ(told[3].value().value, 2);
    EXPECT_TRUE(told[4].value().repeated);
    EXPECT_EQ(run(capped.get_all({"b", "none", "a"})), (std::vector<std::int64_t>{2, 0, 3}));
    EXPECT_TRUE(run(capped.add_all({})).empty());
    EXPECT_TRUE(run(capped.get_all({})).empty());
}

TEST_P(counter_test, reports_what_there_is)
{
    counter const mortal{db, {.ttl = an_hour}};
    EXPECT_FALSE(run(mortal.report("x")).exists);
    run(mortal.add("x", 7, "a"));
    auto const told = run(mortal.report("x"));
    EXPECT_TRUE(told.exists);
    EXPECT_EQ(told.value, 7);
    EXPECT_EQ(told.operations, 1);
    EXPECT_GT(told.ttl_ms, 0);
}

TEST_P(counter_test, reports_and_erases_many_in_one_round_trip)
{
    counter const all{db, {}};
    run(all.add_all({{"a", 3, {}}, {"b", 2, "id"}}));
    auto const told = run(all.report_all({"b", "none", "a"}));
    ASSERT_EQ(told.size(), 3U);
    EXPECT_EQ(told[0].value, 2);
    EXPECT_EQ(told[0].operations, 1);
    EXPECT_FALSE(told[1].exists);
    EXPECT_EQ(told[2].value, 3);
    EXPECT_TRUE(run(all.report_all({})).empty());
    EXPECT_EQ(run(all.erase_all({"b", "none", "a"})), 2);
    EXPECT_EQ(run(all.erase_all({})), 0);
    EXPECT_EQ(run(all.get_all({"a", "b"})), (std::vector<std::int64_t>{0, 0}));
}

TEST_P(counter_test, goes_on_when_the_server_forgets_its_scripts)
{
    counter const all{db, {}};
    for (int i = 1; i <= 3; ++i) {
        ask(raw<ok>("SCRIPT FLUSH"));
        EXPECT_EQ(run(all.add("x")).value, i);
        ask(raw<ok>("SCRIPT FLUSH"));
        EXPECT_EQ(run(all.add_all({{"y", 1, {}}, {"y", 1, {}}})).at(1).value().value, 2 * i);
    }
}

TEST_P(counter_test, touches_its_own_keys_only)
{
    client limited{loops, limited_to("redstart:counter:stock:{x}*")};
    counter const mine{limited, {.name = "stock"}};
    EXPECT_TRUE(run(mine.add("x", 1, "a")).applied);
    EXPECT_NO_THROW(run(mine.set("x", 1)));
    EXPECT_NO_THROW(run(mine.report("x")));
    EXPECT_NO_THROW(run(mine.erase("x")));
    EXPECT_EQ(failure_of([&] { return mine.add("y"); }).value().server_code(), "NOPERM");
    EXPECT_TRUE(forbids_other_keys_in_scripts(limited));
    run(limited.stop());
}

TEST_P(counter_test, refuses_what_makes_no_sense_before_it_is_sent)
{
    counter const bounded{db, {.floor = -5, .ceiling = 5}};
    EXPECT_TRUE(refused([&] { return bounded.add("x", limits::min()); }));
    EXPECT_TRUE(refused([&] { return bounded.add("x", 1, ""); }));
    EXPECT_TRUE(refused([&] { return bounded.add("x", 1, std::string(257, 'x')); }));
    EXPECT_TRUE(refused([&] { return bounded.add_all({{"x", limits::min(), {}}}); }));
    EXPECT_TRUE(refused([&] { return bounded.set("x", 6); }));
    EXPECT_TRUE(refused([&] { return bounded.set("x", -6); }));
    EXPECT_EQ(ask(dbsize()), 0);
    for (auto const& senseless :
         {counter_options{.prefix = "a{b"}, counter_options{.name = "a}b"},
          counter_options{.floor = 1}, counter_options{.ceiling = -1},
          counter_options{.ttl = milliseconds{0}}, counter_options{.remember = milliseconds{0}},
          counter_options{.remember = std::chrono::days{32}}, counter_options{.max_operations = 0},
          counter_options{.max_operations = 100'001}})
        EXPECT_THROW((counter{db, senseless}), failure);
}

TEST_P(counter_test, tells_that_its_key_is_something_else)
{
    ask(raw<ok>("SET", "redstart:counter:default:{x}", "text"));
    counter const all{db, {}};
    EXPECT_EQ(failure_of([&] { return all.add("x", -1); }).value().code(),
              failure_code::server_error);
    EXPECT_EQ(failure_of([&] { return all.get("x"); }).value().code(), failure_code::decode_failed);
}

TEST_P(counter_test, adds_to_nothing_that_is_no_whole_number_of_64_bits)
{
    counter const all{db, {}};
    for (auto const* const text : {"", " 1", "007", "+1", "1.5", "1e3", "nan", "-0", "0x10",
                                   "9223372036854775808", "-99999999999999999999"}) {
        ask(set("redstart:counter:default:{x}", text));
        for (std::int64_t const delta : {1, -1})
            EXPECT_TRUE(failure_of([&] { return all.add("x", delta, "id"); })) << text;
        EXPECT_EQ(ask(get("redstart:counter:default:{x}")), text);
    }
    EXPECT_EQ(ask(exists(ids_of_x)), 0);
}

TEST_P(counter_test, adds_nothing_when_it_cannot_remember_the_operation)
{
    ask(set(ids_of_x, "text"));
    counter const all{db, {}};
    EXPECT_EQ(failure_of([&] { return all.add("x", 1, "a"); }).value().server_code(), "WRONGTYPE");
    EXPECT_EQ(run(all.get("x")), 0);
}

}  // namespace

}  // namespace redstart::toolkit::counter_cases
