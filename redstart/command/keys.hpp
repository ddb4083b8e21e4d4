// Commands on keys of any kind.

#pragma once

#include "redstart/command/command.hpp"
#include "redstart/command/ttl.hpp"

namespace redstart {

namespace command_detail {

template <class Reply, any_key... Keys>
command<Reply> on_keys(command_id id, Keys const&... keys)
{
    command<Reply> built{id};
    built.add(text_of(keys)...);
    return built;
}

}  // namespace command_detail

// How many of the keys existed and are gone now. O(1) per key, O(n) for a large collection.
template <any_key... Keys>
    requires(sizeof...(Keys) > 0)
command<std::int64_t> del(Keys const&... keys)
{
    return command_detail::on_keys<std::int64_t>(command_id::del, keys...);
}

// As del, but the memory is given back in the background. O(1) per key.
template <any_key... Keys>
    requires(sizeof...(Keys) > 0)
command<std::int64_t> unlink(Keys const&... keys)
{
    return command_detail::on_keys<std::int64_t>(command_id::unlink, keys...);
}

// How many of the keys exist; one that is named twice counts twice.
template <any_key... Keys>
    requires(sizeof...(Keys) > 0)
command<std::int64_t> exists(Keys const&... keys)
{
    return command_detail::on_keys<std::int64_t>(command_id::exists, keys...);
}

// False if the key does not exist. A time to live of zero or less deletes the key.
template <any_key Key>
command<bool> expire(Key const& k, std::chrono::milliseconds ttl)
{
    command<bool> built{command_id::pexpire};
    built.add(text_of(k), ttl.count());
    return built;
}

// Takes the expiry away; false if there was none, or no key.
template <any_key Key>
command<bool> persist(Key const& k)
{
    return command_detail::on_keys<bool>(command_id::persist, k);
}

template <any_key Key>
command<ttl_reply> ttl(Key const& k)
{
    return command_detail::on_keys<ttl_reply>(command_id::pttl, k);
}

template <any_key Key>
command<std::string> type(Key const& k)
{
    return command_detail::on_keys<std::string>(command_id::type, k);
}

}  // namespace redstart
