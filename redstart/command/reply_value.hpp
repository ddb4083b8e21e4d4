// A reply of any shape, as a tree: for raw commands whose reply nobody knows beforehand, and for replies with so many
// named parts that they are read into a struct once they are whole.
//
//   auto const all = co_await db.exec(raw<reply_value>("DEBUG OBJECT", "key"));
//
// Both protocols give the same tree as far as they can: a map of RESP3 is a list of names and values in RESP2, and
// field() finds a name in either.

#pragma once

#include "redstart/command/decoder.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace redstart {

// A value type; it owns what it holds.
class reply_value {
public:
    enum class kind : std::uint8_t { null, text, integer, real, boolean, error, list, map };

    reply_value() = default;
    explicit reply_value(wire::token const& scalar_or_opening);

    kind is() const noexcept { return kind_; }
    bool is_null() const noexcept { return kind_ == kind::null; }
    bool has_items() const noexcept { return kind_ == kind::list || kind_ == kind::map; }

    // Of texts and errors, and of numbers as they were sent; empty for everything else.
    std::string const& text() const noexcept { return text_; }

    // What is one, or reads as one.
    std::optional<std::int64_t> integer() const noexcept;
    std::optional<double> real() const noexcept;
    std::optional<bool> truth() const noexcept;  // 1 and 0, too

    // Of a list and of a set; of a map the names and the values by turns.
    std::span<reply_value const> items() const noexcept { return items_; }

    // The value behind a name in a map, or in a list of names and values; null if there is none. O(n).
    reply_value const* field(std::string_view name) const noexcept;

private:
    friend class reply_tree;

    kind kind_ = kind::null;
    std::int64_t number_ = 0;
    std::string text_;
    std::vector<reply_value> items_;
};

// Grows one reply from its tokens.
class reply_tree {
public:
    decode_step feed(wire::token const& t);
    reply_value const& whole() const noexcept { return root_; }
    reply_value take() noexcept { return std::move(root_); }

private:
    reply_value& add(wire::token const& t);

    reply_value root_;
    // each is the last item of the one before it, so none of them moves
    std::vector<reply_value*> open_;
    reply_value* partial_ = nullptr;  // a text of which parts will come
};

template <>
struct decoder<reply_value> {
    decode_step feed(wire::token const& t, text_assembly&) { return tree_.feed(t); }
    reply_value take() noexcept { return tree_.take(); }

private:
    reply_tree tree_;
};

// A type with `bool read_reply(reply_value const&, T&)` beside it is read from the whole reply; false if it does not
// fit.
template <class T>
concept read_from_whole_reply = requires(reply_value const& whole, T& out) {
    { read_reply(whole, out) } -> std::same_as<bool>;
};

template <read_from_whole_reply T>
struct decoder<T> {
    decode_step feed(wire::token const& t, text_assembly&)
    {
        auto const step = tree_.feed(t);
        if (step != decode_step::done)
            return step;
        return read_reply(tree_.whole(), value_) ? decode_step::done : decode_step::mismatch;
    }
    T take() { return std::move(value_); }

private:
    reply_tree tree_;
    T value_{};
};

}  // namespace redstart
