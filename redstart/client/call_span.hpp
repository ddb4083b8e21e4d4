// A finished call as a span, by the OpenTelemetry conventions for database clients and Redis. Never a key, a value or
// the server's words: names, counts and codes only.

#pragma once

#include "redstart/client/call.hpp"
#include "redstart/observe/span.hpp"

namespace redstart {

span_record describe_call(call::content const& what, trace_context const& parent,
                          client_options const& options, boot_clock::duration took);

}  // namespace redstart
