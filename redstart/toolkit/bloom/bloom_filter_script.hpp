// The scripts of the Bloom filter, and what they answer. Only bloom_filter.cpp needs them.

#pragma once

#include "redstart/command/script.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace redstart::toolkit::toolkit_detail {

// The options that the filter was made with, if they are not the caller's: nothing was done then.
using other_options = std::optional<std::string>;

// A number for each key. bloom_check: 0 absent, 1 maybe. bloom_add: 0 nothing changed, 1 added, 2 not taken; none at
// all if the generation asked for is not being built.
using bloom_numbers = std::tuple<other_options, std::vector<std::int64_t>>;
using bloom_generation = std::tuple<other_options, std::int64_t>;

enum class bloom_step : std::int64_t { superseded = 0, done = 1, lost = 2 };

// KEYS: the metadata, then the two sides of each shard that the keys lie in. ARGV: the options, k, for bloom_add the
// generation that alone is meant or 0, then for each key the number of its shard among KEYS, and its positions.
script<bloom_numbers> const& bloom_check();
script<bloom_numbers> const& bloom_add();

// KEYS: the metadata, then the two sides of every shard. ARGV: the options. bloom_erase answers whether there was one.
script<bloom_generation> const& bloom_begin();
script<bloom_generation> const& bloom_erase();

// KEYS: the metadata and one key of a shard. ARGV: the generation, and the last offset.
script<std::int64_t> const& bloom_allocate();

// KEYS: the metadata. ARGV: the generation, which writers add to from now on.
script<std::int64_t> const& bloom_open();

// KEYS: as bloom_begin. ARGV: the generation, which is what counts from now on.
script<std::int64_t> const& bloom_finish();
script<std::int64_t> const& bloom_finish_in_module();

// KEYS: the metadata and the two sides of a shard. The number of its bits that are set; negative if it is lost.
script<std::int64_t> const& bloom_count();

}  // namespace redstart::toolkit::toolkit_detail
