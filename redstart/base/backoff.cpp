#include "redstart/base/backoff.hpp"

#include "redstart/base/random.hpp"

#include <algorithm>

namespace redstart {

backoff::backoff(backoff_options options) noexcept : options_{options}
{
    options_.limit = std::max(options.limit, boot_clock::duration{1});
    options_.first = std::clamp(options.first, boot_clock::duration{1}, options_.limit);
    reset();
}

boot_clock::duration backoff::next() noexcept
{
    auto const span = static_cast<std::uint64_t>(ceiling_.count());
    auto const drawn = fast_random() % (span + 1);  // span is far below 2^64: no visible bias
    ceiling_ = ceiling_ > options_.limit / 2 ? options_.limit : ceiling_ * 2;
    return boot_clock::duration{static_cast<boot_clock::rep>(drawn)};
}

}  // namespace redstart
