// What a cache counts, on one loop.

#pragma once

#include "redstart/observe/metrics.hpp"
#include "redstart/toolkit/cache/cache_options.hpp"

#include <array>

namespace redstart::toolkit::toolkit_detail {

enum class cache_event : std::uint8_t {
    hit,
    stale,
    negative,
    miss,
    error,
    load,
    failed_load,
    fill,
    refused_fill,
    count_of_them
};

// One loop's thread counts, any thread reads.
class cache_counters {
public:
    explicit cache_counters(cache_options const& options);
    cache_counters(cache_counters const&) = delete;
    cache_counters& operator=(cache_counters const&) = delete;

    void add(cache_event what, std::uint64_t times = 1) noexcept { at(what).add(times); }
    void add_to(cache_report& sum) const noexcept;

private:
    static constexpr auto size = static_cast<std::size_t>(cache_event::count_of_them);
    counter& at(cache_event what) const noexcept
    {
        return *counters_[static_cast<std::size_t>(what)];
    }

    std::array<counter, size> own_{};  // when there is no registry
    std::array<counter*, size> counters_{};
};

}  // namespace redstart::toolkit::toolkit_detail
