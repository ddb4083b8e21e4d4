// The head of a response as bytes. Private to http.

#pragma once

#include "redstart/base/clock.hpp"
#include "redstart/http/response.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace redstart::http {

struct response_framing {
    int minor_version = 1;  // of the request
    bool keep_alive = true;
    std::string_view date;  // as an HTTP date
    response_headers const* extra =
        nullptr;  // of the context: a field that the response has too is left out
};

// Status line, headers and the empty line. The framing is ours alone: Content-Length is the body's size, also when
// HEAD or the status keeps the body back.
void append_head(response const& answer, response_framing const& framing, std::string& out);

inline constexpr std::string_view continue_head = "HTTP/1.1 100 Continue\r\n\r\n";

std::string http_date(std::chrono::system_clock::time_point when);  // RFC 9110, 5.6.7

// The date of now, written once per second. One loop's thread.
class date_cache {
public:
    // `now` decides whether a new second may have begun. Valid until the next call.
    std::string_view text(boot_clock::time_point now);

private:
    std::string text_;
    boot_clock::time_point until_ = boot_clock::time_point::min();
};

}  // namespace redstart::http
