// A cache: values of one type under names, which are fresh for a while, and are loaded once for all who miss them.
//
//     cache<user> users{db, {.prefix = "shop", .name = "users", .ttl = 10min, .stale_for = 1h}};
//     std::optional<user> ada = co_await users.get_or_load("7", [&](std::string const& id) { return find(id); });
//     co_await users.erase("7");
//
// One string for each name, <prefix>:cache:<cache>:{<name>}, holds the value as codec/text.hpp writes it, in
// an envelope (envelope.hpp) that says how long it is fresh and whether it is damaged; the same with :lease behind is
// there while somebody loads (cache_lease.hpp). Tags have keys of their own (cache_tags.hpp). Names are any bytes; a
// user's input is safe in them.
//
// Cost: one round trip, and O(1) for each entry besides the bytes of the value; a load has three: GET, lease, fill. One
// more where tags are looked up of which the call does not tell, or that are new. A get is one GET; once a second, and
// on each loop, the server is asked for its time along with one. A set needs that time, too: who has not heard it for a
// second asks first. Time is the server's: what a machine thinks the date is changes nothing.
//
// Guaranteed: a value whose load began before an erase, a set or the invalidation of its tag is not served from the
// cache after it, unless the server lost that. A process loads a name once at a time. Not guaranteed: that an entry
// stays until its end (evicted, or lost with a server), that only one process loads (leases end), and that who reads
// the source and then sets, does not set what was invalidated in between. An entry has the tags of the call that loaded
// it: all who load a name should say the same ones.
//
// What is not an intact envelope is a failure (decode_failed; server_error if it is no string), and counted, never a
// value; set and get_or_load replace it. get_or_load does without a server that fails, and counts that; everything else
// throws the failure on, and a set or an erase that was maybe_applied may be sent again. A user who may not call TIME
// has no cache: it fails, and get_or_load does without. Deadline and cancellation are the ambient ones.

#pragma once

#include "redstart/codec/text.hpp"
#include "redstart/toolkit/cache/cache_entry.hpp"
#include "redstart/toolkit/cache/cache_options.hpp"
#include "redstart/toolkit/cache/cache_store.hpp"
#include "redstart/toolkit/cache/cache_warm_up.hpp"

#include <chrono>
#include <expected>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace redstart::toolkit {

// Refers to its client, which outlives it; it outlives every task made here. Used on the loops of that client's
// runtime, by any number of coroutines at once. Names and values are copied by the call.
template <codec::has_text_codec T>
class cache {
public:
    // Throws a failure (invalid_argument) if an option is out of its range.
    explicit cache(client& db, cache_options options = {},
                   std::source_location where = std::source_location::current())
        : store_{db, std::move(options), where}, loads_{store_}
    {
    }

    task<cache_result<T>> get(std::string_view name,
                              std::source_location where = std::source_location::current())
    {
        return toolkit_detail::get_entry<T>(store_, store_.entry_key(name), where);
    }

    // In their order; a failure of one hides no other.
    task<std::vector<std::expected<cache_result<T>, failure>>> get_many(
        std::vector<std::string> const& names,
        std::source_location where = std::source_location::current())
    {
        return toolkit_detail::get_entries<T>(store_, store_.entry_keys(names), where);
    }

    // Puts the value in place of what was there. It is fresh for its ttl less jitter, or for ever. Throws a failure
    // (invalid_argument) for a ttl or tags out of their range, and for a value that has no text or is too long.
    task<> set(std::string_view name, T const& value, cache_entry_options as = {},
               std::source_location where = std::source_location::current())
    {
        auto checked = store_.checked(std::move(as), where);
        std::vector<toolkit_detail::cache_writing> one;
        one.push_back(store_.prepare(name, toolkit_detail::to_text(value), where));
        return loads_.write(std::move(one), std::move(checked), where);
    }

