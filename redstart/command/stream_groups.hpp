// Consumer groups: each entry of a stream goes to one consumer of a group, and stays pending until that one has
// acknowledged it.
//
//   co_await db.exec(xgroup_create(orders, "billing", stream_position::end(), {.make_stream = true}));
//   auto const batch = co_await db.exec(
//       xreadgroup(orders, {.group = "billing", .consumer = "one", .count = 10, .block = 5s}));
//   for (auto const& entry : batch) {
//       handle(entry.body);
//       co_await db.exec(xack(orders, "billing", entry.id));
//   }
//
// What a consumer that died has left pending is taken over by xautoclaim().

#pragma once

#include "redstart/command/reply_value.hpp"
#include "redstart/command/streams.hpp"
#include "redstart/command/struct_decoder.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace redstart {

struct xgroup_create_options {
    bool make_stream = false;  // an empty one if there is none; otherwise that fails
    std::optional<std::uint64_t> entries_read{};  // for the lag, where the server cannot know it
};

// Makes a group that gets what lies behind a position. It fails with the server_code BUSYGROUP if there is one of that
// name. O(1).
template <stream_key Key>
command<ok> xgroup_create(Key const& k, std::string_view group, stream_position from,
                          xgroup_create_options const& options = {})
{
    auto built = make_command<ok>(command_id::xgroup_create, k, group, from);
    if (options.make_stream)
        built.add("MKSTREAM");
    if (options.entries_read)
        built.add("ENTRIESREAD", *options.entries_read);
    return built;
}

// True if there was such a group; it is gone now, with all that was pending. O(n) for that.
template <stream_key Key>
command<bool> xgroup_destroy(Key const& k, std::string_view group)
{
    return make_command<bool>(command_id::xgroup_destroy, k, group);
}

// Moves what the group gets next; what is pending stays. O(1).
template <stream_key Key>
command<ok> xgroup_setid(Key const& k, std::string_view group, stream_position from,
                         std::optional<std::uint64_t> entries_read = {})
{
    auto built = make_command<ok>(command_id::xgroup_setid, k, group, from);
    if (entries_read)
        built.add("ENTRIESREAD", *entries_read);
    if (from.is_end())
        built.mark_not_idempotent();  // later, the end is elsewhere
    return built;
}

// True if it is new. Reading makes a consumer, too. O(1).
template <stream_key Key>
command<bool> xgroup_createconsumer(Key const& k, std::string_view group, std::string_view consumer)
{
    return make_command<bool>(command_id::xgroup_createconsumer, k, group, consumer);
}

// How many entries were pending for it: nobody will get them again, so claim them first.
template <stream_key Key>
command<std::int64_t> xgroup_delconsumer(Key const& k, std::string_view group,
                                         std::string_view consumer)
{
    return make_command<std::int64_t>(command_id::xgroup_delconsumer, k, group, consumer);
}

struct group_reading {
    std::string_view group{};
    std::string_view consumer{};
    std::uint64_t count = 0;  // at most so many of each stream; 0: all
    // Wait until something comes, at most so long, or wait_forever. Otherwise it answers at once.
    std::optional<std::chrono::milliseconds> block{};
    bool acknowledge_at_once = false;  // never pending: lost if the answer is
};

namespace stream_detail {
void begin_xreadgroup(any_command& xreadgroup, group_reading const& how);
}

// Entries that no consumer of the group has got yet; they are pending for this one then. O(n) for those returned.
template <stream_key Key>
command<stream_batch<stream_body_t<Key>>> xreadgroup(Key const& k, group_reading const& how)
{
    command<stream_batch<stream_body_t<Key>>> built{command_id::xreadgroup};
    stream_detail::begin_xreadgroup(built, how);
    built.add(k, ">");
    return built;
}

// The same from several streams of one kind: xreadgroup(keys(a, b), {...}). The group has one name in all of them.
template <key_or_range First, key_or_range... More>
    requires stream_key<key_among_t<First>>
command<stream_batches<stream_body_t<key_among_t<First>>>> xreadgroup(
    key_list<First, More...> const& from, group_reading const& how)
{
    command<stream_batches<stream_body_t<key_among_t<First>>>> built{command_id::xreadgroup};
    stream_detail::begin_xreadgroup(built, how);
    built.add(from);
    for (std::size_t i = 0; i < from.size(); ++i)
        built.add(">");
    return built;
}

// What this consumer has got before and not acknowledged, behind an id: where to begin after a crash. The body is
// absent if the entry was deleted meanwhile. It never waits.
template <stream_key Key>
command<stream_batch<std::optional<stream_body_t<Key>>>> xreadgroup_pending(
    Key const& k, group_reading const& how, stream_id after = {})
{
    command<stream_batch<std::optional<stream_body_t<Key>>>> built{command_id::xreadgroup};
    auto at_once = how;
    at_once.block.reset();
    stream_detail::begin_xreadgroup(built, at_once);
    built.add(k, after);
    return built;
}

