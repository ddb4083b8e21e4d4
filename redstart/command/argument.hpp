// What may stand as an argument of a command: text, keys, numbers, and values with a text codec.
//
// Builders encode their arguments before they return, so what is passed to them lives long enough if it lives until
// the end of the expression: argument, one_or_more and their like keep references and are for parameters only.

#pragma once

#include "redstart/codec/text.hpp"
#include "redstart/command/key_kinds.hpp"
#include "redstart/wire/request.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <ranges>
#include <string>
#include <string_view>
#include <utility>

namespace redstart {

// A large argument that is sent from where it lies, without a copy. It must stay there unchanged until the exec that
// sends it has ended, in whichever way; what is cancelled half sent is copied then. A string or a vector of bytes that
// is given away, as in set(k, std::move(text)), is not copied either, and needs no such care.
struct borrowed {
    std::string_view bytes;

    void append_to(wire::request& request) const { request.add_borrowed(bytes); }
};

namespace argument_detail {

// Throws a failure (invalid_argument) for what is not a number: no server takes it.
void append_real(wire::request& request, double value);

}  // namespace argument_detail

template <class T>
void append_argument(wire::request& request, T const& value)
{
    static_assert(std::same_as<T, bool> || !character_or_bool<T>,
                  "a character is no argument: say whether its text or its number is meant");
    if constexpr (requires { value.append_to(request); }) {
        value.append_to(request);
    } else if constexpr (std::convertible_to<T const&, std::string_view>) {
        request.add(std::string_view{value});
    } else if constexpr (typed_key<T>) {
        request.add(std::string_view{value.text()});
    } else if constexpr (std::same_as<T, bool>) {
        request.add(std::string_view{value ? "1" : "0"});
    } else if constexpr (std::signed_integral<T>) {
        request.add(static_cast<std::int64_t>(value));
    } else if constexpr (std::unsigned_integral<T>) {
        request.add(static_cast<std::uint64_t>(value));
    } else if constexpr (std::floating_point<T>) {
        argument_detail::append_real(request, static_cast<double>(value));
    } else {
        std::string text;
        codec::text_codec<T>::append(value, text);
        request.add_owned(std::move(text));
    }
}

// What a key of Stored takes: whatever converts to it, but for a number no character, whose meaning would be a guess,
// and for an integer no real number, which would lose its fraction.
template <class Value, class Stored>
concept storable_as =
    std::convertible_to<Value const&, Stored> &&
    !(std::floating_point<Value> && std::integral<Stored>) &&
    !(character_or_bool<Value> && !std::same_as<Value, bool> && std::is_arithmetic_v<Stored>);

namespace argument_detail {

template <class T>
concept sendable =
    std::same_as<T, borrowed> || std::convertible_to<T const&, std::string_view> || typed_key<T> ||
    std::integral<T> || std::floating_point<T> || codec::has_text_form<T>;

// Throws a failure (invalid_argument) unless it is one or several words with single blanks between them.
wire::request named_request(std::string_view name);

// Throws a failure (invalid_argument).
[[noreturn]] void refuse_empty_list(wire::request const& request);

}  // namespace argument_detail

// Anything that may be sent: what a key of plain text takes, which does not know what lies under it.
class argument {
public:
    template <class T>
        requires(!std::same_as<T, argument> && argument_detail::sendable<T>)
    argument(T const& value)
        : value_{static_cast<void const*>(std::addressof(value))},
          append_{[](wire::request& request, void const* kept) {
              append_argument(request, *static_cast<T const*>(kept));
          }}
    {
    }

    void append_to(wire::request& request) const { append_(request, value_); }

private:
    void const* value_;
    void (*append_)(wire::request&, void const*);
};

// How one T under a key is passed: as such, text as a view of it, and to a key of plain text as anything.
template <class Key, class T>
using passed_to_t =
    std::conditional_t<!typed_key<Key>, argument,
                       std::conditional_t<std::same_as<T, std::string>, std::string_view, T>>;

namespace argument_detail {

// What one_or_more and its like have in common: a reference to some list, and how it is sent.
class list_reference {
public:
    std::size_t size() const noexcept { return size_; }
    void append_to(wire::request& request) const
    {
        if (size_ == 0)
            refuse_empty_list(request);
        append_(request, values_);
    }

protected:
    using append_function = void (*)(wire::request&, void const*);

    list_reference(void const* values, std::size_t size, append_function append) noexcept
        : values_{values}, size_{size}, append_{append}
    {
    }

private:
    void const* values_;
    std::size_t size_;
    append_function append_;
};

template <class Range>
std::size_t size_of(Range const& range)
{
    return static_cast<std::size_t>(std::ranges::distance(range));
}

}  // namespace argument_detail

// One T, several in braces, or a range of them: the parameter of commands that take one or more.
//
//   rpush(k, "a")   rpush(k, {"a", "b"})   rpush(k, names)
//
// An empty one throws a failure (invalid_argument) when the command is built, because no server accepts it.
template <class T>
class one_or_more : public argument_detail::list_reference {
public:
    one_or_more(std::initializer_list<T> const& list) noexcept
        : list_reference{std::addressof(list), list.size(), append_all<std::initializer_list<T>>}
    {
    }
    template <storable_as<T> One>
    one_or_more(One const& one) noexcept
        : list_reference{static_cast<void const*>(std::addressof(one)), 1, append_one<One>}
    {
    }
    template <std::ranges::forward_range Range>
        requires(!storable_as<Range, T> && storable_as<std::ranges::range_value_t<Range>, T>)
    one_or_more(Range const& range)
        : list_reference{std::addressof(range), argument_detail::size_of(range), append_all<Range>}
    {
    }

private:
    template <class One>
    static void append_one(wire::request& request, void const* kept)
    {
        T const& value = *static_cast<One const*>(kept);
        append_argument(request, value);
    }
    template <class Range>
    static void append_all(wire::request& request, void const* kept)
    {
        for (auto const& each : *static_cast<Range const*>(kept))
            append_one<std::remove_cvref_t<decltype(each)>>(
                request, static_cast<void const*>(std::addressof(each)));
    }
};

// The same for pairs, each sent as two arguments: hset(k, {{"name", "Ada"}, {"age", "36"}}), or a map.
template <class First, class Second>
class one_or_more_pairs : public argument_detail::list_reference {
public:
    using list_type = std::initializer_list<std::pair<First, Second>>;

    one_or_more_pairs(list_type const& list) noexcept
        : list_reference{std::addressof(list), list.size(), append_all<list_type>}
    {
    }
    template <std::ranges::forward_range Range>
        requires requires(std::ranges::range_value_t<Range> const& each) {
            requires storable_as<std::remove_cvref_t<decltype(each.first)>, First>;
            requires storable_as<std::remove_cvref_t<decltype(each.second)>, Second>;
        }
    one_or_more_pairs(Range const& range)
        : list_reference{std::addressof(range), argument_detail::size_of(range), append_all<Range>}
    {
    }

private:
    template <class Range>
    static void append_all(wire::request& request, void const* kept)
    {
        for (auto const& each : *static_cast<Range const*>(kept)) {
            First const& first = each.first;
            Second const& second = each.second;
            append_argument(request, first);
            append_argument(request, second);
        }
    }
};

}  // namespace redstart
