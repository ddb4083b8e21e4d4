// A response: status, headers and a body that is there as a whole.
//
// The server adds what frames it (Content-Length, Connection, Date) and leaves the body out where HTTP wants that.

#pragma once

#include "redstart/codec/json.hpp"
#include "redstart/http/headers.hpp"
#include "redstart/http/problem.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace redstart::http {

// A value, owned by whoever holds it.
struct response {
    int status = 200;
    // A literal, or empty for none. A Content-Type among the headers wins.
    std::string_view media_type;
    response_headers headers;
    std::string body;
    bool close = false;  // end the connection after it

    static response text(std::string body, int status = 200)
    {
        return with_body(status, "text/plain; charset=utf-8", std::move(body));
    }
    template <codec::json_type T>
    static response json(T const& value, int status = 200)
    {
        return with_body(status, "application/json", codec::to_json(value));
    }
    static response no_content() { return with_body(204, {}, {}); }
    static response problem(http::problem const& what);
    static response with_body(int status, std::string_view literal_media_type, std::string body);
};

}  // namespace redstart::http