// How many of these were pending; they are done now. O(1) each.
template <stream_key Key>
command<std::int64_t> xack(Key const& k, std::string_view group, one_or_more<stream_id> ids)
{
    return make_command<std::int64_t>(command_id::xack, k, group, ids);
}

struct pending_summary {
    std::uint64_t count = 0;
    std::optional<stream_id> first{};
    std::optional<stream_id> last{};
    std::vector<std::pair<std::string, std::uint64_t>> by_consumer{};
    bool operator==(pending_summary const&) const = default;
};
bool read_reply(reply_value const& whole, pending_summary& out);

template <stream_key Key>
command<pending_summary> xpending(Key const& k, std::string_view group)
{
    return make_command<pending_summary>(command_id::xpending, k, group);
}

struct pending_entry {
    stream_id id;
    std::string consumer{};
    std::chrono::milliseconds idle{};  // since it was delivered last
    std::uint64_t deliveries = 0;
    bool operator==(pending_entry const&) const = default;
};
bool read_reply(reply_value const& whole, pending_entry& out);

struct pending_query {
    std::string_view group{};
    stream_id first{};  // both are included
    stream_id last = stream_id::highest();
    std::uint64_t count = 100;         // at most so many
    std::chrono::milliseconds idle{};  // at least so long
    std::string_view consumer{};       // of this one only
};

// The pending entries themselves. O(n) for those looked at.
template <stream_key Key>
command<std::vector<pending_entry>> xpending(Key const& k, pending_query const& what)
{
    auto built = make_command<std::vector<pending_entry>>(command_id::xpending, k, what.group);
    if (what.idle.count() > 0)
        built.add("IDLE", what.idle.count());
    built.add(what.first, what.last, what.count);
    if (!what.consumer.empty())
        built.add(what.consumer);
    return built;
}

struct claiming {
    std::string_view group{};
    std::string_view consumer{};           // who gets them
    std::chrono::milliseconds min_idle{};  // only what was delivered last at least so long ago
    // counts as delivered so long ago; otherwise: now
    std::optional<std::chrono::milliseconds> idle{};
    // counts as delivered so often; otherwise: once more
    std::optional<std::uint64_t> deliveries{};
    bool force = false;  // also what is not pending for anyone
};

namespace stream_detail {
void begin_claim(any_command& built, std::string_view key, claiming const& how);
void end_claim(any_command& built, claiming const& how);
}  // namespace stream_detail

// Takes these over, if they are still pending, and gives them. O(log n) each.
template <stream_key Key>
command<std::vector<stream_entry<stream_body_t<Key>>>> xclaim(Key const& k,
                                                              one_or_more<stream_id> ids,
                                                              claiming const& how)
{
    command<std::vector<stream_entry<stream_body_t<Key>>>> built{command_id::xclaim};
    stream_detail::begin_claim(built, text_of(k), how);
    built.add(ids);
    stream_detail::end_claim(built, how);
    return built;
}

// As xclaim, but gives the ids alone and does not count it as a delivery.
template <stream_key Key>
command<std::vector<stream_id>> xclaim_ids(Key const& k, one_or_more<stream_id> ids,
                                           claiming const& how)
{
    command<std::vector<stream_id>> built{command_id::xclaim};
    stream_detail::begin_claim(built, text_of(k), how);
    built.add(ids);
    stream_detail::end_claim(built, how);
    built.add("JUSTID");
    return built;
}

struct autoclaiming {
    std::string_view group{};
    std::string_view consumer{};           // who gets them
    std::chrono::milliseconds min_idle{};  // only what was delivered last at least so long ago
    stream_id from{};                      // where to go on: `next` of the answer before
    std::uint64_t count = 0;               // at most so many; 0: 100
};

// Claimed is an entry or an id.
template <class Claimed>
struct autoclaimed {
    stream_id next{};  // go on from here; 0-0: all have been looked at
    std::vector<Claimed> claimed{};
    std::vector<stream_id> deleted{};  // were pending, but the stream has them no more
    bool operator==(autoclaimed const&) const = default;
};
template <class Claimed>
struct decoder<autoclaimed<Claimed>>
    : array_decoder<autoclaimed<Claimed>, stream_id, std::vector<Claimed>, std::vector<stream_id>> {
};

namespace stream_detail {
void add_autoclaim(any_command& built, std::string_view key, autoclaiming const& how);
}

// Takes over what has been pending for too long, whoever had it. O(count).
template <stream_key Key>
command<autoclaimed<stream_entry<stream_body_t<Key>>>> xautoclaim(Key const& k,
                                                                  autoclaiming const& how)
{
    command<autoclaimed<stream_entry<stream_body_t<Key>>>> built{command_id::xautoclaim};
    stream_detail::add_autoclaim(built, text_of(k), how);
    return built;
}

// As xautoclaim, but gives the ids alone and does not count it as a delivery.
template <stream_key Key>
command<autoclaimed<stream_id>> xautoclaim_ids(Key const& k, autoclaiming const& how)
{
    command<autoclaimed<stream_id>> built{command_id::xautoclaim};
    stream_detail::add_autoclaim(built, text_of(k), how);
    built.add("JUSTID");
    return built;
}

}  // namespace redstart
