// Decoders: incremental sinks that turn the tokens of one reply into a value of the caller's type.
//
// A decoder is fed every token of its value, in both protocol shapes (RESP3's map or RESP2's flat array, a double or
// its text), and says when the value is complete. It never reserves by a declared length. What does not fit fails this
// one reply: whoever feeds it skips the rest, and the connection stays in step.
//
// One that takes bytes as they are may also have read_from(): in the middle of a text of which a part was fed, it reads
// on from where the bytes come. It gives how many it took; of the text, `left` bytes are still to come.

#pragma once

#include "redstart/codec/number.hpp"
#include "redstart/codec/text.hpp"
#include "redstart/command/byte_source.hpp"
#include "redstart/wire/token.hpp"

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace redstart {

enum class decode_step : std::uint8_t { more, done, mismatch };

// Room for the parts of a text that comes piecemeal, lent by the connection: replies come one after the other.
class text_assembly {
public:
    // The whole text once its last part is here; good until the next one begins.
    std::optional<std::string_view> add(wire::token const& part)
    {
        if (!part.more && parts_.empty())
            return part.text;
        parts_.append(part.text);
        if (part.more)
            return std::nullopt;
        whole_.swap(parts_);
        parts_.clear();
        return whole_;
    }
    // Between two replies. A large one is not kept in memory.
    void reset() noexcept
    {
        if (parts_.capacity() + whole_.capacity() > kept) [[unlikely]]
            std::exchange(parts_, {}), std::exchange(whole_, {});
        parts_.clear();
    }
    std::size_t held_memory() const noexcept { return parts_.capacity() + whole_.capacity(); }

private:
    static constexpr std::size_t kept = 64 * 1024;  // bytes
    std::string parts_;
    std::string whole_;
};

template <class T>
struct decoder;

template <class T>
concept decodable = requires(decoder<T> d, wire::token const& t, text_assembly& parts) {
    { d.feed(t, parts) } -> std::same_as<decode_step>;
    { d.take() } -> std::same_as<T>;
};

// What a decoder reads past the parser: nothing, if it wants tokens.
template <class Decoder>
std::size_t read_past_parser(Decoder& into, byte_source& from, std::size_t left)
{
    if constexpr (requires { into.read_from(from, left); })
        return into.read_from(from, left);
    else
        return 0;
}

// Whether a token holds text or a number that reads as text: RESP2 sends most things so.
inline bool is_textual(wire::token const& t) noexcept
{
    return t.is_string() || t.kind == wire::kind::integer || t.kind == wire::kind::real ||
           t.kind == wire::kind::big_number;
}

template <>
struct decoder<std::string> {
    decode_step feed(wire::token const& t, text_assembly&)
    {
        if (!is_textual(t))
            return decode_step::mismatch;
        if (value_.empty())
            value_ = std::string{t.text};  // cheaper than assign(), which must think of a capacity
        else
            value_.append(t.text);
        return t.more ? decode_step::more : decode_step::done;
    }
    std::size_t read_from(byte_source& from, std::size_t left)
    {
        return append_from(from, left, value_);
    }
    std::string take() noexcept { return std::move(value_); }

private:
    std::string value_;
};

// Everything with a text codec: numbers, bytes, enumerations, described structs.
template <class T>
    requires codec::has_text_codec<T>
struct decoder<T> {
    decode_step feed(wire::token const& t, text_assembly& parts)
    {
        if (!is_textual(t))
            return decode_step::mismatch;
        if constexpr (codec::integer_number<T>)
            if (t.kind == wire::kind::integer)
                return from_number(t.number);
        auto const whole = parts.add(t);
        if (!whole)
            return decode_step::more;
        return codec::text_codec<T>::read(*whole, value_) ? decode_step::done
                                                          : decode_step::mismatch;
    }
    T take() { return std::move(value_); }

private:
    decode_step from_number(std::int64_t number) noexcept
        requires codec::integer_number<T>
    {
        if (!std::in_range<T>(number))
            return decode_step::mismatch;
        value_ = static_cast<T>(number);
        return decode_step::done;
    }

    T value_{};
};

// 1 or 0, true or false; "OK" and null, as SET answers whether it was done.
template <>
struct decoder<bool> {
    decode_step feed(wire::token const& t, text_assembly& parts)
    {
        if (t.kind == wire::kind::null)
            return decode_step::done;
        if (t.kind == wire::kind::boolean || t.kind == wire::kind::integer) {
            value_ = t.number != 0;
            return t.number == 0 || t.number == 1 ? decode_step::done : decode_step::mismatch;
        }
        if (!t.is_string())
            return decode_step::mismatch;
        auto const whole = parts.add(t);
        if (!whole)
            return decode_step::more;
        value_ = *whole == "OK" || *whole == "1";
        return value_ || *whole == "0" ? decode_step::done : decode_step::mismatch;
    }
    bool take() const noexcept { return value_; }

private:
    bool value_ = false;
};

// Bytes, not an array of numbers.
template <>
struct decoder<std::vector<std::byte>> {
    decode_step feed(wire::token const& t, text_assembly&)
    {
        if (!is_textual(t))
            return decode_step::mismatch;
        auto const bytes = std::as_bytes(std::span{t.text});
        value_.insert(value_.end(), bytes.begin(), bytes.end());
        return t.more ? decode_step::more : decode_step::done;
    }
    std::size_t read_from(byte_source& from, std::size_t left)
    {
        return append_from(from, left, value_);
    }
    std::vector<std::byte> take() noexcept { return std::move(value_); }

private:
    std::vector<std::byte> value_;
};

// Null is absence.
template <decodable T>
struct decoder<std::optional<T>> {
    decode_step feed(wire::token const& t, text_assembly& parts)
    {
        if (t.kind == wire::kind::null && !begun_)
            return decode_step::done;
        begun_ = true;
        return inner_.feed(t, parts);
    }
    std::size_t read_from(byte_source& from, std::size_t left)
    {
        return read_past_parser(inner_, from, left);
    }
    std::optional<T> take()
    {
        if (!begun_)
            return std::nullopt;
        return inner_.take();
    }

private:
    decoder<T> inner_;
    bool begun_ = false;
};

// A reply that is acknowledged and thrown away, whatever it is.
struct ignored {};
template <>
struct decoder<ignored> {
    decode_step feed(wire::token const& t, text_assembly&) noexcept
    {
        depth_ += t.is_aggregate() ? 1 : 0;
        depth_ -= t.kind == wire::kind::close ? 1 : 0;
        return depth_ == 0 && !t.more ? decode_step::done : decode_step::more;
    }
    ignored take() const noexcept { return {}; }

private:
    int depth_ = 0;
};

// "+OK": anything else is a mismatch.
struct ok {};
template <>
struct decoder<ok> {
    decode_step feed(wire::token const& t, text_assembly& parts)
    {
        if (!t.is_string())
            return decode_step::mismatch;
        auto const whole = parts.add(t);
        if (!whole)
            return decode_step::more;
        return *whole == "OK" ? decode_step::done : decode_step::mismatch;
    }
    ok take() const noexcept { return {}; }
};

template <decodable T>
struct decoder<std::vector<T>> {
    decode_step feed(wire::token const& t, text_assembly& parts)
    {
        if (!open_) {
            open_ = t.kind == wire::kind::array || t.kind == wire::kind::set;
            return open_ ? decode_step::more : decode_step::mismatch;
        }
        if (!in_item_ && t.kind == wire::kind::close)
            return decode_step::done;
        in_item_ = true;
        auto const step = item_.feed(t, parts);
        if (step != decode_step::done)
            return step;
        values_.push_back(item_.take());
        item_ = {};
        in_item_ = false;
        return decode_step::more;
    }
    std::size_t read_from(byte_source& from, std::size_t left)
    {
        return read_past_parser(item_, from, left);
    }
    std::vector<T> take() noexcept { return std::move(values_); }

private:
    std::vector<T> values_;
    decoder<T> item_;
    bool open_ = false;
    bool in_item_ = false;
};

// Pairs: RESP3's map or array of pairs, RESP2's flat array.
template <class First, class Second>
struct decoder<std::vector<std::pair<First, Second>>> {
    decode_step feed(wire::token const& t, text_assembly& parts)
    {
        if (!open_) {
            open_ = t.kind == wire::kind::array || t.kind == wire::kind::map;
            return open_ ? decode_step::more : decode_step::mismatch;
        }
        if (!in_value_ && t.kind == wire::kind::close)
            return close();
        if (!in_value_ && !second_next_ && values_.empty() && t.kind == wire::kind::array)
            in_pairs_ = true;
        if (in_pairs_ && !in_pair_) {
            in_pair_ = t.kind == wire::kind::array;
            return in_pair_ ? decode_step::more : decode_step::mismatch;
        }
        if (in_pairs_ && pair_complete_)
            return decode_step::mismatch;
        in_value_ = true;
        return second_next_ ? feed_second(t, parts) : feed_first(t, parts);
    }
    std::size_t read_from(byte_source& from, std::size_t left)
    {
        return second_next_ ? read_past_parser(second_, from, left)
                            : read_past_parser(first_, from, left);
    }
    std::vector<std::pair<First, Second>> take() noexcept { return std::move(values_); }

private:
    decode_step close() noexcept
    {
        if (second_next_)
            return decode_step::mismatch;
        if (!in_pair_)
            return decode_step::done;
        in_pair_ = false;
        return std::exchange(pair_complete_, false) ? decode_step::more : decode_step::mismatch;
    }
    decode_step feed_first(wire::token const& t, text_assembly& parts)
    {
        auto const step = first_.feed(t, parts);
        if (step != decode_step::done)
            return step;
        in_value_ = false;
        second_next_ = true;
        return decode_step::more;
    }
    decode_step feed_second(wire::token const& t, text_assembly& parts)
    {
        auto const step = second_.feed(t, parts);
        if (step != decode_step::done)
            return step;
        values_.emplace_back(first_.take(), second_.take());
        first_ = {};
        second_ = {};
        in_value_ = second_next_ = false;
        pair_complete_ = in_pair_;
        return decode_step::more;
    }

    std::vector<std::pair<First, Second>> values_;
    decoder<First> first_;
    decoder<Second> second_;
    bool open_ = false;
    bool in_pairs_ = false;  // an array of pairs, not a flat one
    bool in_pair_ = false;
    bool pair_complete_ = false;
    bool in_value_ = false;
    bool second_next_ = false;
};

// An array of exactly these, as scripts answer.
template <class... Ts>
struct decoder<std::tuple<Ts...>> {
    decode_step feed(wire::token const& t, text_assembly& parts)
    {
        if (!open_) {
            open_ = t.kind == wire::kind::array;
            return open_ ? decode_step::more : decode_step::mismatch;
        }
        if (at_ == sizeof...(Ts))
            return t.kind == wire::kind::close ? decode_step::done : decode_step::mismatch;
        auto const step = feed_item(t, parts, std::index_sequence_for<Ts...>{});
        if (step != decode_step::done)
            return step;
        ++at_;
        return decode_step::more;
    }
    std::size_t read_from(byte_source& from, std::size_t left)
    {
        std::size_t got = 0;
        std::size_t index = 0;
        auto const read = [&](auto& item) {
            if (index++ == at_)
                got = read_past_parser(item, from, left);
        };
        std::apply([&](auto&... each) { (read(each), ...); }, items_);
        return got;
    }
    std::tuple<Ts...> take()
    {
        return std::apply([](auto&... each) { return std::tuple<Ts...>{each.take()...}; }, items_);
    }

private:
    template <std::size_t... Index>
    decode_step feed_item(wire::token const& t, text_assembly& parts, std::index_sequence<Index...>)
    {
        auto step = decode_step::mismatch;
        static_cast<void>(
            ((Index == at_ && (step = std::get<Index>(items_).feed(t, parts), true)) || ...));
        return step;
    }

    std::tuple<decoder<Ts>...> items_;
    std::size_t at_ = 0;
    bool open_ = false;
};

}  // namespace redstart
