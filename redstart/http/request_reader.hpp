// Bytes in, requests out, one after the other. Private to http; it does no I/O and knows no time.
//
// After a refusal nothing that follows is interpreted: where the next request would begin is not known. The head of
// the request at hand is a copy, so the views into it hold while bytes of the next one already arrive.

#pragma once

#include "redstart/http/head_scanner.hpp"
#include "redstart/http/request_parser.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace redstart::http {

class request_reader {
public:
    enum class progress : std::uint8_t {
        need_more,
        head_complete,  // once per request; limit the body before going on
        complete,
        refused,  // for good: see why()
    };

    request_reader(limits const& bounds, request& into);

    // Where the next bytes go. What was given before is no longer used, so this is called only when no read is under
    // way.
    std::span<char> space();
    bool is_full() const noexcept
    {
        return unread() >= capacity_;
    }  // space() would have nothing to give
    void commit(std::size_t bytes) noexcept { end_ += bytes; }

    progress advance();

    // After head_complete: refuses a body that is declared larger than `most`, and later one that becomes so.
    bool accept_body(std::uint64_t most) noexcept;
    // Or: the request is complete without its body, if it has one. Then it is the last, as nobody looks for its end.
    void leave_body() noexcept;
    bool is_last() const noexcept { return !framing().keep_alive || body_is_left_; }

    // The request has been answered; the bytes after it are the next one.
    void begin_next() noexcept;
    void discard() noexcept { begin_ = end_; }  // what came, unread

    body_framing const& framing() const noexcept { return parser_.framing(); }
    rejection const& why() const noexcept { return why_; }
    bool is_at_start() const noexcept { return stage_ == stage::head && unread() == 0; }
    bool is_in_body() const noexcept { return stage_ == stage::body; }
    std::size_t unread() const noexcept { return end_ - begin_; }

private:
    enum class stage : std::uint8_t { head, judged, body, complete, refused };

    progress advance_head();
    progress advance_body();
    progress refuse(rejection why) noexcept;
    std::string_view input() const noexcept { return {buffer_.data() + begin_, unread()}; }

    request& request_;
    request_parser parser_;
    head_scanner scanner_;
    std::size_t capacity_;  // the most that buffer_ grows to
    std::vector<char> buffer_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::string head_;
    stage stage_ = stage::head;
    bool body_is_left_ = false;
    rejection why_;
};

}  // namespace redstart::http
