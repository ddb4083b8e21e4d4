// What every case uses: keys of several kinds, and all builders of commands.

#pragma once

#include "redstart/command/bitmaps.hpp"
#include "redstart/command/geo.hpp"
#include "redstart/command/hashes.hpp"
#include "redstart/command/hyperloglogs.hpp"
#include "redstart/command/keys.hpp"
#include "redstart/command/lists.hpp"
#include "redstart/command/pubsub.hpp"
#include "redstart/command/script.hpp"
#include "redstart/command/server.hpp"
#include "redstart/command/sets.hpp"
#include "redstart/command/sorted_set_ranges.hpp"
#include "redstart/command/stream_groups.hpp"
#include "redstart/command/strings.hpp"

#include <cstdint>
#include <string>

struct user {
    std::string name;
    int age = 0;
};
BOOST_DESCRIBE_STRUCT(user, (), (name, age))

struct opaque {};  // without a text form

using namespace redstart;

inline constexpr key_of<user, int> user_key{"user:{}"};
inline constexpr channel_of<user> arrivals{"arrivals"};
inline constexpr key_of<std::string> title{"title"};
inline constexpr key_of<std::int64_t> hits{"hits"};
inline constexpr key_of<zset<std::string>> ranking{"ranking"};
inline constexpr key_of<zset<std::int64_t>> by_id{"by_id"};
inline constexpr key_of<list<std::int64_t>> numbers{"numbers"};
inline constexpr key_of<set_of<std::int64_t>> ids{"ids"};
inline constexpr key_of<set_of<std::string>> tags{"tags"};
inline constexpr key_of<hash<std::string, std::int64_t>> stock{"stock"};
inline constexpr key_of<stream<user>> events{"events"};
inline constexpr key_of<geo<std::string>> shops{"shops"};
inline constexpr key_of<bitmap> seen{"seen"};
inline constexpr key_of<hyperloglog<std::int64_t>> visitors{"visitors"};
