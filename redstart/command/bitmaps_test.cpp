#include "redstart/command/bitmaps.hpp"

#include "redstart/base/failure.hpp"
#include "redstart/command/hyperloglogs.hpp"
#include "redstart/command/probe_test.hpp"

#include <gtest/gtest.h>

namespace redstart::command_test {
namespace {

constexpr key_of<bitmap, int> seen_on{"seen:{}"};
constexpr key_of<hyperloglog<std::int64_t>> visitors{"visitors"};

TEST(commands_of_bitmaps, get_set_count_and_find_bits)
{
    using unit = bit_range::unit;
    expect_sent(getbit(seen_on(1), 7), {"GETBIT", "seen:1", "7"});
    expect_sent(setbit("k", 7, true), {"SETBIT", "k", "7", "1"});
    expect_sent(bitcount("k"), {"BITCOUNT", "k"});
    expect_sent(bitcount("k", {.first = 1, .last = -2}), {"BITCOUNT", "k", "1", "-2"});
    expect_sent(bitcount("k", {.last = 9, .counted_in = unit::bits}),
                {"BITCOUNT", "k", "0", "9", "BIT"});
    expect_sent(bitpos("k", false), {"BITPOS", "k", "0"});
    expect_sent(bitpos("k", false, {}), {"BITPOS", "k", "0", "0", "-1"});
    expect_sent(bitpos("k", true, {.first = 2, .counted_in = unit::bits}),
                {"BITPOS", "k", "1", "2", "-1", "BIT"});
    expect_decoded(":-1\r\n", found_bit{});
    expect_decoded(":5\r\n", found_bit{5});
}

TEST(commands_of_bitmaps, combine_them)
{
    expect_sent(bitop_and("to", "a", seen_on(1)), {"BITOP", "AND", "to", "a", "seen:1"});
    expect_sent(bitop_or("to", std::vector<std::string>{"a", "b"}),
                {"BITOP", "OR", "to", "a", "b"});
    expect_sent(bitop_xor("to", "a"), {"BITOP", "XOR", "to", "a"});
    expect_sent(bitop_not("to", "a"), {"BITOP", "NOT", "to", "a"});
    EXPECT_TRUE(bitop_and("to", "a", "b").is_idempotent());
    EXPECT_FALSE(bitop_xor("to", "a", "to").is_idempotent()) << "it reads what it has written";
    EXPECT_FALSE(bitop_not("to", "to").is_idempotent());
    EXPECT_THROW(static_cast<void>(bitop_and("to")), failure);
}

TEST(commands_of_bitmaps, keep_integers_in_them)
{
    expect_sent(
        bitfield("k",
                 {unsigned_at(0, 8).set(255), signed_at(8, 16).get(), unsigned_at(100, 2).add(-5)}),
        {"BITFIELD", "k", "SET", "u8", "0", "255", "GET", "i16", "8", "INCRBY", "u2", "100", "-5"});
    expect_sent(bitfield("k", {unsigned_at(0, 4).add(9, bit_overflow::saturate),
                               unsigned_at(0, 4).set(99, bit_overflow::fail)}),
                {"BITFIELD", "k", "OVERFLOW", "SAT", "INCRBY", "u4", "0", "9", "OVERFLOW", "WRAP",
                 "OVERFLOW", "FAIL", "SET", "u4", "0", "99", "OVERFLOW", "WRAP"});
    expect_sent(bitfield_ro("k", {unsigned_at(0, 8), signed_at(8, 64)}),
                {"BITFIELD_RO", "k", "GET", "u8", "0", "GET", "i64", "8"});
    EXPECT_FALSE(bitfield("k", unsigned_at(0, 8).get()).is_idempotent());
    EXPECT_TRUE(bitfield_ro("k", unsigned_at(0, 8)).is_idempotent());
}

TEST(commands_of_hyperloglogs, add_count_and_merge)
{
    expect_sent(pfadd(visitors, 7), {"PFADD", "visitors", "7"});
    expect_sent(pfadd(visitors, {7, 8}), {"PFADD", "visitors", "7", "8"});
    expect_sent(pfadd("k", {"a", "b"}), {"PFADD", "k", "a", "b"});
    expect_sent(pfcount(visitors), {"PFCOUNT", "visitors"});
    expect_sent(pfcount("a", visitors), {"PFCOUNT", "a", "visitors"});
    expect_sent(pfmerge(visitors, "a", "b"), {"PFMERGE", "visitors", "a", "b"});
    EXPECT_TRUE(pfmerge("to", "to", "a").is_idempotent());
}

}  // namespace
}  // namespace redstart::command_test
