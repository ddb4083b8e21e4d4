#include "redstart/telemetry/prometheus_writer.hpp"

#include "redstart/telemetry/utf8.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace redstart::telemetry {

namespace {

// Names that differ only in what Prometheus cannot spell become one label: its values are joined in the order of the
// original names, as the specification says.
metric_labels spelled(metric_labels labels)
{
    metric_labels merged;
    std::ranges::sort(labels, {}, [](auto const& label) {
        return std::pair{sanitized_name(label.first), label.first};
    });
    for (auto& [name, value] : labels) {
        auto clean = sanitized_name(name);
        if (!merged.empty() && merged.back().first == clean)
            merged.back().second.append(";").append(value);
        else
            merged.emplace_back(std::move(clean), std::move(value));
    }
    return merged;
}

}  // namespace

void append_seconds(std::uint64_t nanoseconds, std::string& out)
{
    constexpr std::uint64_t second = 1'000'000'000;
    out.append(std::to_string(nanoseconds / second)).push_back('.');
    auto fraction = std::to_string(second + nanoseconds % second).substr(1);
    auto const last = fraction.find_last_not_of('0');
    out.append(fraction, 0, last == std::string::npos ? 1 : last + 1);
}

void append_number(double value, std::string& out)
{
    constexpr double exact_integers = 9007199254740992.0;  // 2^53
    if (std::isnan(value)) {
        out.append("NaN");
        return;
    }
    if (std::isinf(value)) {
        out.append(value < 0 ? "-Inf" : "+Inf");
        return;
    }
    std::array<char, 40> text{};
    auto const end = text.data() + text.size();
    bool const integer = std::trunc(value) == value && std::abs(value) < exact_integers;
    auto const written = integer ? std::to_chars(text.data(), end, static_cast<std::int64_t>(value))
                                 : std::to_chars(text.data(), end, value);
    out.append(text.data(), written.ptr);
}

void append_escaped(std::string_view text, bool quotes, std::string& out)
{
    std::string storage;
    for (auto const c : as_utf8(text, storage)) {
        if (c == '\n')
            out.append("\\n");
        else if (c == '\\' || (quotes && c == '"'))
            out.append({'\\', c});
        else
            out.push_back(c);
    }
}

std::string label_text(metric_labels const& labels)
{
    std::string text;
    for (auto const& [name, value] : spelled(labels)) {
        text.append(text.empty() ? "" : ",").append(name).append("=\"");
        append_escaped(value, true, text);
        text.push_back('"');
    }
    return text;
}

}  // namespace redstart::telemetry
