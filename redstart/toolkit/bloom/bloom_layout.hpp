// Where a Bloom filter lies, and the commands that work on it. Only bloom_filter.cpp needs it.

#pragma once

#include "redstart/command/key_kinds.hpp"
#include "redstart/toolkit/bloom/bloom_filter.hpp"
#include "redstart/toolkit/bloom/bloom_filter_script.hpp"
#include "redstart/toolkit/key_space.hpp"

namespace redstart::toolkit::toolkit_detail {

struct bloom_generations {
    std::uint64_t live = 0;  // 0 if there is none, as of all of these
    std::uint64_t next = 0;
    std::uint64_t making = 0;
    std::uint64_t since_us = 0;
};

// Constant once made; its functions may be called on any thread.
class bloom_layout {
public:
    // Throws a failure (invalid_argument) for options out of bounds.
    bloom_layout(bloom_filter_options options, std::source_location const& where);

    bloom_filter_options const& options() const noexcept { return options_; }
    bloom_shape const& shape() const noexcept { return shape_; }
    bool in_module() const noexcept { return options_.storage == bloom_storage::module; }

    // Throws a failure (invalid_argument, refused) if the filter was made with other options than these.
    void refuse(other_options const& other, std::source_location const& where) const;

    command<bloom_numbers> check(std::string_view key) const;
    command<bloom_numbers> add(std::string_view key) const;

    // A batch, in commands of a bounded size.
    std::vector<command<bloom_numbers>> check_all(std::span<std::string const> keys) const;
    // To all generations that there are, or to one that is being built.
    std::vector<command<bloom_numbers>> add_all(std::span<std::string const> keys,
                                                std::uint64_t only) const;

    command<bloom_generation> begin() const;
    command<bloom_generation> erase() const;
    std::vector<command<std::int64_t>> allocate(std::uint64_t generation) const;
    command<std::int64_t> open(std::uint64_t generation) const;
    command<std::int64_t> finish(std::uint64_t generation) const;

    // config, live, next, making, since
    command<std::vector<std::optional<std::string>>> metadata() const;
    // Refuses other options.
    bloom_generations read(std::vector<std::optional<std::string>> const& metadata,
                           std::source_location const& where) const;
    // What is known without a look at the bits.
    bloom_report begin_report(bloom_generations const& known) const;
    key<std::string> shard_key(std::uint32_t shard, bool odd) const;
    command<std::int64_t> count(std::uint32_t shard) const;

    // Throws a failure (invalid_argument) for a batch of more than max_batch.
    void check_size(std::span<std::string const> batch, std::source_location const& where) const;

private:
    class placed_keys;

    std::vector<key<std::string>> both_sides(std::span<std::uint32_t const> shards) const;
    std::vector<key<std::string>> all_keys() const;

    bloom_filter_options options_;
    bloom_shape shape_;
    std::string config_;  // what all who use the filter must agree in
    key_space space_;
    key<hash<std::string, std::string>> meta_;
};

using shared_bloom_layout = std::shared_ptr<bloom_layout const>;

// Who asks, and where.
struct bloom_question {
    client& db;
    shared_bloom_layout layout;
    std::source_location where;
};

}  // namespace redstart::toolkit::toolkit_detail
