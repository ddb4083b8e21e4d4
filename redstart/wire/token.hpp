// What the parser gives out: one token per scalar, and one at each end of an aggregate.
//
// A token owns nothing. Its text lies in the bytes that were parsed, so it is good until they move
// or are overwritten. The names and shapes of the kinds follow the RESP3 specification
// (github.com/redis/redis-specifications, RESP3.md).

#pragma once

#include <cstdint>
#include <string_view>

namespace redstart::wire {

enum class kind : std::uint8_t {
    simple_string,
    simple_error,
    integer,
    real,
    boolean,
    null,  // also RESP2's null string and null array
    big_number,
    blob_string,
    blob_error,
    verbatim_string,
    array,
    map,
    set,
    push,
    close,  // the end of the innermost open aggregate
};

// A value type. An aggregate is its opening token, its elements and a `close`, also when it is
// empty or streamed.
//
// A push may stand between the elements of a reply: it does not count as an element there, and all
// its tokens carry `out_of_band`. Its `close` carries `ends_frame` wherever it stood, so
// `ends_frame && !out_of_band` ends a reply, and `ends_frame && out_of_band` ends a push. A push
// never contains a push.
struct token {
    wire::kind kind{};
    bool more = false;         // blob kinds: another part of the same string follows, maybe empty
    bool ends_frame = false;   // the last token of a reply or of a push
    bool out_of_band = false;  // belongs to a push

    // An integer; a boolean as 0 or 1; the declared elements of an aggregate (of a map: pairs), -1
    // if it is streamed.
    std::int64_t number = 0;
    double real = 0;  // kind::real; what no double can hold has become infinite or zero

    // Of scalars, numbers too: as sent. A verbatim string comes without its format prefix.
    std::string_view text{};

    constexpr bool is_aggregate() const { return kind >= kind::array && kind <= kind::push; }
    constexpr bool is_error() const
    {
        return kind == kind::simple_error || kind == kind::blob_error;
    }
    constexpr bool is_string() const
    {
        return kind == kind::simple_string || kind == kind::blob_string ||
               kind == kind::verbatim_string;
    }
};

}  // namespace redstart::wire
