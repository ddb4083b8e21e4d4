// Walking over keys and collections of real servers, whole and in parts.

#include "redstart/client/scan.hpp"

#include "tests/integration/harness.hpp"

#include <map>
#include <set>

namespace redstart::integration {
namespace {

constexpr key_of<hash<std::string, int>> ages{"ages"};
constexpr key_of<set_of<int>> primes{"primes"};
constexpr key_of<zset<std::string>> places{"places"};

class walks : public contract {};
INSTANTIATE_TEST_SUITE_P(servers, walks, ::testing::ValuesIn(every_setup()), setup_name);

template <class T>
task<std::multiset<T>> all_items(generator<T> items)
{
    std::multiset<T> all;
    while (auto item = co_await items.next())
        all.insert(*std::move(item));
    co_return all;
}

TEST_P(walks, find_every_key_of_many)
{
    std::map<std::string, int> values;
    for (int i = 0; i < 1000; ++i)
        values["k:" + std::to_string(i)] = i;
    exec(mset(values));
    exec(hset(ages, "ada", 36));
    auto const found = with.loops.run(all_items(scan(db, {.count = 7})));
    std::set<std::string> const different{found.begin(), found.end()};
    EXPECT_EQ(different.size(), 1001u);
    auto const few = with.loops.run(all_items(scan(db, {.match = std::string{"k:99"} + "*"})));
    EXPECT_EQ((std::set<std::string>{few.begin(), few.end()}).size(), 11u);
    EXPECT_EQ(with.loops.run(all_items(scan(db, {.type = "hash"}))).count("ages"), 1u);
}

TEST_P(walks, give_the_items_of_collections_in_their_types)
{
    std::vector<int> all_numbers(1000);
    std::map<std::string, int> values;
    for (int i = 0; i < 1000; ++i)
        values[std::to_string(i)] = all_numbers[static_cast<std::size_t>(i)] = i;
    exec(hset(ages, values));
    exec(sadd(primes, all_numbers));
    exec(zadd(places, values));
    with.run([&]() -> task<> {
        std::map<std::string, int> fields;
        auto entries = hscan(db, ages, {.count = 50});
        while (auto entry = co_await entries.next())
            fields.insert(*entry);
        EXPECT_EQ(fields, values);

        auto const members = co_await all_items(sscan(db, primes));
        EXPECT_EQ((std::set<int>{members.begin(), members.end()}).size(), 1000u);

        std::map<std::string, int> scores;
        auto ranked = zscan(db, places);
        while (auto each = co_await ranked.next())
            scores[each->member] = static_cast<int>(each->score);
        EXPECT_EQ(scores, values);
    });
}

TEST_P(walks, may_be_given_up_and_may_find_nothing)
{
    EXPECT_EQ(with.loops.run(all_items(scan(db))).size(), 0u);
    EXPECT_EQ(with.loops.run(all_items(sscan(db, primes))).size(), 0u);
    exec(sadd(primes, {2, 3, 5}));
    with.run([&]() -> task<> {
        auto given_up = sscan(db, primes);
        EXPECT_TRUE(co_await given_up.next());
    });
    EXPECT_EQ(exec(scard(primes)), 3);
}

TEST_P(walks, fail_of_a_wrong_type_and_have_ended_then)
{
    exec(set("primes", "text"));
    with.run([&]() -> task<> {
        auto items = sscan(db, primes);
        try {
            co_await items.next();
            ADD_FAILURE() << "it should have failed";
        } catch (failure const& why) {
            EXPECT_EQ(why.server_code(), "WRONGTYPE");
        }
        EXPECT_FALSE(co_await items.next());
    });
}

}  // namespace
}  // namespace redstart::integration
