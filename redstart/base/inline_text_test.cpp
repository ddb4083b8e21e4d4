#include "redstart/base/inline_text.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <utility>

namespace redstart {
namespace {

using text_of_eight = inline_text<8>;

text_of_eight text_with(std::string_view content)
{
    text_of_eight text;
    text.append(content);
    return text;
}

TEST(inline_text, is_empty_at_first) { EXPECT_EQ(text_of_eight{}.view(), ""); }

TEST(inline_text, takes_a_view_of_nothing)
{
    text_of_eight text;
    text.append(std::string_view{});
    text.append(std::string_view{"seven"});
    text.append(std::string_view{});
    EXPECT_EQ(text.view(), "seven");
}

// Every way to build a text of up to 20 bytes from two or three parts crosses the border at every
// place.
TEST(inline_text, gives_back_what_was_appended_on_both_sides_of_the_border)
{
    std::string_view const whole = "abcdefghijklmnopqrst";
    for (std::size_t first = 0; first <= whole.size(); ++first)
        for (std::size_t second = first; second <= whole.size(); ++second) {
            text_of_eight text;
            text.append(whole.substr(0, first));
            text.append(whole.substr(first, second - first));
            text.append(whole.substr(second));
            ASSERT_EQ(text.view(), whole);
        }
}

TEST(inline_text, writes_numbers)
{
    inline_text<64> text;
    text.append(0);
    text.append(std::string_view{" "});
    text.append(std::numeric_limits<std::int64_t>::min());
    text.append(std::string_view{" "});
    text.append(std::numeric_limits<std::uint64_t>::max());
    EXPECT_EQ(text.view(), "0 -9223372036854775808 18446744073709551615");
}

TEST(inline_text, copies_do_not_share)
{
    for (std::string_view const content : {"short", "longer than eight"}) {
        auto const original = text_with(content);
        auto copy = original;
        copy.append("!!!!!!");
        EXPECT_EQ(original.view(), content);
        EXPECT_EQ(copy.view(), std::string{content} + "!!!!!!");
    }
}

TEST(inline_text, moves_with_its_text)
{
    for (std::string_view const content : {"short", "longer than eight"}) {
        auto original = text_with(content);
        auto const moved = std::move(original);
        EXPECT_EQ(moved.view(), content);
    }
}

TEST(inline_text, may_append_itself)
{
    auto small = text_with("abc");
    small.append(small.view());
    EXPECT_EQ(small.view(), "abcabc");
    small.append(small.view());
    EXPECT_EQ(small.view(), "abcabcabcabc");
    small.append(small.view());
    EXPECT_EQ(small.view(), "abcabcabcabcabcabcabcabc");
}

template <class Value>
concept appendable = requires(text_of_eight& text, Value value) { text.append(value); };

static_assert(appendable<std::int16_t> && appendable<std::uint64_t> && appendable<char const*>);
static_assert(!appendable<bool> && !appendable<char> && !appendable<char32_t>,
              "they are no numbers");

}  // namespace
}  // namespace redstart
