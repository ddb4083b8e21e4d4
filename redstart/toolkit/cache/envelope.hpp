// The envelope of a cached value: its bytes, and what a cache has to know of them, in one Redis string.
//
//     0  magic (4), version (1), flags (1: negative, compressed), codec (1), a zero
//     8  fresh until (8: microseconds of the server's clock), cost of loading (8: microseconds)
//     24 bytes of the value as it was (4), bytes of the tags (4)
//     32 checksum (8: XXH3 of all the rest), then the tags, then the value
//
// Numbers are little-endian. Nothing is believed before it was checked: not a size, not a flag, not the bytes. What is
// damaged, of another version, or was written by somebody else opens as nothing, never as a value. A compressed value
// says how large it was; one that says more than the caller allows, or is anything else than it says, opens as nothing.
//
// The checksum finds damage, not malice: who may write to the server may write a true envelope.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace redstart::toolkit {

struct envelope {
    static constexpr std::size_t header_bytes = 40;
    static constexpr std::size_t most_tag_bytes = 64 * 1024;
    static constexpr std::size_t most_value_bytes = std::size_t{512} * 1024 * 1024;  // of a string
    static constexpr auto always = std::chrono::microseconds::max();

    bool negative = false;  // the source has no such thing; the value is empty
    std::chrono::microseconds fresh_until = always;  // since 1970
    std::chrono::microseconds load_cost{};           // how long it took to load
    std::string_view tags{};                         // opaque here; at most most_tag_bytes
    std::string_view value{};

    bool operator==(envelope const&) const = default;
};

struct seal_options {
    // bytes; smaller values, and those that zstd does not shrink, stay as they are
    std::size_t compress_from = 1024;
    int level = 1;  // of zstd, 1 to 19
};

// Tags and value are within the bounds above: that is asserted.
std::string seal(envelope const& filled, seal_options const& options = {});

// Refers to `bytes`; or to `room`, where a compressed value is unpacked, of at most `longest` bytes.
std::optional<envelope> open(std::string_view bytes, std::string& room,
                             std::size_t longest = envelope::most_value_bytes);

}  // namespace redstart::toolkit
