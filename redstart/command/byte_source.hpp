// Where the bytes of a large value come from when they go straight to where they belong, past buffer and parser.

#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace redstart {

class byte_source {
public:
    // Reads what is there, without waiting; 0 if that is nothing.
    virtual std::size_t read(std::span<char> into) noexcept = 0;

protected:
    ~byte_source() = default;
};

// Appends what is there, in one read, and says how much that was. `left` bytes are still to come, as the server says:
// so the room at most doubles what has really come, or adds 64 KiB to it. May throw std::bad_alloc, before anything is
// read.
std::size_t append_from(byte_source& from, std::size_t left, std::string& to);
std::size_t append_from(byte_source& from, std::size_t left, std::vector<std::byte>& to);

}  // namespace redstart
