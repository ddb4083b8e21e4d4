#include "redstart/toolkit/cache/envelope.hpp"

#include <gtest/gtest.h>

#include <random>

namespace redstart::toolkit {

namespace envelope_tests {

using namespace std::chrono_literals;

envelope const example{.negative = false,
                       .fresh_until = 1'700'000'000s,
                       .load_cost = 1234us,
                       .tags = "some tags",
                       .value = "a value"};

std::string noise(std::mt19937_64& random, std::size_t size)
{
    std::string bytes(size, '\0');
    for (auto& each : bytes)
        each = static_cast<char>(random());
    return bytes;
}

TEST(envelope_test, opens_what_was_sealed)
{
    std::string room;
    EXPECT_EQ(open(seal(example), room), example);
    envelope const empty;
    EXPECT_EQ(open(seal(empty), room), empty);
    envelope const negative{.negative = true, .fresh_until = 5us, .load_cost = {}};
    EXPECT_EQ(open(seal(negative), room), negative);
}

TEST(envelope_test, compresses_what_is_long_and_shrinks)
{
    std::string const text(10'000, 'x');
    auto long_one = example;
    long_one.value = text;
    auto const sealed = seal(long_one);
    EXPECT_LT(sealed.size(), 200U);
    std::string room;
    EXPECT_EQ(open(sealed, room), long_one);
    EXPECT_GT(seal(long_one, {.compress_from = 10'001}).size(), 10'000U);

    std::mt19937_64 random{7};
    auto const bytes = noise(random, 10'000);
    long_one.value = bytes;
    auto const incompressible = seal(long_one);
    EXPECT_EQ(incompressible.size(), envelope::header_bytes + example.tags.size() + 10'000);
    EXPECT_EQ(open(incompressible, room), long_one);
}

TEST(envelope_test, unpacks_no_more_than_it_is_allowed_to)
{
    std::string const text(10'000, 'x');
    auto long_one = example;
    long_one.value = text;
    std::string room;
    EXPECT_FALSE(open(seal(long_one), room, 9'999));
    EXPECT_TRUE(room.empty());
    EXPECT_TRUE(open(seal(long_one), room, 10'000));
    EXPECT_FALSE(open(seal(long_one, {.compress_from = 20'000}), room, 9'999));
}

TEST(envelope_test, opens_nothing_that_was_damaged_anywhere)
{
    std::string const text(3000, 'x');
    auto long_one = example;
    long_one.value = text;
    for (auto const& sealed : {seal(example), seal(long_one)}) {
        std::string room;
        for (std::size_t at = 0; at < sealed.size(); ++at)
            for (int bit = 0; bit < 8; ++bit) {
                auto damaged = sealed;
                damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
                EXPECT_FALSE(open(damaged, room)) << at << ' ' << bit;
            }
        for (std::size_t size = 0; size < sealed.size(); ++size)
            EXPECT_FALSE(open(std::string_view{sealed}.substr(0, size), room)) << size;
        EXPECT_FALSE(open(sealed + 'x', room));
        EXPECT_FALSE(open(sealed + sealed, room));
    }
}

TEST(envelope_test, opens_nothing_that_others_wrote)
{
    std::mt19937_64 random{42};
    std::string room;
    auto const sealed = seal(example);
    for (int i = 0; i < 20'000; ++i) {
        auto bytes = noise(random, random() % 200);
        EXPECT_FALSE(open(bytes, room));
        // what looks like one at first
        auto const kept = random() % envelope::header_bytes;
        bytes.replace(0, kept, sealed, 0, kept);
        EXPECT_FALSE(open(bytes, room));
    }
    for (auto const* text : {"", "42", R"({"name":"ada"})", "null"})
        EXPECT_FALSE(open(text, room));
}

TEST(envelope_test, keeps_random_contents)
{
    std::mt19937_64 random{1};
    std::string room;
    for (int i = 0; i < 2000; ++i) {
        auto const tags = noise(random, random() % 50);
        auto value = noise(random, random() % 3000);
        if (random() % 2 == 0)
            value.assign(random() % 3000, 'y');
        envelope const filled{.negative = false,
                              .fresh_until = std::chrono::microseconds{random() >> 1U},
                              .load_cost = std::chrono::microseconds{random() % 1'000'000},
                              .tags = tags,
                              .value = value};
        EXPECT_EQ(open(seal(filled, {.compress_from = random() % 2000}), room), filled);
    }
}

// Such a time would be subtracted from.
TEST(envelope_test, opens_as_nothing_when_it_was_fresh_before_1970)
{
    std::string room;
    for (auto const when : {std::chrono::microseconds::min(), std::chrono::microseconds{-1}})
        EXPECT_EQ(open(seal({.fresh_until = when}), room), std::nullopt);
}

}  // namespace envelope_tests

}  // namespace redstart::toolkit
