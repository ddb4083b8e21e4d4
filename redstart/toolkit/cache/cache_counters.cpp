#include "redstart/toolkit/cache/cache_counters.hpp"

#include <string_view>

namespace redstart::toolkit::toolkit_detail {

namespace {

metric_family const reads_family{.name = "redstart.cache.reads",
                                 .help = "Entries that were asked for, by what was found.",
                                 .unit = "{read}"};

metric_family const loads_family{.name = "redstart.cache.loads",
                                 .help = "Loads from the source, by how they ended.",
                                 .unit = "{load}"};

metric_family const fills_family{.name = "redstart.cache.fills",
                                 .help =
                                     "Loaded values that were to be cached, by whether they were.",
                                 .unit = "{fill}"};

struct counted {
    metric_family const& family;
    std::string_view result;
};

counted described(cache_event what)
{
    switch (what) {
    case cache_event::hit: return {reads_family, "hit"};
    case cache_event::stale: return {reads_family, "stale"};
    case cache_event::negative: return {reads_family, "negative"};
    case cache_event::miss: return {reads_family, "miss"};
    case cache_event::load: return {loads_family, "success"};
    case cache_event::failed_load: return {loads_family, "failure"};
    case cache_event::fill: return {fills_family, "cached"};
    case cache_event::refused_fill: return {fills_family, "refused"};
    default: return {reads_family, "error"};
    }
}

}  // namespace

cache_counters::cache_counters(cache_options const& options)
{
    for (std::size_t i = 0; i < size; ++i) {
        auto const [family, result] = described(static_cast<cache_event>(i));
        counters_[i] = options.metrics
                           ? &options.metrics->add_counter(
                                 family, {{"redstart.cache.name", options.name},
                                          {"redstart.cache.result", std::string{result}}})
                           : &own_[i];
    }
}

void cache_counters::add_to(cache_report& sum) const noexcept
{
    sum.hits += at(cache_event::hit).value();
    sum.stale += at(cache_event::stale).value();
    sum.negative += at(cache_event::negative).value();
    sum.misses += at(cache_event::miss).value();
    sum.errors += at(cache_event::error).value();
    sum.loads += at(cache_event::load).value();
    sum.failed_loads += at(cache_event::failed_load).value();
    sum.fills += at(cache_event::fill).value();
    sum.refused_fills += at(cache_event::refused_fill).value();
}

}  // namespace redstart::toolkit::toolkit_detail
