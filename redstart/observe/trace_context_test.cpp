#include "redstart/observe/trace_context.hpp"

#include <gtest/gtest.h>

#include <set>

namespace redstart {
namespace {

constexpr std::string_view valid_parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

std::string with(std::size_t at, std::string_view replacement)
{
    std::string text{valid_parent};
    text.replace(at, replacement.size(), replacement);
    return text;
}

TEST(parse_traceparent, reads_ids_and_flags)
{
    auto const read = parse_traceparent(valid_parent);
    ASSERT_TRUE(read);
    EXPECT_TRUE(read->is_valid());
    EXPECT_TRUE(read->is_sampled());
    EXPECT_EQ(read->trace_id.front(), 0x0a);
    EXPECT_EQ(read->trace_id.back(), 0x9c);
    EXPECT_EQ(read->span_id.front(), 0xb7);
    EXPECT_EQ(read->span_id.back(), 0x31);
    EXPECT_EQ(read->trace_state, "");
    EXPECT_EQ(format_traceparent(*read), valid_parent);
}

TEST(parse_traceparent, keeps_the_sampled_flag_and_no_other)
{
    EXPECT_EQ(parse_traceparent(with(53, "00"))->flags, 0);
    EXPECT_FALSE(parse_traceparent(with(53, "00"))->is_sampled());
    EXPECT_EQ(parse_traceparent(with(53, "ff"))->flags, 1);
    EXPECT_EQ(parse_traceparent(with(53, "02"))->flags, 0);
    EXPECT_EQ(parse_traceparent(with(53, "03"))->flags, 1);
}

TEST(parse_traceparent, refuses_every_shorter_text)
{
    for (std::size_t length = 0; length < valid_parent.size(); ++length)
        EXPECT_FALSE(parse_traceparent(valid_parent.substr(0, length))) << length;
}

TEST(parse_traceparent, refuses_what_is_neither_hexadecimal_nor_a_hyphen_at_every_place)
{
    for (std::size_t at = 0; at < valid_parent.size(); ++at)
        for (char const wrong : {'g', 'G', 'A', 'F', ' ', '/', ':', '`', '@', '\0', '\x80', '_'})
            EXPECT_FALSE(parse_traceparent(with(at, {&wrong, 1}))) << at << ' ' << int{wrong};
}

TEST(parse_traceparent, refuses_hyphens_among_digits_and_digits_for_hyphens)
{
    for (std::size_t at = 0; at < valid_parent.size(); ++at)
        EXPECT_FALSE(parse_traceparent(with(at, valid_parent[at] == '-' ? "0" : "-"))) << at;
}

TEST(parse_traceparent, refuses_ids_of_zeros)
{
    EXPECT_FALSE(parse_traceparent(with(3, "00000000000000000000000000000000")));
    EXPECT_FALSE(parse_traceparent(with(36, "0000000000000000")));
    EXPECT_TRUE(parse_traceparent(with(3, "00000000000000000000000000000001")));
    EXPECT_TRUE(parse_traceparent(with(36, "1000000000000000")));
}

TEST(parse_traceparent, refuses_anything_behind_version_00)
{
    for (auto const* const rest : {"-", "-00", " ", "0", "\r\n"})
        EXPECT_FALSE(parse_traceparent(std::string{valid_parent} + rest)) << rest;
}

TEST(parse_traceparent, reads_a_later_version_as_far_as_it_knows_it)
{
    for (auto const* const version : {"01", "02", "cc", "fe"}) {
        auto const later = with(0, version);
        for (auto const* const rest : {"", "-", "-00", "-what-the-future-brings"}) {
            auto const read = parse_traceparent(later + rest);
            ASSERT_TRUE(read) << later << rest;
            EXPECT_EQ(format_traceparent(*read), valid_parent) << "ours is version 00";
        }
        for (auto const* const rest : {"0", "00", ".", " -"})
            EXPECT_FALSE(parse_traceparent(later + rest)) << later << rest;
    }
}

TEST(parse_traceparent, refuses_version_ff)
{
    EXPECT_FALSE(parse_traceparent(with(0, "ff")));
    EXPECT_FALSE(parse_traceparent(with(0, "ff") + "-00"));
}

TEST(trace_context, is_invalid_until_both_ids_are_set)
{
    trace_context empty;
    EXPECT_FALSE(empty.is_valid());
    empty.trace_id[15] = 1;
    EXPECT_FALSE(empty.is_valid());
    empty.span_id[0] = 1;
    EXPECT_TRUE(empty.is_valid());
    empty.trace_id = {};
    EXPECT_FALSE(empty.is_valid());
}

TEST(trace_context, has_children_in_the_same_trace)
{
    auto parent = *parse_traceparent(valid_parent);
    parent.trace_state = "vendor=1";
    auto const below = parent.child();
    EXPECT_EQ(below.trace_id, parent.trace_id);
    EXPECT_NE(below.span_id, parent.span_id);
    EXPECT_EQ(below.flags, parent.flags);
    EXPECT_EQ(below.trace_state, "vendor=1");
    EXPECT_TRUE(below.is_valid());
}

TEST(trace_context, begins_a_new_trace_where_none_is_valid)
{
    trace_context half;
    half.trace_id[3] = 9;
    half.flags = trace_context::sampled_flag;
    half.trace_state = "vendor=1";
    auto const fresh = half.child();
    EXPECT_TRUE(fresh.is_valid());
    EXPECT_NE(fresh.trace_id, half.trace_id);
    EXPECT_EQ(fresh.flags, 0) << "sampling is decided by whoever begins the trace";
    EXPECT_EQ(fresh.trace_state, "");
}

TEST(trace_context, never_repeats_an_id)
{
    std::set<std::string> seen;
    for (int round = 0; round < 1'000; ++round) {
        auto const text = format_traceparent(trace_context{}.child());
        ASSERT_TRUE(parse_traceparent(text));
        seen.insert(text.substr(3, 32));
        seen.insert(text.substr(36, 16));
    }
    EXPECT_EQ(seen.size(), 2'000u);
}

TEST(usable_tracestate, is_passed_on_as_it_came)
{
    for (auto const* const text : {"", "a=1", "a=1,b=2", "a=1 ,\tb=2", "tenant@vendor=x~!\"#"})
        EXPECT_EQ(usable_tracestate(text), text);
}

TEST(usable_tracestate, is_dropped_beyond_its_limits)
{
    EXPECT_EQ(usable_tracestate(std::string(512, 'a')), std::string(512, 'a'));
    EXPECT_EQ(usable_tracestate(std::string(513, 'a')), "");

    std::string members = "k=v";
    for (int count = 1; count < 32; ++count)
        members += ",k=v";
    EXPECT_EQ(usable_tracestate(members), members);
    EXPECT_EQ(usable_tracestate(members + ",k=v"), "");
}

TEST(usable_tracestate, is_dropped_if_a_header_could_not_carry_it)
{
    for (char const wrong : {'\r', '\n', '\0', '\x7f', '\x80', '\xff', '\x1f'})
        EXPECT_EQ(usable_tracestate(std::string{"a=1"} + wrong), "") << int{wrong};
}

}  // namespace
}  // namespace redstart
