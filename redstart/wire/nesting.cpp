// The stack of open aggregates.
//
// Attributes and pushes stand beside the elements of what surrounds them, so they count against the
// frame, but not as an element. A push inside an attribute is given all the same: to lose an
// invalidation would be worse than to pass it on.

#include "redstart/wire/nesting.hpp"

#include <limits>

namespace redstart::wire {

char const* nesting::open(level opened, std::int64_t const declared, std::uint64_t const bytes)
{
    auto const outer = open_.empty() ? level{} : open_.back();
    if (open_.size() >= limits_.depth)
        return "values are nested deeper than the limit";
    if (opened.push && outer.out_of_band)
        return "a push inside a push";
    bool const beside = opened.push || opened.attribute;
    if (auto const* const why = beside ? charge(bytes) : begin_value(bytes))
        return why;
    opened.streamed = declared < 0;
    opened.left = std::numeric_limits<std::uint64_t>::max();
    if (!opened.streamed) {
        opened.left = static_cast<std::uint64_t>(declared) * (opened.paired ? 2 : 1);
        if (auto const* const why = count(opened.left))
            return why;
    }
    opened.swallowed = opened.attribute || (outer.swallowed && !opened.push);
    opened.out_of_band = opened.push || outer.out_of_band;
    open_.push_back(opened);
    return nullptr;
}

char const* nesting::may_end_here() const
{
    if (open_.empty() || !open_.back().streamed)
        return "an end mark outside of a streamed aggregate";
    auto const elements = ~open_.back().left;  // it counted down from the greatest number
    if (open_.back().paired && elements % 2 == 1)
        return "a streamed map ends after a key";
    if (attribute_end_ == bytes_)
        return "a streamed aggregate ends after an attribute";
    return nullptr;
}

void nesting::close(token& out)
{
    auto const closed = open_.back();
    open_.pop_back();
    if (closed.attribute)
        attribute_end_ = bytes_;
    out = token{.kind = kind::close,
                .ends_frame = closed.push || open_.empty(),
                .out_of_band = closed.out_of_band};
    if (open_.empty() && !closed.attribute)
        end_frame();
}

void nesting::clear()
{
    open_.clear();
    end_frame();
}

}  // namespace redstart::wire
