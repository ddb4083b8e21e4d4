// Times to live of single fields of a hash.
//
// For servers that have them: Valkey 9, Redis 7.4 and 8. Older ones answer with a server_error that says that they do
// not know the command. O(1) per field.

#pragma once

#include "redstart/command/hashes.hpp"
#include "redstart/command/strings.hpp"

namespace redstart {

// What became of one field.
enum class field_expiry : std::int8_t {
    no_field = -2,   // or no such key
    no_expiry = -1,  // there was none to take away
    refused = 0,     // the condition did not hold
    set = 1,         // of hpersist: taken away
    deleted = 2      // the end had passed already
};

template <>
struct decoder<field_expiry> {
    decode_step feed(wire::token const& t, text_assembly& parts);
    field_expiry take() const noexcept { return value_; }

private:
    field_expiry value_ = field_expiry::refused;
};

namespace command_detail {

void add_hsetex_options(any_command& hsetex, set_options const& options);

// FIELDS, how many, and they.
template <class List>
void add_fields(any_command& built, List const& fields)
{
    built.add("FIELDS", fields.size(), fields);
}

}  // namespace command_detail

// One answer for each field. A time of zero or less deletes.
template <hash_key Key>
command<std::vector<field_expiry>> hexpire(Key const& k, std::chrono::milliseconds ttl,
                                           one_or_more<hash_field_input_t<Key>> fields,
                                           expire_options const& options = {})
{
    auto built = make_command<std::vector<field_expiry>>(command_id::hpexpire, k);
    command_detail::add_ttl(built, ttl, options);
    command_detail::add_fields(built, fields);
    return built;
}

// As hexpire, with the moment of the end; one in the past deletes.
template <hash_key Key>
command<std::vector<field_expiry>> hexpire_at(Key const& k, end_time at,
                                              one_or_more<hash_field_input_t<Key>> fields,
                                              expire_options const& options = {})
{
    auto built = make_command<std::vector<field_expiry>>(command_id::hpexpireat, k);
    command_detail::add_end(built, at, options);
    command_detail::add_fields(built, fields);
    return built;
}

// Takes the expiry of fields away.
template <hash_key Key>
command<std::vector<field_expiry>> hpersist(Key const& k,
                                            one_or_more<hash_field_input_t<Key>> fields)
{
    auto built = make_command<std::vector<field_expiry>>(command_id::hpersist, k);
    command_detail::add_fields(built, fields);
    return built;
}

// How long each field lives yet.
template <hash_key Key>
command<std::vector<ttl_reply>> httl(Key const& k, one_or_more<hash_field_input_t<Key>> fields)
{
    auto built = make_command<std::vector<ttl_reply>>(command_id::hpttl, k);
    command_detail::add_fields(built, fields);
    return built;
}

// When each field ends.
template <hash_key Key>
command<std::vector<expire_time_reply>> hexpire_time(Key const& k,
                                                     one_or_more<hash_field_input_t<Key>> fields)
{
    auto built = make_command<std::vector<expire_time_reply>>(command_id::hpexpiretime, k);
    command_detail::add_fields(built, fields);
    return built;
}

// As hmget, and sets when the fields expire, or that they do not.
template <hash_key Key>
command<std::vector<std::optional<hash_value_t<Key>>>> hgetex(
    Key const& k, one_or_more<hash_field_input_t<Key>> fields, getex_options const& options)
{
    auto built = make_command<std::vector<std::optional<hash_value_t<Key>>>>(command_id::hgetex, k);
    command_detail::add_getex_options(built, options);
    command_detail::add_fields(built, fields);
    return built;
}

// As hmget, and deletes the fields. Redis 8 only.
template <hash_key Key>
command<std::vector<std::optional<hash_value_t<Key>>>> hgetdel(
    Key const& k, one_or_more<hash_field_input_t<Key>> fields)
{
    auto built =
        make_command<std::vector<std::optional<hash_value_t<Key>>>>(command_id::hgetdel, k);
    command_detail::add_fields(built, fields);
    return built;
}

// Sets fields and when they expire. The condition is for all of them: none of the fields exists, or all do. False, and
// nothing is done, if it does not hold.
template <hash_key Key>
command<bool> hsetex(Key const& k,
                     one_or_more_pairs<hash_field_input_t<Key>, hash_value_input_t<Key>> entries,
                     set_options const& options)
{
    auto built = make_command<bool>(command_id::hsetex, k);
    command_detail::add_hsetex_options(built, options);
    command_detail::add_fields(built, entries);
    return built;
}

}  // namespace redstart
