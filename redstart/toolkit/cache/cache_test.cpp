#include "redstart/toolkit/cache/cache.hpp"

#include "redstart/command/keys.hpp"
#include "redstart/command/sorted_sets.hpp"
#include "redstart/toolkit/on_servers_test.hpp"

#include <cmath>
#include <limits>
#include <set>

namespace redstart::toolkit {

enum class suit : std::uint8_t { hearts, spades };
BOOST_DESCRIBE_ENUM(suit, hearts, spades)

struct card {
    suit colour{};
    double value = 0;
    std::optional<std::string> note;

    bool operator==(card const&) const = default;
};
BOOST_DESCRIBE_STRUCT(card, (), (colour, value, note))

namespace {

using namespace std::chrono_literals;

std::string texts_key(std::string_view name)
{
    return "redstart:cache:default:{" + std::string{name} + "}";
}

class cache_test : public on_servers {
protected:
    template <class T>
    void keeps(std::vector<T> const& values)
    {
        cache<T> tested{db};
        for (auto const& value : values) {
            run(tested.set("name", value, {.ttl = no_expiry}));
            EXPECT_EQ(run(tested.get("name")), (cache_result<T>{cache_state::hit, value, {}}));
        }
    }
};
REDSTART_ON_SERVERS(cache_test);

TEST_P(cache_test, keeps_values_of_every_type)
{
    keeps<std::int64_t>({0, -1, std::numeric_limits<std::int64_t>::min()});
    keeps<std::uint64_t>({std::numeric_limits<std::uint64_t>::max()});
    keeps<std::uint8_t>({255});
    keeps<double>({0.1 + 0.2, 5e-324, HUGE_VAL, -1e300});
    keeps<bool>({true, false});
    keeps<std::string>({"", "text", std::string{"\0\r\n$-1\r\n\xff", 9}});
    keeps<std::vector<std::byte>>({{}, {std::byte{0}, std::byte{255}}});
    keeps<suit>({suit::spades});
    keeps<card>({{suit::spades, 0.1, {}}, {suit::hearts, -1e300, "gr\xc3\xbcn \"quoted\""}});
    keeps<codec::raw_json>(
        {{}, codec::raw_json::parse(R"({"a":[1,2,{"b":null}],"n":1e400})").value()});
}

TEST_P(cache_test, keeps_large_values) { keeps<std::string>({std::string(5'000'000, 'x')}); }

TEST_P(cache_test, has_nothing_under_a_name_that_was_not_set)
{
    cache<std::string> texts{db};
    EXPECT_EQ(run(texts.get("a")), cache_result<std::string>{});
    EXPECT_FALSE(run(texts.exists("a")));
    EXPECT_FALSE(run(texts.erase("a")));
    EXPECT_FALSE(run(texts.expire("a", 1h)));
}

TEST_P(cache_test, forgets_what_is_erased)
{
    cache<std::string> texts{db};
    run(texts.set("a", "text"));
    EXPECT_TRUE(run(texts.exists("a")));
    EXPECT_TRUE(run(texts.erase("a")));
    EXPECT_FALSE(run(texts.exists("a")));
    EXPECT_FALSE(run(texts.get("a")));
    EXPECT_FALSE(run(texts.erase("a")));
}

TEST_P(cache_test, tells_how_long_a_value_is_fresh)
{
    cache<std::string> texts{db, {.jitter = 0}};
    run(texts.set("a", "text", {.ttl = 24h}));
    auto const left = run(texts.get("a")).fresh_for.value();
    EXPECT_GT(left, 23h);
    EXPECT_LE(left, 24h);
}

TEST_P(cache_test, takes_the_ttl_of_the_last_set)
{
    cache<std::string> texts{db};
    run(texts.set("a", "one", {.ttl = 24h}));
    run(texts.set("a", "two", {.ttl = no_expiry}));
    EXPECT_EQ(run(texts.get("a")), (cache_result<std::string>{cache_state::hit, "two", {}}));
    run(texts.set("a", "three"));
    EXPECT_LE(run(texts.get("a")).fresh_for.value(), 10min);
}

TEST_P(cache_test, takes_jitter_off_and_adds_none)
{
    cache<std::string> texts{db, {.ttl = 1000h, .jitter = 0.5}};
    std::set<std::int64_t> hours;
    for (int i = 0; i < 50; ++i) {
        run(texts.set("a", "text"));
        hours.insert(
            std::chrono::floor<std::chrono::hours>(run(texts.get("a")).fresh_for.value()).count());
    }
    EXPECT_GE(*hours.begin(), 499);
    EXPECT_LT(*hours.rbegin(), 1000);
    EXPECT_GT(hours.size(), 10U);
}

TEST_P(cache_test, serves_what_is_stale_for_as_long_as_it_was_told)
{
    cache<std::string> texts{db, {.jitter = 0, .stale_for = 1h}};
    run(texts.set("a", "text", {.ttl = 1ms}));
    while (run(texts.get("a")).state == cache_state::hit)
        ;
    EXPECT_EQ(run(texts.get("a")), (cache_result<std::string>{cache_state::stale, "text", 0ms}));
    auto const left = ask(ttl(texts_key("a"))).left.value();
    EXPECT_GT(left, 59min);
    EXPECT_LE(left, 1h + 1ms);         // it counts as stale a little before the server would end it
    cache<std::string> impatient{db};  // with a clock of its own, which may be a little behind
    while (run(impatient.get("a")).state == cache_state::hit)
        ;
    EXPECT_EQ(run(impatient.get("a")).state, cache_state::miss);
}

TEST_P(cache_test, lets_values_expire)
{
    cache<std::string> texts{db};
    run(texts.set("a", "text", {.ttl = 1ms}));
    while (run(texts.get("a")))
        ;
    while (run(texts.exists("a")))
        ;
}

TEST_P(cache_test, ends_an_entry_sooner_but_never_later)
{
    cache<std::string> texts{db, {.jitter = 0}};
    run(texts.set("a", "text", {.ttl = 1h}));
    EXPECT_FALSE(run(texts.expire("a", 2h)));
    EXPECT_TRUE(run(texts.expire("a", 1ms)));
    while (run(texts.exists("a")))
        ;
    run(texts.set("a", "text", {.ttl = no_expiry}));
    EXPECT_FALSE(run(texts.expire("a", no_expiry)));
    EXPECT_TRUE(run(texts.expire("a", 1h)));
}

TEST_P(cache_test, refuses_a_ttl_that_makes_no_sense)
{
    cache<std::string> texts{db};
    run(texts.set("a", "before"));
    for (auto const ttl : {0ms, -1ms, std::chrono::milliseconds::min(),
                           std::chrono::milliseconds{std::chrono::years{100}} + 1ms}) {
        auto const why = failure_of([&] { return texts.set("a", "after", {.ttl = ttl}); });
        ASSERT_TRUE(why) << ttl.count();
        EXPECT_EQ(why->code(), failure_code::invalid_argument);
        EXPECT_EQ(why->outcome(), outcome::not_sent);
    }
    EXPECT_EQ(run(texts.get("a")).value, "before");
    run(texts.set("a", "after", {.ttl = std::chrono::milliseconds{std::chrono::years{100}}}));
    EXPECT_EQ(run(texts.get("a")).value, "after");
}

TEST_P(cache_test, refuses_options_that_make_no_sense)
{
    for (auto const& options : std::vector<cache_options>{{.name = "a b"},
                                                          {.ttl = 0ms},
                                                          {.jitter = 1},
                                                          {.jitter = -0.1},
                                                          {.jitter = std::nan("")},
                                                          {.stale_for = -1ms},
                                                          {.longest_value = 1UL << 40U}})
        EXPECT_THROW(cache<std::string>(db, options), failure);
}

TEST_P(cache_test, refuses_a_value_without_a_text_or_with_too_long_a_one)
{
    cache<card> cards{db, {.longest_value = 100}};
    for (auto const& value :
         {card{suit::hearts, std::nan(""), {}}, card{suit::hearts, 1, std::string(100, 'x')}}) {
        auto const why = failure_of([&] { return cards.set("a", value); });
        EXPECT_EQ(why.value().code(), failure_code::invalid_argument);
    }
    EXPECT_FALSE(run(cards.exists("a")));
}

TEST_P(cache_test, gets_and_sets_many_at_once)
{
    cache<std::int64_t> numbers{db};
    std::vector<std::pair<std::string, std::int64_t>> values;
    std::vector<std::string> names;
    for (int i = 0; i < 100; ++i) {
        names.push_back("n" + std::to_string(i));
        if (i % 2 == 0)
            values.emplace_back(names.back(), i);
    }
    run(numbers.set_many(values));
    ask(set(texts_key("n1"), "damaged"));
    auto const found = run(numbers.get_many(names));
    ASSERT_EQ(found.size(), 100U);
    EXPECT_EQ(found[1].error().code(), failure_code::decode_failed);
    for (std::size_t i = 2; i < 100; ++i)
        EXPECT_EQ(found[i].value().value,
                  i % 2 == 0 ? std::optional<std::int64_t>(i) : std::nullopt);
    EXPECT_TRUE(run(numbers.get_many({})).empty());
    run(numbers.set_many({}));
}

TEST_P(cache_test, says_that_an_entry_is_damaged_and_goes_on)
{
    cache<card> cards{db};
    for (auto const* text : {"", "no envelope", R"({"colour":"spades","value":0.5})"}) {
        ask(set(texts_key("a"), text));
        auto const why = failure_of([&] { return cards.get("a"); });
        ASSERT_TRUE(why);
        EXPECT_EQ(why->code(), failure_code::decode_failed);
        EXPECT_TRUE(std::string_view{why->where().file_name()}.ends_with("cache_test.cpp"));
        EXPECT_TRUE(run(cards.exists("a")));
    }
    run(cards.set("a", card{}));
    EXPECT_EQ(run(cards.get("a")).value, card{});
    EXPECT_EQ(cards.report().errors, 3U);

    run(cache<std::string>{db}.set("a", "300"));  // intact, but of another type
    cache<std::uint8_t> bytes{db};
    EXPECT_EQ(failure_of([&] { return bytes.get("a"); }).value().code(),
              failure_code::decode_failed);
    EXPECT_TRUE(run(bytes.erase("a")));
}

TEST_P(cache_test, tells_that_its_key_is_something_else)
{
    ask(zadd(texts_key("a"), 1, "member"));
    cache<std::string> texts{db};
    EXPECT_EQ(failure_of([&] { return texts.get("a"); }).value().server_code(), "WRONGTYPE");
    run(texts.set("a", "text"));  // replaces it, as SET does
    EXPECT_EQ(run(texts.get("a")).value, "text");
}

TEST_P(cache_test, counts_what_it_found)
{
    metrics_registry metrics;
    for (auto* registry : {&metrics, static_cast<metrics_registry*>(nullptr)}) {
        cache<std::string> texts{db, {.jitter = 0, .stale_for = 1h, .metrics = registry}};
        run(texts.set("old", "text", {.ttl = 1ms}));
        while (run(texts.get("old")).state == cache_state::hit)
            ;
        auto const before = texts.report();
        run(texts.set("a", "text"));
        run(texts.get("a"), 1);
        run(texts.get("none"));
        run(texts.get_many({"a", "old", "none"}));
        auto const after = texts.report();
        EXPECT_EQ(after.hits - before.hits, 2U);
        EXPECT_EQ(after.stale - before.stale, 1U);
        EXPECT_EQ(after.misses - before.misses, 2U);
        EXPECT_EQ(after.errors, 0U);
    }
    EXPECT_FALSE(metrics.read().empty());
    EXPECT_EQ(metrics.read().front().family.name, "redstart.cache.reads");
}

TEST_P(cache_test, takes_any_bytes_as_names)
{
    cache<std::int64_t> numbers{db};
    std::vector<std::string> const names{"",
                                         "{",
                                         "}",
                                         "{}",
                                         "}{x}",
                                         "%7B",
                                         "a\nb",
                                         "\xff",
                                         " ",
                                         "redstart:cache:default:{a}",
                                         std::string{"\0", 1},
                                         std::string(100'000, 'x'),
                                         std::string(100'000, 'y')};
    for (std::size_t i = 0; i < names.size(); ++i)
        run(numbers.set(names[i], static_cast<std::int64_t>(i)));
    for (std::size_t i = 0; i < names.size(); ++i)
        EXPECT_EQ(run(numbers.get(names[i])).value, static_cast<std::int64_t>(i));
    EXPECT_EQ(ask(dbsize()), static_cast<std::int64_t>(names.size()));
    for (auto const& key : ask(raw<std::vector<std::string>>("KEYS", "*")))
        EXPECT_TRUE(key.starts_with("redstart:cache:default:{") && key.ends_with("}")) << key;
}

TEST_P(cache_test, sends_one_plain_command_for_each_hit)
{
    cache<std::int64_t> numbers{db};
    run(numbers.set("a", 7));
    // Unless the server is about to be asked for its time.
    auto const sent = sent_during([&]() -> task<> {
        co_await numbers.get("a");
        co_await numbers.get("a");
        co_await numbers.exists("a");
        co_await numbers.erase("a");
    });
    std::vector<std::string> without_time;
    for (auto const& each : sent)
        if (each != R"("TIME")")
            without_time.push_back(each);
    EXPECT_LE(sent.size() - without_time.size(), 1U);
    EXPECT_EQ(without_time,
              (std::vector<std::string>{R"("GET" "redstart:cache:default:{a}")",
                                        R"("GET" "redstart:cache:default:{a}")",
                                        R"("EXISTS" "redstart:cache:default:{a}")",
                                        R"("UNLINK" "redstart:cache:default:{a}:lease")",
                                        R"("UNLINK" "redstart:cache:default:{a}")"}));
}

TEST_P(cache_test, copies_names_and_values_before_it_is_awaited)
{
    cache<std::string> texts{db};
    auto writing = std::optional{[&] {
        std::string const name = "a name that does not live long enough";
        std::string const value(10'000, 'v');
        return texts.set(name, value);
    }()};
    run(*std::move(writing));
    EXPECT_EQ(run(texts.get("a name that does not live long enough")).value.value().size(),
              10'000U);
}

}  // namespace

}  // namespace redstart::toolkit
