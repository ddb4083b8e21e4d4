#include "redstart/toolkit/bloom/bloom_shape.hpp"

#include "redstart/base/failure.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace redstart::toolkit::bloom_shape_suite {

namespace {

// A filter in this process, with the bits where the server would have them.
class local_filter {
public:
    local_filter(std::uint64_t capacity, double rate)
        : shape_{bloom_shape_for(capacity, rate)}, positions_(shape_.bits_per_key),
          shards_(shape_.shards, std::vector<bool>(shape_.head_bits + shape_.shard_bits))
    {
    }

    void add(std::string_view key)
    {
        auto& shard = shards_[shape_.place(key, 7, positions_)];
        for (auto const each : positions_)
            shard.at(each) = true;
    }
    bool might_contain(std::string_view key)
    {
        auto const& shard = shards_[shape_.place(key, 7, positions_)];
        for (auto const each : positions_)
            if (!shard.at(each))
                return false;
        return true;
    }
    bloom_shape const& shape() const noexcept { return shape_; }
    std::uint64_t bits_set() const
    {
        std::uint64_t set = 0;
        for (auto const& each : shards_)
            set += static_cast<std::uint64_t>(std::count(each.begin(), each.end(), true));
        return set;
    }

private:
    bloom_shape shape_;
    std::vector<std::uint64_t> positions_;
    std::vector<std::vector<bool>> shards_;
};

struct rate_case {
    std::uint64_t capacity;
    double rate;
    std::int64_t asked;
};

std::optional<failure_code> refusal_of(std::uint64_t capacity, double rate)
{
    try {
        static_cast<void>(bloom_shape_for(capacity, rate));
    } catch (failure const& why) {
        EXPECT_EQ(why.outcome(), outcome::not_sent);
        return why.code();
    }
    return std::nullopt;
}

// Keys and hash are fixed, so it gives the same numbers every time.
TEST(bloom_shape, has_the_rate_that_was_asked_for_when_it_is_full)
{
    // A filter of 100 keys has so few bits that positions which depend on each other would be seen.
    for (auto const& [capacity, rate, asked] :
         {rate_case{20'000, 0.3, 100'000}, rate_case{20'000, 0.1, 100'000},
          rate_case{20'000, 0.01, 200'000}, rate_case{20'000, 0.001, 400'000},
          rate_case{100, 0.0001, 500'000}}) {
        local_filter filter{capacity, rate};
        for (std::uint64_t i = 0; i < capacity; ++i)
            filter.add("in:" + std::to_string(i));
        std::int64_t wrong = 0;
        for (std::int64_t i = 0; i < asked; ++i)
            wrong += filter.might_contain("out:" + std::to_string(i)) ? 1 : 0;
        auto const expected = static_cast<double>(asked) * rate;
        auto const deviation = std::sqrt(expected * (1 - rate));
        EXPECT_NEAR(static_cast<double>(wrong), expected, 3.29 * deviation)  // 99.9 %
            << capacity << " keys at " << rate;
        auto const& shape = filter.shape();
        EXPECT_NEAR(shape.keys_behind(filter.bits_set()), static_cast<double>(capacity),
                    0.05 * static_cast<double>(capacity));
        EXPECT_NEAR(shape.rate_at(filter.bits_set()), rate, 0.2 * rate);
    }
}

TEST(bloom_shape, forgets_no_key)
{
    local_filter filter{1000, 0.05};
    for (int i = 0; i < 1000; ++i)
        filter.add(std::to_string(i));
    for (int i = 0; i < 1000; ++i)
        EXPECT_TRUE(filter.might_contain(std::to_string(i)));
}

TEST(bloom_shape, takes_the_bits_of_the_usual_formula)
{
    auto const shape = bloom_shape_for(1'000'000, 0.01);
    EXPECT_EQ(shape.bits_per_key, 7U);
    EXPECT_EQ(shape.shards, 1U);
    EXPECT_NEAR(static_cast<double>(shape.bits()), 9'585'059.0, 10'000.0);
}

TEST(bloom_shape, keeps_every_shard_below_8_MB)
{
    for (std::uint64_t const capacity : {1'000'000U, 7'000'000U, 50'000'000U, 440'000'000U}) {
        auto const shape = bloom_shape_for(capacity, 0.01);
        EXPECT_LT(shape.head_bits + shape.shard_bits, std::uint64_t{8} << 23);
        EXPECT_EQ(shape.shard_bits % 8, 0U);
        EXPECT_GE(shape.bits(), 9.58 * static_cast<double>(capacity));
    }
}

TEST(bloom_shape, spreads_keys_over_shards_and_bits_within_a_shard)
{
    auto const shape = bloom_shape_for(50'000'000, 0.01);
    ASSERT_GT(shape.shards, 4U);
    std::vector<int> in_shard(shape.shards);
    std::vector<std::uint64_t> positions(shape.bits_per_key);
    std::vector<int> in_quarter(4);
    for (int i = 0; i < 10'000; ++i) {
        ++in_shard.at(shape.place(std::to_string(i), 0, positions));
        for (auto const each : positions) {
            ASSERT_GE(each, shape.head_bits);
            ++in_quarter.at((each - shape.head_bits) * 4 / shape.shard_bits);
        }
    }
    auto const near = [](int found, double expected) {
        EXPECT_NEAR(found, expected, 4 * std::sqrt(expected));
    };
    for (auto const each : in_shard)
        near(each, 10'000.0 / shape.shards);
    for (auto const each : in_quarter)
        near(each, 10'000.0 * shape.bits_per_key / 4);
}

TEST(bloom_shape, refuses_what_is_out_of_bounds)
{
    auto const refused = failure_code::invalid_argument;
    EXPECT_EQ(refusal_of(0, 0.01), refused);
    EXPECT_EQ(refusal_of(1'000'000'001, 0.5), refused);
    EXPECT_EQ(refusal_of(1000, 0), refused);
    EXPECT_EQ(refusal_of(1000, 1e-10), refused);
    EXPECT_EQ(refusal_of(1000, 0.51), refused);
    EXPECT_EQ(refusal_of(1000, std::numeric_limits<double>::quiet_NaN()), refused);
    EXPECT_EQ(refusal_of(500'000'000, 0.01), refused) << "more than 512 MB";
    EXPECT_EQ(refusal_of(440'000'000, 0.01), std::nullopt);
    EXPECT_EQ(refusal_of(1, 0.5), std::nullopt);
    EXPECT_EQ(refusal_of(1, 1e-9), std::nullopt);
}

}  // namespace

}  // namespace redstart::toolkit::bloom_shape_suite
