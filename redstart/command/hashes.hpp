// Hashes: fields with values under one key. hash<Field, Value> says the type of both.
//
// O(1) for each field unless something else is said. Times to live of fields are in hash_ttl.hpp.

#pragma once

#include "redstart/command/command.hpp"
#include "redstart/command/keys.hpp"

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace redstart {

// How a field and a value are passed: anything to a key of plain text.
template <hash_key Key>
using hash_field_input_t = passed_to_t<Key, hash_field_t<Key>>;
template <hash_key Key>
using hash_value_input_t = passed_to_t<Key, hash_value_t<Key>>;
template <hash_key Key>
using hash_entry_t = std::pair<hash_field_t<Key>, hash_value_t<Key>>;

// True if the field is new, false if only its value was set.
template <hash_key Key>
command<bool> hset(Key const& k, hash_field_input_t<Key> const& field,
                   hash_value_input_t<Key> const& value)
{
    return make_command<bool>(command_id::hset, k, field, value);
}

// How many of the fields are new: hset(k, {{"name", "Ada"}, {"age", "36"}}), or a map.
template <hash_key Key>
command<std::int64_t> hset(
    Key const& k, one_or_more_pairs<hash_field_input_t<Key>, hash_value_input_t<Key>> entries)
{
    return make_command<std::int64_t>(command_id::hset, k, entries);
}

// Sets the field only if it is new; false if it is not.
template <hash_key Key>
command<bool> hsetnx(Key const& k, hash_field_input_t<Key> const& field,
                     hash_value_input_t<Key> const& value)
{
    return make_command<bool>(command_id::hsetnx, k, field, value);
}

// Absent if there is no such field.
template <hash_key Key>
command<std::optional<hash_value_t<Key>>> hget(Key const& k, hash_field_input_t<Key> const& field)
{
    return make_command<std::optional<hash_value_t<Key>>>(command_id::hget, k, field);
}

// The values of several fields, in their order.
template <hash_key Key>
command<std::vector<std::optional<hash_value_t<Key>>>> hmget(
    Key const& k, one_or_more<hash_field_input_t<Key>> fields)
{
    return make_command<std::vector<std::optional<hash_value_t<Key>>>>(command_id::hmget, k,
                                                                       fields);
}

// All fields with their values, in no order; empty if there is no such key. O(n); hscan goes step by step.
template <hash_key Key>
command<std::vector<hash_entry_t<Key>>> hgetall(Key const& k)
{
    return make_command<std::vector<hash_entry_t<Key>>>(command_id::hgetall, k);
}
template <hash_key Key>
command<std::vector<hash_field_t<Key>>> hkeys(Key const& k)
{
    return make_command<std::vector<hash_field_t<Key>>>(command_id::hkeys, k);
}
template <hash_key Key>
command<std::vector<hash_value_t<Key>>> hvals(Key const& k)
{
    return make_command<std::vector<hash_value_t<Key>>>(command_id::hvals, k);
}

// How many of the fields were there and are gone now.
template <hash_key Key>
command<std::int64_t> hdel(Key const& k, one_or_more<hash_field_input_t<Key>> fields)
{
    return make_command<std::int64_t>(command_id::hdel, k, fields);
}

template <hash_key Key>
command<bool> hexists(Key const& k, hash_field_input_t<Key> const& field)
{
    return make_command<bool>(command_id::hexists, k, field);
}

// How many fields it has; 0 if there is no such key.
template <hash_key Key>
command<std::int64_t> hlen(Key const& k)
{
    return make_command<std::int64_t>(command_id::hlen, k);
}

// The length of a value in bytes; 0 if there is no such field.
template <hash_key Key>
command<std::int64_t> hstrlen(Key const& k, hash_field_input_t<Key> const& field)
{
    return make_command<std::int64_t>(command_id::hstrlen, k, field);
}

// The new value; an absent field counts as 0. What is no integer, or overflows, is a server_error.
template <hash_key Key>
    requires(plain_key<Key> || std::integral<hash_value_t<Key>>)
command<std::int64_t> hincrby(Key const& k, hash_field_input_t<Key> const& field,
                              std::int64_t amount)
{
    return make_command<std::int64_t>(command_id::hincrby, k, field, amount);
}
template <hash_key Key>
    requires(plain_key<Key> || std::floating_point<hash_value_t<Key>>)
command<double> hincrbyfloat(Key const& k, hash_field_input_t<Key> const& field, double amount)
{
    return make_command<double>(command_id::hincrbyfloat, k, field, amount);
}

// A field by chance; absent if there is no such key.
template <hash_key Key>
command<std::optional<hash_field_t<Key>>> hrandfield(Key const& k)
{
    return make_command<std::optional<hash_field_t<Key>>>(command_id::hrandfield, k);
}

// At most `count` different ones; if it is negative, exactly that many, and one may come twice. O(count).
template <hash_key Key>
command<std::vector<hash_field_t<Key>>> hrandfield(Key const& k, std::int64_t count)
{
    return make_command<std::vector<hash_field_t<Key>>>(command_id::hrandfield, k, count);
}
template <hash_key Key>
command<std::vector<hash_entry_t<Key>>> hrandfield_with_values(Key const& k, std::int64_t count)
{
    return make_command<std::vector<hash_entry_t<Key>>>(command_id::hrandfield, k, count,
                                                        "WITHVALUES");
}

// One page of the fields with their values; see scan() for what a page is. O(1) per page.
template <hash_key Key>
command<scan_page<hash_entry_t<Key>>> hscan(Key const& k, std::uint64_t cursor,
                                            scan_options const& options = {})
{
    auto built = make_command<scan_page<hash_entry_t<Key>>>(command_id::hscan, k, cursor);
    command_detail::add_scan_options(built, options);
    return built;
}

}  // namespace redstart
