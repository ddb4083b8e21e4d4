#include "redstart/command/geo.hpp"

#include "redstart/base/failure.hpp"
#include "redstart/command/probe_test.hpp"
#include "redstart/command/sorted_sets.hpp"

#include <gtest/gtest.h>

namespace redstart::command_test {
namespace {

constexpr key_of<geo<std::string>> shops{"shops"};
constexpr key_of<geo<std::int64_t>> drivers{"drivers"};
constexpr key_of<zset<std::int64_t>> near_drivers{"near"};

TEST(commands_of_places, add_them)
{
    using when = geoadd_options::when;
    expect_sent(geoadd(shops, {{"north", {13.5, 38}}, {"south", {15, 37.5}}}),
                {"GEOADD", "shops", "13.5", "38", "north", "15", "37.5", "south"});
    expect_sent(geoadd("k", {{"a", {1, 2}}}), {"GEOADD", "k", "1", "2", "a"});
    expect_sent(geoadd(drivers, {{7, {1, 2}}}, {.condition = when::if_absent}),
                {"GEOADD", "drivers", "NX", "1", "2", "7"});
    expect_sent(geoadd(drivers, std::vector<geo_place<std::int64_t>>{{7, {1, 2}}},
                       {.condition = when::if_present, .count_moved = true}),
                {"GEOADD", "drivers", "XX", "CH", "1", "2", "7"});
}

TEST(commands_of_places, ask_where_they_are)
{
    expect_sent(geopos(drivers, {7, 8}), {"GEOPOS", "drivers", "7", "8"});
    expect_sent(geohash(shops, "north"), {"GEOHASH", "shops", "north"});
    expect_sent(geodist("k", "a", "b"), {"GEODIST", "k", "a", "b", "M"});
    expect_sent(zcard(shops), {"ZCARD", "shops"});
}

TEST(commands_of_places, search_an_area)
{
    expect_sent(geosearch(shops, {.around = {{15, 37}}, .radius = 200'000}),
                {"GEOSEARCH", "shops", "FROMLONLAT", "15", "37", "BYRADIUS", "2e+05", "M",
                 "WITHCOORD", "WITHDIST"});
    expect_sent(geosearch_members(drivers,
                                  {.around_member = 7, .box = {{.width = 2, .height = 1.5}}},
                                  {.order = geo_order::nearest_first, .count = 3, .any = true}),
                {"GEOSEARCH", "drivers", "FROMMEMBER", "7", "BYBOX", "2", "1.5", "M", "ASC",
                 "COUNT", "3", "ANY"});
    expect_sent(geosearchstore("to", "from", {.around_member = "a", .radius = 5},
                               {.order = geo_order::farthest_first}),
                {"GEOSEARCHSTORE", "to", "from", "FROMMEMBER", "a", "BYRADIUS", "5", "M", "DESC"});
    expect_sent(geosearchstore_distances(near_drivers, drivers, {.around_member = 7, .radius = 5}),
                {"GEOSEARCHSTORE", "near", "drivers", "FROMMEMBER", "7", "BYRADIUS", "5", "M",
                 "STOREDIST"});
}

TEST(commands_of_places, refuse_an_area_that_is_none)
{
    EXPECT_THROW(static_cast<void>(geosearch("k", {.radius = 5})), failure);
    EXPECT_THROW(static_cast<void>(geosearch("k", {.around_member = "a"})), failure);
    EXPECT_THROW(
        static_cast<void>(geosearch("k", {.around = {{1, 2}}, .around_member = "a", .radius = 5})),
        failure);
    EXPECT_THROW(static_cast<void>(geosearch(
                     "k", {.around = {{1, 2}}, .radius = 5, .box = {{.width = 1, .height = 1}}})),
                 failure);
}

TEST(commands_of_places, may_be_repeated_unless_they_read_what_they_write)
{
    geo_area_of<char const*> const area{.around_member = "a", .radius = 5};
    EXPECT_TRUE(geosearchstore("to", "from", area).is_idempotent());
    EXPECT_FALSE(geosearchstore("to", "to", area).is_idempotent());
    EXPECT_FALSE(geosearchstore("to", "from", area, {.count = 1, .any = true}).is_idempotent());
}

TEST(replies_about_places, are_positions_and_what_was_found)
{
    for (auto const* const bytes : {"*2\r\n$20\r\n13.36138933897018433\r\n$3\r\n1.5\r\n",
                                    "*2\r\n,13.36138933897018433\r\n,1.5\r\n"})
        expect_decoded(bytes, geo_position{13.36138933897018433, 1.5});
    using positions = std::vector<std::optional<geo_position>>;
    for (auto const* const bytes :
         {"*2\r\n*2\r\n$1\r\n1\r\n$1\r\n2\r\n*-1\r\n", "*2\r\n*2\r\n,1\r\n,2\r\n_\r\n"})
        expect_decoded(bytes, positions{geo_position{1, 2}, std::nullopt});
    for (auto const* const bytes :
         {"*3\r\n$1\r\n7\r\n$7\r\n56.4413\r\n*2\r\n$1\r\n1\r\n$1\r\n2\r\n",
          "*3\r\n$1\r\n7\r\n$7\r\n56.4413\r\n*2\r\n,1\r\n,2\r\n"})
        expect_decoded(bytes, geo_found<std::int64_t>{7, 56.4413, {1, 2}});
    expect_mismatch<geo_found<std::string>>("$1\r\n7\r\n");
}

}  // namespace
}  // namespace redstart::command_test
