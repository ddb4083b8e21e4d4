// The status under which telemetry and logs keep a request. Private to http.
//
// A client that leaves before its answer ends the handler as a cancellation, which would be a 503. But the server did
// not fail, and whoever can raise the count of 5xx can raise the alarm. So it is 499, as nginx has it. As for every
// 4xx, the conventions then want no error.type and no failed span: both tell of what the server could not do.

#pragma once

#include "redstart/http/context.hpp"

namespace redstart::http {

inline constexpr int client_closed_request = 499;  // never sent

inline int recorded_status(context const& c, int answered) noexcept
{
    return c.client_has_left() ? client_closed_request : answered;
}

}  // namespace redstart::http
