// Why a text is not the JSON that was asked for, and how much of it is read at most.

#pragma once

#include <algorithm>
#include <cstddef>
#include <string>

namespace redstart::codec {

// Owns its texts. `reason` is in our words and quotes no value; `path` repeats the names of members
// and map keys as the sender chose them.
struct json_error {
    std::string path;        // JSON pointer (RFC 6901) to what is wrong; "" is the whole text
    std::string reason;      // "expected a number, found a string"
    std::size_t offset = 0;  // in bytes: how far the text was read when this was found

    bool operator==(json_error const&) const = default;
};

// One line for people: "/score: expected a number, found a string", or "not valid JSON (at byte
// 17)".
std::string to_string(json_error const& error);

struct json_limits {
    std::size_t depth = 32;                             // arrays and objects within each other
    std::size_t bytes = std::size_t{64} * 1024 * 1024;  // of text; never more than 1 GiB
    bool unknown_members = true;  // read over them; false: each one is an error

    // The parser counts digits in an int, so a number of 2^31 of them must not reach it.
    std::size_t allowed_bytes() const noexcept { return std::min(bytes, std::size_t{1} << 30U); }
};

}  // namespace redstart::codec
