#include "redstart/command/bitmaps.hpp"

#include <string>

namespace redstart {

namespace bit_detail {

void add_range(any_command& built, bit_range const& range)
{
    built.add(range.first, range.last);
    if (range.counted_in == bit_range::unit::bits)
        built.add("BIT");
}

void mark_if_read_and_written(any_command& bitop)
{
    constexpr std::uint32_t destination = 2;
    auto const& request = bitop.request();
    for (auto source = destination + 1; source < request.arguments(); ++source)
        if (request.argument(source) == request.argument(destination))
            bitop.mark_not_idempotent();
}

}  // namespace bit_detail

bit_action bit_integer::get() const
{
    return {*this, bit_action::kind::get, 0, bit_overflow::wrap};
}

bit_action bit_integer::set(std::int64_t value, bit_overflow if_too_large) const
{
    return {*this, bit_action::kind::set, value, if_too_large};
}

bit_action bit_integer::add(std::int64_t amount, bit_overflow if_too_large) const
{
    return {*this, bit_action::kind::add, amount, if_too_large};
}

void bit_integer::append_to(wire::request& request) const { get().append_to(request); }

void bit_action::append_to(wire::request& request) const
{
    auto const add_words = [&](auto const&... words) {
        (request.add(std::string_view{words}), ...);
    };
    // It holds for all that follows, so it is taken back.
    bool const wraps = overflow_ == bit_overflow::wrap;
    if (!wraps)
        add_words("OVERFLOW", overflow_ == bit_overflow::fail ? "FAIL" : "SAT");
    add_words(kind_ == kind::get   ? "GET"
              : kind_ == kind::set ? "SET"
                                   : "INCRBY",
              (what_.is_signed ? 'i' : 'u') + std::to_string(what_.bits));
    request.add(what_.offset);
    if (kind_ != kind::get)
        request.add(number_);
    if (!wraps)
        add_words("OVERFLOW", "WRAP");
}

}  // namespace redstart
