// Lines as they stand on the wire: where they end, and what a length line says. No state: the
// parser owns that. Private to this folder.

#pragma once

#include <cstddef>
#include <cstdint>

namespace redstart::wire {

inline constexpr std::size_t line_end_size = 2;  // CR LF

inline constexpr auto bare_return = "a carriage return without a line feed";
inline constexpr auto bare_feed = "a line feed without a carriage return";
inline constexpr auto not_a_length = "a length is not a plain decimal number";

// What a length line says, or why it says nothing.
struct length_line {
    // In place of a length.
    static constexpr std::int64_t null = -1;        // -1
    static constexpr std::int64_t streamed = -2;    // ?
    static constexpr std::int64_t incomplete = -3;  // so far nothing is wrong
    static constexpr std::int64_t malformed = -4;

    std::int64_t value =
        0;  // at most 18 digits, so that what is added to it, or twice of it, fits in 64 bits
    char const* after = nullptr;  // behind the line, when it is complete
    char const* error = "";       // when malformed: a static text
};

// Reads the line whose type byte is at `at`. Only the canonical form is a length: no sign, no
// space, no leading zero.
length_line read_length(char const* at, char const* end);

// Where the first CR or LF of [at, end) stands, or `end`.
char const* find_line_end(char const* at, char const* end);

}  // namespace redstart::wire
