// Which traces are recorded: the samplers that OTEL_TRACES_SAMPLER names, as a pure decision over trace contexts.
//
// The decision by ratio depends on the trace id alone, so that every service that sees a trace decides alike. It takes
// the last 8 bytes of the id as a big-endian number and keeps what lies below ratio * 2^64, which is what the
// OpenTelemetry SDKs for Go, Python and Ruby do; the specification leaves the function open.

#pragma once

#include "redstart/observe/trace_context.hpp"

#include <cstdint>

namespace redstart::telemetry {

enum class sampling : std::uint8_t { always_on, always_off, trace_id_ratio };

struct sampler_options {
    sampling root = sampling::always_on;
    double ratio = 1.0;         // of trace_id_ratio: from 0 to 1
    bool follow_parent = true;  // a trace that comes from elsewhere keeps the decision made there
};

// An immutable value; any thread.
class sampler {
public:
    explicit sampler(sampler_options options = {}) noexcept;

    // Whether a trace that begins with `started`, or continues `parent`, is recorded. An invalid parent is none.
    bool samples(trace_context const* parent, trace_context const& started) const noexcept;

private:
    sampler_options options_;
    std::uint64_t bound_ = 0;  // of the upper 63 bits of the number
};

}  // namespace redstart::telemetry
