#include "redstart/toolkit/bloom/bloom_shape.hpp"

#include "redstart/toolkit/operation.hpp"

#include <xxhash.h>

#include <algorithm>
#include <cassert>
#include <cmath>

namespace redstart::toolkit {

namespace {

// The finalizer of MurmurHash3 in the variant of SplitMix64: every bit of `x` reaches every bit of the result.
std::uint64_t mixed(std::uint64_t x) noexcept
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31);
}

std::uint64_t divided_up(std::uint64_t amount, std::uint64_t by) { return (amount + by - 1) / by; }

}  // namespace

std::uint32_t bloom_shape::place(std::string_view key, std::uint64_t seed,
                                 std::span<std::uint64_t> positions) const noexcept
{
    assert(positions.size() == bits_per_key);
    auto const hash = XXH3_128bits_withSeed(key.data(), key.size(), seed);
    auto const step = hash.high64 | 1;
    auto at = hash.low64;
    for (auto& each : positions) {
        each = head_bits + mixed(at) % shard_bits;
        at += step;
    }
    return static_cast<std::uint32_t>(((hash.high64 >> 32) * shards) >> 32);
}

double bloom_shape::keys_behind(std::uint64_t bits_set) const noexcept
{
    auto const all = static_cast<double>(shard_bits);
    // A full shard says only that there were many: as many as leave one bit.
    auto const set = std::min(static_cast<double>(bits_set), all - 1);
    return -all / bits_per_key * std::log1p(-set / all);
}

double bloom_shape::rate_at(std::uint64_t bits_set) const noexcept
{
    return std::pow(static_cast<double>(bits_set) / static_cast<double>(bits()), bits_per_key);
}

bloom_shape bloom_shape_for(std::uint64_t capacity, double false_positive_rate,
                            std::source_location where)
{
    if (capacity == 0 || capacity > bloom_shape::highest_capacity)
        throw toolkit_detail::invalid_argument("a filter's capacity is 1 to 1,000,000,000 keys",
                                               where);
    // Written so that what is not a number is refused, too.
    if (!(false_positive_rate >= bloom_shape::lowest_rate &&
          false_positive_rate <= bloom_shape::highest_rate))
        throw toolkit_detail::invalid_argument("a false-positive rate is 1e-9 to 0.5", where);
    auto const k = std::max(1.0, std::round(-std::log2(false_positive_rate)));
    auto const bits = std::ceil(-k * static_cast<double>(capacity) /
                                std::log1p(-std::pow(false_positive_rate, 1 / k)));
    if (bits > static_cast<double>(bloom_shape::most_bits))
        throw toolkit_detail::invalid_argument(
            "a filter of this capacity and rate takes more than 512 MB", where);
    bloom_shape shape;
    shape.bits_per_key = static_cast<std::uint32_t>(k);
    auto const wanted = static_cast<std::uint64_t>(bits);
    shape.shards = static_cast<std::uint32_t>(divided_up(wanted, bloom_shape::most_shard_bits));
    shape.shard_bits = divided_up(divided_up(wanted, shape.shards), 8) * 8;
    return shape;
}

}  // namespace redstart::toolkit
