// Several keys of one command.
//
// Where keys come last they stand one beside the other, del(a, b); where something follows, keys() holds them together,
// zinter(keys(a, b), {...}). Each may also be a range of keys. No key at all throws a failure (invalid_argument) when
// the command is built.

#pragma once

#include "redstart/command/argument.hpp"

#include <ranges>
#include <tuple>

namespace redstart {

namespace key_detail {

template <class T>
struct key_among {
    using type = std::ranges::range_value_t<T>;
};
template <any_key Key>
struct key_among<Key> {
    using type = Key;
};

}  // namespace key_detail

// The type of the key, or of the keys of a range.
template <class T>
using key_among_t = typename key_detail::key_among<T>::type;

// A key, or a range of keys.
template <class T>
concept key_or_range =
    any_key<T> || (std::ranges::forward_range<T const> && any_key<std::ranges::range_value_t<T>>);

// Refers to the keys, so it is for parameters only.
template <key_or_range... Keys>
class key_list {
public:
    explicit key_list(Keys const&... all) noexcept : all_{all...} {}

    std::size_t size() const
    {
        return std::apply([](auto const&... each) { return (std::size_t{0} + ... + count(each)); },
                          all_);
    }
    void append_to(wire::request& request) const
    {
        if (size() == 0)
            argument_detail::refuse_empty_list(request);
        std::apply([&](auto const&... each) { (append(request, each), ...); }, all_);
    }

private:
    template <class T>
    static std::size_t count(T const& each)
    {
        if constexpr (any_key<T>)
            return 1;
        else
            return argument_detail::size_of(each);
    }
    template <class T>
    static void append(wire::request& request, T const& each)
    {
        if constexpr (any_key<T>)
            request.add(text_of(each));
        else
            for (auto const& one : each)
                request.add(text_of(one));
    }

    std::tuple<Keys const&...> all_;
};

template <key_or_range... Keys>
key_list<Keys...> keys(Keys const&... all) noexcept
{
    return key_list<Keys...>{all...};
}

}  // namespace redstart
