// Keys that know what lies under them.
//
//   inline constexpr key_of<user, int> user_key{"user:{}"};     get(user_key(7)) gives std::optional<user>
//   inline constexpr key_of<std::int64_t> hits{"hits"};         without a hole it is a key by itself
//
// A pattern has one hole per argument, checked at compile time. In text arguments { } and % are written as %7B %7D %25,
// and an empty one as a lone %, so that no user input can choose the cluster slot of a key; the text can be restored
// from it. Nothing else is escaped: between two holes for text, put what does not occur in the first.

#pragma once

#include "redstart/base/inline_text.hpp"

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>

namespace redstart {

// One key, ready to be sent. Value says what lies under it.
template <class Value>
class key {
public:
    using value_type = Value;

    explicit key(std::string_view text) { text_.append(text); }
    std::string_view text() const noexcept { return text_.view(); }

private:
    template <class, class...>
    friend class key_of;
    key() = default;
    inline_text<56> text_;
};

namespace key_detail {

consteval std::size_t count_holes(std::string_view pattern)
{
    std::size_t holes = 0;
    for (std::size_t at = pattern.find("{}"); at != std::string_view::npos;
         at = pattern.find("{}", at + 2))
        ++holes;
    return holes;
}

// Appends `argument` with { } and % escaped. {} would be no hash tag at all, so an empty one is a lone %.
template <std::size_t Room>
void append_escaped(inline_text<Room>& out, std::string_view argument)
{
    if (argument.empty())
        out.append("%");
    while (true) {
        auto const special = argument.find_first_of("{}%");
        out.append(argument.substr(0, special));
        if (special == std::string_view::npos)
            return;
        char const c = argument[special];
        out.append(c == '{' ? "%7B" : c == '}' ? "%7D" : "%25");
        argument.remove_prefix(special + 1);
    }
}

}  // namespace key_detail

// A pattern of keys. A constant, usually global; it refers to its literal.
template <class Value, class... Arguments>
class key_of {
    static_assert(((std::integral<Arguments> || std::convertible_to<Arguments, std::string_view>) &&
                   ...),
                  "a key's arguments are integers or text");

public:
    using value_type = Value;

    consteval key_of(char const* pattern) : pattern_{pattern}
    {
        if (key_detail::count_holes(pattern_) != sizeof...(Arguments))
            throw "a key pattern needs one {} for each argument";
        if (pattern_.empty())
            throw "a key is not empty";
    }

    key<Value> operator()(Arguments const&... arguments) const
    {
        key<Value> built;
        std::string_view rest = pattern_;
        (fill_hole(built, rest, arguments), ...);
        built.text_.append(rest);
        return built;
    }

    // A pattern without holes is a key.
    std::string_view text() const noexcept
        requires(sizeof...(Arguments) == 0)
    {
        return pattern_;
    }

private:
    template <class Argument>
    static void fill_hole(key<Value>& built, std::string_view& rest, Argument const& argument)
    {
        auto const hole = rest.find("{}");
        built.text_.append(rest.substr(0, hole));
        if constexpr (std::integral<Argument>)
            built.text_.append(argument);
        else
            key_detail::append_escaped(built.text_, argument);
        rest.remove_prefix(hole + 2);
    }

    std::string_view pattern_;
};

// What a command takes as a key: a typed one, or plain text whose value is a string.
template <class Key>
concept typed_key = requires(Key const& k) {
    typename Key::value_type;
    { k.text() } -> std::convertible_to<std::string_view>;
};
template <class Key>
concept plain_key = std::convertible_to<Key const&, std::string_view>;
template <class Key>
concept any_key = typed_key<Key> || plain_key<Key>;

template <class Key>
struct key_value {
    using type = std::string;
};
template <typed_key Key>
struct key_value<Key> {
    using type = typename Key::value_type;
};
template <class Key>
using key_value_t = typename key_value<Key>::type;

template <any_key Key>
std::string_view text_of(Key const& k) noexcept
{
    if constexpr (typed_key<Key>)
        return k.text();
    else
        return k;
}

}  // namespace redstart
