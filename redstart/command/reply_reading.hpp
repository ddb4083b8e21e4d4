// From the tree of a reply to structs, for sources only: read_reply() of a struct is written with these.
//
//   bool read_reply(reply_value const& whole, stream_group& out)
//   {
//       return record_reader{whole}.need("name", out.name).may("lag", out.lag).fits();
//   }
//
// Names that nobody asks for are read over: newer servers say more.

#pragma once

#include "redstart/command/reply_value.hpp"

#include <chrono>
#include <concepts>
#include <cstddef>
#include <utility>

namespace redstart::reply_reading {

bool read_value(reply_value const& from, bool& out);

// Texts, numbers, and everything else that has a text.
template <class T>
    requires codec::has_text_codec<T>
bool read_value(reply_value const& from, T& out)
{
    using enum reply_value::kind;
    bool const has_text = from.is() == text || from.is() == integer || from.is() == real;
    return has_text && codec::text_codec<T>::read(from.text(), out);
}

template <class T>
bool read_value(reply_value const& from, std::optional<T>& out);
template <class T>
bool read_value(reply_value const& from, std::vector<T>& out);
template <class T>
bool read_value(reply_value const& from, std::vector<std::pair<std::string, T>>& out);

template <read_from_whole_reply T>
bool read_value(reply_value const& from, T& out)
{
    return read_reply(from, out);
}

// A map, or a list of names and values.
template <class T>
bool read_value(reply_value const& from, std::vector<std::pair<std::string, T>>& out)
{
    if (!from.has_items() || from.items().size() % 2 != 0)
        return false;
    for (std::size_t i = 0; i < from.items().size(); i += 2) {
        auto& added = out.emplace_back();
        if (!read_value(from.items()[i], added.first) ||
            !read_value(from.items()[i + 1], added.second))
            return false;
    }
    return true;
}

template <class T>
bool read_value(reply_value const& from, std::vector<T>& out)
{
    if (from.is() != reply_value::kind::list)
        return false;
    for (auto const& item : from.items())
        if (!read_value(item, out.emplace_back()))
            return false;
    return true;
}

template <class T>
bool read_value(reply_value const& from, std::optional<T>& out)
{
    if (from.is_null())
        return true;
    return read_value(from, out.emplace());
}

// Integers of a unit. Servers write -1 for what has never happened.
template <class Unit, class Duration>
bool read_duration(reply_value const& from, Duration& out)
{
    auto const number = from.integer();
    out = Unit{number.value_or(0)};
    return number.has_value();
}

// The time of the server's clock, from a count of units since 1970.
template <class Unit>
bool read_time(reply_value const& from, std::chrono::system_clock::time_point& out)
{
    auto const number = from.integer();
    out = std::chrono::system_clock::time_point{Unit{number.value_or(0)}};
    return number.has_value();
}

// Named parts of a map, or of a list of names and values.
class record_reader {
public:
    explicit record_reader(reply_value const& whole) noexcept
        : whole_{whole}, fits_{whole.has_items() && whole.items().size() % 2 == 0}
    {
    }

    template <class T>
        requires(!std::predicate<T, reply_value const&>)
    record_reader& need(std::string_view name, T& out)
    {
        return need(name, [&](reply_value const& found) { return read_value(found, out); });
    }
    // What older servers do not say, and what is not said always: `out` stays as it is.
    template <class T>
        requires(!std::predicate<T, reply_value const&>)
    record_reader& may(std::string_view name, T& out)
    {
        return may(name, [&](reply_value const& found) { return read_value(found, out); });
    }

    template <std::predicate<reply_value const&> Read>
    record_reader& need(std::string_view name, Read read)
    {
        auto const* const found = whole_.field(name);
        fits_ = fits_ && found != nullptr && read(*found);
        return *this;
    }
    template <std::predicate<reply_value const&> Read>
    record_reader& may(std::string_view name, Read read)
    {
        auto const* const found = whole_.field(name);
        fits_ = fits_ && (found == nullptr || read(*found));
        return *this;
    }

    bool fits() const noexcept { return fits_; }

private:
    reply_value const& whole_;
    bool fits_;
};

// The first items of a list, in their order; further ones are read over.
template <class... Parts>
bool read_row(reply_value const& whole, Parts&... parts)
{
    if (whole.is() != reply_value::kind::list || whole.items().size() < sizeof...(Parts))
        return false;
    std::size_t at = 0;
    return (read_value(whole.items()[at++], parts) && ...);
}

}  // namespace redstart::reply_reading
