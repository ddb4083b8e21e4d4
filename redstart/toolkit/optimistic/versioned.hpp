// Values that are changed by who knows what he changes: compare and set, by absence, by version or by value.
//
//     versioned<article> articles{db, {.name = "articles"}};
//     auto const read = co_await articles.get("7");                        // {.value, .version}, or nothing
//     auto const done = co_await articles.set_if_version("7", read->version, edited);
//     if (!done.applied) co_return merge(done.current);                    // somebody was faster: what is there now
//     co_await articles.modify("7", [](std::optional<article> now) { ... });    // read, change, set, until it holds
//
// One hash for each value, <prefix>:versioned:<name>:{<entry>}, with the fields value (as codec/text.hpp writes it) and
// version. Test and change are one script, so of many who set from one version exactly one succeeds. Every change gives
// a greater version, and a version does not come again, also not after the entry was erased or has expired: it is the
// server's time in microseconds, or one more than the last. (A server whose clock was set back may give an entry that
// is created anew a version that an erased one had.)
//
// Values are compared as text, byte by byte: set_if_value finds another order of members, or another way to write a
// number, different. `ttl` is given when an entry is created, and kept by every change; an entry that had lost it gets
// it back with the next one.
//
// Cost: one round trip, O(1) besides the bytes of the value; modify two, and two more for each conflict. Deadline and
// cancellation are the ambient ones, failures are thrown on. A change by version, or by absence, that is maybe_applied
// may be sent again: if it had been applied, it is refused now, and what is there is what was sent, or what others made
// of it since. By value it may be applied a second time, where others meanwhile put back what was expected.

#pragma once

#include "redstart/base/backoff.hpp"
#include "redstart/client/client.hpp"
#include "redstart/codec/described.hpp"
#include "redstart/codec/text.hpp"
#include "redstart/command/hashes.hpp"
#include "redstart/command/script.hpp"
#include "redstart/task/sleep.hpp"
#include "redstart/toolkit/key_space.hpp"
#include "redstart/toolkit/operation.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace redstart::toolkit {

struct versioned_options {
    std::string prefix = "redstart";  // see key_space.hpp
    std::string name = "default";     // as a prefix, to 54 bytes; another type needs another one
    std::optional<std::chrono::milliseconds> ttl = std::nullopt;  // 1 ms to 100 years
    std::uint32_t attempts = 16;  // of modify, before it fails with `conflict`: 1 to 1000
};

// A value and which one it is.
template <class T>
struct version_of {
    T value{};
    std::int64_t version = 0;

    bool operator==(version_of const&) const = default;
};

// What became of a change.
template <class T>
struct versioned_change {
    bool applied = false;
    std::int64_t version = 0;  // of what is there now; 0: nothing is
    // What is there now, where it was not applied.
    std::optional<T> current = std::nullopt;

    bool operator==(versioned_change const&) const = default;
};

// What an operator may want to know of one entry; not what it says.
struct versioned_report {
    bool exists = false;
    // the server's time of the last change in microseconds, or a little later
    std::int64_t version = 0;
    std::int64_t bytes = 0;  // of the value
    std::optional<std::int64_t> ttl_ms = std::nullopt;
};
BOOST_DESCRIBE_STRUCT(versioned_report, (), (exists, version, bytes, ttl_ms))

namespace toolkit_detail {

template <class T>
using versioned_reply = std::tuple<bool, std::int64_t, std::optional<T>>;
template <class T>
using versioned_read_reply = std::tuple<std::optional<T>, std::optional<std::int64_t>>;

// What has to be there, as the script takes it: absent, version, value or any.
std::string_view versioned_set_text() noexcept;
std::string_view versioned_erase_text() noexcept;

versioned_options checked(versioned_options options, std::source_location const& where);
task<versioned_report> read_report(client& db, key<hash<>> at);
failure every_attempt_failed(std::source_location where);

template <class T>
task<std::optional<version_of<T>>> read_version(client& db, command<versioned_read_reply<T>> what,
                                                std::source_location where)
{
    auto [value, version] = co_await db.exec(std::move(what), where);
    if (!value || !version)
        co_return std::nullopt;
    co_return version_of<T>{.value = *std::move(value), .version = *version};
}

template <class T>
task<versioned_change<T>> change_version(client& db, command<versioned_reply<T>> what,
                                         std::source_location where)
{
    auto [applied, version, current] = co_await db.exec(std::move(what), where);
    co_return versioned_change<T>{
        .applied = applied, .version = version, .current = std::move(current)};
}

}  // namespace toolkit_detail

// A value that refers to its client, which outlives it and every task made here. Used on the loops of that client's
// runtime, by any number of coroutines at once. The name of an entry is any bytes; names and values are copied by the
// call.
template <codec::has_text_codec T>
class versioned {
public:
    using where_t = std::source_location;
    using change = versioned_change<T>;

