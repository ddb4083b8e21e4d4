#include "tests/soak/journal.hpp"

#include <algorithm>
#include <functional>
#include <iostream>

namespace redstart::soak {

namespace {

constexpr std::int64_t printed_violations = 20;

}  // namespace

tally& tally::operator+=(tally const& other)
{
    begun += other.begun;
    acknowledged += other.acknowledged;
    std::ranges::transform(failed, other.failed, failed.begin(), std::plus{});
    for (auto const& [code, count] : other.codes)
        codes[code] += count;
    return *this;
}

void journal::violation(std::string_view what)
{
    if (++violations_ > printed_violations)
        return;
    std::lock_guard const lock{printing_};
    std::cout << "VIOLATION: " << what << std::endl;
}

}  // namespace redstart::soak
