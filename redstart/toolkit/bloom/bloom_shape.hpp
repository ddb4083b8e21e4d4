// The shape of a Bloom filter: how many bits it takes, and which of them a key sets.
//
// For a capacity n and a rate p, k = round(log2(1/p)) bits a key, and m = -k n / ln(1 - p^(1/k)) bits in all. That is
// the usual m = -n ln p / (ln 2)^2, solved for a whole k: with the usual one, rounding k puts the rate above p.
//
// The bits lie in shards of less than 8 MB, each behind 64 bits of a head. A key's 128-bit XXH3 names its shard by the
// top 32 bits, and its k positions by the sequence h1 + i h2 (h2 odd). Each of these is mixed before it is reduced to
// the shard's size: the bare sequence has only as many starts and steps as the shard has bits, so in a small filter
// the rate would stay far above a small p, however many bits there are.

#pragma once

#include <cstdint>
#include <source_location>
#include <span>
#include <string>
#include <string_view>

namespace redstart::toolkit {

struct bloom_shape {
    static constexpr std::uint64_t highest_capacity = 1'000'000'000;
    static constexpr double lowest_rate = 1e-9;
    static constexpr double highest_rate = 0.5;
    static constexpr std::uint64_t most_bits = std::uint64_t{1} << 32;  // 512 MB
    static constexpr std::uint64_t head_bits = 64;
    static constexpr std::uint64_t most_shard_bits = (std::uint64_t{1} << 26) - 8 - head_bits;

    std::uint32_t bits_per_key = 0;  // k
    std::uint32_t shards = 0;
    std::uint64_t shard_bits = 0;  // of each, without its head; whole bytes

    std::uint64_t bits() const noexcept { return shards * shard_bits; }  // m

    // The shard of a key, and into `positions`, which has room for bits_per_key, its bits in that shard: offsets as
    // the server counts them, behind the head.
    std::uint32_t place(std::string_view key, std::uint64_t seed,
                        std::span<std::uint64_t> positions) const noexcept;

    // How many keys have set so many bits, of one shard, if each was hashed at random.
    double keys_behind(std::uint64_t bits_set) const noexcept;

    // How likely a key that was never added reads as there, if so many bits of all are set.
    double rate_at(std::uint64_t bits_set) const noexcept;

    bool operator==(bloom_shape const&) const = default;
};

// Throws a failure (invalid_argument) for a capacity or a rate out of bounds, or if together they need more than
// most_bits.
bloom_shape bloom_shape_for(std::uint64_t capacity, double false_positive_rate,
                            std::source_location where = std::source_location::current());

}  // namespace redstart::toolkit
