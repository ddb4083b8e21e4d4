#include "redstart/base/failure.hpp"
#include "redstart/command/command.hpp"
#include "redstart/command/probe_test.hpp"

#include <gtest/gtest.h>

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
