// Keys of every kind, for the tests of builders.

#pragma once

#include "redstart/command/key_kinds.hpp"

#include <boost/describe.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace redstart::command_test {

struct point {
    int x = 0;
    int y = 0;
    bool operator==(point const&) const = default;
};
BOOST_DESCRIBE_STRUCT(point, (), (x, y))

inline constexpr key_of<std::int64_t> hits{"hits"};
inline constexpr key_of<point, int> place{"place:{}"};
inline constexpr key_of<double> price{"price"};
inline constexpr key_of<std::string> title{"title"};
inline constexpr key_of<zset<std::string>> ranking{"ranking"};
inline constexpr key_of<zset<std::int64_t>> by_id{"by_id"};
inline constexpr key_of<list<point>> path{"path"};
inline constexpr key_of<list<std::int64_t>> numbers{"numbers"};
inline constexpr key_of<set_of<std::int64_t>> ids{"ids"};
inline constexpr key_of<set_of<std::string>, int> tags{"tags:{}"};
inline constexpr key_of<hash<std::string, std::int64_t>> stock{"stock"};
inline constexpr key_of<hash<std::int64_t, point>> places{"places"};
inline constexpr key_of<hash<std::string, double>> prices{"prices"};
inline constexpr key_of<geo<std::string>> cities{"cities"};

}  // namespace redstart::command_test
