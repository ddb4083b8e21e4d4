// What streams, groups and consumers say about themselves: XINFO.
//
// Bodies are given as names and values here, whatever the kind of the key. What only newer servers tell is optional.

#pragma once

#include "redstart/command/command.hpp"
#include "redstart/command/reply_value.hpp"
#include "redstart/command/stream_entry.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace redstart {

struct stream_info {
    std::uint64_t length = 0;
    std::uint64_t groups = 0;
    stream_id last_id{};  // of the newest that was ever added
    std::optional<stream_entry<>> first{};
    std::optional<stream_entry<>> last{};
    std::optional<std::uint64_t> entries_added{};  // ever
    std::optional<stream_id> max_deleted_id{};
    std::uint64_t radix_tree_keys = 0;
    std::uint64_t radix_tree_nodes = 0;
};
bool read_reply(reply_value const& whole, stream_info& out);

struct stream_group {
    std::string name{};
    std::uint64_t consumers = 0;
    std::uint64_t pending = 0;
    stream_id last_delivered{};
    std::optional<std::uint64_t> entries_read{};  // absent if the server cannot know
    // not delivered yet; absent if the server cannot know
    std::optional<std::uint64_t> lag{};
};
bool read_reply(reply_value const& whole, stream_group& out);

struct stream_consumer {
    std::string name{};
    std::uint64_t pending = 0;
    std::chrono::milliseconds idle{};                     // since it asked last
    std::optional<std::chrono::milliseconds> inactive{};  // since it got something last
};
bool read_reply(reply_value const& whole, stream_consumer& out);

// O(1). A key that does not exist is an error of the server, here and below.
template <stream_key Key>
command<stream_info> xinfo_stream(Key const& k)
{
    return make_command<stream_info>(command_id::xinfo_stream, k);
}

template <stream_key Key>
command<std::vector<stream_group>> xinfo_groups(Key const& k)
{
    return make_command<std::vector<stream_group>>(command_id::xinfo_groups, k);
}

template <stream_key Key>
command<std::vector<stream_consumer>> xinfo_consumers(Key const& k, std::string_view group)
{
    return make_command<std::vector<stream_consumer>>(command_id::xinfo_consumers, k, group);
}

// ---- All at once --------------------------------------------------------------------------------

struct delivered_entry {
    stream_id id{};
    std::string consumer{};
    std::chrono::system_clock::time_point delivered{};  // last, by the server's clock
    std::uint64_t deliveries = 0;
};

struct stream_consumer_details {
    std::string name{};
    std::chrono::system_clock::time_point seen{};
    std::optional<std::chrono::system_clock::time_point> active{};  // got something
    std::uint64_t pending = 0;
    std::vector<delivered_entry> pending_entries{};  // as many as were asked for
};
bool read_reply(reply_value const& whole, stream_consumer_details& out);

struct stream_group_details {
    std::string name{};
    stream_id last_delivered{};
    std::optional<std::uint64_t> entries_read{};
    std::optional<std::uint64_t> lag{};
    std::uint64_t pending = 0;
    std::vector<delivered_entry> pending_entries{};  // as many as were asked for
    std::vector<stream_consumer_details> consumers{};
};
bool read_reply(reply_value const& whole, stream_group_details& out);

struct stream_details {
    std::uint64_t length = 0;
    stream_id last_id{};
    std::optional<std::uint64_t> entries_added{};
    std::optional<stream_id> max_deleted_id{};
    std::vector<stream_entry<>> entries{};  // as many as were asked for
    std::vector<stream_group_details> groups{};
};
bool read_reply(reply_value const& whole, stream_details& out);

// XINFO STREAM FULL: with at most `count` entries of each list; 0 is all. O(n) for those.
template <stream_key Key>
command<stream_details> xinfo_stream_full(Key const& k, std::uint64_t count = 10)
{
    return make_command<stream_details>(command_id::xinfo_stream, k, "FULL", "COUNT", count);
}

}  // namespace redstart
