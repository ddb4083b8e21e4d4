// Channels that know what is said in them.
//
//   inline constexpr channel_of<order, int> orders{"orders:{}"};   publish(orders(7), new_order), subscribe(orders(7))
//   orders.all()                                                   a pattern for all of them: "orders:*"
//
// Names are built as those of keys, with the same escapes. A plain text is a channel of std::string.

#pragma once

#include "redstart/codec/text.hpp"
#include "redstart/command/key.hpp"

#include <concepts>
#include <string>
#include <string_view>

namespace redstart {

// One channel. Body says what is published in it.
template <class Body>
class channel {
public:
    using body_type = Body;

    explicit channel(std::string_view name) : name_{name} {}
    std::string_view text() const noexcept { return name_; }

private:
    std::string name_;
};

// All channels whose names match: * is any text, ? any byte, [ab] one of those, \ takes the meaning from what follows.
template <class Body>
class channel_pattern {
public:
    explicit channel_pattern(std::string_view glob) : glob_{glob} {}
    std::string_view glob() const noexcept { return glob_; }

private:
    std::string glob_;
};

namespace channel_detail {
// The glob that matches every name of a pattern with holes.
std::string glob_of(std::string_view name_with_holes);
}  // namespace channel_detail

// A pattern of names with a hole for each argument. A constant, usually global; it refers to its literal.
template <class Body, class... Arguments>
class channel_of {
    static_assert(codec::has_text_codec<Body>,
                  "a body is what can be written as text and read back");

public:
    using body_type = Body;

    consteval channel_of(char const* name) : names_{name}, name_{name} {}

    channel<Body> operator()(Arguments const&... arguments) const
    {
        return channel<Body>{names_(arguments...).text()};
    }

    // A pattern without holes is a channel.
    std::string_view text() const noexcept
        requires(sizeof...(Arguments) == 0)
    {
        return name_;
    }

    // Every channel of this kind, whatever the arguments.
    channel_pattern<Body> all() const
    {
        return channel_pattern<Body>{channel_detail::glob_of(name_)};
    }

private:
    key_of<Body, Arguments...> names_;
    std::string_view name_;
};

template <class Channel>
concept typed_channel = requires(Channel const& c) {
    typename Channel::body_type;
    { c.text() } -> std::convertible_to<std::string_view>;
};
template <class Channel>
concept plain_channel = std::convertible_to<Channel const&, std::string_view>;
template <class Channel>
concept any_channel = typed_channel<Channel> || plain_channel<Channel>;

template <class Channel>
struct channel_body {
    using type = std::string;
};
template <typed_channel Channel>
struct channel_body<Channel> {
    using type = typename Channel::body_type;
};
template <class Channel>
using channel_body_t = typename channel_body<Channel>::type;

template <any_channel Channel>
std::string_view name_of(Channel const& c) noexcept
{
    if constexpr (typed_channel<Channel>)
        return c.text();
    else
        return c;
}

}  // namespace redstart
