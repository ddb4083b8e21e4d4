// What a parser gave, kept by value with the parts of strings joined, so that two ways of feeding
// the same bytes can be compared. For the tests and the fuzzer of this layer.

#pragma once

#include "redstart/wire/parser.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace redstart::wire::testing {

struct recorded {
    wire::kind kind{};
    std::int64_t number = 0;
    std::uint64_t real = 0;  // its bits, so that nan equals nan
    std::string text;
    bool ends_frame = false;
    bool out_of_band = false;

    bool operator==(recorded const&) const = default;
};

inline std::ostream& operator<<(std::ostream& out, recorded const& one)
{
    return out << "{kind " << int{static_cast<std::uint8_t>(one.kind)} << ", number " << one.number
               << ", \"" << one.text << '"' << (one.ends_frame ? ", ends frame" : "")
               << (one.out_of_band ? ", out of band" : "") << '}';
}

struct recording {
    std::vector<recorded>
        tokens;  // complete ones: a string whose last part has not come is not among them
    progress last = progress::need_more;
    std::string error;
    bool between_frames = true;
    std::size_t parts = 0;   // tokens before joining
    std::size_t wanted = 0;  // at the end
    std::string unfinished;  // what has come of the last string
};

// Feeds one parser, keeping the unconsumed tail as a reader would: in memory of its exact size, so
// that a sanitizer sees a read beyond it.
class feeder {
public:
    explicit feeder(limits allowed = {}) : parser_{allowed} {}

    void feed(std::string_view const bytes)
    {
        auto offered = std::vector<char>(tail_.size() + bytes.size());
        std::ranges::copy(bytes, std::ranges::copy(tail_, offered.begin()).out);
        char const* at = offered.data();
        char const* const end = at + offered.size();
        token got;
        while ((record_.last = parser_.next(at, end, got)) == progress::token)
            take(got);
        tail_.assign(at, end);
        record_.error = parser_.error();
        record_.between_frames = parser_.between_frames() && tail_.empty();
        record_.wanted = parser_.wanted();
    }

    // Takes what may go past the parser, and says how much that was.
    std::size_t bypass(std::string_view const bytes)
    {
        auto const size = std::min(bytes.size(), parser_.bypassable());
        parser_.bypass(size);
        record_.unfinished += bytes.substr(0, size);
        record_.wanted = parser_.wanted();
        return size;
    }

    recording const& record() const { return record_; }
    wire::parser& parser() { return parser_; }

private:
    void take(token const& got)
    {
        ++record_.parts;
        record_.unfinished += got.text;
        if (got.more)
            return;
        record_.tokens.push_back({.kind = got.kind,
                                  .number = got.number,
                                  .real = std::bit_cast<std::uint64_t>(got.real),
                                  .text = std::move(record_.unfinished),
                                  .ends_frame = got.ends_frame,
                                  .out_of_band = got.out_of_band});
        record_.unfinished.clear();
    }

    wire::parser parser_;
    std::vector<char> tail_;
    recording record_;
};

inline recording parse(std::string_view const bytes, limits const allowed = {})
{
    feeder fed{allowed};
    fed.feed(bytes);
    return fed.record();
}

}  // namespace redstart::wire::testing
