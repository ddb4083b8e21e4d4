// Streams: logs of entries that are read by their ids. What consumer groups do stands in stream_groups.hpp.
//
//   struct order { std::string item; int count = 0; };
//   BOOST_DESCRIBE_STRUCT(order, (), (item, count))
//   inline constexpr key_of<stream<order>> orders{"orders"};
//
//   stream_id const id = co_await db.exec(xadd(orders, {"book", 2}));
//   for (auto const& entry : co_await db.exec(xread(orders, seen, {.block = 5s}))) handle(entry.body.item);
//
// A key of plain text takes names and values, xadd("k", {{"item", "book"}, {"count", 2}}), and gives them as text.

#pragma once

#include "redstart/command/command.hpp"
#include "redstart/command/stream_entry.hpp"

#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <ranges>

namespace redstart {

// What is removed from the old end. One of max_length and min_id.
struct stream_trim {
    std::optional<std::uint64_t> max_length{};  // the newest so many stay
    std::optional<stream_id> min_id{};          // what has this id or a higher one stays
    // otherwise only whole nodes go: some more stay, and it is much cheaper
    bool exact = false;
    std::uint64_t limit = 0;  // at most so many go at once, if not exact; 0: as the server likes
};

struct xadd_options {
    std::optional<stream_id> id{};  // higher than all before it; otherwise the server chooses
    std::optional<stream_trim> trim{};
};

namespace stream_detail {

template <class Key, class Body>
struct passed_body;
template <class Key, class Name, class Value>
struct passed_body<Key, std::vector<std::pair<Name, Value>>> {
    using type = one_or_more_pairs<passed_to_t<Key, Name>, passed_to_t<Key, Value>>;
};
template <class Key, codec::described_struct Record>
struct passed_body<Key, Record> {
    using type = Record;
};

void begin_xadd(any_command& xadd, std::string_view key, bool make_stream,
                xadd_options const& options);
void add_trim(any_command& built, stream_trim const& trim);
void add_reading(any_command& xread, std::uint64_t count,
                 std::optional<std::chrono::milliseconds> block);

template <class Reply, stream_key Key, class Sent>
command<Reply> make_xadd(Key const& k, Sent const& body, bool make_stream,
                         xadd_options const& options)
{
    command<Reply> built{command_id::xadd};
    begin_xadd(built, text_of(k), make_stream, options);
    if constexpr (codec::described_struct<Sent>)
        built.add(sent_record<Sent>{body});
    else
        built.add(body);
    return built;
}

}  // namespace stream_detail

// How the body of an entry is passed.
template <stream_key Key>
using passed_stream_body_t = typename stream_detail::passed_body<Key, stream_body_t<Key>>::type;

// Adds an entry and gives its id; makes the stream if there is none. O(1), and O(n) for what is trimmed.
template <stream_key Key>
command<stream_id> xadd(Key const& k, passed_stream_body_t<Key> const& body,
                        xadd_options const& options = {})
{
    return stream_detail::make_xadd<stream_id>(k, body, true, options);
}

// As xadd, but only if the stream exists; absent if it does not.
template <stream_key Key>
command<std::optional<stream_id>> xadd_if_exists(Key const& k,
                                                 passed_stream_body_t<Key> const& body,
                                                 xadd_options const& options = {})
{
    return stream_detail::make_xadd<std::optional<stream_id>>(k, body, false, options);
}

// How many entries were removed. O(n) for those.
template <stream_key Key>
command<std::int64_t> xtrim(Key const& k, stream_trim const& trim)
{
    auto built = make_command<std::int64_t>(command_id::xtrim, k);
    stream_detail::add_trim(built, trim);
    return built;
}

// How many of these entries there were; they are gone now. O(1) each.
template <stream_key Key>
command<std::int64_t> xdel(Key const& k, one_or_more<stream_id> ids)
{
    return make_command<std::int64_t>(command_id::xdel, k, ids);
}

template <stream_key Key>
command<std::int64_t> xlen(Key const& k)
{
    return make_command<std::int64_t>(command_id::xlen, k);
}

struct stream_range {
    stream_id first{};  // both are included; first = last_seen.next() goes on behind an entry
    stream_id last = stream_id::highest();
    std::uint64_t count = 0;  // at most so many; 0: all
};

// Entries between two ids, the oldest first. O(n) for those returned.
template <stream_key Key>
command<std::vector<stream_entry<stream_body_t<Key>>>> xrange(Key const& k,
                                                              stream_range const& range = {})
{
    auto built = make_command<std::vector<stream_entry<stream_body_t<Key>>>>(
        command_id::xrange, k, range.first, range.last);
    if (range.count > 0)
        built.add("COUNT", range.count);
    return built;
}

// The same entries, the newest first: xrevrange(k, {.count = 1}) is the last one.
template <stream_key Key>
command<std::vector<stream_entry<stream_body_t<Key>>>> xrevrange(Key const& k,
                                                                 stream_range const& range = {})
{
    auto built = make_command<std::vector<stream_entry<stream_body_t<Key>>>>(
        command_id::xrevrange, k, range.last, range.first);
    if (range.count > 0)
        built.add("COUNT", range.count);
    return built;
}

struct xread_options {
    std::uint64_t count = 0;  // at most so many of each stream; 0: all
    // Wait until something comes, at most so long, or wait_forever. Otherwise it answers at once.
    std::optional<std::chrono::milliseconds> block{};
};

// Entries behind a position. Behind the end there are only those that come while it waits. O(n) for those returned.
template <stream_key Key>
command<stream_batch<stream_body_t<Key>>> xread(Key const& k, stream_position after,
                                                xread_options const& options = {})
{
    command<stream_batch<stream_body_t<Key>>> built{command_id::xread};
    stream_detail::add_reading(built, options.count, options.block);
    built.add("STREAMS", k, after);
    if (after.is_end())
        built.mark_not_idempotent();  // later, the end is elsewhere
    return built;
}

// Keys of streams of one kind, and where to begin in each: a map, or a vector of pairs.
template <class Range>
concept stream_positions =
    std::ranges::forward_range<Range const> &&
    requires(std::ranges::range_value_t<Range> const& each) {
        requires stream_key<std::remove_cvref_t<decltype(each.first)>>;
        requires std::convertible_to<decltype(each.second) const&, stream_position>;
    };
template <stream_positions Range>
using body_of_positions_t = stream_body_t<
    std::remove_cvref_t<decltype(std::declval<std::ranges::range_value_t<Range>>().first)>>;

// The same for several streams at once.
template <stream_positions Range>
command<stream_batches<body_of_positions_t<Range>>> xread(Range const& after,
                                                          xread_options const& options = {})
{
    command<stream_batches<body_of_positions_t<Range>>> built{command_id::xread};
    stream_detail::add_reading(built, options.count, options.block);
    built.add("STREAMS", keys(after | std::views::keys));
    for (auto const& each : after) {
        stream_position const position = each.second;
        built.add(position);
        if (position.is_end())
            built.mark_not_idempotent();
    }
    return built;
}

struct xsetid_options {
    std::optional<std::uint64_t> entries_added{};
    std::optional<stream_id> max_deleted_id{};
};

// Sets the id below which nothing may be added any more, as replicas do. O(1).
template <stream_key Key>
command<ok> xsetid(Key const& k, stream_id last, xsetid_options const& options = {})
{
    auto built = make_command<ok>(command_id::xsetid, k, last);
    if (options.entries_added)
        built.add("ENTRIESADDED", *options.entries_added);
    if (options.max_deleted_id)
        built.add("MAXDELETEDID", *options.max_deleted_id);
    return built;
}

}  // namespace redstart
