// The bytes of one command as they leave: text, and between its parts the large arguments, which are written from where
// they lie.

#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace redstart::wire {

// An argument longer than this stays out of the text: to copy it costs more than a further part of a write.
inline constexpr std::size_t largest_in_text = 4096;  // bytes

// A value type: a copy shares the bytes.
struct large_argument {
    std::size_t at = 0;  // it stands before this byte of the text
    std::string_view bytes{};
    std::shared_ptr<void const> owner{};  // keeps the bytes; null if they are borrowed
};

// Refers to a request, and is good until that is changed or destroyed.
struct encoded_command {
    std::string_view text;
    std::span<large_argument const> large{};  // in their order

    std::size_t size() const noexcept
    {
        auto all = text.size();
        for (auto const& each : large)
            all += each.bytes.size();
        return all;
    }
};

}  // namespace redstart::wire
