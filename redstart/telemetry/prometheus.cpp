#include "redstart/telemetry/prometheus.hpp"

#include "redstart/telemetry/prometheus_writer.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

namespace redstart::telemetry {

namespace {

// Families that have the same name here, and so share one header.
struct exposed_family {
    prometheus_name name;
    metric_kind kind{};
    std::string_view help;
    bool in_seconds = false;
    std::vector<series_reading const*> series;
};

std::vector<exposed_family> exposed(std::span<family_reading const> families)
{
    std::vector<exposed_family> all;
    for (auto const& reading : families) {
        auto const name = prometheus_name_of(reading.family, reading.kind);
        auto place = std::ranges::find(
            all, name.name, [](auto const& one) -> auto const& { return one.name.name; });
        if (place == all.end())
            place = all.insert(
                all.end(),
                {name, reading.kind, reading.family.help, reading.family.unit == "s", {}});
        if (place->kind != reading.kind)
            continue;
        for (auto const& series : reading.series)
            place->series.push_back(&series);
    }
    std::erase_if(all, [](auto const& family) { return family.series.empty(); });
    return all;
}

std::string_view type_of(metric_kind kind) noexcept
{
    switch (kind) {
    case metric_kind::counter: return "counter";
    case metric_kind::gauge: return "gauge";
    case metric_kind::histogram: return "histogram";
    }
    return "unknown";
}

// Writes one page; used once.
class page {
public:
    explicit page(exposition format) : open_{format == exposition::openmetrics} {}

    void add(exposed_family const& family);
    void add_target(attributes const& resource);
    std::string finish() &&;

private:
    void header(std::string_view name, std::string_view type, std::string_view help);
    void sample(std::string_view name, std::string_view suffix, std::string_view labels);
    void buckets(std::string_view name, series_reading const& series, bool in_seconds);

    bool open_;  // OpenMetrics
    std::string text_;
};

void page::header(std::string_view name, std::string_view type, std::string_view help)
{
    text_.append("# HELP ").append(name).append(" ");
    append_escaped(help, open_, text_);
    text_.append("\n# TYPE ").append(name).append(" ").append(type).append("\n");
}

void page::sample(std::string_view name, std::string_view suffix, std::string_view labels)
{
    text_.append(name).append(suffix);
    if (!labels.empty())
        text_.append("{").append(labels).append("}");
    text_.push_back(' ');
}

void page::buckets(std::string_view name, series_reading const& series, bool in_seconds)
{
    auto const number = [in_seconds](std::uint64_t value, std::string& out) {
        if (in_seconds)
            append_seconds(value, out);
        else
            out.append(std::to_string(value));
    };
    auto const& reading = series.histogram;
    auto const own = label_text(series.labels);
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < reading.counts.size(); ++i) {
        count += reading.counts[i];
        auto labels = own + (own.empty() ? "le=\"" : ",le=\"");
        if (i < reading.bounds.size())
            number(reading.bounds[i], labels);
        else
            labels.append("+Inf");
        sample(name, "_bucket", labels.append("\""));
        text_.append(std::to_string(count)).push_back('\n');
    }
    sample(name, "_sum", own);
    number(reading.sum, text_);
    text_.push_back('\n');
    sample(name, "_count", own);
    text_.append(std::to_string(count)).push_back('\n');
}

void page::add(exposed_family const& family)
{
    auto const& name = family.name.name;
    bool const counts = family.kind == metric_kind::counter;
    // In the older format the type belongs to the samples' name, in OpenMetrics to the family's.
    header(counts && !open_ ? name + "_total" : name, type_of(family.kind), family.help);
    if (open_ && !family.name.unit.empty())
        text_.append("# UNIT ").append(name).append(" ").append(family.name.unit).append("\n");
    for (auto const* const series : family.series) {
        if (family.kind == metric_kind::histogram) {
            buckets(name, *series, family.in_seconds);
            continue;
        }
        sample(name, counts ? "_total" : "", label_text(series->labels));
        append_number(series->value, text_);
        text_.push_back('\n');
    }
}

std::string text_of(attribute_value const& value)
{
    if (auto const* const text = std::get_if<std::string>(&value))
        return *text;
    if (auto const* const truth = std::get_if<bool>(&value))
        return *truth ? "true" : "false";
    if (auto const* const integer = std::get_if<std::int64_t>(&value))
        return std::to_string(*integer);
    std::string number;
    append_number(std::get<double>(value), number);
    return number;
}

void page::add_target(attributes const& resource)
{
    metric_labels labels;
    for (auto const& [name, value] : resource)
        labels.emplace_back(name, text_of(value));
    header(open_ ? "target" : "target_info", open_ ? "info" : "gauge", "Target metadata");
    sample("target", "_info", label_text(labels));
    text_.append("1\n");
}

std::string page::finish() &&
{
    if (open_)
        text_.append("# EOF\n");
    return std::move(text_);
}

std::string_view trimmed_part(std::string_view& rest, char separator)
{
    auto const end = rest.find(separator);
    auto part = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    while (part.starts_with(' '))
        part.remove_prefix(1);
    while (part.ends_with(' '))
        part.remove_suffix(1);
    return part;
}

struct media_range {
    std::string_view type;
    double quality = 1;
};

media_range media_range_in(std::string_view element)
{
    media_range range{.type = trimmed_part(element, ';')};
    while (!element.empty()) {
        auto const parameter = trimmed_part(element, ';');
        if (!parameter.starts_with("q="))
            continue;
        auto const number = parameter.substr(2);
        auto const [end, failed] =
            std::from_chars(number.data(), number.data() + number.size(), range.quality);
        if (failed != std::errc{} || end != number.data() + number.size())
            range.quality = 0;
    }
    return range;
}

}  // namespace

std::string_view content_type(exposition format) noexcept
{
    return format == exposition::openmetrics
               ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
               : "text/plain; version=0.0.4; charset=utf-8";
}

exposition negotiate(std::string_view accept) noexcept
{
    double open = 0;
    double plain = 0;
    while (!accept.empty()) {
        auto const range = media_range_in(trimmed_part(accept, ','));
        if (range.type == "application/openmetrics-text")
            open = std::max(open, range.quality);
        if (range.type == "text/plain")
            plain = std::max(plain, range.quality);
    }
    return open > 0 && open >= plain ? exposition::openmetrics : exposition::prometheus;
}

std::string prometheus_text(std::span<family_reading const> families, exposition format,
                            attributes const& resource)
{
    page written{format};
    if (!resource.empty())
        written.add_target(resource);
    for (auto const& family : exposed(families))
        written.add(family);
    return std::move(written).finish();
}

}  // namespace redstart::telemetry
