// Members at places on the earth. Every distance is in metres.
//
//   inline constexpr key_of<geo<std::string>> shops{"shops"};
//
//   co_await db.exec(geoadd(shops, {{"north", {13.36, 38.12}}, {"south", {15.09, 37.50}}}));
//   for (auto const& shop : co_await db.exec(geosearch(shops, {.around = {{15, 37}}, .radius = 200'000})))
//       show(shop.member, shop.distance);
//
// The server keeps places as scores of a sorted set, exact to about half a metre.

#pragma once

#include "redstart/command/command.hpp"
#include "redstart/command/struct_decoder.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace redstart {

// Degrees. The server takes latitudes from -85.05112878 to 85.05112878.
struct geo_position {
    double longitude = 0;
    double latitude = 0;
    bool operator==(geo_position const&) const = default;
};
template <>
struct decoder<geo_position> : array_decoder<geo_position, double, double> {};

template <geo_key Key>
using geo_member_t = typename key_detail::kind_under_t<Key, geo<std::string>>::member_type;
// How a member is passed.
template <geo_key Key>
using passed_geo_member_t = passed_to_t<Key, geo_member_t<Key>>;

template <class Member>
struct geo_place {
    Member member;
    geo_position position;

    void append_to(wire::request& request) const
    {
        argument_detail::append_real(request, position.longitude);
        argument_detail::append_real(request, position.latitude);
        append_argument(request, member);
    }
};

struct geoadd_options {
    enum class when : std::uint8_t { always, if_absent, if_present } condition = when::always;
    bool count_moved = false;  // answer how many are new or have moved, not only how many are new
};

namespace geo_detail {
void add_options(any_command& geoadd, geoadd_options const& options);
}

// Adds members or moves them, and gives how many are new. O(log n) each.
template <geo_key Key>
command<std::int64_t> geoadd(Key const& k, one_or_more<geo_place<passed_geo_member_t<Key>>> places,
                             geoadd_options const& options = {})
{
    auto built = make_command<std::int64_t>(command_id::geoadd, k);
    geo_detail::add_options(built, options);
    built.add(places);
    return built;
}

// Where these members are, in their order.
template <geo_key Key>
command<std::vector<std::optional<geo_position>>> geopos(
    Key const& k, one_or_more<passed_geo_member_t<Key>> members)
{
    return make_command<std::vector<std::optional<geo_position>>>(command_id::geopos, k, members);
}

// Geohashes of 11 characters, whose common beginnings mean that places are near.
template <geo_key Key>
command<std::vector<std::optional<std::string>>> geohash(
    Key const& k, one_or_more<passed_geo_member_t<Key>> members)
{
    return make_command<std::vector<std::optional<std::string>>>(command_id::geohash, k, members);
}

// Absent if one of the members is not there.
template <geo_key Key>
command<std::optional<double>> geodist(Key const& k, passed_geo_member_t<Key> const& a,
                                       passed_geo_member_t<Key> const& b)
{
    return make_command<std::optional<double>>(command_id::geodist, k, a, b, "M");
}

// ---- What is near -------------------------------------------------------------------------------

enum class geo_order : std::uint8_t { as_found, nearest_first, farthest_first };

struct geo_box {
    double width = 0;
    double height = 0;
};

// Where is the middle, a position or a member, and how far does it go, a circle or a rectangle: one of each.
template <class Member>
struct geo_area {
    std::optional<geo_position> around{};
    std::optional<Member> around_member{};
    std::optional<double> radius{};
    std::optional<geo_box> box{};  // along the meridians
};

struct geosearch_options {
    geo_order order = geo_order::as_found;
    std::uint64_t count = 0;  // at most so many, the nearest; 0: all
    bool any = false;         // with count: the first that are found, which may not be the nearest
};

template <class Member>
struct geo_found {
    Member member{};
    double distance = 0;
    geo_position position{};
    bool operator==(geo_found const&) const = default;
};
template <class Member>
struct decoder<geo_found<Member>> : array_decoder<geo_found<Member>, Member, double, geo_position> {
};

namespace geo_detail {

// Throws a failure (invalid_argument) unless the area has one of each.
void check_area(any_command const& built, bool has_one_middle, bool has_one_shape);
void add_shape(any_command& built, std::optional<double> radius, std::optional<geo_box> box);
void add_options(any_command& built, geosearch_options const& options);

template <class Member>
void add_area(any_command& built, geo_area<Member> const& area, geosearch_options const& options)
{
    check_area(built, area.around.has_value() != area.around_member.has_value(),
               area.radius.has_value() != area.box.has_value());
    if (area.around_member)
        built.add("FROMMEMBER", *area.around_member);
    else
        built.add("FROMLONLAT", area.around->longitude, area.around->latitude);
    add_shape(built, area.radius, area.box);
    add_options(built, options);
}

}  // namespace geo_detail

// How the area of a search under a key is passed.
template <geo_key Key>
using geo_area_of = geo_area<passed_geo_member_t<Key>>;

// The members inside an area, with their distance from its middle. O(n + log m) for n members in the grid cells around
// it and m inside.
template <geo_key Key>
command<std::vector<geo_found<geo_member_t<Key>>>> geosearch(Key const& k,
                                                             geo_area_of<Key> const& area,
                                                             geosearch_options const& options = {})
{
    auto built = make_command<std::vector<geo_found<geo_member_t<Key>>>>(command_id::geosearch, k);
    geo_detail::add_area(built, area, options);
    built.add("WITHCOORD", "WITHDIST");
    return built;
}

// The members alone.
template <geo_key Key>
command<std::vector<geo_member_t<Key>>> geosearch_members(Key const& k,
                                                          geo_area_of<Key> const& area,
                                                          geosearch_options const& options = {})
{
    auto built = make_command<std::vector<geo_member_t<Key>>>(command_id::geosearch, k);
    geo_detail::add_area(built, area, options);
    return built;
}

namespace geo_detail {

// A second time, it would read what it has written; and what is found first may be another one.
void mark_if_unlike_its_kind(any_command& store, bool takes_any);

template <class Destination, class Source>
command<std::int64_t> store(Destination const& to, Source const& from,
                            geo_area_of<Source> const& area, geosearch_options const& options)
{
    auto built = make_command<std::int64_t>(command_id::geosearchstore, to, from);
    add_area(built, area, options);
    mark_if_unlike_its_kind(built, options.any);
    return built;
}

}  // namespace geo_detail

// Stores the members inside an area in place of what was there, and gives how many they are.
template <geo_key Destination, geo_key Source>
    requires std::same_as<geo_member_t<Destination>, geo_member_t<Source>>
command<std::int64_t> geosearchstore(Destination const& to, Source const& from,
                                     geo_area_of<Source> const& area,
                                     geosearch_options const& options = {})
{
    return geo_detail::store(to, from, area, options);
}

// Stores them as an ordinary sorted set by distance.
template <zset_key Destination, geo_key Source>
    requires std::same_as<zset_member_t<Destination>, geo_member_t<Source>>
command<std::int64_t> geosearchstore_distances(Destination const& to, Source const& from,
                                               geo_area_of<Source> const& area,
                                               geosearch_options const& options = {})
{
    auto built = geo_detail::store(to, from, area, options);
    built.add("STOREDIST");
    return built;
}

}  // namespace redstart
