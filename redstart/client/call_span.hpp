// A finished call as a span, by the OpenTelemetry conventions for database clients and Redis. Never a key, a value or
// the server's words: names, counts and codes only.

#pragma once

#include "redstart/client/call.hpp"
#include "redstart/observe/span.hpp"

namespace redstart {

// `what` is part of a trace; `slots` are those of its commands.
span_record describe_call(observed_call const& what, std::span<reply_slot* const> slots,
                          client_options const& options, boot_clock::duration took);

}  // namespace redstart
