#include "redstart/command/byte_source.hpp"

#include "redstart/command/decoder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace redstart::command_test {
namespace {

// Has `size` bytes, of which so many are there at a time.
class counting_source final : public byte_source {
public:
    counting_source(std::size_t size, std::size_t at_once) : left_{size}, at_once_{at_once} {}

    std::size_t read(std::span<char> into) noexcept override
    {
        auto const got = std::min({into.size(), left_, at_once_});
        for (auto& each : into.first(got))
            each = static_cast<char>(next_++);
        left_ -= got;
        ++reads;
        return got;
    }
    std::size_t left() const { return left_; }

    std::size_t reads = 0;

private:
    std::size_t left_;
    std::size_t at_once_;
    unsigned char next_ = 0;
};

template <class Bytes>
class appending : public ::testing::Test {};
using containers = ::testing::Types<std::string, std::vector<std::byte>>;
TYPED_TEST_SUITE(appending, containers);

TYPED_TEST(appending, takes_everything_in_its_order)
{
    for (std::size_t const at_once : {10'000'000u, 100'000u, 4'095u}) {
        counting_source from{3'000'000, at_once};
        TypeParam to(1, typename TypeParam::value_type{});
        while (from.left() != 0)
            append_from(from, from.left(), to);
        ASSERT_EQ(to.size(), 3'000'001u);
        for (std::size_t i = 1; i < to.size(); ++i)
            ASSERT_EQ(static_cast<unsigned char>(to[i]), static_cast<unsigned char>(i - 1));
        EXPECT_EQ(append_from(from, 5, to), 0u) << "nothing is there";
        EXPECT_EQ(to.size(), 3'000'001u);
    }
}

TYPED_TEST(appending, never_has_more_room_than_twice_what_came)
{
    constexpr std::size_t declared = 500'000'000;
    counting_source from{5'000'000, 50'000};
    TypeParam to;
    auto left = declared;
    while (from.left() != 0) {
        left -= append_from(from, left, to);
        ASSERT_LE(to.capacity(), std::max<std::size_t>(2 * to.size(), 64 * 1024) + 64 * 1024);
    }
}

TYPED_TEST(appending, has_no_more_room_than_the_whole_takes)
{
    counting_source from{300'000, 300'000};
    TypeParam to(100'000, typename TypeParam::value_type{});
    while (from.left() != 0)
        append_from(from, from.left(), to);
    EXPECT_EQ(to.capacity(), 400'000u);
    EXPECT_LE(from.reads, 5u);
}

// What stands around a text that is read past the parser.
template <class T>
T decoded_past_parser(std::vector<wire::token> const& before, std::size_t size,
                      std::vector<wire::token> const& after)
{
    decoder<T> into;
    text_assembly parts;
    for (auto const& each : before)
        EXPECT_EQ(into.feed(each, parts), decode_step::more);
    counting_source from{size, size};
    while (from.left() != 0)
        EXPECT_NE(into.read_from(from, from.left()), 0u);
    for (auto const& each : after)
        EXPECT_EQ(into.feed(each, parts),
                  &each == &after.back() ? decode_step::done : decode_step::more);
    return into.take();
}

constexpr wire::token begun{.kind = wire::kind::blob_string, .more = true, .text = "begun"};
constexpr wire::token ended{.kind = wire::kind::blob_string, .text = "."};
constexpr wire::token small{.kind = wire::kind::blob_string, .text = "small"};
constexpr wire::token array{.kind = wire::kind::array};
constexpr wire::token close{.kind = wire::kind::close};

TEST(a_decoder, reads_large_texts_past_the_parser_wherever_they_stand)
{
    using text = std::string;
    constexpr std::size_t size = 200'000;
    constexpr std::size_t whole = size + 6;
    EXPECT_EQ(decoded_past_parser<text>({begun}, size, {ended}).size(), whole);
    EXPECT_EQ(decoded_past_parser<std::vector<std::byte>>({begun}, size, {ended}).size(), whole);
    EXPECT_EQ(decoded_past_parser<std::optional<text>>({begun}, size, {ended})->size(), whole);
    auto const several =
        decoded_past_parser<std::vector<text>>({array, small, begun}, size, {ended, small, close});
    ASSERT_EQ(several.size(), 3u);
    EXPECT_EQ(several[1].size(), whole);
    auto const pairs = decoded_past_parser<std::vector<std::pair<text, text>>>(
        {array, small, begun}, size, {ended, close});
    EXPECT_EQ(pairs.at(0).second.size(), whole);
    auto const turned = decoded_past_parser<std::vector<std::pair<text, text>>>(
        {array, begun}, size, {ended, small, close});
    EXPECT_EQ(turned.at(0).first.size(), whole);
    auto const [number, second] = decoded_past_parser<std::tuple<int, text>>(
        {array, {.kind = wire::kind::integer, .number = 7}, begun}, size, {ended, close});
    EXPECT_EQ(number, 7);
    EXPECT_EQ(second.size(), whole);
}

}  // namespace
}  // namespace redstart::command_test
