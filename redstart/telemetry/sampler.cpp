#include "redstart/telemetry/sampler.hpp"

#include <algorithm>
#include <cmath>

namespace redstart::telemetry {

namespace {

constexpr double two_to_the_63 = 9223372036854775808.0;

// The last 8 bytes, without the lowest bit: a ratio of 1 then has a bound that fits, and the result is the same.
std::uint64_t randomness(trace_context const& context) noexcept
{
    std::uint64_t number = 0;
    for (std::size_t i = 8; i < context.trace_id.size(); ++i)
        number = number << 8 | context.trace_id[i];
    return number >> 1;
}

}  // namespace

sampler::sampler(sampler_options options) noexcept : options_{options}
{
    if (std::isnan(options_.ratio))
        options_.ratio = 0;
    bound_ = static_cast<std::uint64_t>(std::clamp(options_.ratio, 0.0, 1.0) * two_to_the_63);
}

bool sampler::samples(trace_context const* parent, trace_context const& started) const noexcept
{
    if (options_.follow_parent && parent != nullptr && parent->is_valid())
        return parent->is_sampled();
    switch (options_.root) {
    case sampling::always_on: return true;
    case sampling::always_off: return false;
    case sampling::trace_id_ratio: return randomness(started) < bound_;
    }
    return false;
}

}  // namespace redstart::telemetry
