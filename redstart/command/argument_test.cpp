#include "redstart/base/failure.hpp"
#include "redstart/command/geo.hpp"
#include "redstart/command/probe_test.hpp"
#include "redstart/command/sample_keys_test.hpp"
#include "redstart/command/sorted_set_ranges.hpp"
#include "redstart/command/sorted_sets.hpp"
#include "redstart/command/strings.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <list>
#include <map>
#include <set>
#include <vector>

namespace redstart::command_test {
namespace {

using namespace std::string_literals;

struct spot {
    int x = 0;
    int y = 0;
};
BOOST_DESCRIBE_STRUCT(spot, (), (x, y))

constexpr key_of<list<spot>> spots{"spots"};

any_command with(one_or_more<argument> values)
{
    return make_command<ignored>(command_id::rpush, values);
}
any_command with_texts(one_or_more<std::string_view> values)
{
    return make_command<ignored>(command_id::rpush, values);
}
any_command with_spots(one_or_more<spot> values)
{
    return make_command<ignored>(command_id::rpush, values);
}
any_command with_pairs(one_or_more_pairs<std::string_view, argument> values)
{
    return make_command<ignored>(command_id::hset, values);
}

template <class Build>
void expect_refused(Build build, std::string_view name)
{
    try {
        static_cast<void>(build());
        ADD_FAILURE() << "it should have been refused";
    } catch (failure const& why) {
        EXPECT_EQ(why.code(), failure_code::invalid_argument);
        EXPECT_EQ(why.outcome(), outcome::not_sent);
        EXPECT_EQ(why.command(), name);
    }
}

TEST(one_or_more_arguments, are_one_or_several_or_a_range)
{
    expect_sent(with("a"), {"RPUSH", "a"});
    expect_sent(with("a"s), {"RPUSH", "a"});
    expect_sent(with(1), {"RPUSH", "1"});
    expect_sent(with(spot{1, 2}), {"RPUSH", R"({"x":1,"y":2})"});
    expect_sent(with(std::vector<std::byte>(2)), {"RPUSH", "\0\0"s});
    expect_sent(with({"a", 1, 2.5, true, spot{1, 2}}),
                {"RPUSH", "a", "1", "2.5", "1", R"({"x":1,"y":2})"});
    expect_sent(with(std::vector<int>{1, 2}), {"RPUSH", "1", "2"});
    expect_sent(with(std::list<std::string>{"a", "b"}), {"RPUSH", "a", "b"});

    expect_sent(with_texts("a"), {"RPUSH", "a"});
    expect_sent(with_texts({"a", "b"}), {"RPUSH", "a", "b"});
    expect_sent(with_texts({"a"}), {"RPUSH", "a"});
    expect_sent(with_texts(std::set<std::string>{"a", "b"}), {"RPUSH", "a", "b"});

    expect_sent(with_spots(spot{1, 2}), {"RPUSH", R"({"x":1,"y":2})"});
    expect_sent(with_spots({{1, 2}, {3, 4}}), {"RPUSH", R"({"x":1,"y":2})", R"({"x":3,"y":4})"});
    expect_sent(with_spots(std::vector{spot{5, 6}}), {"RPUSH", R"({"x":5,"y":6})"});
}

TEST(arguments, that_are_not_a_number_are_refused)
{
    static constexpr auto nan = std::numeric_limits<double>::quiet_NaN();
    expect_refused([] { return zadd("k", nan, "m"); }, "ZADD");
    expect_refused([] { return zadd("k", {{"m", nan}}); }, "ZADD");
    expect_refused([] { return zrange_by_score("k", {.min = nan}); }, "ZRANGE");
    expect_refused([] { return zcount("k", {.max = nan, .without_max = true}); }, "ZCOUNT");
    expect_refused([] { return geoadd("k", {{"m", {nan, 0}}}); }, "GEOADD");
    expect_refused([] { return incrbyfloat("k", nan); }, "INCRBYFLOAT");
    expect_refused([] { return set(price, nan); }, "SET");
}

TEST(names_of_raw_commands, are_words_with_single_blanks)
{
    for (std::string_view const name : {"", " ", " GET", "GET ", "CONFIG  GET"})
        expect_refused([=] { return raw<ignored>(name, "k"); }, name);
    expect_sent(raw<ignored>("CONFIG GET", "k"), {"CONFIG", "GET", "k"});
}

TEST(arguments, may_be_infinite)
{
    constexpr auto infinity = std::numeric_limits<double>::infinity();
    expect_sent(zadd("k", -infinity, "m"), {"ZADD", "k", "-inf", "m"});
    expect_sent(zcount("k", {.without_max = true}), {"ZCOUNT", "k", "-inf", "(inf"});
}

TEST(one_or_more_arguments, are_pairs_or_a_map)
{
    expect_sent(with_pairs({{"a", 1}, {"b", "two"}}), {"HSET", "a", "1", "b", "two"});
    expect_sent(with_pairs({{"a", 1}}), {"HSET", "a", "1"});
    expect_sent(with_pairs(std::map<std::string, int>{{"a", 1}, {"b", 2}}),
                {"HSET", "a", "1", "b", "2"});
    expect_sent(with_pairs(std::vector<std::pair<std::string, std::string>>{{"a", "1"}}),
                {"HSET", "a", "1"});
}

TEST(one_or_more_arguments, are_not_none)
{
    expect_refused([] { return with({}); }, "RPUSH");
    expect_refused([] { return with(std::vector<int>{}); }, "RPUSH");
    expect_refused([] { return with_pairs(std::map<std::string, int>{}); }, "HSET");
    expect_refused([] { return make_command<ignored>(command_id::del, keys()); }, "DEL");
    expect_refused(
        [] { return make_command<ignored>(command_id::del, keys(std::vector<std::string>{})); },
        "DEL");
}

TEST(a_key_list, holds_keys_of_any_type_and_ranges_of_them)
{
    std::vector<std::string> const several{"b", "c"};
    auto const all = keys("a", several, spots);
    EXPECT_EQ(all.size(), 4u);
    expect_sent(make_command<ignored>(command_id::del, all), {"DEL", "a", "b", "c", "spots"});
}

}  // namespace
}  // namespace redstart::command_test
