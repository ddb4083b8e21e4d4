// A cache: values of one type under names, which are fresh for a while.
//
//     cache<user> users{db, {.prefix = "shop", .name = "users", .ttl = 10min}};
//     co_await users.set("7", ada);
//     if (auto const found = co_await users.get("7")) greet(*found.value);
//
// One string for each name, <prefix>:cache:<name of the cache>:{<name>}, holds the value as codec/text.hpp writes it,
// in an envelope (envelope.hpp) that says how long it is fresh and whether it is damaged. Names are any bytes; a user's
// input is safe in them.
//
// Every operation is one round trip, and O(1) for each entry besides the bytes of the value. A get is one GET; once a
// second, and on each loop, the server is asked for its time along with one. A set needs that time, too: who has not
// heard it for a second asks first. Time is the server's: what a machine thinks the date is changes nothing.
//
// What is not an intact envelope is a failure (decode_failed), and counted, never a value and never an absence: the
// entry is there, and somebody else wrote it. Deadline and cancellation are the ambient ones; a failed set or erase
// that was maybe_applied may be sent again. No failure is hidden and nothing is retried.
//
// Not promised: an entry may be gone before its time, evicted or lost with a server that had not yet replicated it. And
// who reads the source first and sets what he read later, may set what was invalidated in between.

#pragma once

#include "redstart/codec/text.hpp"
#include "redstart/toolkit/cache_entry.hpp"
#include "redstart/toolkit/cache_options.hpp"
#include "redstart/toolkit/cache_store.hpp"

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

    // Puts the value in place of what was there. It is fresh for `ttl` less jitter, or for ever. Throws a failure
    // (invalid_argument) for a ttl out of its range, and for a value that has no text or is too long.
    task<> set(std::string_view name, T const& value,
               std::source_location where = std::source_location::current())
    {
        return set(name, value, store_.options().ttl, where);
    }
    task<> set(std::string_view name, T const& value, std::chrono::milliseconds ttl,
               std::source_location where = std::source_location::current())
    {
        store_.check_ttl(ttl, where);
        std::vector<toolkit_detail::cache_writing> one;
        one.push_back(store_.prepare(name, toolkit_detail::to_text(value), where));
        return loads_.write(std::move(one), ttl, where);
    }

    // Not a transaction: if it fails, some may have been set. Throws the first failure.
    task<> set_many(std::vector<std::pair<std::string, T>> const& values,
                    std::source_location where = std::source_location::current())
    {
        return set_many(values, store_.options().ttl, where);
    }
    task<> set_many(std::vector<std::pair<std::string, T>> const& values,
                    std::chrono::milliseconds ttl,
                    std::source_location where = std::source_location::current())
    {
        store_.check_ttl(ttl, where);
        std::vector<toolkit_detail::cache_writing> all;
        for (auto const& [name, value] : values)
            all.push_back(store_.prepare(name, toolkit_detail::to_text(value), where));
        return loads_.write(std::move(all), ttl, where);
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
    // The `name` that it gets lives as long as its task.
    template <class Loader>
    task<std::optional<T>> get_or_load(std::string_view name, Loader loader,
                                       std::source_location where = std::source_location::current())
    {
        return toolkit_detail::get_or_load_entry<T>(loads_, std::string{name}, std::move(loader),
                                                    where);
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
