// The parts of an exposition: names, label sets and numbers. Private to redstart/telemetry.

#pragma once

#include "redstart/observe/metrics.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace redstart::telemetry {

// Letters, digits, underscores and, for metrics, colons; anything else becomes one underscore for each run of it.
std::string sanitized_name(std::string_view name, bool colons = false);

// Nanoseconds as seconds: "0.0005", "1.0", "12.000000001". Nothing is rounded.
void append_seconds(std::uint64_t nanoseconds, std::string& out);

// The shortest text that reads back as the same number: "17", "0.25", "1e+300", "+Inf", "NaN".
void append_number(double value, std::string& out);

// `name="value",...` without the braces, sorted by name; labels whose names become the same are joined.
std::string label_text(metric_labels const& labels);

// Backslashes and line feeds escaped, and double quotes too if asked for; not UTF-8 replaced.
void append_escaped(std::string_view text, bool quotes, std::string& out);

}  // namespace redstart::telemetry
