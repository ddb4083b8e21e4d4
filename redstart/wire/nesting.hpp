// What is open in the frame under way, and what the frame has cost so far.
//
// A value is counted before it is given, and an aggregate answers for all its declared elements
// when it opens, so a limit is met at the same byte however the bytes were cut. Memory grows with
// levels that really opened, never with a count.

#pragma once

#include "redstart/wire/limits.hpp"
#include "redstart/wire/token.hpp"

#include <cstdint>
#include <vector>

namespace redstart::wire {

// A part of the parser. Functions that give `char const*` give nullptr, or a static text that says
// why not; after that only clear() may follow.
class nesting {
public:
    struct level {
        // Elements to come. It counts down from the greatest number when the level is streamed.
        std::uint64_t left = 0;
        bool streamed = false;
        bool paired = false;  // a map or an attribute
        bool attribute = false;
        bool push = false;
        bool swallowed = false;    // inside an attribute: checked, not given
        bool out_of_band = false;  // inside a push
    };

    explicit nesting(limits allowed) : limits_{allowed} {}

    bool begun() const { return bytes_ != 0; }
    bool swallows() const { return !open_.empty() && open_.back().swallowed; }

    // Inside an attribute or a push: what comes is no part of the reply.
    bool stands_aside() const
    {
        return !open_.empty() && (open_.back().swallowed || open_.back().out_of_band);
    }

    // The innermost aggregate has all its elements: it closes before another byte is looked at.
    bool complete() const { return !open_.empty() && open_.back().left == 0; }

    char const* charge(std::uint64_t bytes);
    char const* begin_value(std::uint64_t bytes);

    // The same for a whole value where nothing unusual is under way. Else it gives false and
    // changes nothing.
    bool take_plain_value(std::uint64_t bytes);

    // Sets what the token says of its place. The last one of a frame resets what the frame has
    // cost.
    void place(token& out);

    // `declared` is negative when the aggregate is streamed; `bytes` is the size of its header.
    char const* open(level opened, std::int64_t declared, std::uint64_t bytes);
    char const* may_end_here() const;  // with an end mark
    void close(token& out);            // fills `out` also when what closes was swallowed

    void clear();

private:
    char const* count(std::uint64_t elements);
    void end_frame();

    limits limits_;
    std::vector<level> open_;
    std::uint64_t bytes_ = 0;          // consumed of, or promised to, the frame under way
    std::uint64_t elements_ = 0;       // declared or streamed in it
    std::uint64_t attribute_end_ = 0;  // bytes_ when its last attribute ended
};

// The functions below are on the path of every token.

inline char const* nesting::charge(std::uint64_t const bytes)
{
    if (bytes > limits_.bytes - bytes_)
        return "a frame has more bytes than the limit";
    bytes_ += bytes;
    return nullptr;
}

inline char const* nesting::count(std::uint64_t const elements)
{
    if (elements > limits_.elements - elements_)
        return "a frame has more elements than the limit";
    elements_ += elements;
    return nullptr;
}

inline char const* nesting::begin_value(std::uint64_t const bytes)
{
    if (auto const* const why = charge(bytes))
        return why;
    if (open_.empty())
        return nullptr;
    auto& innermost = open_.back();
    --innermost.left;
    return innermost.streamed ? count(1) : nullptr;
}

inline bool nesting::take_plain_value(std::uint64_t const bytes)
{
    if (bytes > limits_.bytes - bytes_)
        return false;
    if (!open_.empty()) {
        auto& innermost = open_.back();
        if (innermost.left == 0 || innermost.streamed || innermost.swallowed)
            return false;
        --innermost.left;
    }
    bytes_ += bytes;
    return true;
}

inline void nesting::place(token& out)
{
    if (!open_.empty()) {
        out.out_of_band = open_.back().out_of_band;
        return;
    }
    out.ends_frame = !out.more;
    if (out.ends_frame)
        end_frame();
}

inline void nesting::end_frame()
{
    bytes_ = 0;
    elements_ = 0;
    attribute_end_ = 0;
}

}  // namespace redstart::wire
