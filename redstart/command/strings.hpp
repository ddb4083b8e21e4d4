// Single values: GET, SET and their family. A typed key takes and gives only its own type.

#pragma once

#include "redstart/command/command.hpp"

#include <concepts>
#include <cstdint>
#include <optional>
#include <vector>

namespace redstart {

template <value_key Key>
command<std::optional<key_value_t<Key>>> get(Key const& k)
{
    command<std::optional<key_value_t<Key>>> built{command_id::get};
    built.add(text_of(k));
    return built;
}

// Also deletes it. Not idempotent: a repetition finds nothing.
template <value_key Key>
command<std::optional<key_value_t<Key>>> getdel(Key const& k)
{
    command<std::optional<key_value_t<Key>>> built{command_id::getdel};
    built.add(text_of(k));
    return built;
}

struct set_options {
    std::optional<std::chrono::milliseconds> ttl{};  // none: the key does not expire
    bool keep_ttl = false;                           // leave the expiry as it is; not with ttl
    enum class when : std::uint8_t { always, if_absent, if_present } condition = when::always;
};

namespace command_detail {
void add_set_options(any_command& set, set_options const& options);
}

// True if the value was set; false if the condition did not hold. O(1).
template <value_key Key, class Value = key_value_t<Key>>
    requires storable_as<Value, key_value_t<Key>> || plain_key<Key>
command<bool> set(Key const& k, Value const& value, set_options const& options = {})
{
    command<bool> built{command_id::set};
    if constexpr (plain_key<Key>) {
        built.add(text_of(k), value);
    } else {
        key_value_t<Key> const& typed = value;
        built.add(text_of(k), typed);
    }
    command_detail::add_set_options(built, options);
    return built;
}

// Adds one and gives the new value. An absent key counts as 0; what is no integer, or overflows, is a server_error.
template <value_key Key>
    requires std::integral<key_value_t<Key>> || plain_key<Key>
command<std::int64_t> incr(Key const& k)
{
    command<std::int64_t> built{command_id::incr};
    built.add(text_of(k));
    return built;
}

template <value_key Key>
    requires std::integral<key_value_t<Key>> || plain_key<Key>
command<std::int64_t> incrby(Key const& k, std::int64_t amount)
{
    command<std::int64_t> built{command_id::incrby};
    built.add(text_of(k), amount);
    return built;
}

// The values of several keys of one kind, in their order.
template <value_key Key>
command<std::vector<std::optional<key_value_t<Key>>>> mget(std::vector<Key> const& keys)
{
    command<std::vector<std::optional<key_value_t<Key>>>> built{command_id::mget};
    for (auto const& k : keys)
        built.add(text_of(k));
    return built;
}

}  // namespace redstart
