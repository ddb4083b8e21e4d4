// Finds the end of a request's head in bytes that come in pieces. Private to http.
//
// It is stricter than the parser that comes after it: every line ends in CRLF and nothing else does, no line
// continues the one before, and all limits on the head are kept before a byte of it is interpreted.

#pragma once

#include "redstart/http/limits.hpp"
#include "redstart/http/rejection.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace redstart::http {

class head_scanner {
public:
    enum class progress : std::uint8_t { need_more, complete, refused };

    explicit head_scanner(limits const& bounds) noexcept : limits_{&bounds} {}

    // `bytes` is everything since the request began; it goes on where it stopped.
    progress scan(std::string_view bytes) noexcept;

    std::size_t begin() const noexcept
    {
        return begin_;
    }  // after an empty line that some clients send first
    std::size_t end() const noexcept { return at_; }  // past the empty line at the end
    rejection const& why() const noexcept { return why_; }

    void reset() noexcept { *this = head_scanner{*limits_}; }

private:
    progress refuse(int status, std::string_view detail) noexcept;
    progress end_of_line(std::string_view line) noexcept;
    progress end_of_request_line(std::string_view line) noexcept;
    progress unfinished(std::string_view bytes) noexcept;

    limits const* limits_;
    std::size_t begin_ = 0;
    std::size_t at_ = 0;    // where the current line begins
    std::size_t seen_ = 0;  // how far it has been searched for its end
    std::size_t fields_ = 0;
    bool has_request_line_ = false;
    rejection why_;
};

}  // namespace redstart::http
