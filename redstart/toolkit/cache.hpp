// A cache: values of one type under names, with or without a time to live.
//
//     cache<user> users{db, {.prefix = "shop:users"}};
//     co_await users.set("7", ada, 10min);
//     std::optional<user> found = co_await users.get("7");
//
// One string per name, <prefix>:cache:{<name>} (see key_space.hpp), which holds the value as codec/text.hpp writes it:
// numbers in decimals, described structs as JSON, text and bytes as they are. Other programs can read and write it.
//
// Names are any bytes; a user's input is safe in them. Every operation is one round trip and O(1), besides the bytes of
// the value. get, set, erase and exists are plain commands; only get_with_ttl is a script, so that value and time to
// live are those of one moment.
//
// A value that does not read as a T is a failure (decode_failed), never an absence: the entry is there, and somebody
// else wrote it. Deadline and cancellation are the ambient ones; a failed set, or erase, that was maybe_applied may be
// sent again. No failure is hidden and nothing is retried: whether a read without a cache goes to the source, is the
// caller's choice. Several callers that miss at once all miss: this cache loads nothing by itself. An entry may be gone
// before its time: evicted, or lost with a server that had not yet replicated it.

#pragma once

#include "redstart/codec/text.hpp"
#include "redstart/command/keys.hpp"
#include "redstart/command/script.hpp"
#include "redstart/command/strings.hpp"
#include "redstart/toolkit/key_space.hpp"
#include "redstart/toolkit/operation.hpp"

#include <chrono>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <tuple>

namespace redstart::toolkit {

struct cache_options {
    std::string prefix = "redstart";  // caches of different types need different ones
};

// A value and how long it is still there.
template <class T>
struct cached {
    T value{};
    std::optional<std::chrono::milliseconds> ttl;  // none: it does not expire

    bool operator==(cached const&) const = default;
};

namespace toolkit_detail {

template <class T>
using cached_reply = std::tuple<std::optional<T>, std::int64_t>;

std::string_view get_with_ttl_text() noexcept;

// Throws a failure (invalid_argument) for a time to live that is not positive, or longer than 100 years.
void check_ttl(std::optional<std::chrono::milliseconds> ttl, std::source_location const& where);

template <class T>
task<std::optional<cached<T>>> read_with_ttl(client& db, command<cached_reply<T>> what,
                                             std::source_location where)
{
    auto [value, left] = co_await db.exec(std::move(what), where);
    if (!value)
        co_return std::nullopt;
    cached<T> found{.value = *std::move(value), .ttl = std::nullopt};
    if (left >= 0)
        found.ttl = std::chrono::milliseconds{left};
    co_return found;
}

task<bool> is_one(client& db, command<std::int64_t> what, std::source_location where);

}  // namespace toolkit_detail

// A value that refers to its client, which outlives it and every task made here. Used on the loops of that client's
// runtime, by any number of coroutines at once. Names and values are copied by the call.
template <codec::has_text_codec T>
class cache {
public:
    // Throws a failure (invalid_argument) if the prefix is none.
    explicit cache(client& db, cache_options const& options = {},
                   std::source_location where = std::source_location::current())
        : db_{&db}, keys_{options.prefix, "cache", where}
    {
    }

    // Nothing if there is no such entry.
    task<std::optional<T>> get(std::string_view name,
                               std::source_location where = std::source_location::current()) const
    {
        return toolkit_detail::send(*db_, redstart::get(key_of(name)), where);
    }

    // As get(), with what is left of the time to live: 0 ms in the last millisecond.
    task<std::optional<cached<T>>> get_with_ttl(
        std::string_view name, std::source_location where = std::source_location::current()) const
    {
        static script<toolkit_detail::cached_reply<T>> const read{
            "get_with_ttl", toolkit_detail::get_with_ttl_text()};
        return toolkit_detail::read_with_ttl<T>(*db_, read(keys(key_of(name))), where);
    }

    // Puts the value in place of what was there. Without a `ttl` it does not expire, even if what was there did. Throws
    // a failure (invalid_argument) for a ttl that is not positive or beyond 100 years, and for a value without a text.
    task<> set(std::string_view name, T const& value,
               std::optional<std::chrono::milliseconds> ttl = std::nullopt,
               std::source_location where = std::source_location::current()) const
    {
        toolkit_detail::check_ttl(ttl, where);
        return toolkit_detail::send_only(*db_, redstart::set(key_of(name), value, {.ttl = ttl}),
                                         where);
    }

    // False if there was no such entry. The memory is given back in the background.
    task<bool> erase(std::string_view name,
                     std::source_location where = std::source_location::current()) const
    {
        return toolkit_detail::is_one(*db_, unlink(key_of(name)), where);
    }

    // Whether there is such an entry, readable or not.
    task<bool> exists(std::string_view name,
                      std::source_location where = std::source_location::current()) const
    {
        return toolkit_detail::is_one(*db_, redstart::exists(key_of(name)), where);
    }

private:
    key<T> key_of(std::string_view name) const { return keys_.template key_of<T>(name); }

    client* db_;
    key_space keys_;
};

}  // namespace redstart::toolkit
