// Walking over all keys, or over a large collection, page by page: SCAN and its family as generators.
//
//   auto found = scan(db, {.match = "user:*"});
//   while (auto key = co_await found.next()) ...
//
// What is there from the first page to the last is given at least once. An item may come twice, and what is added or
// removed meanwhile may come or not. One round trip per page, and none between the items of a page; a page may be
// empty. No memory is held at the server, so a walk may be given up at any item. A failure comes out of next() and ends
// it. The client outlives the generator; keys and options are copied.

#pragma once

#include "redstart/client/client.hpp"
#include "redstart/command/hashes.hpp"
#include "redstart/command/keys.hpp"
#include "redstart/command/sets.hpp"
#include "redstart/command/sorted_sets.hpp"
#include "redstart/task/generator.hpp"

#include <string>

namespace redstart {

namespace client_detail {

// What every page of a walk is asked for. It owns its texts, because the caller's may be gone by the second page.
class walk {
public:
    walk(command_id id, std::string_view key, scan_options const& options);

    template <class Item>
    command<scan_page<Item>> page(std::uint64_t cursor) const
    {
        command<scan_page<Item>> built{id_};
        add_arguments(built, cursor);
        return built;
    }

private:
    void add_arguments(any_command& built, std::uint64_t cursor) const;

    command_id id_;
    std::string key_;  // not of SCAN
    std::string match_;
    std::string type_;
    std::optional<std::int64_t> count_;
};

template <class Item>
generator<Item> items_of(client& db, walk pages)
{
    std::uint64_t cursor = 0;
    do {
        auto page = co_await db.exec(pages.page<Item>(cursor));
        for (auto& item : page.items)
            co_yield std::move(item);
        cursor = page.next;
    } while (cursor != 0);
}

}  // namespace client_detail

// All keys of the database.
inline generator<std::string> scan(client& db, scan_options const& options = {})
{
    return client_detail::items_of<std::string>(db, {command_id::scan, {}, options});
}

// The fields of a hash with their values.
template <hash_key Key>
generator<hash_entry_t<Key>> hscan(client& db, Key const& k, scan_options const& options = {})
{
    return client_detail::items_of<hash_entry_t<Key>>(db, {command_id::hscan, text_of(k), options});
}

// The members of a set.
template <set_key Key>
generator<set_member_t<Key>> sscan(client& db, Key const& k, scan_options const& options = {})
{
    return client_detail::items_of<set_member_t<Key>>(db, {command_id::sscan, text_of(k), options});
}

// The members of a sorted set with their scores.
template <zset_key Key>
generator<scored<zset_member_t<Key>>> zscan(client& db, Key const& k,
                                            scan_options const& options = {})
{
    return client_detail::items_of<scored<zset_member_t<Key>>>(
        db, {command_id::zscan, text_of(k), options});
}

}  // namespace redstart
