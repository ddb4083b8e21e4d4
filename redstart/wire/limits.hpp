// What a peer may ask of the parser. Elements and bytes are counted per top-level frame, with its
// attributes and the pushes inside it.

#pragma once

#include <cstdint>

namespace redstart::wire {

struct limits {
    // Open aggregates, attributes and pushes included.
    unsigned depth = 128;

    // Declared or streamed ones. The keys and the values of a map count one each.
    std::uint64_t elements = std::uint64_t{1} << 26;

    std::uint64_t bytes = std::uint64_t{1} << 30;

    // The text of a simple string, an error or a number, without its type byte and CR LF.
    std::uint32_t line = 64 * 1024;

    // Longer blobs are given in parts. This limits nothing that a peer may send.
    std::uint32_t whole = 16 * 1024;

    // Longer blobs can be taken past the parser. Not below `whole`.
    std::uint32_t large = 64 * 1024;
};

}  // namespace redstart::wire
