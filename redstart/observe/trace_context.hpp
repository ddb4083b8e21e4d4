// W3C trace context: who caused this, and whether the cause is being recorded.
//
// The value of one `traceparent` header (https://www.w3.org/TR/trace-context/). A context is valid
// only with non-zero ids.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace redstart {

struct trace_context {
    std::array<std::uint8_t, 16> trace_id{};
    std::array<std::uint8_t, 8> span_id{};
    std::uint8_t flags = 0;
    std::string trace_state;  // the `tracestate` header, passed on as it came

    static constexpr std::uint8_t sampled_flag = 1;

    bool is_valid() const noexcept;
    bool is_sampled() const noexcept { return (flags & sampled_flag) != 0; }

    // A context below this one: the same trace and flags, a new span id. Without a valid trace, a
    // new trace.
    trace_context child() const;
};

// Reads a `traceparent`; absent when it is malformed. A later version is read as far as version 00
// reaches.
std::optional<trace_context> parse_traceparent(std::string_view text);

std::string format_traceparent(trace_context const& context);

// A `tracestate` that may be passed on: at most 32 members and 512 bytes, otherwise empty.
std::string usable_tracestate(std::string_view text);

}  // namespace redstart