    // Throws a failure (invalid_argument) if an option is out of its range.
    versioned(client& db, versioned_options options, where_t where = where_t::current())
        : db_{&db}, options_{toolkit_detail::checked(std::move(options), where)},
          keys_{options_.prefix, "versioned:" + options_.name, where}
    {
    }

    // Nothing if there is no such entry.
    task<std::optional<version_of<T>>> get(std::string_view name,
                                           where_t where = where_t::current()) const
    {
        return toolkit_detail::read_version<T>(
            *db_,
            make_command<toolkit_detail::versioned_read_reply<T>>(command_id::hmget, key_of(name),
                                                                  "value", "version"),
            where);
    }

    task<change> set_if_absent(std::string_view name, T const& value,
                               where_t where = where_t::current()) const
    {
        return set_if(name, {"absent", ""}, value, where);
    }

    task<change> set_if_version(std::string_view name, std::int64_t version, T const& value,
                                where_t where = where_t::current()) const
    {
        return set_if(name, {"version", std::to_string(version)}, value, where);
    }

    task<change> set_if_value(std::string_view name, T const& expected, T const& value,
                              where_t where = where_t::current()) const
    {
        std::string text;
        codec::text_codec<T>::append(expected, text);
        return set_if(name, {"value", text}, value, where);
    }

    // Whatever is there.
    task<change> set(std::string_view name, T const& value,
                     where_t where = where_t::current()) const
    {
        return set_if(name, {"any", ""}, value, where);
    }

    task<change> erase_if_version(std::string_view name, std::int64_t version,
                                  where_t where = where_t::current()) const
    {
        static script<toolkit_detail::versioned_reply<T>> const erasing{
            "versioned_erase", toolkit_detail::versioned_erase_text()};
        return toolkit_detail::change_version<T>(*db_, erasing(keys(key_of(name)), version), where);
    }

    // Reads, asks `to_change(std::optional<T> now)` for the new value, and sets it if nothing has changed meanwhile;
    // otherwise begins again after a jittered pause. `to_change` gives a T, or an optional<T> in which nothing means
    // that all stays as it is (applied is false then, and current empty). It may run several times; it is copied by the
    // call, and what it refers to outlives the task. Throws `conflict` when every attempt met somebody else: nothing
    // was changed. What `to_change` throws is thrown on.
    template <class Change>
    task<change> modify(std::string_view name, Change to_change,
                        where_t where = where_t::current()) const
    {
        static_assert(std::is_invocable_r_v<std::optional<T>, Change&, std::optional<T>>,
                      "to_change takes an optional<T>, and gives a T or an optional<T>");
        return modify_until(*this, std::string{name}, std::move(to_change), where);
    }

    // One round trip; not one moment of all of it.
    task<versioned_report> report(std::string_view name) const
    {
        return toolkit_detail::read_report(*db_, keys_.template key_of<hash<>>(name));
    }

    versioned_options const& options() const noexcept { return options_; }

private:
    using entry_key = key<hash<std::string, T>>;
    // What has to be there: how it is compared, and with what.
    using expectation = std::pair<std::string_view, std::string_view>;

    entry_key key_of(std::string_view name) const
    {
        return keys_.template key_of<hash<std::string, T>>(name);
    }

    task<change> set_if(std::string_view name, expectation const& expected, T const& value,
                        where_t const& where) const
    {
        static script<toolkit_detail::versioned_reply<T>> const setting{
            "versioned_set", toolkit_detail::versioned_set_text()};
        auto what = setting(keys(key_of(name)), expected.first, expected.second, value,
                            toolkit_detail::ttl_argument(options_.ttl));
        return toolkit_detail::change_version<T>(*db_, std::move(what), where);
    }

    template <class Change>
    static task<change> modify_until(versioned self, std::string name, Change to_change,
                                     where_t where)
    {
        backoff pauses{
            {.first = std::chrono::milliseconds{1}, .limit = std::chrono::milliseconds{50}}};
        for (auto left = self.options_.attempts; left > 0; --left) {
            auto now = co_await self.get(name, where);
            auto const version = now ? now->version : 0;
            std::optional<T> wanted =
                to_change(now ? std::optional<T>{std::move(now->value)} : std::nullopt);
            if (!wanted)
                co_return change{.applied = false, .version = version};
            auto done = now ? co_await self.set_if_version(name, version, *wanted, where)
                            : co_await self.set_if_absent(name, *wanted, where);
            if (done.applied)
                co_return done;
            if (left > 1)
                co_await sleep_for(pauses.next());
        }
        throw toolkit_detail::every_attempt_failed(where);
    }

    client* db_;
    versioned_options options_;
    key_space keys_;
};

}  // namespace redstart::toolkit
