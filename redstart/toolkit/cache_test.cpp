#include "redstart/toolkit/cache.hpp"

#include "redstart/command/keys.hpp"
#include "redstart/command/sorted_sets.hpp"
#include "redstart/toolkit/on_servers_test.hpp"

#include <cmath>
#include <limits>

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

class cache_test : public on_servers {
protected:
    template <class T>
    void keeps(std::vector<T> const& values)
    {
        cache<T> const tested{db};
        for (auto const& value : values) {
            run(tested.set("name", value));
            EXPECT_EQ(run(tested.get("name")), value);
            EXPECT_EQ(run(tested.get_with_ttl("name")), (cached<T>{value, std::nullopt}));
        }
    }

    std::string text_under(std::string_view key)
    {
        return ask(get(key)).value_or("there is no such key");
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

TEST_P(cache_test, writes_what_other_programs_read)
{
    run(cache<std::int64_t>{db}.set("n", 42));
    EXPECT_EQ(text_under("redstart:cache:{n}"), "42");
    run(cache<card>{db, {.prefix = "game"}}.set("c", {suit::spades, 0.5, {}}));
    EXPECT_EQ(text_under("game:cache:{c}"), R"({"colour":"spades","value":0.5})");
}

TEST_P(cache_test, has_nothing_under_a_name_that_was_not_set)
{
    cache<std::string> const texts{db};
    EXPECT_EQ(run(texts.get("a")), std::nullopt);
    EXPECT_EQ(run(texts.get_with_ttl("a")), std::nullopt);
    EXPECT_FALSE(run(texts.exists("a")));
    EXPECT_FALSE(run(texts.erase("a")));
}

TEST_P(cache_test, forgets_what_is_erased)
{
    cache<std::string> const texts{db};
    run(texts.set("a", "text"));
    EXPECT_TRUE(run(texts.exists("a")));
    EXPECT_TRUE(run(texts.erase("a")));
    EXPECT_FALSE(run(texts.exists("a")));
    EXPECT_EQ(run(texts.get("a")), std::nullopt);
}

TEST_P(cache_test, tells_how_long_a_value_is_still_there)
{
    cache<std::string> const texts{db};
    run(texts.set("a", "text", 24h));
    auto const left = run(texts.get_with_ttl("a")).value().ttl.value();
    EXPECT_GT(left, 23h);
    EXPECT_LE(left, 24h);
}

TEST_P(cache_test, takes_the_ttl_of_the_last_set)
{
    cache<std::string> const texts{db};
    run(texts.set("a", "one", 24h));
    run(texts.set("a", "two"));
    EXPECT_EQ(run(texts.get_with_ttl("a")), (cached<std::string>{"two", std::nullopt}));
    run(texts.set("a", "three", 1h));
    EXPECT_LE(run(texts.get_with_ttl("a"))->ttl.value(), 1h);
}

TEST_P(cache_test, lets_values_expire)
{
    cache<std::string> const texts{db};
    run(texts.set("a", "text", 1ms));
    while (run(texts.get_with_ttl("a")))
        ;
    EXPECT_EQ(run(texts.get("a")), std::nullopt);
}

TEST_P(cache_test, refuses_a_ttl_that_makes_no_sense)
{
    cache<std::string> const texts{db};
    run(texts.set("a", "before"));
    for (auto const ttl :
         {0ms, -1ms, std::chrono::milliseconds::min(), std::chrono::milliseconds::max(),
          std::chrono::milliseconds{std::chrono::years{100}} + 1ms}) {
        auto const why = failure_of([&] { return texts.set("a", "after", ttl); });
        ASSERT_TRUE(why) << ttl.count();
        EXPECT_EQ(why->code(), failure_code::invalid_argument);
        EXPECT_EQ(why->outcome(), outcome::not_sent);
    }
    EXPECT_EQ(run(texts.get("a")), "before");
    run(texts.set("a", "after", std::chrono::milliseconds{std::chrono::years{100}}));
    EXPECT_EQ(run(texts.get("a")), "after");
}

TEST_P(cache_test, refuses_a_value_without_a_text)
{
    cache<card> const cards{db};
    auto const why = failure_of([&] { return cards.set("a", {suit::hearts, std::nan(""), {}}); });
    EXPECT_EQ(why.value().code(), failure_code::invalid_argument);
    EXPECT_FALSE(run(cards.exists("a")));
}

TEST_P(cache_test, says_that_an_entry_is_damaged_and_goes_on)
{
    ask(set("redstart:cache:{a}", "no card"));
    cache<card> const cards{db};
    for (auto const& why : {failure_of([&] { return cards.get("a"); }),
                            failure_of([&] { return cards.get_with_ttl("a"); })}) {
        ASSERT_TRUE(why);
        EXPECT_EQ(why->code(), failure_code::decode_failed);
        EXPECT_TRUE(std::string_view{why->where().file_name()}.ends_with("cache_test.cpp"));
    }
    EXPECT_TRUE(run(cards.exists("a")));
    run(cards.set("a", card{}));
    EXPECT_EQ(run(cards.get("a")), card{});

    ask(set("redstart:cache:{n}", "300"));
    cache<std::uint8_t> const bytes{db};
    EXPECT_EQ(failure_of([&] { return bytes.get("n"); }).value().code(),
              failure_code::decode_failed);
    EXPECT_TRUE(run(bytes.erase("n")));
}

TEST_P(cache_test, tells_that_its_key_is_something_else)
{
    ask(zadd("redstart:cache:{a}", 1, "member"));
    cache<std::string> const texts{db};
    EXPECT_EQ(failure_of([&] { return texts.get("a"); }).value().server_code(), "WRONGTYPE");
    EXPECT_EQ(failure_of([&] { return texts.get_with_ttl("a"); }).value().server_code(),
              "WRONGTYPE");
    run(texts.set("a", "text"));  // replaces it, as SET does
    EXPECT_EQ(run(texts.get("a")), "text");
}

TEST_P(cache_test, takes_any_bytes_as_names)
{
    cache<std::int64_t> const numbers{db};
    std::vector<std::string> const names{"",
                                         "{",
                                         "}",
                                         "{}",
                                         "}{x}",
                                         "%7B",
                                         "a\nb",
                                         "\xff",
                                         " ",
                                         "redstart:cache:{a}",
                                         std::string{"\0", 1},
                                         std::string(100'000, 'x'),
                                         std::string(100'000, 'y')};
    for (std::size_t i = 0; i < names.size(); ++i)
        run(numbers.set(names[i], static_cast<std::int64_t>(i)));
    for (std::size_t i = 0; i < names.size(); ++i)
        EXPECT_EQ(run(numbers.get(names[i])), static_cast<std::int64_t>(i));
    EXPECT_EQ(ask(dbsize()), static_cast<std::int64_t>(names.size()));
    for (auto const& key : ask(raw<std::vector<std::string>>("KEYS", "*")))
        EXPECT_TRUE(key.starts_with("redstart:cache:{") && key.ends_with("}")) << key;
}

TEST_P(cache_test, sends_one_plain_command_for_each_operation)
{
    cache<std::int64_t> const numbers{db};
    auto const sent = sent_during([&]() -> task<> {
        co_await numbers.set("a", 7);
        co_await numbers.set("a", 8, 1min);
        co_await numbers.get("a");
        co_await numbers.exists("a");
        co_await numbers.erase("a");
    });
    EXPECT_EQ(sent, (std::vector<std::string>{R"("SET" "redstart:cache:{a}" "7")",
                                              R"("SET" "redstart:cache:{a}" "8" "PX" "60000")",
                                              R"("GET" "redstart:cache:{a}")",
                                              R"("EXISTS" "redstart:cache:{a}")",
                                              R"("UNLINK" "redstart:cache:{a}")"}));
}

TEST_P(cache_test, touches_its_own_keys_only)
{
    client limited{loops, limited_to("redstart:cache:{a}")};
    cache<std::int64_t> const numbers{limited};
    EXPECT_NO_THROW(run(numbers.set("a", 1, 1min)));
    EXPECT_NO_THROW(run(numbers.get_with_ttl("a")));
    EXPECT_NO_THROW(run(numbers.erase("a")));
    EXPECT_EQ(failure_of([&] { return numbers.get("b"); }).value().server_code(), "NOPERM");
    run(limited.stop());
}

TEST_P(cache_test, goes_on_when_the_server_forgets_its_scripts)
{
    cache<std::int64_t> const numbers{db};
    run(numbers.set("a", 7));
    for (int i = 0; i < 3; ++i) {
        ask(raw<ok>("SCRIPT FLUSH"));
        EXPECT_EQ(run(numbers.get_with_ttl("a"))->value, 7);
    }
}

TEST_P(cache_test, copies_names_and_values_before_it_is_awaited)
{
    cache<std::string> const texts{db};
    auto writing = std::optional{[&] {
        std::string const name = "a name that does not live long enough";
        std::string const value(10'000, 'v');
        return texts.set(name, value);
    }()};
    run(*std::move(writing));
    EXPECT_EQ(run(texts.get("a name that does not live long enough"))->size(), 10'000U);
}

}  // namespace

}  // namespace redstart::toolkit
