// Bitmaps: text of which single bits are set, counted and combined. Bit 0 is the highest of the first byte; what lies
// beyond the end counts as 0.

#pragma once

#include "redstart/command/command.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace redstart {

template <bitmap_key Key>
command<bool> getbit(Key const& k, std::uint64_t offset)
{
    return make_command<bool>(command_id::getbit, k, offset);
}

// What the bit was before. O(1), but the value grows as far as the offset.
template <bitmap_key Key>
command<bool> setbit(Key const& k, std::uint64_t offset, bool value)
{
    return make_command<bool>(command_id::setbit, k, offset, value);
}

// Both ends are included; negative ones count from the end.
struct bit_range {
    std::int64_t first = 0;
    std::int64_t last = -1;
    enum class unit : std::uint8_t { bytes, bits } counted_in = unit::bytes;
    bool operator==(bit_range const&) const = default;
};

namespace bit_detail {
void add_range(any_command& built, bit_range const& range);
}

// How many bits are set. O(n).
template <bitmap_key Key>
command<std::int64_t> bitcount(Key const& k, bit_range const& range = {})
{
    auto built = make_command<std::int64_t>(command_id::bitcount, k);
    if (range != bit_range{})
        bit_detail::add_range(built, range);
    return built;
}

struct found_bit {
    std::optional<std::uint64_t> offset{};  // absent if there is none of its kind
    bool operator==(found_bit const&) const = default;
};
template <>
struct decoder<found_bit> {
    decode_step feed(wire::token const& t, text_assembly& parts) { return number_.feed(t, parts); }
    found_bit take()
    {
        auto const found = number_.take();
        return found < 0 ? found_bit{} : found_bit{static_cast<std::uint64_t>(found)};
    }

private:
    decoder<std::int64_t> number_;
};

// The first bit of this kind. Without a range there is always a 0: behind the end, if not before. O(n).
template <bitmap_key Key>
command<found_bit> bitpos(Key const& k, bool bit)
{
    return make_command<found_bit>(command_id::bitpos, k, bit);
}
template <bitmap_key Key>
command<found_bit> bitpos(Key const& k, bool bit, bit_range const& within)
{
    auto built = make_command<found_bit>(command_id::bitpos, k, bit);
    bit_detail::add_range(built, within);
    return built;
}

// ---- Combining ----------------------------------------------------------------------------------

// Keys, or ranges of them, that may hold bitmaps.
template <class T>
concept bitmap_keys = key_or_range<T> && bitmap_key<key_among_t<T>>;

namespace bit_detail {

// A second time, the destination would be one of the sources with another value.
void mark_if_read_and_written(any_command& bitop);

template <bitmap_key Destination, bitmap_keys... Sources>
command<std::int64_t> combine(std::string_view how, Destination const& to, Sources const&... from)
{
    auto built = make_command<std::int64_t>(command_id::bitop, how, to, keys(from...));
    mark_if_read_and_written(built);
    return built;
}

}  // namespace bit_detail

// Stores in a key what bits the sources have all, any, or an odd number of them; gives the size in bytes. The
// destination may be a source. O(n).
template <bitmap_key Destination, bitmap_keys... Sources>
command<std::int64_t> bitop_and(Destination const& to, Sources const&... from)
{
    return bit_detail::combine("AND", to, from...);
}
template <bitmap_key Destination, bitmap_keys... Sources>
command<std::int64_t> bitop_or(Destination const& to, Sources const&... from)
{
    return bit_detail::combine("OR", to, from...);
}
template <bitmap_key Destination, bitmap_keys... Sources>
command<std::int64_t> bitop_xor(Destination const& to, Sources const&... from)
{
    return bit_detail::combine("XOR", to, from...);
}
// Stores the bits of one source, each turned over.
template <bitmap_key Destination, bitmap_key Source>
command<std::int64_t> bitop_not(Destination const& to, Source const& from)
{
    return bit_detail::combine("NOT", to, from);
}

// ---- Integers inside a bitmap -------------------------------------------------------------------

enum class bit_overflow : std::uint8_t { wrap, saturate, fail };

class bit_action;

// An integer inside a bitmap: at most 64 bits if signed, 63 otherwise, from any bit on.
struct bit_integer {
    std::uint64_t offset = 0;
    std::uint8_t bits = 8;
    bool is_signed = false;

    bit_action get() const;
    // Gives what it was before; with bit_overflow::fail nothing if the value does not fit.
    bit_action set(std::int64_t value, bit_overflow if_too_large = bit_overflow::wrap) const;
    // Gives what it is now; with bit_overflow::fail nothing if it would not fit.
    bit_action add(std::int64_t amount, bit_overflow if_too_large = bit_overflow::wrap) const;

    void append_to(wire::request& request) const;  // GET
};

constexpr bit_integer unsigned_at(std::uint64_t offset, std::uint8_t bits)
{
    return {.offset = offset, .bits = bits, .is_signed = false};
}
constexpr bit_integer signed_at(std::uint64_t offset, std::uint8_t bits)
{
    return {.offset = offset, .bits = bits, .is_signed = true};
}

class bit_action {
public:
    void append_to(wire::request& request) const;

private:
    friend bit_integer;
    enum class kind : std::uint8_t { get, set, add };
    bit_action(bit_integer const& what, kind how, std::int64_t number, bit_overflow overflow)
        : what_{what}, number_{number}, kind_{how}, overflow_{overflow}
    {
    }

    bit_integer what_;
    std::int64_t number_;
    kind kind_;
    bit_overflow overflow_;
};

// Does these in their order and gives an answer for each. O(1) each.
//   bitfield("k", {unsigned_at(0, 8).set(255), unsigned_at(100, 2).add(1, bit_overflow::saturate)})
template <bitmap_key Key>
command<std::vector<std::optional<std::int64_t>>> bitfield(Key const& k,
                                                           one_or_more<bit_action> actions)
{
    return make_command<std::vector<std::optional<std::int64_t>>>(command_id::bitfield, k, actions);
}

// Reads these.
template <bitmap_key Key>
command<std::vector<std::int64_t>> bitfield_ro(Key const& k, one_or_more<bit_integer> integers)
{
    return make_command<std::vector<std::int64_t>>(command_id::bitfield_ro, k, integers);
}

}  // namespace redstart
