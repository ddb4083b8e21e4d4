#include "redstart/base/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <set>
#include <thread>
#include <vector>

namespace redstart {
namespace {

// A byte that is zero in sixteen draws was not filled: by chance that happens once in 10^38.
TEST(fill_secure_random, fills_the_whole_span)
{
    for (std::size_t const size : {1u, 15u, 256u, 257u, 4096u, 100'000u}) {
        std::vector<std::byte> ever(size);
        for (int round = 0; round < 16; ++round) {
            std::vector<std::byte> drawn(size);
            fill_secure_random(drawn);
            std::ranges::transform(ever, drawn, ever.begin(), std::bit_or<>{});
        }
        EXPECT_TRUE(std::ranges::none_of(ever, [](std::byte b) { return b == std::byte{}; }));
    }
}

TEST(fill_secure_random, leaves_what_lies_beside_the_span)
{
    std::vector<std::byte> bytes(64, std::byte{7});
    fill_secure_random(std::span{bytes}.subspan(8, 48));
    EXPECT_TRUE(std::ranges::all_of(std::span{bytes}.first(8),
                                    [](std::byte b) { return b == std::byte{7}; }));
    EXPECT_TRUE(std::ranges::all_of(std::span{bytes}.last(8),
                                    [](std::byte b) { return b == std::byte{7}; }));
    fill_secure_random({});
}

TEST(random_token, is_lower_case_hexadecimal_of_twice_the_bytes)
{
    EXPECT_EQ(random_token().size(), 32u);
    EXPECT_EQ(random_token(0), "");
    EXPECT_EQ(random_token(1).size(), 2u);
    auto const token = random_token(10'000);
    EXPECT_EQ(token.size(), 20'000u);
    EXPECT_EQ(token.find_first_not_of("0123456789abcdef"), std::string::npos);
    for (char const digit : std::string_view{"0123456789abcdef"})
        EXPECT_NE(token.find(digit), std::string::npos) << digit;
}

TEST(random_token, differs_each_time)
{
    std::set<std::string> seen;
    for (int round = 0; round < 1'000; ++round)
        seen.insert(random_token());
    EXPECT_EQ(seen.size(), 1'000u);
}

TEST(fast_random, sets_every_bit_half_of_the_time)
{
    std::array<int, 64> ones{};
    for (int round = 0; round < 10'000; ++round) {
        auto const drawn = fast_random();
        for (std::size_t bit = 0; bit < 64; ++bit)
            ones[bit] += static_cast<int>((drawn >> bit) & 1);
    }
    for (int const count : ones)  // a standard deviation is 50
        EXPECT_NEAR(count, 5'000, 500);
}

TEST(fast_random, gives_each_thread_a_sequence_of_its_own)
{
    std::vector<std::uint64_t> here(100);
    std::vector<std::uint64_t> there(100);
    std::ranges::generate(here, fast_random);
    std::thread{[&] { std::ranges::generate(there, fast_random); }}.join();
    std::set<std::uint64_t> seen{here.begin(), here.end()};
    seen.insert(there.begin(), there.end());
    EXPECT_EQ(seen.size(), 200u);
}

}  // namespace
}  // namespace redstart