    // Not a transaction: if it fails, some may have been set. Throws the first failure.
    task<> set_many(std::vector<std::pair<std::string, T>> const& values,
                    cache_entry_options as = {},
                    std::source_location where = std::source_location::current())
    {
        auto checked = store_.checked(std::move(as), where);
        std::vector<toolkit_detail::cache_writing> all;
        for (auto const& [name, value] : values)
            all.push_back(store_.prepare(name, toolkit_detail::to_text(value), where));
        return loads_.write(std::move(all), std::move(checked), where);
    }

    // Invalidates: the entry is gone, and a load that is under way anywhere will not put it back. False if there was
    // no entry. The memory is given back in the background.
    task<bool> erase(std::string_view name,
                     std::source_location where = std::source_location::current())
    {
        return loads_.erase(std::string{name}, where);
    }

    // The value: cached, or loaded by `loader(name)`, which gives a task of T or of std::optional<T>. Nothing: the
    // source has none. What is stale, or soon will be, is given at once and loaded anew in the background. Callers who
    // miss at the same time share one load. A failure of the server is counted and hides no value; thrown are what the
    // loader throws, the caller's own deadline and cancellation, and `stopped`.
    //
    // The loader may run on any loop and after its caller has given up, until stop(): what it refers to lives so long.
    // It must not ask for the name that it loads: it would wait for itself, until the load times out.
    // The `name` that it gets lives as long as its task.
    template <class Loader>
    task<std::optional<T>> get_or_load(std::string_view name, Loader loader,
                                       cache_entry_options as = {},
                                       std::source_location where = std::source_location::current())
    {
        static_assert(toolkit_detail::is_loader_of<T, Loader>(),
                      "a loader takes a std::string const& and gives a task of the cache's type");
        return toolkit_detail::get_or_load_entry<T>(
            loads_, {std::string{name}, store_.checked(std::move(as), where)}, std::move(loader),
            where);
    }

    // Loads those names that are not cached, some at once, and tells how far it is. A name that cannot be loaded is
    // counted, and stops nothing; what ends it is the caller's deadline or cancellation. The loader is copied.
    template <class Loader>
    task<warm_up_progress> warm_up(std::vector<std::string> names, Loader loader,
                                   warm_up_options options = {},
                                   std::source_location where = std::source_location::current())
    {
        static_assert(toolkit_detail::is_loader_of<T, Loader>(),
                      "a loader takes a std::string const& and gives a task of the cache's type");
        options.as = store_.checked(std::move(options.as), where);
        return toolkit_detail::warm_all<T>(
            loads_, toolkit_detail::warm_up_run<Loader>{.names = std::move(names),
                                                        .loader = std::move(loader),
                                                        .options = std::move(options),
                                                        .where = where});
    }

    // Invalidates all entries that were written with that tag, and no load that has begun brings one back. One round
    // trip, O(1): the entries stay until they expire, but count as absent.
    task<> invalidate_tag(std::string_view tag,
                          std::source_location where = std::source_location::current())
    {
        toolkit_detail::cache_tags::check({std::string{tag}}, where);
        return loads_.invalidate_tag(std::string{tag}, where);
    }

    // Whether there is such an entry, whatever it holds.
    task<bool> exists(std::string_view name,
                      std::source_location where = std::source_location::current())
    {
        return store_.exists(store_.entry_key(name), where);
    }

    // Ends the entry after `ttl`, unless it ends sooner: false, as if there is none. What it promised to be fresh for
    // stays written in it.
    task<bool> expire(std::string_view name, std::chrono::milliseconds ttl,
                      std::source_location where = std::source_location::current())
    {
        store_.check_ttl(ttl, where);
        return store_.expire(store_.entry_key(name), ttl, where);
    }

    // Cancels all loads, waits for their end, and refuses new ones. Await it after get_or_load, before the cache is
    // destroyed and its client stopped.
    task<> stop() { return loads_.stop(); }

    // What this process has seen since the cache was made. Any thread.
    cache_report report() const noexcept { return store_.report(); }

private:
    toolkit_detail::cache_store store_;
    toolkit_detail::cache_loads loads_;
};

}  // namespace redstart::toolkit
