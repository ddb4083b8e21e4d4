// What lies under a key: a single value, or a collection that has commands of its own.
//
//   inline constexpr key_of<list<std::string>, int> inbox{"inbox:{}"};   lpush(inbox(7), "text") compiles, get does not
//
// The kind stands where else the type of a value would. A key of plain text may hold any kind; what is read from it is
// std::string.

#pragma once

#include "redstart/command/key.hpp"

#include <string>
#include <utility>
#include <vector>

namespace redstart {

template <class Element>
struct list {
    using element_type = Element;
};

template <class Member>
struct set_of {
    using member_type = Member;
};

template <class Field = std::string, class Value = std::string>
struct hash {
    using field_type = Field;
    using mapped_type = Value;
};

// Members in the order of their scores.
template <class Member>
struct zset {
    using member_type = Member;
};

// Members at places on the earth. The server keeps it as a sorted set, so its commands are allowed too.
template <class Member>
struct geo {
    using member_type = Member;
};

// Names and values, as a stream keeps them.
using stream_fields = std::vector<std::pair<std::string, std::string>>;

// Entries in the order of their ids. A body is a list of pairs, each a name and a value, or a described struct, whose
// members are the names.
template <class Body = stream_fields>
struct stream {
    using body_type = Body;
};

// How many different elements there were, about.
template <class Element = std::string>
struct hyperloglog {
    using element_type = Element;
};

struct bitmap {};

namespace key_detail {

template <class T, template <class...> class Kind>
inline constexpr bool is_made_of = false;
template <template <class...> class Kind, class... Parts>
inline constexpr bool is_made_of<Kind<Parts...>, Kind> = true;

template <class Key, template <class...> class... Kinds>
concept key_of_kind =
    plain_key<Key> || (typed_key<Key> && (is_made_of<key_value_t<Key>, Kinds> || ...));

// The kind under a key; of plain text, the one that is named.
template <class Key, class Plain>
struct kind_under {
    using type = Plain;
};
template <typed_key Key, class Plain>
struct kind_under<Key, Plain> {
    using type = typename Key::value_type;
};
template <class Key, class Plain>
using kind_under_t = typename kind_under<Key, Plain>::type;

}  // namespace key_detail

template <class T>
inline constexpr bool is_key_kind =
    key_detail::is_made_of<T, list> || key_detail::is_made_of<T, set_of> ||
    key_detail::is_made_of<T, hash> || key_detail::is_made_of<T, zset> ||
    key_detail::is_made_of<T, geo> || key_detail::is_made_of<T, stream> ||
    key_detail::is_made_of<T, hyperloglog> || std::same_as<T, bitmap>;

// A key that holds a single value, not a collection.
template <class Key>
concept value_key = any_key<Key> && !is_key_kind<key_value_t<Key>>;

// Keys that may hold a collection: declared as such, or plain text.
template <class Key>
concept list_key = key_detail::key_of_kind<Key, list>;
template <class Key>
concept set_key = key_detail::key_of_kind<Key, set_of>;
template <class Key>
concept hash_key = key_detail::key_of_kind<Key, hash>;
template <class Key>
concept zset_key = key_detail::key_of_kind<Key, zset, geo>;
template <class Key>
concept geo_key = key_detail::key_of_kind<Key, geo>;
template <class Key>
concept stream_key = key_detail::key_of_kind<Key, stream>;
template <class Key>
concept hyperloglog_key = key_detail::key_of_kind<Key, hyperloglog>;
template <class Key>
concept bitmap_key = plain_key<Key> || (typed_key<Key> && std::same_as<key_value_t<Key>, bitmap>);

template <list_key Key>
using list_element_t = typename key_detail::kind_under_t<Key, list<std::string>>::element_type;
template <set_key Key>
using set_member_t = typename key_detail::kind_under_t<Key, set_of<std::string>>::member_type;
template <hash_key Key>
using hash_field_t = typename key_detail::kind_under_t<Key, hash<>>::field_type;
template <hash_key Key>
using hash_value_t = typename key_detail::kind_under_t<Key, hash<>>::mapped_type;
template <stream_key Key>
using stream_body_t = typename key_detail::kind_under_t<Key, stream<>>::body_type;
template <hyperloglog_key Key>
using hyperloglog_element_t = typename key_detail::kind_under_t<Key, hyperloglog<>>::element_type;
template <zset_key Key>
using zset_member_t = typename key_detail::kind_under_t<Key, zset<std::string>>::member_type;

}  // namespace redstart
