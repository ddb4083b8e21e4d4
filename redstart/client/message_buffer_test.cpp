#include "redstart/client/message_buffer.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace redstart::client_test {
namespace {

published text(std::string body)
{
    return {.channel = {}, .pattern = {}, .text = std::move(body), .after_gap = false};
}

// What comes out, a gap before a text written as "!".
std::vector<std::string> drain(message_buffer& from)
{
    std::vector<std::string> all;
    while (auto one = from.pop())
        all.push_back((one->after_gap ? "!" : "") + one->text);
    return all;
}

using texts = std::vector<std::string>;

TEST(a_message_buffer, gives_in_order_what_it_took)
{
    message_buffer buffer{{}};
    EXPECT_EQ(buffer.pop(), std::nullopt);
    buffer.push(text("a"));
    buffer.push(text("bc"));
    EXPECT_EQ(buffer.stats().buffered, 2u);
    EXPECT_EQ(buffer.stats().buffered_bytes, 3u);
    EXPECT_EQ(drain(buffer), (texts{"a", "bc"}));
    EXPECT_EQ(buffer.stats().delivered, 2u);
    EXPECT_EQ(buffer.stats().buffered_bytes, 0u);
    EXPECT_EQ(buffer.stats().gaps, 0u);
}

TEST(a_message_buffer, marks_a_gap_in_the_first_message_behind_it)
{
    message_buffer buffer{{}};
    buffer.push(text("a"));
    buffer.note_gap();
    buffer.note_gap();
    buffer.push(text("b"));
    buffer.push(text("c"));
    EXPECT_EQ(drain(buffer), (texts{"a", "!b", "c"}));
    EXPECT_EQ(buffer.stats().gaps, 1u);
}

TEST(a_message_buffer, that_is_full_drops_the_oldest_and_marks_the_next)
{
    message_buffer buffer{{.messages = 2}};
    for (auto const* const each : {"a", "b", "c", "d"})
        buffer.push(text(each));
    EXPECT_EQ(buffer.stats().dropped, 2u);
    EXPECT_EQ(buffer.stats().gaps, 1u) << "nothing was delivered in between";
    EXPECT_EQ(drain(buffer), (texts{"!c", "d"}));
    buffer.push(text("e"));
    EXPECT_EQ(drain(buffer), (texts{"e"}));
}

TEST(a_message_buffer, counts_bytes_and_takes_a_lone_message_of_any_size)
{
    message_buffer buffer{{.bytes = 10}};
    buffer.push(text(std::string(100, 'x')));
    buffer.push(text("a"));
    EXPECT_EQ(drain(buffer), (texts{"!a"}));
    buffer.push({.channel = "12345", .pattern = "12", .text = "b", .after_gap = false});
    buffer.push(text("12"));
    EXPECT_EQ(buffer.stats().buffered_bytes, 10u);
    buffer.push(text("3"));
    EXPECT_EQ(drain(buffer), (texts{"!12", "3"}));
}

TEST(a_message_buffer, that_closes_takes_no_more_and_keeps_what_it_has)
{
    message_buffer buffer{{.messages = 2, .when_full = overflow_policy::close}};
    EXPECT_TRUE(buffer.push(text("a")));
    EXPECT_TRUE(buffer.push(text("b")));
    EXPECT_FALSE(buffer.push(text("c")));
    EXPECT_EQ(drain(buffer), (texts{"a", "b"}));
    EXPECT_EQ(buffer.stats().dropped, 0u);
}

// Whatever is pushed, popped and interrupted: every number that does not come out is covered by a mark behind it.
TEST(a_message_buffer, loses_nothing_unmarked)
{
    std::mt19937 random{7};
    message_buffer buffer{{.messages = 5, .bytes = 30}};
    std::uint64_t next = 0;
    std::uint64_t last = 0;
    std::uint64_t missing = 0;
    for (int i = 0; i < 100'000; ++i) {
        if (random() % 50 == 0) {
            buffer.note_gap();
            ++next;  // missed
            ++missing;
        } else if (random() % 2 == 0) {
            buffer.push(text(std::to_string(++next) + std::string(random() % 9, ' ')));
        } else if (auto const one = buffer.pop()) {
            auto const number = std::stoull(one->text);
            ASSERT_GT(number, last);
            ASSERT_TRUE(number == last + 1 || one->after_gap) << number << " after " << last;
            last = number;
        }
    }
    auto const& stats = buffer.stats();
    EXPECT_EQ(stats.delivered + stats.dropped + stats.buffered + missing, next);
    EXPECT_GT(stats.dropped, 1000u);
}

}  // namespace
}  // namespace redstart::client_test
