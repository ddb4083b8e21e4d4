// Boost.Beast's parser, filling in a request. Private to http, which keeps Beast in one source file.
//
// It sees a head only after head_scanner has passed it, and a body only after judge() has. What it accepts beyond
// that is refused here: chunk extensions, and trailer fields are read over.

#pragma once

#include "redstart/http/head_rules.hpp"
#include "redstart/http/rejection.hpp"
#include "redstart/http/request.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace redstart::http {

class request_parser {
public:
    explicit request_parser(request& into);
    request_parser(request_parser const&) = delete;
    request_parser& operator=(request_parser const&) = delete;
    ~request_parser();

    // `head` is a whole one, and stays where it is as long as the request is used. False: see why().
    bool parse_head(std::string_view head);
    body_framing const& framing() const noexcept { return framing_; }

    // Decoded bytes beyond `most` are refused with 413.
    void limit_body(std::uint64_t most) noexcept;

    // Takes what it can of `bytes`, which go on where it stopped, and says how much. False in `ok`: see why().
    std::size_t parse_body(std::string_view bytes, bool& ok);
    bool is_complete() const noexcept;

    rejection const& why() const noexcept { return why_; }

private:
    class beast;
    request& request_;
    std::unique_ptr<beast> beast_;
    body_framing framing_;
    rejection why_;
};

}  // namespace redstart::http
