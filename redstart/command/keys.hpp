// Commands on keys of any kind.
//
// rename, remove and strlen of the C library take text, too: where `using namespace redstart` stands outside of a
// namespace, say redstart::rename.

#pragma once

#include "redstart/command/command.hpp"
#include "redstart/command/struct_decoder.hpp"
#include "redstart/command/ttl.hpp"

namespace redstart {

// How many of the keys existed and are gone now. O(1) per key, O(n) for a large collection.
template <key_or_range... Keys>
    requires(sizeof...(Keys) > 0)
command<std::int64_t> del(Keys const&... all)
{
    return make_command<std::int64_t>(command_id::del, keys(all...));
}

// As del, but the memory is given back in the background. O(1) per key.
template <key_or_range... Keys>
    requires(sizeof...(Keys) > 0)
command<std::int64_t> unlink(Keys const&... all)
{
    return make_command<std::int64_t>(command_id::unlink, keys(all...));
}

// How many of the keys exist; one that is named twice counts twice. O(1) per key.
template <key_or_range... Keys>
    requires(sizeof...(Keys) > 0)
command<std::int64_t> exists(Keys const&... all)
{
    return make_command<std::int64_t>(command_id::exists, keys(all...));
}

// As exists; and they count as used just now, so that a full server does not evict them first. O(1) per key.
template <key_or_range... Keys>
    requires(sizeof...(Keys) > 0)
command<std::int64_t> touch(Keys const&... all)
{
    return make_command<std::int64_t>(command_id::touch, keys(all...));
}

namespace command_detail {

void add_ttl(any_command& built, std::chrono::milliseconds ttl, expire_options const& options);
void add_end(any_command& built, end_time at, expire_options const& options);

}  // namespace command_detail

// False if the key does not exist or the condition does not hold. A time of zero or less deletes the key. O(1).
template <any_key Key>
command<bool> expire(Key const& k, std::chrono::milliseconds ttl,
                     expire_options const& options = {})
{
    auto built = make_command<bool>(command_id::pexpire, k);
    command_detail::add_ttl(built, ttl, options);
    return built;
}

// As expire, with the moment of the end; one in the past deletes the key. O(1).
template <any_key Key>
command<bool> expire_at(Key const& k, end_time at, expire_options const& options = {})
{
    auto built = make_command<bool>(command_id::pexpireat, k);
    command_detail::add_end(built, at, options);
    return built;
}

// When it ends. O(1).
template <any_key Key>
command<expire_time_reply> expire_time(Key const& k)
{
    return make_command<expire_time_reply>(command_id::pexpiretime, k);
}

// Takes the expiry away; false if there was none, or no key. O(1).
template <any_key Key>
command<bool> persist(Key const& k)
{
    return make_command<bool>(command_id::persist, k);
}

// How long it lives yet. O(1).
template <any_key Key>
command<ttl_reply> ttl(Key const& k)
{
    return make_command<ttl_reply>(command_id::pttl, k);
}

// "string", "list", "set", "zset", "hash", "stream", "none", or what a module calls its own. O(1).
template <any_key Key>
command<std::string> type(Key const& k)
{
    return make_command<std::string>(command_id::type, k);
}

namespace command_detail {

// Whether what lies under one key may lie under the other.
template <class From, class To>
concept same_kind =
    any_key<From> && any_key<To> &&
    (plain_key<From> || plain_key<To> || std::same_as<key_value_t<From>, key_value_t<To>>);

}  // namespace command_detail

// Whatever lay under `to` is gone. A key that does not exist is a server_error. O(1), and as del for what is gone.
template <class From, class To>
    requires command_detail::same_kind<From, To>
command<ok> rename(From const& from, To const& to)
{
    return make_command<ok>(command_id::rename, from, to);
}

// As rename, but false and nothing is done if `to` exists. O(1).
template <class From, class To>
    requires command_detail::same_kind<From, To>
command<bool> renamenx(From const& from, To const& to)
{
    return make_command<bool>(command_id::renamenx, from, to);
}

struct copy_options {
    bool replace = false;                    // what lies under the other key
    std::optional<std::int64_t> database{};  // if not that of the connection
};

namespace command_detail {
void add_copy_options(any_command& copy, copy_options const& options);
}

// True if it was copied, with its expiry; false if there is nothing to copy, or the other key exists. O(n).
template <class From, class To>
    requires command_detail::same_kind<From, To>
command<bool> copy(From const& from, To const& to, copy_options const& options = {})
{
    auto built = make_command<bool>(command_id::copy, from, to);
    command_detail::add_copy_options(built, options);
    return built;
}

// Into another database of the server; false if there is no such key, or one there already. O(1).
template <any_key Key>
command<bool> move(Key const& k, std::int64_t database)
{
    return make_command<bool>(command_id::move, k, database);
}

// Any key; absent if there is none. O(1).
inline command<std::optional<std::string>> randomkey()
{
    return command<std::optional<std::string>>{command_id::randomkey};
}

// All keys that match a pattern with * ? [a-z], at once: the server does nothing else meanwhile. O(keys of the
// database); scan() goes step by step.
inline command<std::vector<std::string>> keys_matching(std::string_view pattern)
{
    return make_command<std::vector<std::string>>(command_id::keys, pattern);
}

struct scan_options {
    std::string_view match{};             // a pattern with * ? [a-z]; empty: all
    std::optional<std::int64_t> count{};  // how many the server looks at for a page, about
    std::string_view type{};              // as type() names it; of scan() alone
};

namespace command_detail {
void add_scan_options(any_command& scan, scan_options const& options);
}

// One page of all keys; begin with cursor 0. A page may be empty, and an item may come twice. The generator scan(db)
// of client/scan.hpp asks for all pages. O(1) per page.
command<scan_page<std::string>> scan(std::uint64_t cursor, scan_options const& options = {});

// The value of a key as bytes that only servers read, for restore(); absent if there is no such key. O(n).
template <any_key Key>
command<std::optional<std::string>> dump(Key const& k)
{
    return make_command<std::optional<std::string>>(command_id::dump, k);
}

struct restore_options {
    std::optional<std::chrono::milliseconds> ttl{};   // none: it does not expire
    std::optional<end_time> expires_at{};             // not with ttl
    bool replace = false;                             // what lies under the key
    std::optional<std::chrono::seconds> idle_time{};  // since it was last used
    // how often it is used, 0 to 255; not with idle_time
    std::optional<std::int64_t> frequency{};
};

namespace command_detail {
void add_restore_arguments(any_command& restore, std::string_view payload,
                           restore_options const& options);
}

// Puts under a key what dump() gave, of this or an older version. A key that exists is a server_error (BUSYKEY). A
// ttl of zero is refused (invalid_argument). O(n).
template <any_key Key>
command<ok> restore(Key const& k, std::string_view payload, restore_options const& options = {})
{
    auto built = make_command<ok>(command_id::restore, k);
    command_detail::add_restore_arguments(built, payload, options);
    return built;
}

struct migrate_target {
    std::string_view host;
    std::uint16_t port = 6379;
    std::int64_t database = 0;
    std::chrono::milliseconds timeout{std::chrono::seconds{5}};  // of each step
    std::string_view user{};
    std::string_view password{};  // empty: the other server asks for none
    bool copy = false;            // leave the keys here, too
    bool replace = false;         // what lies under the same keys there
};
enum class migration : std::uint8_t { done, no_key };

template <>
struct decoder<migration> {
    decode_step feed(wire::token const& t, text_assembly& parts);
    migration take() const noexcept { return value_; }

private:
    migration value_ = migration::done;
};

namespace command_detail {
void add_migrate_target(any_command& migrate, migrate_target const& target);
}

// Moves keys to another server; this one does nothing else until that is done. After a failure a key may be on both
// servers. O(n).
template <class... Keys>
command<migration> migrate(key_list<Keys...> const& which, migrate_target const& target)
{
    command<migration> built{command_id::migrate};
    command_detail::add_migrate_target(built, target);
    built.add("KEYS", which);
    return built;
}

// How it is kept in memory, such as "listpack"; absent if there is no such key, as of all these. O(1).
template <any_key Key>
command<std::optional<std::string>> object_encoding(Key const& k)
{
    return make_command<std::optional<std::string>>(command_id::object_encoding, k);
}

// How often it is used, 0 to 255 on a logarithmic scale. A server_error unless the server evicts by frequency.
template <any_key Key>
command<std::optional<std::int64_t>> object_freq(Key const& k)
{
    return make_command<std::optional<std::int64_t>>(command_id::object_freq, k);
}

// Since when it is not used. A server_error if the server evicts by frequency.
template <any_key Key>
command<std::optional<std::chrono::seconds>> object_idletime(Key const& k)
{
    return make_command<std::optional<std::chrono::seconds>>(command_id::object_idletime, k);
}

// How often the server itself refers to the value.
template <any_key Key>
command<std::optional<std::int64_t>> object_refcount(Key const& k)
{
    return make_command<std::optional<std::int64_t>>(command_id::object_refcount, k);
}

}  // namespace redstart
