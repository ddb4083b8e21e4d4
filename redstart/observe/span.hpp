// The seam between those who know what happened and those who ship it: finished spans, handed over
// in batches.
//
// Nothing here knows OpenTelemetry. A span is filled only when its trace is sampled, so that an
// unsampled request costs one test of a flag.

#pragma once

#include "redstart/observe/trace_context.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace redstart {

enum class span_kind : std::uint8_t { internal, server, client };

using attribute_value = std::variant<std::string, std::int64_t, double, bool>;

struct span_record {
    std::string name;
    span_kind kind = span_kind::internal;
    trace_context identity;                        // its own span id
    std::array<std::uint8_t, 8> parent_span_id{};  // zero for a root
    std::chrono::system_clock::time_point start;
    std::chrono::nanoseconds duration{};
    bool failed = false;
    std::string failure_text;  // low cardinality: an error's code, never a server's sentence
    std::vector<std::pair<std::string_view, attribute_value>> attributes;  // names are literals
};

// Takes finished spans. Called on any loop's thread; must not block, and drops (and counts) what it
// cannot keep.
class span_sink {
public:
    span_sink() = default;
    span_sink(span_sink const&) = delete;
    span_sink& operator=(span_sink const&) = delete;
    virtual ~span_sink() = default;

    virtual void take(std::vector<span_record>&& finished) = 0;

    // Whether a trace that begins here, or continues `parent`, is recorded.
    virtual bool samples(trace_context const* parent, trace_context const& started) const = 0;
};

}  // namespace redstart
