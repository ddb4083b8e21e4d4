// A request as a handler sees it.
//
// Its views point into the connection's memory, which is used again for the next request: they are valid until the
// handler's task has ended. Copy what must live longer.

#pragma once

#include "redstart/http/headers.hpp"
#include "redstart/http/method.hpp"
#include "redstart/http/target.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace redstart::http {

struct request {
    http::method method = http::method::unknown;
    std::string_view method_name;  // as sent
    std::string_view target;       // path and query as sent, or "*"
    std::string_view host;         // of the target or the Host header; may hold a port
    request_path path;
    query_parameters query;
    request_headers headers;
    std::string body;  // whole; a handler may move it out
    int minor_version = 1;
    std::string_view scheme = "http";

    // Of the connection, which may be a proxy's: see context::client_address(). Empty for a unix socket.
    std::string_view peer_address;
    std::uint16_t peer_port = 0;

    std::string_view version() const noexcept { return minor_version == 0 ? "1.0" : "1.1"; }
};

}  // namespace redstart::http
