// Single values: GET, SET and their family. A typed key takes and gives only its own type.

#pragma once

#include "redstart/command/command.hpp"
#include "redstart/command/shared_text.hpp"
#include "redstart/command/ttl.hpp"

#include <concepts>
#include <cstdint>
#include <optional>
#include <vector>

namespace redstart {

// A value under a key as it is passed: anything under a key of plain text.
template <value_key Key>
using value_input_t = passed_to_t<Key, key_value_t<Key>>;

template <class Key>
concept integer_key = plain_key<Key> || (value_key<Key> && std::integral<key_value_t<Key>>);
template <class Key>
concept number_key = integer_key<Key> || (value_key<Key> && std::floating_point<key_value_t<Key>>);
// Whose value is a piece of text or bytes that can be cut and joined.
template <class Key>
concept text_key =
    plain_key<Key> || (value_key<Key> && (std::same_as<key_value_t<Key>, std::string> ||
                                          std::same_as<key_value_t<Key>, std::vector<std::byte>>));

struct set_options {
    std::optional<std::chrono::milliseconds> ttl{};  // none: it does not expire
    std::optional<end_time> expires_at{};            // not with ttl
    bool keep_ttl = false;  // leave the expiry as it is; not with the others
    enum class when : std::uint8_t { always, if_absent, if_present } condition = when::always;
};

struct getex_options {
    std::optional<std::chrono::milliseconds> ttl{};
    std::optional<end_time> expires_at{};  // not with ttl
    bool persist = false;                  // take the expiry away; not with the others
};

namespace command_detail {

void add_set_options(any_command& set, set_options const& options);
void add_getex_options(any_command& getex, getex_options const& options);

template <class Value, class Key>
concept value_for = plain_key<Key> || storable_as<Value, key_value_t<Key>>;

// An rvalue, so Value is no reference; or borrowed as whatever.
template <class Value, class Key>
concept uncopied_value =
    (std::same_as<std::remove_cvref_t<Value>, borrowed> && text_key<Key>) ||
    ((std::same_as<Value, std::string> || std::same_as<Value, std::vector<std::byte>>) &&
     (plain_key<Key> || std::same_as<key_value_t<Key>, Value>));

template <value_key Key, value_for<Key> Value>
void add_value(any_command& built, Key const& k, Value const& value)
{
    value_input_t<Key> const& typed = value;
    built.add(k, typed);
}

}  // namespace command_detail

// Absent if there is no such key. O(1).
template <value_key Key>
command<std::optional<key_value_t<Key>>> get(Key const& k)
{
    return make_command<std::optional<key_value_t<Key>>>(command_id::get, k);
}

// Also deletes it. Not idempotent: a repetition finds nothing. O(1).
template <value_key Key>
command<std::optional<key_value_t<Key>>> getdel(Key const& k)
{
    return make_command<std::optional<key_value_t<Key>>>(command_id::getdel, k);
}

// Also sets when it expires, or that it does not; without options, as get. O(1).
template <value_key Key>
command<std::optional<key_value_t<Key>>> getex(Key const& k, getex_options const& options)
{
    auto built = make_command<std::optional<key_value_t<Key>>>(command_id::getex, k);
    command_detail::add_getex_options(built, options);
    return built;
}

// True if the value was set; false if the condition did not hold. O(1).
template <value_key Key, command_detail::value_for<Key> Value = key_value_t<Key>>
command<bool> set(Key const& k, Value const& value, set_options const& options = {})
{
    command<bool> built{command_id::set};
    command_detail::add_value(built, k, value);
    command_detail::add_set_options(built, options);
    return built;
}

// The same for text or bytes that are given away (an rvalue), or lent: what is large is not copied.
template <value_key Key, class Value>
    requires command_detail::uncopied_value<Value, Key>
command<bool> set(Key const& k, Value&& value, set_options const& options = {})
{
    auto built = make_command<bool>(command_id::set, k);
    if constexpr (std::same_as<std::remove_cvref_t<Value>, borrowed>)
        built.add(value);
    else
        built.add_owned(std::forward<Value>(value));
    command_detail::add_set_options(built, options);
    return built;
}

// As set, and gives what was there before, whether or not the condition held. O(1).
template <value_key Key, command_detail::value_for<Key> Value = key_value_t<Key>>
command<std::optional<key_value_t<Key>>> set_and_get(Key const& k, Value const& value,
                                                     set_options const& options = {})
{
    command<std::optional<key_value_t<Key>>> built{command_id::set};
    command_detail::add_value(built, k, value);
    command_detail::add_set_options(built, options);
    built.add("GET");
    built.mark_not_idempotent();
    return built;
}

// The values of several keys of one type, in their order. O(1) per key.
template <key_or_range First, key_or_range... More>
    requires value_key<key_among_t<First>> &&
             (std::same_as<key_value_t<key_among_t<More>>, key_value_t<key_among_t<First>>> && ...)
command<std::vector<std::optional<key_value_t<key_among_t<First>>>>> mget(First const& first,
                                                                          More const&... more)
{
    return make_command<std::vector<std::optional<key_value_t<key_among_t<First>>>>>(
        command_id::mget, keys(first, more...));
}

namespace command_detail {

template <class T>
concept key_with_value = requires(T const& each) {
    requires value_key<std::remove_cvref_t<decltype(each.first)>>;
    requires value_for<std::remove_cvref_t<decltype(each.second)>,
                       std::remove_cvref_t<decltype(each.first)>>;
};
template <class T>
concept key_with_value_or_range =
    key_with_value<T> ||
    (std::ranges::forward_range<T const> && key_with_value<std::ranges::range_value_t<T>>);

template <key_with_value_or_range T>
void add_values(any_command& built, T const& all)
{
    if constexpr (key_with_value<T>)
        add_value(built, all.first, all.second);
    else
        for (auto const& each : all)
            add_value(built, each.first, each.second);
}

template <class Reply, class... Pairs>
command<Reply> with_values(command_id id, Pairs const&... pairs)
{
    command<Reply> built{id};
    (add_values(built, pairs), ...);
    if (built.request().arguments() == 1)
        argument_detail::refuse_empty_list(built.request());
    return built;
}

}  // namespace command_detail

// Sets several keys at once: mset(std::pair{hits, 3}, std::pair{"k", "text"}), or a map. All or none; on a cluster they
// lie in one slot. O(1) per key.
template <command_detail::key_with_value_or_range... Pairs>
    requires(sizeof...(Pairs) > 0)
command<ok> mset(Pairs const&... pairs)
{
    return command_detail::with_values<ok>(command_id::mset, pairs...);
}

// As mset, but only if none of them exists: true if all were set, false if none. O(1) per key.
template <command_detail::key_with_value_or_range... Pairs>
    requires(sizeof...(Pairs) > 0)
command<bool> msetnx(Pairs const&... pairs)
{
    return command_detail::with_values<bool>(command_id::msetnx, pairs...);
}

// Adds one and gives the new value. An absent key counts as 0; what is no integer, or overflows, is a server_error.
template <integer_key Key>
command<std::int64_t> incr(Key const& k)
{
    return make_command<std::int64_t>(command_id::incr, k);
}
template <integer_key Key>
command<std::int64_t> incrby(Key const& k, std::int64_t amount)
{
    return make_command<std::int64_t>(command_id::incrby, k, amount);
}
template <integer_key Key>
command<std::int64_t> decr(Key const& k)
{
    return make_command<std::int64_t>(command_id::decr, k);
}
template <integer_key Key>
command<std::int64_t> decrby(Key const& k, std::int64_t amount)
{
    return make_command<std::int64_t>(command_id::decrby, k, amount);
}

// As incrby for a real number, which is kept as decimal text of 17 digits.
template <number_key Key>
    requires(plain_key<Key> || std::floating_point<key_value_t<Key>>)
command<double> incrbyfloat(Key const& k, double amount)
{
    return make_command<double>(command_id::incrbyfloat, k, amount);
}

// The length in bytes, after `text` was put behind what is there. O(length of the text).
template <text_key Key>
command<std::int64_t> append(Key const& k, std::string_view text)
{
    return make_command<std::int64_t>(command_id::append, k, text);
}

// The bytes from `first` to `last`, both included; negative ones count from the end. Empty if there are none. O(n).
template <text_key Key>
command<std::string> getrange(Key const& k, std::int64_t first, std::int64_t last)
{
    return make_command<std::string>(command_id::getrange, k, first, last);
}

// The length in bytes, after `text` was written over what begins at byte `offset`. A gap is filled with zeros.
template <text_key Key>
command<std::int64_t> setrange(Key const& k, std::int64_t offset, std::string_view text)
{
    return make_command<std::int64_t>(command_id::setrange, k, offset, text);
}

// The length in bytes; 0 if there is no such key. O(1).
template <value_key Key>
command<std::int64_t> strlen(Key const& k)
{
    return make_command<std::int64_t>(command_id::strlen, k);
}

// The longest text that both contain, with gaps allowed. O(n * m).
template <text_key First, text_key Second>
command<std::string> lcs(First const& a, Second const& b)
{
    return make_command<std::string>(command_id::lcs, a, b);
}

// Its length alone.
template <text_key First, text_key Second>
command<std::int64_t> lcs_length(First const& a, Second const& b)
{
    return make_command<std::int64_t>(command_id::lcs, a, b, "LEN");
}

// Where in both its pieces are, the last first; those shorter than `shortest` bytes are left out.
template <text_key First, text_key Second>
command<shared_text> lcs_matches(First const& a, Second const& b, std::int64_t shortest = 0)
{
    return make_command<shared_text>(command_id::lcs, a, b, "IDX", "MINMATCHLEN", shortest,
                                     "WITHMATCHLEN");
}

}  // namespace redstart
