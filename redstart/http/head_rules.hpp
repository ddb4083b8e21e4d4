// What the head of a request must satisfy before its body is looked for. Private to http.
//
// Where a request ends must be the same for us as for every proxy that the bytes passed, whatever that proxy makes of
// a doubtful head. So everything that anybody reads in two ways is refused (RFC 9112, 3.2, 6.1, 6.3 and 11.2).

#pragma once

#include "redstart/http/rejection.hpp"
#include "redstart/http/request.hpp"

#include <cstdint>
#include <expected>

namespace redstart::http {

struct body_framing {
    std::uint64_t length = 0;  // unless it is chunked
    bool chunked = false;
    bool expects_continue = false;
    bool keep_alive = true;

    bool has_body() const noexcept { return chunked || length != 0; }
};

// `head` has method, target and headers as they were sent; host, path and query are filled in.
std::expected<body_framing, rejection> judge(request& head);

}  // namespace redstart::http
