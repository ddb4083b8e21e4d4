// Bytes that wait to be written, in order. Private to http. A small response is copied behind the others; a large
// body is kept where it is.

#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace redstart::http {

class outbox {
public:
    static constexpr std::size_t max_parts = 16;

    bool empty() const noexcept { return size_ == 0; }
    std::size_t size() const noexcept { return size_; }

    // To be appended to, and nothing else; call appended() afterwards.
    std::string& tail();
    void appended() noexcept;
    void add(std::string&& body);

    // What to write next: at most max_parts.
    std::span<std::string_view const> parts() noexcept;
    void written(std::size_t bytes) noexcept;
    void clear() noexcept;

private:
    std::vector<std::string> chunks_;
    std::string spare_;  // the memory of an earlier tail
    std::string_view parts_[max_parts];
    std::size_t first_ = 0;   // the chunk that is being written
    std::size_t offset_ = 0;  // how much of it has been
    std::size_t size_ = 0;
    std::size_t tail_before_ = 0;
    bool tail_is_open_ = false;  // the last chunk is one of ours to append to
};

}  // namespace redstart::http
