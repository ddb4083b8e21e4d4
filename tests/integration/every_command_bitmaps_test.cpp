// Bitmaps, HyperLogLogs and places, on every server.

#include "redstart/command/bitmaps.hpp"
#include "redstart/command/geo.hpp"
#include "redstart/command/hyperloglogs.hpp"
#include "tests/integration/every_command.hpp"

namespace redstart::integration {
namespace {

constexpr key_of<bitmap> seen{"seen"};
constexpr key_of<hyperloglog<std::int64_t>> visitors{"visitors"};
constexpr key_of<geo<std::string>> shops{"shops"};

using integers = std::vector<std::optional<std::int64_t>>;

}  // namespace

void run_bitmap_commands(command_runner& run)
{
    EXPECT_FALSE(run.exec(setbit(seen, 7, true)));
    EXPECT_TRUE(run.exec(setbit(seen, 7, true)));
    EXPECT_TRUE(run.exec(getbit(seen, 7)));
    EXPECT_FALSE(run.exec(getbit(seen, 1'000)));
    EXPECT_EQ(run.exec(bitcount(seen)), 1);
    EXPECT_EQ(run.exec(bitcount(seen, {.last = 6, .counted_in = bit_range::unit::bits})), 0);
    EXPECT_EQ(run.exec(bitpos(seen, true)).offset, 7u);
    EXPECT_EQ(run.exec(bitpos(seen, false, {.first = 7, .counted_in = bit_range::unit::bits})),
              found_bit{});

    run.exec(setbit("other", 0, true));
    EXPECT_EQ(run.exec(bitop_or("to", seen, "other")), 1);
    EXPECT_EQ(run.exec(bitcount("to")), 2);
    EXPECT_EQ(run.exec(bitop_and("to", seen, "other")), 1);
    EXPECT_EQ(run.exec(bitcount("to")), 0);
    run.exec(bitop_xor("to", seen, seen, "other"));
    EXPECT_EQ(run.exec(bitpos("to", true)).offset, 0u);
    run.exec(bitop_not("to", seen));
    EXPECT_EQ(run.exec(bitcount("to")), 7);

    EXPECT_EQ(run.exec(bitfield("fields", {unsigned_at(0, 8).set(255),
                                           unsigned_at(0, 8).add(9, bit_overflow::fail),
                                           unsigned_at(0, 8).add(9, bit_overflow::saturate),
                                           unsigned_at(0, 8).add(2), signed_at(0, 8).get()})),
              (integers{0, std::nullopt, 255, 1, 1}));
    EXPECT_EQ(run.exec(bitfield_ro("fields", {unsigned_at(0, 8), signed_at(8, 64)})),
              (std::vector<std::int64_t>{1, 0}));
}

void run_hyperloglog_commands(command_runner& run)
{
    EXPECT_TRUE(run.exec(pfadd(visitors, {1, 2, 3})));
    EXPECT_FALSE(run.exec(pfadd(visitors, 3)));
    EXPECT_TRUE(run.exec(pfadd("others", {"3", "4"})));
    EXPECT_EQ(run.exec(pfcount(visitors)), 3);
    EXPECT_EQ(run.exec(pfcount(visitors, "others")), 4);
    run.exec(pfmerge("all", visitors, "others"));
    EXPECT_EQ(run.exec(pfcount("all")), 4);
}

void run_geo_commands(command_runner& run)
{
    EXPECT_EQ(run.exec(geoadd(shops, {{"Palermo", {13.361389, 38.115556}},
                                      {"Catania", {15.087269, 37.502669}}})),
              2);
    EXPECT_EQ(run.exec(geoadd(shops, {{"Palermo", {13.361389, 38.2}}}, {.count_moved = true})), 1);
    auto const where = run.exec(geopos(shops, {"Palermo", "none"}));
    ASSERT_EQ(where.size(), 2u);
    ASSERT_TRUE(where[0].has_value());
    EXPECT_NEAR(where[0]->latitude, 38.2, 1e-5);
    EXPECT_EQ(where[1], std::nullopt);
    auto const hashes = run.exec(geohash(shops, {"Catania", "none"}));
    EXPECT_EQ(hashes, (std::vector<std::optional<std::string>>{"sqdtr74hyu0", std::nullopt}));
    EXPECT_NEAR(run.exec(geodist(shops, "Palermo", "Catania")).value_or(0), 170'262, 100);
    EXPECT_EQ(run.exec(geodist(shops, "Palermo", "none")), std::nullopt);

    auto const found = run.exec(geosearch(shops, {.around = {{15, 37}}, .radius = 300'000},
                                          {.order = geo_order::nearest_first}));
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0].member, "Catania");
    EXPECT_NEAR(found[0].distance, 56'441, 10);
    EXPECT_NEAR(found[0].position.longitude, 15.087, 0.001);
    EXPECT_EQ(run.exec(geosearch_members(
                  shops, {.around_member = "Palermo", .box = {{.width = 1'000, .height = 1'000}}})),
              (std::vector<std::string>{"Palermo"}));
    EXPECT_EQ(run.exec(geosearch("none", {.around_member = "x", .radius = 1})).size(), 0u);

    EXPECT_EQ(run.exec(geosearchstore("near", shops, {.around = {{15, 37}}, .radius = 100'000})),
              1);
    EXPECT_EQ(run.exec(geosearchstore_distances("by_distance", shops,
                                                {.around = {{15, 37}}, .radius = 100'000})),
              1);
    EXPECT_NEAR(run.exec(zscore("by_distance", "Catania")).value_or(0), 56'441, 10);
}

}  // namespace redstart::integration
