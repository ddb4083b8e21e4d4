// What LCS with IDX answers: where the pieces of the longest text that two values share are.

#pragma once

#include "redstart/command/struct_decoder.hpp"

#include <cstdint>
#include <vector>

namespace redstart {

struct byte_range {
    std::int64_t first = 0;
    std::int64_t last = 0;  // included
    bool operator==(byte_range const&) const = default;
};

struct shared_piece {
    byte_range in_first;
    byte_range in_second;
    std::int64_t length = 0;  // bytes
    bool operator==(shared_piece const&) const = default;
};

struct shared_text {
    std::vector<shared_piece> pieces;
    std::int64_t length = 0;  // of the whole, bytes
    bool operator==(shared_text const&) const = default;
};

template <>
struct decoder<byte_range> : array_decoder<byte_range, std::int64_t, std::int64_t> {};
template <>
struct decoder<shared_piece> : array_decoder<shared_piece, byte_range, byte_range, std::int64_t> {};

// A map in RESP3 and a flat array in RESP2, in this order: "matches", pieces, "len", length.
template <>
struct decoder<shared_text> {
    decode_step feed(wire::token const& t, text_assembly& parts)
    {
        auto as_array = t;
        if (t.kind == wire::kind::map)
            as_array.kind = wire::kind::array;
        return parts_.feed(as_array, parts);
    }
    shared_text take()
    {
        auto [matches, pieces, len, length] = parts_.take();
        return {.pieces = std::move(pieces), .length = length};
    }

private:
    decoder<std::tuple<std::string, std::vector<shared_piece>, std::string, std::int64_t>> parts_;
};

}  // namespace redstart
