#include "redstart/toolkit/cache_counters.hpp"

#include <string_view>

namespace redstart::toolkit::toolkit_detail {

namespace {

metric_family const reads_family{.name = "redstart.cache.reads",
                                 .help = "Entries that were asked for, by what was found.",
                                 .unit = "{read}"};

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
}

}  // namespace redstart::toolkit::toolkit_detail
