#include "redstart/observe/metrics.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <variant>

namespace redstart {

namespace {

constexpr std::uint64_t us = 1'000;
constexpr std::uint64_t ms = 1'000 * us;
constexpr std::uint64_t s = 1'000 * ms;

constexpr std::array<std::uint64_t, 12> command_table{100 * us, 250 * us, 500 * us, 1 * ms,
                                                      5 * ms,   10 * ms,  50 * ms,  100 * ms,
                                                      500 * ms, 1 * s,    5 * s,    10 * s};

constexpr std::array<std::uint64_t, 17> http_table{
    100 * us, 250 * us, 500 * us, 5 * ms, 10 * ms,   25 * ms, 50 * ms,   75 * ms, 100 * ms,
    250 * ms, 500 * ms, 750 * ms, 1 * s,  2500 * ms, 5 * s,   7500 * ms, 10 * s};

void add_relaxed(std::atomic<std::uint64_t>& value, std::uint64_t amount) noexcept
{
    value.store(value.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
}

}  // namespace

bucket_bounds command_buckets() noexcept { return command_table; }
bucket_bounds http_buckets() noexcept { return http_table; }

histogram::histogram(bucket_bounds bounds) : bounds_{bounds}, counts_(bounds.size() + 1)
{
    assert(!bounds.empty() && std::ranges::is_sorted(bounds) && bounds.size() < 255);
    for (std::size_t width = 0; width < first_candidate_.size(); ++width) {
        std::uint64_t const least = width == 0 ? 0 : std::uint64_t{1} << (width - 1);
        auto const candidate = std::ranges::lower_bound(bounds, least) - bounds.begin();
        first_candidate_[width] = static_cast<std::uint8_t>(candidate);
    }
}

void histogram::record(std::uint64_t nanoseconds, std::uint64_t times) noexcept
{
    std::size_t bucket = first_candidate_[static_cast<std::size_t>(std::bit_width(nanoseconds))];
    while (bucket < bounds_.size() && nanoseconds > bounds_[bucket])
        ++bucket;
    add_relaxed(counts_[bucket], times);
    add_relaxed(sum_, nanoseconds * times);
}

std::uint64_t histogram::count_in(std::size_t bucket) const noexcept
{
    return counts_[bucket].load(std::memory_order_relaxed);
}

struct metrics_registry::family_entry {
    struct series {
        metric_labels labels;
        std::variant<counter, gauge, histogram> instrument;

        template <class Instrument, class... Arguments>
        series(metric_labels names, std::in_place_type_t<Instrument> type, Arguments&&... arguments)
            : labels{std::move(names)}, instrument{type, std::forward<Arguments>(arguments)...}
        {
        }
    };

    metric_family family;
    metric_kind kind{};
    bucket_bounds bounds;  // of a family of histograms, given with the first
    std::vector<std::unique_ptr<series>> all;

    template <class Instrument, class... Arguments>
    Instrument& add(metric_labels labels, Arguments&&... arguments)
    {
        all.push_back(std::make_unique<series>(std::move(labels), std::in_place_type<Instrument>,
                                               std::forward<Arguments>(arguments)...));
        return std::get<Instrument>(all.back()->instrument);
    }
};

namespace {

void merge(histogram const& from, histogram_reading& into)
{
    if (into.counts.empty()) {
        into.bounds.assign(from.bounds().begin(), from.bounds().end());
        into.counts.resize(from.bounds().size() + 1);
    }
    for (std::size_t bucket = 0; bucket < into.counts.size(); ++bucket)
        into.counts[bucket] += from.count_in(bucket);
    into.sum += from.sum();
}

struct merge_into {
    series_reading& reading;

    void operator()(counter const& c) const { reading.value += static_cast<double>(c.value()); }
    void operator()(gauge const& g) const { reading.value += static_cast<double>(g.value()); }
    void operator()(histogram const& h) const { merge(h, reading.histogram); }
};

series_reading& series_for(std::vector<series_reading>& all, metric_labels const& labels)
{
    auto const found = std::ranges::find(all, labels, &series_reading::labels);
    if (found != all.end())
        return *found;
    return all.emplace_back(series_reading{.labels = labels, .value = 0, .histogram = {}});
}

}  // namespace

metrics_registry::metrics_registry() = default;
metrics_registry::~metrics_registry() = default;

metrics_registry::family_entry& metrics_registry::entry(metric_family const& family,
                                                        metric_kind kind)
{
    for (auto const& known : families_)
        if (known->family.name == family.name) {
            assert(known->kind == kind && "one name, one kind of instrument");
            return *known;
        }
    families_.push_back(std::make_unique<family_entry>());
    families_.back()->family = family;
    families_.back()->kind = kind;
    return *families_.back();
}

counter& metrics_registry::add_counter(metric_family const& family, metric_labels labels)
{
    std::lock_guard const lock{mutex_};
    return entry(family, metric_kind::counter).add<counter>(std::move(labels));
}

gauge& metrics_registry::add_gauge(metric_family const& family, metric_labels labels)
{
    std::lock_guard const lock{mutex_};
    return entry(family, metric_kind::gauge).add<gauge>(std::move(labels));
}

histogram& metrics_registry::add_histogram(metric_family const& family, metric_labels labels,
                                           bucket_bounds bounds)
{
    std::lock_guard const lock{mutex_};
    auto& known = entry(family, metric_kind::histogram);
    if (known.bounds.empty())
        known.bounds = bounds;
    assert(std::ranges::equal(known.bounds, bounds) && "one family, one table of bounds");
    return known.add<histogram>(std::move(labels), known.bounds);
}

std::vector<family_reading> metrics_registry::read() const
{
    std::lock_guard const lock{mutex_};
    std::vector<family_reading> result;
    for (auto const& known : families_) {
        auto& reading = result.emplace_back(family_reading{known->family, known->kind, {}});
        for (auto const& series : known->all)
            std::visit(merge_into{series_for(reading.series, series->labels)}, series->instrument);
    }
    return result;
}

}  // namespace redstart
