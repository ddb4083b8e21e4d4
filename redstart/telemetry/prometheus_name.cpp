// Names and units of OpenTelemetry as Prometheus spells them.

#include "redstart/telemetry/prometheus.hpp"
#include "redstart/telemetry/prometheus_writer.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace redstart::telemetry {

namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 16> spelled_out{{
    {"d", "days"},
    {"h", "hours"},
    {"min", "minutes"},
    {"s", "seconds"},
    {"ms", "milliseconds"},
    {"us", "microseconds"},
    {"ns", "nanoseconds"},
    {"By", "bytes"},
    {"KiBy", "kibibytes"},
    {"MiBy", "mebibytes"},
    {"GiBy", "gibibytes"},
    {"kBy", "kilobytes"},
    {"MBy", "megabytes"},
    {"Hz", "hertz"},
    {"Cel", "celsius"},
    {"%", "percent"},
}};

std::string one_unit(std::string_view unit)
{
    auto const found =
        std::ranges::find(spelled_out, unit, [](auto const& one) { return one.first; });
    return found == spelled_out.end() ? sanitized_name(unit) : std::string{found->second};
}

// What is in braces says what is counted, and is no unit.
std::string without_braces(std::string_view unit)
{
    std::string kept;
    for (bool inside = false; auto const c : unit) {
        inside = inside || c == '{';
        if (!inside)
            kept.push_back(c);
        inside = inside && c != '}';
    }
    return kept;
}

std::string unit_of(std::string_view unit, metric_kind kind)
{
    auto const measured = without_braces(unit);
    if (measured.empty())
        return {};
    if (measured == "1")
        return kind == metric_kind::gauge ? "ratio" : "";
    auto const slash = measured.find('/');
    if (slash == std::string::npos)
        return one_unit(measured);
    auto const counted = measured.substr(0, slash);
    auto const per = one_unit(measured.substr(slash + 1));
    auto const what = counted.empty() ? std::string{} : one_unit(counted) + "_";
    return what + "per_" + per;
}

}  // namespace

std::string sanitized_name(std::string_view name, bool colons)
{
    std::string clean;
    clean.reserve(name.size() + 1);
    for (auto const c : name) {
        bool const digit = c >= '0' && c <= '9';
        bool const letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (digit && clean.empty())
            clean.push_back('_');
        if (digit || letter || (colons && c == ':'))
            clean.push_back(c);
        else if (!clean.ends_with('_'))
            clean.push_back('_');
    }
    return clean;
}

prometheus_name prometheus_name_of(metric_family const& family, metric_kind kind)
{
    constexpr std::string_view total = "_total";
    prometheus_name made{sanitized_name(family.name, true), unit_of(family.unit, kind)};
    if (kind == metric_kind::counter && made.name.ends_with(total))
        made.name.resize(made.name.size() - total.size());
    if (!made.unit.empty() && made.name != made.unit && !made.name.ends_with("_" + made.unit))
        made.name.append("_").append(made.unit);
    return made;
}

}  // namespace redstart::telemetry
