// How what is flushed gives its memory back.

#pragma once

#include <cstdint>
#include <string_view>

namespace redstart {

enum class flush_mode : std::uint8_t {
    as_configured,
    before_the_answer,  // SYNC: the server does nothing else meanwhile
    in_background,      // ASYNC
};

// Empty: nothing is said.
constexpr std::string_view word_of(flush_mode mode) noexcept
{
    if (mode == flush_mode::as_configured)
        return {};
    return mode == flush_mode::in_background ? "ASYNC" : "SYNC";
}

}  // namespace redstart
